"""Where the choices of adaptive runs are kept: ``choices/<name>.json`` in the pool."""

from __future__ import annotations

from pathlib import Path

import msgspec

from benchwright.analysis.adaptive.record import FORM, Asked, Record
from benchwright.core.errors import PoolError
from benchwright.pool import Pool
from benchwright.pool.choices import FOLDER, MEND
from benchwright.pool.disk import storage, write_whole


def recall(pool: Pool, asked: Asked, seed: int) -> Record | None:
    """Return the choices made for ``asked`` with ``seed`` so far; None where there are none.

    Choices made by other rules than this version's are none.

    Raises:
        PoolError: the file is damaged.
    """
    path = _place(pool, asked, seed)
    found = _read(path) if path.exists() else None
    return found if found is not None and found.form == FORM else None


def keep(pool: Pool, record: Record) -> None:
    """Keep ``record``; a later one of the same name replaces it."""
    data = msgspec.json.format(msgspec.json.encode(record), indent=1)
    write_whole(_place(pool, record.asked, record.seed), data, fsync=pool.fsync)


def records(pool: Pool, benchmark: str = "") -> list[Record]:
    """Return all records, or those of one ``name@version``, in a fixed order."""
    found = [_read(path) for path in sorted((pool.path / FOLDER).glob("[!.]*.json"))]
    return [record for record in found if benchmark in ("", record.asked.benchmark)]


def _place(pool: Pool, asked: Asked, seed: int) -> Path:
    return pool.path / FOLDER / f"{asked.name(seed)}.json"


def _read(path: Path) -> Record:
    with storage(path, MEND):
        data = path.read_bytes()
    try:
        return msgspec.json.decode(data, type=Record)
    except (msgspec.DecodeError, UnicodeDecodeError) as cause:
        raise PoolError(f"{path}: damaged ({cause}). {MEND}") from cause
