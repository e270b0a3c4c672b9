"""Which form a pool has, and how an older one becomes today's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec
from msgspec import Struct

from benchwright.core.errors import PoolError
from benchwright.pool.disk import locked, storage, write_whole
from benchwright.pool.manifest import MEASUREMENTS, Manifest, Part, State
from benchwright.pool.parquet import MEASUREMENT_COLUMNS, Parquet, scan

SCHEMA = 1
"""The form of pool that this version reads and writes."""
MEND = "Restore it from a copy of the pool."


class About(Struct, frozen=True, kw_only=True):
    """What ``pool.json`` says."""

    schema: int
    """The pool's form."""
    made_by: str = ""
    """What created it."""


class Upgrade(Struct, frozen=True, kw_only=True):
    """One step from a form of pool to the next."""

    to: int
    """The form it leads to."""
    summary: str
    """What it changes, in a sentence."""
    apply: Callable[[Path], None]
    """Changes the pool in a folder; done twice, it changes nothing more."""


def index_parts(folder: Path) -> None:
    """Write the manifest anew from the parts that are there.

    Raises:
        PoolError: a part is damaged, or two parts hold the same measurement.
    """
    manifest = Manifest(folder)
    parquet = Parquet(folder)
    try:
        paths = sorted((folder / MEASUREMENTS).glob("**/*.parquet"))
        rows = {path: parquet.rows(path) for path in paths}
        with parquet.reading(paths, folder / MEASUREMENTS):
            twice = (
                parquet.cursor()
                .execute(
                    f"SELECT id FROM ({scan(paths, MEASUREMENT_COLUMNS)})"  # noqa: S608 - quoted
                    " GROUP BY id HAVING count(*) > 1 LIMIT 1"
                )
                .fetchone()
            )
        if twice:
            raise PoolError(
                f"{folder / MEASUREMENTS}: the measurement {twice[0]} stands in more than one row; "
                "remove the file that does not belong there (two parts hold the same rows)."
            )
    finally:
        parquet.close()
    generations = {path: _generation(path) for path in paths}
    state = State(
        generation=max(generations.values(), default=0),
        parts={
            path.relative_to(folder).as_posix(): Part(rows=rows[path], generation=generations[path])
            for path in paths
        },
    )
    write_whole(manifest.path, msgspec.json.encode(state), fsync=True)


def _generation(path: Path) -> int:
    number = path.name.partition("-")[0]
    return int(number) if number.isdecimal() else 0


UPGRADES: tuple[Upgrade, ...] = (
    Upgrade(to=1, summary="A manifest lists the parts of the measurements.", apply=index_parts),
)
"""Every step there ever was, in order; steps are added at the end and never changed."""


def read_about(folder: Path) -> About | None:
    """Return what ``pool.json`` says; None if ``folder`` holds no pool.

    Raises:
        PoolError: ``pool.json`` is damaged.
    """
    path = folder / "pool.json"
    with storage(path, MEND):
        if not path.exists():
            return None
        data = path.read_bytes()
    try:
        return msgspec.json.decode(data, type=About)
    except (msgspec.DecodeError, UnicodeDecodeError) as cause:
        raise PoolError(f"{path}: damaged ({cause}). {MEND}") from cause


def create(folder: Path, *, fsync: bool) -> None:
    """Make an empty pool in ``folder``, which may not hold anything else.

    Raises:
        PoolError: something else is there.
    """
    with storage(folder, "Choose another folder."):
        folder.mkdir(parents=True, exist_ok=True)
        if any(not path.name.startswith(".") for path in folder.iterdir()):
            raise PoolError(
                f"{folder}: is no pool (it has no pool.json) and is not empty; choose another "
                "folder for the pool."
            )
    write_about(folder, About(schema=SCHEMA, made_by=_maker()), fsync=fsync)


def write_about(folder: Path, about: About, *, fsync: bool) -> None:
    """Write ``pool.json``."""
    write_whole(folder / "pool.json", msgspec.json.encode(about) + b"\n", fsync=fsync)


def refuse_other_schema(folder: Path, about: About) -> None:
    """Raise ``PoolError`` unless the pool has today's form."""
    if about.schema < SCHEMA:
        raise PoolError(
            f"{folder}: was made by an older version (form {about.schema}, today's is {SCHEMA}); "
            f"run `benchwright pool upgrade {folder}`."
        )
    if about.schema > SCHEMA:
        raise PoolError(
            f"{folder}: was made by a newer version (form {about.schema}; this version reads up "
            f"to {SCHEMA}); install a newer benchwright."
        )


def upgrade(path: str | Path, *, steps: Sequence[Upgrade] = UPGRADES) -> list[str]:
    """Bring the pool at ``path`` to today's form; return what was done, a sentence each.

    A pool that has it already gets its list of parts anew, which mends a lost manifest.

    Raises:
        PoolError: there is no pool, it is newer than this version, or a part is damaged.
    """
    folder = Path(path)
    about = read_about(folder)
    if about is None:
        raise PoolError(f"{folder}: is no pool (it has no pool.json).")
    newest = max((step.to for step in steps), default=0)
    if about.schema > newest:
        refuse_other_schema(folder, about)
    done = []
    with locked(folder / "lock"):
        for step in steps:
            if step.to > about.schema:
                step.apply(folder)
                write_about(folder, About(schema=step.to, made_by=about.made_by), fsync=True)
                done.append(step.summary)
        if not done:
            Manifest(folder).settle()
            index_parts(folder)
            done.append("The list of parts was made anew.")
    return done


def _maker() -> str:
    try:
        return f"benchwright {version('benchwright')}"
    except PackageNotFoundError:  # run from a source tree that is not installed
        return "benchwright"
