"""TMIQ's items, in a format of ours, and its figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from benchwright.core.benchmark import Data, Figure, Row
from benchwright.core.content import Text
from benchwright.core.errors import DataError
from benchwright.core.sample import LETTERS, Sample
from benchwright.core.seeds import generator
from benchwright.models.records import records
from benchwright.scorers._instruments import normal, rank_of

_COMMAND = "Give the SCPI command, and nothing else."
_RANK = "Rank all options from the best answer to the worst. Give only the letters, best first."


def read(data: Data, split: str) -> Iterator[Sample]:
    """Yield the commands wanted, then the options to be ranked.

    A record of the first file has ``request`` and ``command`` (and ``instrument``); one of the
    second has ``question`` and ``options``, the best first; they are shown in an order drawn once
    for all.

    Raises:
        DataError: a record lacks one of these.
    """
    path = data.path(split)
    for row, (line, record) in enumerate(records(path)):
        asked, command = record.get("request"), record.get("command")
        if not isinstance(asked, str) or not isinstance(command, str) or not normal(command):
            raise DataError(f"{path.name}, line {line}: no request and command")
        instrument = record.get("instrument") or "any"
        head = "" if instrument == "any" else f"Instrument: {instrument}\n"
        yield Sample(
            id=f"command/{row}",
            input=(Text(f"{head}{asked}\n{_COMMAND}"),),
            target=command.strip(),
            tags={"family": "command", "instrument": str(instrument)},
            metadata={"kind": "command"},
        )
    path = data.path("ranked")
    for row, (line, record) in enumerate(records(path)):
        yield _ranked(
            record.get("question"), record.get("options"), row, f"{path.name}, line {line}"
        )


def _ranked(question: object, options: object, row: int, where: str) -> Sample:
    if not isinstance(question, str) or not isinstance(options, list) or len(options) < 2:
        raise DataError(f"{where}: no question with options")
    shown = generator(0, "tmiq", f"ranked/{row}", "order").sample(range(len(options)), len(options))
    listed = "\n".join(f"{LETTERS[n]}. {options[index]}" for n, index in enumerate(shown))
    best_first = ", ".join(LETTERS[shown.index(index)] for index in range(len(options)))
    return Sample(
        id=f"ranked/{row}",
        input=(Text(f"{question}\n{listed}\n{_RANK}"),),
        target=best_first,
        tags={"family": "ranked", "instrument": "any"},
        metadata={"kind": "ranked"},
    )


def first_match(row: Row) -> float:
    """Return 1 where the best option is put first."""
    return row.value or 0.0


def position_match(row: Row) -> float:
    """Return 1 − (rank − 1)/(options − 1) of the best option, 0 where it is not ranked."""
    found = rank_of(row.answer or "")
    if found is None or not found[0]:
        return 0.0
    rank, options = found
    return 1 - (rank - 1) / (options - 1)


def _trimmed(row: Row) -> float:
    return float(row.answer is not None and row.answer.strip() == row.target.strip())


def _mean(family: str, of: Callable[[Row], float]) -> Callable[[Sequence[Row]], float | None]:
    def mean(rows: Sequence[Row]) -> float | None:
        values = [of(row) for row in rows if row.tags.get("family") == family]
        return sum(values) / len(values) if values else None

    return mean


_SCORERS = ("tmiq",)
FIGURES = (
    Figure(
        name="first match",
        about="The best option is put first; in [0, 1], over ranked options.",
        of=_mean("ranked", first_match),
        scorers=_SCORERS,
    ),
    Figure(
        name="position match",
        about="1 − (rank − 1)/(options − 1) of the best option, 0 if absent; this scale is ours.",
        of=_mean("ranked", position_match),
        scorers=_SCORERS,
    ),
    Figure(
        name="command match",
        about="The command is the one wanted, long and short forms and letter case being the same; "
        "this normalising is ours.",
        of=_mean("command", first_match),
        scorers=_SCORERS,
    ),
    Figure(
        name="command match, as written",
        about="The command is the one wanted, only trimmed.",
        of=_mean("command", _trimmed),
        scorers=_SCORERS,
    ),
)
"""What TMIQ reports, and the strict form beside ours."""
