"""Records of which samples an adaptive run chose: ``choices/<name>.json``.

What they say in full is ``analysis.adaptive``'s; the pool knows whose they are, so that merging
takes them along, forgetting removes them, and tables can say that samples were chosen.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from benchwright.core.errors import PoolError
from benchwright.pool.disk import storage, write_whole

if TYPE_CHECKING:
    from benchwright.pool.folder import Pool

FOLDER = "choices"
MEND = "Delete it: the same command then chooses anew, and asks nothing that was answered."

Rows = tuple[str, str, str, str]
"""Model key, ``name@version``, conditions, scorer: the rows that a record speaks of."""


class _Asked(Struct, frozen=True):
    model_key: str
    benchmark: str
    conditions: str
    scorer: str


class _Choice(Struct, frozen=True):
    stage: str


class Head(Struct, frozen=True):
    """What the pool reads of a record."""

    asked: _Asked
    """Whose answers to what."""
    model: str
    """Display name of the model."""
    chosen: list[_Choice] = []
    """The samples, in order; of stage ``probe`` where they were drawn at random."""
    runs: list[str] = []
    """Ids of the runs that asked."""

    @property
    def rows(self) -> Rows:
        """The rows that it speaks of."""
        asked = self.asked
        return (asked.model_key, asked.benchmark, asked.conditions, asked.scorer)


def heads(folder: Path) -> dict[Path, Head]:
    """Return the records of the pool in ``folder``, by their files, in a fixed order.

    Raises:
        PoolError: one is damaged.
    """
    return {path: _head(path) for path in sorted((folder / FOLDER).glob("[!.]*.json"))}


def steered(folder: Path) -> frozenset[Rows]:
    """Return the rows whose samples were chosen for what they tell, not drawn at random."""
    # Not by the plan: a run that fell back to random samples keeps those that it chose before.
    return frozenset(
        head.rows
        for head in heads(folder).values()
        if any(choice.stage != "probe" for choice in head.chosen)
    )


def take(pool: Pool, other: Path) -> None:
    """Take the records of the pool in ``other``: of two, the one that chose more, then later."""
    for path, theirs in heads(other).items():
        mine = pool.path / FOLDER / path.name
        if not mine.exists() or _rank(theirs, path) > _rank(_head(mine), mine):
            with storage(path, MEND):
                data = path.read_bytes()
            write_whole(mine, data, fsync=pool.fsync)


def _rank(head: Head, path: Path) -> tuple[int, list[str], bytes]:
    return len(head.chosen), sorted(head.runs), path.read_bytes()


def _head(path: Path) -> Head:
    with storage(path, MEND):
        data = path.read_bytes()
    try:
        return msgspec.json.decode(data, type=Head)
    except (msgspec.DecodeError, UnicodeDecodeError) as cause:
        raise PoolError(f"{path}: damaged ({cause}). {MEND}") from cause
