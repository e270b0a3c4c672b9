"""Keeping a pool small and quick: joining parts, deleting what no one needs."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from benchwright.pool import journal
from benchwright.pool.disk import TEMPORARY, locked, name_of, storage
from benchwright.pool.manifest import MEASUREMENTS, RETIRED, State
from benchwright.pool.media import MEDIA
from benchwright.pool.owner import Owner
from benchwright.pool.parquet import MEASUREMENT_COLUMNS, SAMPLE_COLUMNS, STAGING, scan

if TYPE_CHECKING:
    from benchwright.pool.folder import Pool

SMALL = 100_000
"""Parts with fewer rows are joined."""
LARGE = 250_000
"""Joined parts have at most this many rows: a row that is replaced rewrites its part."""

_DIGEST = re.compile(r'"digest":"([0-9a-f]{64})"')


class Compacted(Struct, frozen=True, kw_only=True):
    """What ``compact`` did."""

    parts_before: int
    """Live parts before."""
    parts_after: int
    """Live parts after."""


class Collected(Struct, frozen=True, kw_only=True):
    """What ``gc`` did."""

    files: int
    """Files deleted."""
    bytes: int
    """Their size."""
    claims: int
    """Claims of dead processes dropped."""
    media_checked: bool
    """Whether orphaned media could be deleted: nobody else had the pool open."""


def compact(pool: Pool, *, small: int = SMALL, large: int = LARGE) -> Compacted:
    """Join the small parts of each benchmark, one group a step, until none can be joined."""
    before = len(pool.manifest.read().parts)
    while True:
        with pool.manifest.step() as step:
            group = _joinable(step.state, small, large)
            if not group:
                return Compacted(parts_before=before, parts_after=len(step.state.parts))
            paths = [pool.path / name for name in group]
            staged = pool.parquet.stage(scan(paths, MEASUREMENT_COLUMNS), paths)
            rows = sum(step.state.parts[name].rows for name in group)
            step.add(staged, name_of(Path(group[0]).parent.name), rows)
            for name in group:
                step.retire(name)


def _joinable(state: State, small: int, large: int) -> list[str]:
    groups: dict[str, list[str]] = {}
    for name, part in state.parts.items():
        if part.rows < small:
            groups.setdefault(name.rpartition("/")[0], []).append(name)
    for names in groups.values():
        rows, chosen = 0, []
        for name in names:
            rows += state.parts[name].rows
            if rows > large:
                break
            chosen.append(name)
        if len(chosen) > 1:
            return chosen
    return []


def gc(pool: Pool) -> Collected:
    """Delete retired parts, leftovers of dead processes, and, if alone, orphaned media."""
    pool.manifest.recover()
    with pool.presence.alone() as alone:
        with locked(pool.path / "lock"):
            doomed = _files_below(pool.path / RETIRED)
            staging = pool.path / STAGING
            for folder in staging.glob("*"):
                owner = Owner.parse(folder.name)
                if owner is None or not owner.alive():
                    doomed += _files_below(folder)
            if alone:
                doomed += list(pool.path.rglob(f"{TEMPORARY}*"))
                doomed += _orphaned_media(pool)
            size = _delete(doomed)
            _drop_empty(pool.path / RETIRED, staging, pool.path / MEASUREMENTS)
        claims = sum(_drop_dead_claims(info.path) for info in pool.journals())
    return Collected(files=len(doomed), bytes=size, claims=claims, media_checked=alone)


def _files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _delete(paths: Iterable[Path]) -> int:
    size = 0
    for path in paths:
        with storage(path, "Delete it by hand."):
            size += path.stat().st_size
            path.unlink()
    return size


def _drop_empty(*folders: Path) -> None:
    for top in folders:
        for folder in sorted((p for p in top.rglob("*") if p.is_dir()), reverse=True):
            if not _files_below(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _orphaned_media(pool: Pool) -> list[Path]:
    kept = [path for path in (pool.path / MEDIA).glob("*") if path.is_file()]
    if not kept:
        return []
    used = media_in_use(pool)
    return [path for path in kept if path.name not in used]


def media_in_use(pool: Pool) -> set[str]:
    """Return the digests of all media that a sample, a request or an answer names."""
    used: set[str] = set()
    samples = pool.sample_files.files()
    with pool.parquet.reading(samples, pool.path):
        found = pool.parquet.cursor().execute(
            'SELECT DISTINCT unnest(regexp_extract_all(sample, \'"digest":"([0-9a-f]{64})"\', 1))'  # noqa: S608 - quoted
            f" FROM ({scan(samples, SAMPLE_COLUMNS)}) WHERE contains(sample, '\"media\"')"
        )
        used.update(digest for (digest,) in found.fetchall())
    for info in pool.journals():
        with storage(info.path, journal.MEND):
            connection = journal.read_only(info.path)
            try:
                for texts in connection.execute(
                    "SELECT request, response FROM responses"
                    " WHERE instr(request, '\"media\"') OR instr(response, '\"media\"')"
                ):
                    for text in texts:
                        used.update(_DIGEST.findall(text or ""))
            finally:
                connection.close()
    return used


def _drop_dead_claims(path: Path) -> int:
    with storage(path, journal.MEND):
        connection = journal.connect(path)
        try:
            with journal.transaction(connection):
                owners = connection.execute("SELECT DISTINCT owner FROM claims").fetchall()
                dropped = 0
                for (text,) in owners:
                    owner = Owner.parse(text)
                    if owner is None or not owner.alive():
                        dropped += connection.execute(
                            "DELETE FROM claims WHERE owner = ?", (text,)
                        ).rowcount
            return dropped
        finally:
            connection.close()
