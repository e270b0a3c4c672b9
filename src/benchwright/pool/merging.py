"""Taking one pool into another, so that doing it twice, or the other way round, is the same.

Where both know an identity or a key, one rule decides, whichever side it is seen from:
what has an answer beats what has none; then the run with the greater id (ids begin with the
time); then the greater content.
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from benchwright.core.errors import PoolError
from benchwright.pool import choices, executions, journal
from benchwright.pool.disk import name_of, storage
from benchwright.pool.manifest import Step
from benchwright.pool.media import MEDIA
from benchwright.pool.parquet import MEASUREMENT_COLUMNS, scan

if TYPE_CHECKING:
    from benchwright.pool.folder import Pool

_FIELDS = (
    "key, role, request, response, failure, tokens_in, tokens_cached, tokens_out, seconds,"
    " asked_at, run"
)
_RANK = "({0}response IS NOT NULL, {0}run, {0}asked_at, coalesce({0}response, {0}failure))"
_TAKE_ANSWERS = f"""
INSERT INTO responses({_FIELDS}) SELECT {_FIELDS} FROM other.responses WHERE true
ON CONFLICT(key) DO UPDATE SET role = excluded.role, request = excluded.request,
    response = excluded.response, failure = excluded.failure, tokens_in = excluded.tokens_in,
    tokens_cached = excluded.tokens_cached, tokens_out = excluded.tokens_out,
    seconds = excluded.seconds, asked_at = excluded.asked_at, run = excluded.run
WHERE {_RANK.format("excluded.")} > {_RANK.format("responses.")}
"""  # noqa: S608 - names of our own
_TAKE_ATTEMPTS = """
INSERT INTO attempts(key, run, at, kind, message)
SELECT key, run, at, kind, message FROM other.attempts
EXCEPT SELECT key, run, at, kind, message FROM attempts
"""
_TAKE_TEXTS = "INSERT OR IGNORE INTO texts(digest, text) SELECT digest, text FROM other.texts"


_SAMPLES = 10_000
"""Samples written at a time: what DuckDB holds of them grows with their number."""


class Merged(Struct, frozen=True, kw_only=True):
    """What ``merge`` took in."""

    measurements: int
    """Rows that were new or better."""
    answers: int
    """Answers and permanent failures that were new or better."""


def merge(pool: Pool, other: Pool) -> Merged:
    """Take everything of ``other`` into ``pool``: first what rows refer to, then the rows."""
    if pool.path.resolve() == other.path.resolve():
        raise PoolError(f"{pool.path}: a pool cannot be merged with itself.")
    _take_files(pool, other)
    answers = sum(_take_journal(pool, info) for info in other.journals())
    return Merged(measurements=_take_measurements(pool, other), answers=answers)


def _take_files(pool: Pool, other: Pool) -> None:
    for path in sorted((other.path / MEDIA).glob("[!.]*")):
        with storage(path, "Move it out of the pool."):
            if not (pool.path / MEDIA / path.name).exists():
                pool.put_media(path.read_bytes(), "")
    for path in sorted((other.path / "conditions").glob("[!.]*.json")):
        pool.save_conditions(other.conditions(name_of(path.stem)))
    known = {run.id: run for run in pool.runs()}
    for run in other.runs():
        mine = known.get(run.id)
        if mine is None or (run.ended_at, repr(run)) > (mine.ended_at, repr(mine)):
            pool.save_run(run)
    for folder in sorted({path.parent for path in other.sample_files.files()}):
        benchmark = name_of(folder.name)
        theirs = other.samples(benchmark)
        while batch := list(islice(theirs, _SAMPLES)):
            pool.save_samples(benchmark, batch)
    choices.take(pool, other.path)
    executions.take(pool.path / executions.FILE, other.path / executions.FILE, fsync=pool.fsync)
    for benchmark in set(other.benchmarks()) - set(pool.benchmarks()):
        pool.save_card(benchmark, *other.card(benchmark))


def _take_journal(pool: Pool, info: journal.JournalInfo) -> int:
    mine = pool.journal(info.model, info.model_key)
    mine.close()
    with storage(mine.path, journal.MEND):
        connection = journal.connect(mine.path, fsync=pool.fsync)
        try:
            connection.execute("ATTACH ? AS other", (f"{info.path.absolute().as_uri()}?mode=ro",))
            with journal.transaction(connection):
                connection.execute(_TAKE_TEXTS)
                taken = connection.execute(_TAKE_ANSWERS).rowcount
                connection.execute(_TAKE_ATTEMPTS)
        finally:
            connection.close()
    return taken


def _take_measurements(pool: Pool, other: Pool) -> int:
    # A part at a time: memory is bounded, and what a crash cuts off is taken by the next merge.
    taken = 0
    for path in other.measurements.parts():
        with pool.manifest.step() as step:
            taken += _take_part(pool, step, path)
    return taken


def _take_part(pool: Pool, step: Step, theirs: Path) -> int:
    benchmark = name_of(theirs.parent.name)
    ours = [pool.path / name for name in step.state.parts]
    ours = [path for path in ours if name_of(path.parent.name) == benchmark]
    their_rows, our_rows = scan([theirs], MEASUREMENT_COLUMNS), scan(ours, MEASUREMENT_COLUMNS)
    hashed = "(SELECT id, hash(part) AS content FROM ({0}) AS part)"
    ranked = (
        "(SELECT id, row(outcome <> 'failed', run, md5(to_json(part)::VARCHAR)) AS rank"
        " FROM ({0}) AS part WHERE id IN (SELECT id FROM differing WHERE known))"
    )
    # Hashes find the rows that differ at all: what a rank costs is spent on these alone.
    staged = pool.parquet.stage(
        "WITH differing AS MATERIALIZED ("  # noqa: S608 - quoted
        f"SELECT theirs.id, ours.id IS NOT NULL AS known FROM {hashed.format(their_rows)} AS theirs"
        f" LEFT JOIN {hashed.format(our_rows)} AS ours ON ours.id = theirs.id"
        " WHERE ours.content IS DISTINCT FROM theirs.content),"
        " better AS MATERIALIZED (SELECT id FROM differing WHERE NOT known UNION ALL"
        f" SELECT theirs.id FROM {ranked.format(their_rows)} AS theirs"
        f" JOIN {ranked.format(our_rows)} AS ours ON ours.id = theirs.id"
        " WHERE theirs.rank > ours.rank)"
        f" FROM ({their_rows}) SEMI JOIN better USING (id)",
        [theirs, *ours],
    )
    rows = pool.parquet.rows(staged)
    if not rows:
        staged.unlink()
        return 0
    step.add(staged, benchmark, rows)
    pool.measurements.replace(step, staged, benchmark)
    return rows
