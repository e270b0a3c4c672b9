"""``rank``: models in order, from a sparse pool to claims that hold."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal

import numpy as np

from benchwright.analysis.estimators.choice import Choice
from benchwright.analysis.estimators.weights import Alike
from benchwright.analysis.ranking.claims import claims_of_all, listed
from benchwright.analysis.ranking.joint import Joint, judged
from benchwright.analysis.ranking.result import Linkage, Ranking
from benchwright.analysis.ranking.spread import Population
from benchwright.analysis.responses.linkage import linkage
from benchwright.analysis.responses.narrowing import narrowed
from benchwright.analysis.responses.query import Query
from benchwright.analysis.responses.reading import read_responses
from benchwright.analysis.responses.table import Group, Responses
from benchwright.core.benchmark import Worth
from benchwright.core.errors import DescriptionError, UnknownName

POPULATIONS = ("questions", "benchmark", "items")
WEIGHS = ("items", "benchmarks")


def rank(
    source: Any,
    *,
    where: str | Query = "",
    search: str = "",
    estimator: str = "auto",
    weigh: Alike = "items",
    confidence: float = 0.95,
    population: Population = "questions",
    anyway: bool = False,
    seed: int = 0,
    fold: str = "plain",
    scales: Mapping[str, str] | None = None,
    bounds: Mapping[str, tuple[float, float]] | None = None,
    lower: Collection[str] = (),
    columns: Mapping[str, str] | None = None,
    duplicates: Literal["error", "mean"] = "error",
    policy: Mapping[str, Worth] | None = None,
) -> Ranking:
    """Return the models of ``source`` in order, with intervals of scores and ranks, and tiers.

    Args:
        source: an open pool, a file or files (Parquet, CSV, TSV, JSONL), a data frame, columns, or
            ``Responses``.
        where: SQL condition over the columns of the source, or a whole ``Query``.
        search: words that the samples' text must hold.
        estimator: ``auto`` (chosen by cross-validation), ``mean``, ``additive``, ``rasch``,
            ``rasch2`` or ``pairs``.
        weigh: what counts the same, ``items`` or ``benchmarks``.
        confidence: nominal coverage of every interval.
        population: what intervals are about: ``questions`` like these; the full ``benchmark`` of
            which a part is here; these ``items`` and no others (no width where all was answered).
        anyway: rank also models that nothing links, on one scale; a note says so.
        seed: seed of cross-validation and bootstrap; the same seed, the same ranking.
        fold: how variants of a sample become one.
        scales: what scores mean, by benchmark: ``binary``, ``bounded``, ``unbounded``, ``ordinal``.
        bounds: lowest and highest score, by benchmark.
        lower: benchmarks on which lower is better.
        columns: our name of a column → the source's.
        duplicates: whether a second score of a cell is an ``error`` or they are averaged.
        policy: outcome → what a row of it is worth; the benchmark's own where None.

    Raises:
        DescriptionError: an argument that cannot be, or nothing to rank.
        DataError: the source cannot be read as a table of responses.
    """
    _check(weigh, confidence, population)
    if isinstance(source, Responses):
        table = source
    else:
        table = read_responses(
            source, _query(where, search), fold=fold, scales=scales, bounds=bounds, lower=lower,
            columns=columns, duplicates=duplicates, policy=policy,
        )  # fmt: skip
    if not len(table):
        raise DescriptionError("there are no scores, so there is no ranking.")
    links = linkage(table)
    parts = [table] if anyway or len(links.components) < 2 else _apart(table, links)
    joints = [
        judged(
            part, estimator=estimator, weigh=weigh, population=population, confidence=confidence,
            seed=seed,
        )
        for part in parts
    ]  # fmt: skip
    return _ranking(table, links, joints, weigh, population, confidence)


def _query(where: str | Query, search: str) -> str | Query:
    if not search:
        return where
    if isinstance(where, Query):
        raise DescriptionError("give the words to search either in the Query or as search.")
    return Query(where=where, search=search)


def _check(weigh: str, confidence: float, population: str) -> None:
    if weigh not in WEIGHS:
        raise UnknownName("way to weigh", weigh, WEIGHS)
    if population not in POPULATIONS:
        raise UnknownName("population", population, POPULATIONS)
    if not 0 < confidence < 1:
        raise DescriptionError(f"confidence lies between 0 and 1, not at {confidence}.")


def _apart(table: Responses, links: Linkage) -> list[Responses]:
    """Return a table for each connected component, with the items that its models answered."""
    parts = []
    for models in links.components:
        part = narrowed(table, models=models)
        there = np.diff(part.start) > 0
        parts.append(part if there.all() else narrowed(part, items=there))
    return parts


def _ranking(
    table: Responses,
    links: Linkage,
    joints: list[Joint],
    weigh: Alike,
    population: Population,
    confidence: float,
) -> Ranking:
    lines = [joint.lines(number) for number, joint in enumerate(joints)]
    notes = [*_counted_twice(table), *table.notes]
    if len(joints) > 1:
        notes.insert(0, _unlinked(links, "so their ranks are not comparable: each is ranked apart"))
    elif len(links.components) > 1:
        notes.insert(0, _unlinked(links, "ranked on one scale anyway"))
    first = joints[0].choice
    whys = [joint.choice for joint in joints]
    why = first.why if len({one.why for one in whys}) == 1 else _whys(whys)
    separated = [int(joint.pairs.separated.sum()) for joint in joints]
    claims = claims_of_all(lines, separated, confidence)
    return Ranking(
        lines=tuple(line for part in lines for line in part),
        estimator=", ".join(dict.fromkeys(one.name for one in whys)),
        why=why,
        weights=weigh,
        population=population,
        confidence=confidence,
        linkage=links,
        unit=joints[0].unit,
        items=len(table.group),
        claims=tuple(claims),
        notes=tuple(notes),
    )


def _unlinked(links: Linkage, so: str) -> str:
    sizes = ", ".join(str(len(models)) for models in links.components)
    return (
        f"NOT LINKED: no item joins the {len(links.components)} components (of {sizes} models), "
        f"{so}. A shared set of items mends it: benchwright select --anchors 20%."
    )


def _whys(choices: Sequence[Choice]) -> str:
    """Return why each component's estimator was taken, every reason once."""
    found: dict[str, list[str]] = {}
    for number, one in enumerate(choices, 1):
        found.setdefault(one.why, []).append(str(number))
    return " ".join(
        f"{'Component' if len(numbers) == 1 else 'Components'} {', '.join(numbers)}: {why}"
        for why, numbers in found.items()
    )


def _counted_twice(table: Responses) -> list[str]:
    """Return a note on samples that were asked or judged in several ways: each way counts here."""
    ways: dict[str, list[Group]] = {}
    for group in table.groups:
        ways.setdefault(group.benchmark, []).append(group)
    several = {name: groups for name, groups in ways.items() if name and len(groups) > 1}
    if not several:
        return []
    benchmark, groups = next(iter(several.items()))
    column = "asked" if len({group.conditions for group in groups}) > 1 else "scorer"
    names = sorted({getattr(group, column) for group in groups})
    more = f" (and of {len(several) - 1} more benchmarks)" if len(several) > 1 else ""
    note = (
        f"COUNTED SEVERAL TIMES: the samples of {benchmark}{more} were asked or judged in several "
        f"ways ({listed(names)}), and every way counts as items of its own. Name one: "
        f"--where \"{column} = '{names[0]}'\"."
    )
    return [note]
