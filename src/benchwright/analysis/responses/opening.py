"""Where a table comes from: an open pool, or a file or data frame that looks like one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, Literal, Protocol, cast

from msgspec import Struct

from benchwright.analysis.cells import Cell, Measured
from benchwright.analysis.names import names_of, read_fields
from benchwright.analysis.responses import files
from benchwright.analysis.responses.coding import Found
from benchwright.core.benchmark import Card, Metric, Worth
from benchwright.core.errors import DataError, DescriptionError, UnknownName
from benchwright.core.measurement import Outcome

Duplicates = Literal["error", "mean"]
"""What two rows of one model and item in a file are: a mistake, or repeats to be averaged."""

_KEYS = ("model_key", "benchmark", "conditions", "scorer")


class Opened(Struct, frozen=True, kw_only=True):
    """A connection with the view ``measurements``, and what it cannot say."""

    connection: Any
    """Has the view ``measurements``, and ``samples`` where there are texts."""
    keys: tuple[str, ...]
    """Columns that tell cells apart, ``model_key`` first."""
    card: Callable[[str], tuple[Card, Mapping[str, int]]]
    """Gives a benchmark's card and the full number of samples per stratum."""
    asked: Callable[[str], str]
    """Gives conditions in a few words."""
    names: Callable[[Sequence[Found]], dict[Any, str]]
    """Gives every model key's unique name."""
    where: str
    """What the source is called in messages."""
    benchmarks: tuple[str, ...] = ()
    """Benchmarks known to have cards before anything is read; empty where none are known."""
    rows: int | None = None
    """Number of rows; None where nobody knows without reading them."""
    hidden: frozenset[str] = frozenset()
    """Columns of a file that conditions cannot name: the view has others of these names."""
    outcomes: bool = True
    """Whether rows may come to something else than a score, so that a policy matters."""
    own_sources: bool = False
    """Whether a column says what items come from one source."""
    repeats: bool = True
    """Whether rows of one model and item may be told apart as repeats or variants."""
    twice: Duplicates = "mean"
    """What rows that may not be told apart are."""


class _Folder(Protocol):
    """What a pool on disk knows before it is read."""

    def benchmarks(self) -> list[str]: ...

    def rows(self) -> int: ...


@contextmanager
def opened_source(
    source: object,
    columns: Mapping[str, str],
    policy: Mapping[str, Worth],
    duplicates: Duplicates,
) -> Iterator[Opened]:
    """Open ``source`` as ``read_responses`` describes it."""
    if hasattr(source, "connect") and hasattr(source, "card"):
        if columns or policy:
            raise DescriptionError(
                "A pool says itself what its columns mean and what rows without a score count as; "
                "columns and policy are for files."
            )
        pool = cast("Measured", source)
        folder = cast("_Folder", source) if hasattr(source, "rows") else None
        with pool.connect() as connection:
            yield Opened(
                connection=connection,
                keys=_KEYS,
                card=cache(pool.card),
                asked=lambda digest: pool.conditions(digest).label(),
                names=lambda cells: _pool_names(connection, cells),
                where="the pool",
                benchmarks=tuple(folder.benchmarks()) if folder else (),
                rows=folder.rows() if folder else None,
            )
        return
    metric = _file_metric(policy)
    with files.opened(source, columns) as (connection, known, hidden, name):
        _refuse_outcomes(connection, known, name)
        apart = [key for key in _KEYS[1:] if key in known]
        yield Opened(
            connection=connection,
            keys=("model_key", *apart),
            card=lambda benchmark: (_file_card(benchmark, metric), {}),
            asked=lambda digest: digest,
            names=_plain_names,
            where=name,
            own_sources="source" in known,
            hidden=hidden,
            outcomes="outcome" in known,
            repeats="repeat" in known or "variant" in known,
            twice=duplicates,
        )


def _pool_names(connection: Any, cells: Sequence[Found]) -> dict[Any, str]:
    """Return the unique name of every model key; what runs recorded is read for namesakes only."""
    made = [
        Cell(
            model_key=cell.names["model_key"],
            model=cell.model,
            benchmark=cell.names["benchmark"],
            conditions=cell.names["conditions"],
            asked="",
            scorer=cell.names["scorer"],
            rows=cell.rows,
            variants=cell.variants,
            plain=cell.plain,
            repeats=1,
        )
        for cell in cells
    ]
    keys = {cell.model_key for cell in made}
    namesakes = len({cell.model for cell in made}) < len(keys)
    return dict(names_of(made, read_fields(connection) if namesakes else {}).shown)


def _plain_names(cells: Sequence[Found]) -> dict[Any, str]:
    if any(cell.names["model_key"] is None for cell in cells):
        raise DataError("some rows name no model.")
    return {cell.names["model_key"]: str(cell.names["model_key"]) for cell in cells}


def _file_metric(policy: Mapping[str, Worth]) -> Metric:
    """Return what rows of a file count as: nothing, unless the caller declared it."""
    known = [outcome.value for outcome in Outcome if outcome is not Outcome.SCORED]
    for outcome in policy:
        if outcome not in known:
            raise UnknownName("outcome", outcome, known)
    nothing: dict[str, Worth] = dict.fromkeys(known, "left_out")
    return Metric(name="score", policy={**nothing, **policy})


def _file_card(benchmark: str, metric: Metric) -> Card:
    return Card(
        name=benchmark, version="", title=benchmark, summary="", paper="", licence="", size=0,
        metric=metric,
    )  # fmt: skip


def _refuse_outcomes(connection: Any, known: Mapping[str, str], name: str) -> None:
    if "outcome" not in known:
        return
    rows = connection.execute("select distinct outcome from measurements order by 1").fetchall()
    strange = [row[0] for row in rows if row[0] not in list(Outcome)]
    if strange:
        raise DataError(
            f"{name}: the column {known['outcome']!r} holds {', '.join(map(repr, strange[:5]))}; "
            f"outcomes are {', '.join(Outcome)}."
        )
