"""Measurements question by question, with what was asked and answered, as logs hold them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from msgspec import Struct

from benchwright.core.conditions import Conditions
from benchwright.core.errors import DescriptionError, boundary
from benchwright.core.measurement import Measurement, Outcome
from benchwright.core.request import Request
from benchwright.core.response import Response
from benchwright.core.run import Run
from benchwright.core.sample import Sample
from benchwright.exchange.writing.flat import narrowed, selected
from benchwright.pool import Journal, Pool
from benchwright.pool.parquet import MEASUREMENT_COLUMNS

_CHUNK = 2000
_FIELDS = tuple(name for name in MEASUREMENT_COLUMNS if name != "id")


class Bundle(Struct, frozen=True, kw_only=True):
    """One answer to one question, and every verdict on it."""

    sample: Sample | None
    """The question; None where the pool does not hold it."""
    rows: tuple[Measurement, ...]
    """The verdicts: they differ in scorer and what follows from it."""
    asked: tuple[tuple[Request | None, Response], ...]
    """What was asked and answered, where the pool holds it."""

    @property
    def first(self) -> Measurement:
        """Any of the rows, for what they have in common."""
        return self.rows[0]


class Group(Struct, frozen=True, kw_only=True):
    """One model on one benchmark, asked one way: what becomes one log."""

    first: Measurement
    """Any of its rows, for what they have in common."""
    conditions: Conditions
    """How it was asked."""
    run: Run
    """The import of its log, else the run that made the first of its rows, else an empty one."""
    size: int
    """Samples of the whole benchmark."""


def groups(pool: Pool, where: str) -> Iterator[tuple[Group, Iterator[Bundle]]]:
    """Yield every group with its bundles, which are to be read before the next group is.

    Raises:
        DescriptionError: ``where`` is no condition over the columns of ``measurements``.
    """
    runs = {run.id: run for run in pool.runs()}
    logs = {key: run for run in runs.values() for key in _logs(run)}
    for _, rows in groupby(_rows(pool, where), _group):
        first = next(rows)
        card, _ = pool.card(first.benchmark)
        group = Group(
            first=first,
            conditions=pool.conditions(first.conditions),
            run=logs.get(_group(first), runs.get(first.run, Run(id=first.run))),
            size=card.size,
        )
        yield group, _bundles(pool, first, rows)  # noqa: B031 - what was not taken of the group


def _logs(run: Run) -> list[tuple[str, str, str]]:
    """Return the groups whose log ``run`` is the import of; none of a run of our own."""
    if run.status != "imported":
        return []
    keys = [record["key"] for record in run.models.values()]
    return [
        (benchmark, key, conditions)
        for benchmark in run.benchmarks.values()
        for key in keys
        for conditions in run.conditions
    ]


def _rows(pool: Pool, where: str) -> Iterator[Measurement]:
    with (
        narrowed(pool, []) as connection,
        boundary(DescriptionError, f"the condition {where!r}"),
    ):
        found = connection.execute(selected(connection, where))
        while batch := found.fetchmany(_CHUNK):
            for values in batch:
                fields = dict(zip(_FIELDS, values[1:], strict=True))
                fields["outcome"] = Outcome(fields["outcome"])
                yield Measurement(**fields)


def _group(row: Measurement) -> tuple[str, str, str]:
    return row.benchmark, row.model_key, row.conditions


def _question(row: Measurement) -> tuple[str, str, int]:
    return row.sample, row.variant, row.repeat


def _bundles(pool: Pool, first: Measurement, rest: Iterator[Measurement]) -> Iterator[Bundle]:
    info = next((one for one in pool.journals() if one.model_key == first.model_key), None)
    journal = pool.journal(info.model, info.model_key) if info else None
    try:
        waiting: list[tuple[Measurement, ...]] = []
        for _, rows in groupby(_chained(first, rest), _question):
            waiting.append(tuple(rows))
            if len(waiting) >= _CHUNK:
                yield from _filled(pool, first.benchmark, waiting, journal)
                waiting = []
        yield from _filled(pool, first.benchmark, waiting, journal)
    finally:
        if journal is not None:
            journal.close()


def _chained(first: Measurement, rest: Iterator[Measurement]) -> Iterator[Measurement]:
    yield first
    yield from rest


def _filled(
    pool: Pool, benchmark: str, waiting: list[tuple[Measurement, ...]], journal: Journal | None
) -> Iterator[Bundle]:
    ids = sorted({rows[0].sample for rows in waiting})
    samples = {(one.root, one.variant): one for one in pool.samples(benchmark, ids)}
    keys = [bytes.fromhex(key) for rows in waiting for key in rows[0].request_keys]
    answers = journal.kept(keys) if journal is not None else {}
    for rows in waiting:
        first, asked = rows[0], []
        for key in map(bytes.fromhex, first.request_keys):
            answer = answers.get(key)
            if journal is not None and isinstance(answer, Response):
                asked.append((journal.request(key), answer))
        sample = samples.get((first.sample, first.variant), samples.get((first.sample, "")))
        yield Bundle(sample=sample, rows=rows, asked=tuple(asked))


def own_id(sample: str) -> str:
    """Return the id that an imported sample had in its log; any other as it is."""
    ident, tilde, content = sample.rpartition("~")
    imported = tilde and len(content) == 8 and all(c in "0123456789abcdef" for c in content)
    return ident if imported else sample
