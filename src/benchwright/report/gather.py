"""What a report shows, gathered from a pool: scores, their slices, and differences."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from msgspec import Struct

from benchwright import catalog
from benchwright.analysis.cells import Cell, condition, quoted, read_cells
from benchwright.analysis.comparable import Pairing, Side
from benchwright.analysis.compare import compare
from benchwright.analysis.estimate import Estimate
from benchwright.analysis.figures import figures, figures_table
from benchwright.analysis.leaderboard import Standing, caption, per_tag, standings
from benchwright.analysis.names import Names, names_of, read_fields
from benchwright.analysis.paired import Difference, difference
from benchwright.core.benchmark import Card
from benchwright.core.errors import Incomparable
from benchwright.core.measurement import Outcome
from benchwright.core.table import Table
from benchwright.pool import Pool

PAIRS = 15
"""Most pairs of models of one group that are compared."""

VALUES = 100
"""Tags with more values, or hardly a sample to each, are no slices: ids, for example."""

Verdicts = list[tuple[str, int]]
"""What the rows of a line came to: right, partly and wrong in place of scored."""


class Group(Struct, frozen=True, kw_only=True):
    """Lines that may be compared: one benchmark, one way of asking, one scorer, one fold."""

    standings: list[Standing]
    """The lines, best first."""
    verdicts: list[Verdicts]
    """What the rows of each line came to."""
    chance: float | None
    """Expected score of blind guesses, where there is one."""
    pairs: list[Difference]
    """Paired differences between its models."""
    pairs_of: int
    """How many pairs there are."""

    @property
    def head(self) -> Standing:
        """Any of its lines, for what they have in common."""
        return self.standings[0]


class Slices(Struct, frozen=True, kw_only=True):
    """The scores of a benchmark's cells by the values of one tag."""

    tag: str
    """The tag."""
    cells: list[Cell]
    """The cells, in the leaderboard's order."""
    scores: dict[str, dict[tuple[str, str, str], Estimate]]
    """Value of the tag → cell → score."""


class Part(Struct, frozen=True, kw_only=True):
    """All that a report says of one benchmark."""

    benchmark: str
    """``name@version``."""
    card: Card
    """Its card."""
    groups: list[Group]
    """What was measured on it."""
    within: list[Difference]
    """Contrasts within one model: ways of asking, plain and circular."""
    slices: list[Slices]
    """Its scores by tag."""
    figures: Table | None
    """What its authors report besides; None where that is nothing."""
    caption: str
    """How to read its scores."""


class Gathered(Struct, frozen=True, kw_only=True):
    """All that a report says besides its samples."""

    parts: list[Part]
    """Benchmark by benchmark."""
    names: Names
    """The models' names."""
    rows: int
    """Measurements."""
    models: int
    """Models among them."""
    samples: int
    """Samples among them."""
    runs: list[tuple[str, str, str]]
    """(id, began, state) of each run, the latest first."""


def gather(pool: Pool, where: str) -> Gathered:
    """Return what a report on the measurements that satisfy ``where`` shows."""
    lines = standings(pool, where)
    with pool.connect() as connection:
        names = names_of(read_cells(connection), read_fields(connection))
        rows, models, samples = connection.execute(
            f"""select count(*), count(distinct model_key), count(distinct (benchmark, sample))
                from measurements where {condition(where)}"""  # noqa: S608 - the user's own condition
        ).fetchone()
        parts = [
            _part(connection, pool, names, where, [line for line in lines if _on(line, benchmark)])
            for benchmark in dict.fromkeys(line.cell.benchmark for line in lines)
        ]
        runs = connection.execute(
            "select id, started_at, status from runs order by id desc"
        ).fetchall()
    return Gathered(parts=parts, names=names, rows=rows, models=models, samples=samples, runs=runs)


def _on(line: Standing, benchmark: str) -> bool:
    return line.cell.benchmark == benchmark


def _part(connection: Any, pool: Pool, names: Names, where: str, lines: list[Standing]) -> Part:
    benchmark = lines[0].cell.benchmark
    card, _ = pool.card(benchmark)
    narrowed = f"benchmark = {quoted(benchmark)} and {condition(where)}"
    grouped: dict[tuple[str, str, str], list[Standing]] = {}
    for line in lines:
        grouped.setdefault((line.cell.conditions, line.cell.scorer, line.fold), []).append(line)
    verdicts, chances = _verdicts(connection, narrowed)
    groups = []
    for (conditions, _, fold), members in grouped.items():
        pairs = _pairs(members) if fold in ("", "plain") else []
        groups.append(
            Group(
                standings=members,
                verdicts=[verdicts[*line.cell.key, fold == "plain"] for line in members],
                chance=None if fold not in ("", "plain") else chances.get(conditions),
                pairs=[
                    difference(connection, pool, _pairing(one, other), names, where=where)
                    for one, other in pairs
                ],
                pairs_of=len(members) * (len(members) - 1) // 2 if pairs else 0,
            )
        )
    return Part(
        benchmark=benchmark,
        card=card,
        groups=groups,
        within=_within(pool, lines, narrowed),
        slices=_slices(connection, pool, lines, narrowed, card.stratum),
        figures=figures_table(figures(pool, catalog.figures, narrowed)),
        caption=caption(lines),
    )


def _verdicts(
    connection: Any, where: str
) -> tuple[dict[tuple[str, str, str, bool], Verdicts], dict[str, float]]:
    """Return the rows of every cell by what they came to (all, and the plain), and the chances."""
    found: dict[tuple[str, str, str, bool], dict[str, int]] = {}
    rows = connection.execute(
        f"""select model_key, conditions, scorer, variant = '',
                   case when outcome <> 'scored' then outcome when value >= 1 then 'right'
                        when value <= 0 then 'wrong' else 'partly' end, count(*)
            from measurements where {where} group by all"""  # noqa: S608 - the user's own condition
    ).fetchall()
    for model_key, conditions, scorer, plain, verdict, count in rows:
        for only_plain in {False, plain}:
            counts = found.setdefault((model_key, conditions, scorer, only_plain), {})
            counts[verdict] = counts.get(verdict, 0) + count
    order = ["right", "partly", "wrong", *(outcome.value for outcome in Outcome)]
    chances = connection.execute(
        f"""select conditions, avg(chance) from measurements where {where}
            group by conditions having count(chance) = count(*)"""  # noqa: S608 - the user's own condition
    ).fetchall()
    sorted_counts = {
        key: sorted(counts.items(), key=lambda item: order.index(item[0]))
        for key, counts in found.items()
    }
    return sorted_counts, dict(chances)


def _pairs(lines: list[Standing]) -> list[tuple[Standing, Standing]]:
    """Return the pairs to compare: all of them, or neighbours and the first with the rest."""
    pairs = [(a, b) for place, a in enumerate(lines) for b in lines[place + 1 :]]
    if len(pairs) <= PAIRS:
        return pairs
    near = [*pairwise(lines), *((lines[0], line) for line in lines[2:])]
    return near[: 2 * PAIRS]


def _pairing(one: Standing, other: Standing) -> Pairing:
    fold = one.fold
    return Pairing(
        a=Side(cell=one.cell, fold="plain" if fold else ""),
        b=Side(cell=other.cell, fold="plain" if fold else ""),
        differs={},
        forbidden={},
    )


def _within(pool: Pool, lines: list[Standing], where: str) -> list[Difference]:
    """Return each model's contrasts with itself: ways of asking, and plain against circular."""
    found: list[Difference] = []
    by_model: dict[str, list[Cell]] = {}
    for line in lines:
        by_model.setdefault(line.cell.model_key, []).append(line.cell)
    for key, cells in by_model.items():
        contrasts = ["ask"] if len({cell.conditions for cell in cells}) > 1 else []
        contrasts += ["fold=plain,all"] if any(cell.variants for cell in cells) else []
        for contrast in contrasts:
            try:
                found += compare(pool, key, contrast=contrast, where=where).lines
            except Incomparable:
                continue  # asked in two ways that differ in more than the way of asking
    return found


def _slices(
    connection: Any, pool: Pool, lines: list[Standing], where: str, stratum: str
) -> list[Slices]:
    tags = connection.execute(
        f"""select tag, count(distinct value) as n from (
                select sample, unnest(map_keys(tags)) as tag, unnest(map_values(tags)) as value
                from measurements where {where})
            group by tag having n between 2 and {VALUES} and 2 * n <= count(distinct sample)
            order by tag <> {quoted(stratum)}, n, tag"""  # noqa: S608 - the user's own condition
    ).fetchall()
    order = list(dict.fromkeys(line.cell.key for line in lines))
    found = []
    for tag, _ in tags:
        scores: dict[str, dict[tuple[str, str, str], Estimate]] = {}
        cells: dict[tuple[str, str, str], Cell] = {}
        for cell, value, score in per_tag(pool, tag, where=where):
            scores.setdefault(value, {})[cell.key] = score
            cells[cell.key] = cell
        shown = sorted(cells.values(), key=lambda cell: order.index(cell.key))
        found.append(Slices(tag=tag, cells=shown, scores=dict(sorted(scores.items()))))
    return found
