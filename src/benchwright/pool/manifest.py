"""The manifest: which parts are live, changed in steps that a crash cannot cut in half.

A step writes its new parts under names that no reader looks at, writes down what it is about to
do, moves the old parts away, moves the new ones in, writes the manifest, and drops the note.
Whoever finds the note (the next to open the pool, or the next step) does the rest of it.
The old go before the new come, so that a reader who lists the folder never counts a row twice.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct, field

from benchwright.core.errors import PoolError
from benchwright.pool.disk import (
    Checkpoint,
    file_name,
    locked,
    nothing_happens,
    storage,
    sync,
    write_whole,
)

MEASUREMENTS = "measurements"
RETIRED = "retired"
MEND = "Run `benchwright pool upgrade` on the pool: it lists anew the parts that are there."

T = TypeVar("T")


class Part(Struct, frozen=True, kw_only=True):
    """One immutable file of measurements."""

    rows: int
    """How many measurements it holds."""
    generation: int
    """The step that made it."""


class State(Struct, frozen=True, kw_only=True):
    """What the manifest says."""

    generation: int = 0
    """How many steps there were; the pool's only measure of time."""
    parts: dict[str, Part] = field(default_factory=dict)
    """Path within the pool → part."""


class _Intent(Struct, frozen=True, kw_only=True):
    state: State
    retiring: list[tuple[str, str]]
    incoming: list[tuple[str, str]]


class Step:
    """What one step is to change; nothing happens before its ``with`` block ends."""

    def __init__(self, state: State) -> None:
        """Start from ``state``."""
        self.state = state
        self.generation = state.generation + 1
        self.parts = dict(state.parts)
        self.retiring: list[tuple[str, str]] = []
        self.incoming: list[tuple[Path, str]] = []

    def add(self, staged: Path, benchmark: str, rows: int) -> None:
        """Take the whole Parquet file ``staged`` into the pool as a part of ``benchmark``."""
        name = f"{self.generation:08d}-{secrets.token_hex(4)}.parquet"
        target = f"{MEASUREMENTS}/{file_name(benchmark)}/{name}"
        self.incoming.append((staged, target))
        self.parts[target] = Part(rows=rows, generation=self.generation)

    def retire(self, part: str) -> None:
        """Take ``part`` out of the pool; ``gc`` deletes it."""
        del self.parts[part]
        self.move_away(part)

    def place(self, staged: Path, target: str) -> None:
        """Put the whole file ``staged`` at ``target``, a path in the pool outside the manifest."""
        self.incoming.append((staged, target))

    def move_away(self, path: str) -> None:
        """Take the file at ``path``, which is not in the manifest, out of the pool."""
        self.retiring.append((path, f"{RETIRED}/{self.generation:08d}/{path}.retired"))


class Manifest:
    """The list of live parts in ``manifest.json``, and the only way to change it."""

    def __init__(
        self, folder: Path, *, fsync: bool = False, at: Checkpoint = nothing_happens
    ) -> None:
        """Work on the pool in ``folder``; ``at`` is told each point where a crash may come."""
        self.folder = folder
        self.path = folder / "manifest.json"
        self._intent = folder / "intent.json"
        self._fsync = fsync
        self._at = at

    def read(self) -> State:
        """Return the live parts.

        Raises:
            PoolError: the manifest is damaged, or missing where there are parts.
        """
        with storage(self.path, MEND):
            if not self.path.exists():
                if next((self.folder / MEASUREMENTS).glob("**/*.parquet"), None) is None:
                    return State()
                raise PoolError(f"{self.path} is missing. {MEND}")
            return _decoded(self.path, self.path.read_bytes(), State)

    @contextmanager
    def step(self) -> Iterator[Step]:
        """Change the list: what is recorded in the ``Step`` happens as a whole or not at all."""
        with locked(self.folder / "lock"):
            self._finish()
            step = Step(self.read())
            try:
                yield step
                if not step.incoming and not step.retiring:
                    return
                self._at("staged")
                intent = self._write_down(step)
            except Exception:
                for staged, _ in step.incoming:
                    staged.unlink(missing_ok=True)
                raise
            self._at("intended")
            self._carry_out(intent)

    def recover(self) -> None:
        """Finish a step that a crash cut off; waits for one that is going on."""
        if self._intent.exists():
            with locked(self.folder / "lock"):
                self._finish()

    def settle(self) -> None:
        """Finish an interrupted step, or drop it if its files are gone; the caller has the lock."""
        try:
            self._finish()
        except PoolError:
            self._intent.unlink()

    def _write_down(self, step: Step) -> _Intent:
        if self._fsync:
            for staged, _ in step.incoming:
                sync(staged)
        intent = _Intent(
            state=State(generation=step.generation, parts=step.parts),
            retiring=step.retiring,
            incoming=[(str(s.relative_to(self.folder)), t) for s, t in step.incoming],
        )
        self._write(self._intent, intent)
        return intent

    def _finish(self) -> None:
        if self._intent.exists():
            with storage(self._intent, MEND):
                data = self._intent.read_bytes()
            self._carry_out(_decoded(self._intent, data, _Intent))

    def _carry_out(self, intent: _Intent) -> None:
        with storage(self.folder / MEASUREMENTS, MEND):
            touched = set()
            for point, moves in (("retired", intent.retiring), ("placed", intent.incoming)):
                for source, target in moves:
                    touched |= self._move(self.folder / source, self.folder / target)
                    self._at(point)
            if self._fsync:
                for folder in sorted(touched):
                    sync(folder)
            self._write(self.path, intent.state)
            self._at("recorded")
            self._intent.unlink()
            self._at("done")

    def _move(self, source: Path, target: Path) -> set[Path]:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            source.replace(target)
        except FileNotFoundError:
            if not target.exists():
                raise PoolError(f"{source}: a step needs it and it is gone. {MEND}") from None
        return {source.parent, target.parent, target.parent.parent}

    def _write(self, path: Path, value: Struct) -> None:
        write_whole(path, msgspec.json.encode(value), fsync=self._fsync)


def _decoded(path: Path, data: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as cause:
        raise PoolError(f"{path}: damaged ({cause}). {MEND}") from cause
