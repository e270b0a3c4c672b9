"""The verb ``import_logs``: what other harnesses measured, taken into a pool.

A log becomes a small pool of its own, which is then merged: so that what is here is replaced by
the rule that holds between pools, an import that is cut off leaves nothing half done, and the
same import again changes nothing.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import chain, islice
from pathlib import Path

from benchwright.core.errors import BenchwrightError, DataError, DescriptionError, boundary
from benchwright.exchange.checking import check
from benchwright.exchange.finding import FORMATS, find
from benchwright.exchange.imported import Imported, Taken
from benchwright.exchange.learning import tell_cards
from benchwright.exchange.limits import Limits
from benchwright.exchange.log import Log
from benchwright.exchange.taking import Group, Named, NoMeasurement, Taker
from benchwright.pool import Pool

BATCH_LOGS, BATCH_ROWS = 200, 500_000
"""After so many logs or rows what was read is merged."""


def import_logs(
    paths: Sequence[str | Path],
    *,
    pool: str | Path = "pool",
    format: str = "",  # noqa: A002 - the command line's word
    benchmark: str = "",
    model: str = "",
    dry_run: bool = False,
    limits: Limits | None = None,
) -> Imported:
    """Take the logs at ``paths`` (files, or folders of them) into ``pool``.

    Every row keeps what its log says of the model and of how it was asked; what the log does not
    say is marked unknown. Models and benchmarks have names and keys of their own kind, so that
    nothing imported is ever taken for something measured here.

    Args:
        paths: files and folders.
        pool: the pool, made if there is none.
        format: name of the format, where it is not to be found out.
        benchmark: the user's word for which benchmark all of this is.
        model: the user's word for which model all of this is.
        dry_run: read and check everything, and keep nothing.
        limits: how much of a log is read before it is refused.

    Raises:
        DescriptionError: a path or format is wrong, or one name is given to several things.
        DataError: nothing could be read; of several logs the others are taken and the broken ones
            are named in the result.
        PoolError: the pool cannot be written.
    """
    bounds = limits or Limits()
    search = find([Path(path) for path in paths], format=format, limits=bounds)
    named = Named(benchmark=benchmark, model=model)
    failures: list[str] = []
    empty: list[str] = []
    with ExitStack() as stack:
        target = None if dry_run else stack.enter_context(Pool.open(pool))
        work = _Work(target, named)
        stack.callback(work.drop)
        for one in search.found:
            try:
                for log in _logs(one.format, one.path, bounds):
                    work.add(log, bounds)
            except NoMeasurement as error:
                empty.append(str(error))
            except DataError as error:
                failures.append(str(error))
        work.flush()
    if not work.taken:
        raise DataError("\n".join([*failures, *empty]) or "The logs hold no measurement.")
    return Imported(
        taken=tuple(work.taken),
        failed=tuple(failures),
        empty=tuple(empty),
        unknown=tuple(str(path) for path in search.unknown if path not in work.beside),
        pickles=tuple(str(path) for path in search.pickles),
        rows=work.rows,
        answers=work.answers,
        dry_run=dry_run,
    )


def _logs(format_name: str, path: Path, limits: Limits) -> Iterator[Log]:
    # What a stranger wrote may have any shape: a reader that trips over it names the file.
    with boundary(DataError, f"{path}: not as a log of {format_name} is written"):
        yield from FORMATS[format_name].read(path, limits)


class _Work:
    """Collects logs in a pool of their own and merges it now and then."""

    def __init__(self, target: Pool | None, named: Named) -> None:
        self.taken: list[Taken] = []
        self.rows = 0
        self.answers = 0
        self.beside: set[Path] = set()
        self._target = target
        self._named = named
        self._meant: dict[tuple[str, str], tuple[str, str]] = {}
        self._waiting: list[Taken] = []
        self._groups: set[Group] = set()
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._pool: Pool | None = None

    def add(self, log: Log, limits: Limits) -> None:
        """Read one log into the pool of the batch.

        Raises:
            DataError: it is damaged; then nothing of it is kept.
        """
        self.beside.update(log.beside)
        self._refuse_two_under_one_name(log)
        taker = Taker(log, self._named, limits)
        with boundary(DataError, f"{log.path}: not as a log of {log.harness} is written"):
            chunks = taker.chunks()
            begun = list(islice(chunks, 2))
            large = len(begun) > 1
            # What stands twice is for the rule between pools to decide, in whatever order it came.
            if large or taker.group in self._groups or self._full():
                self.flush()
            try:
                for chunk in chain(begun, chunks):
                    taker.write(chunk, self._open())
            except BenchwrightError:
                # Only a large log can break after its first chunk; it has the pool to itself.
                self.drop()
                raise
        self._groups.add(taker.group)
        self._waiting.append(taker.taken())

    def _refuse_two_under_one_name(self, log: Log) -> None:
        """Refuse the user's one word for two models, or two tasks, of one harness's logs.

        Their rows would have one identity, and all but one of them would be lost.
        """
        model = log.model.identity(log.harness).key()
        said = {
            "model": (self._named.model, model, log.model.name),
            "benchmark": (self._named.benchmark, log.task, log.task),
        }
        for option, (word, thing, shown) in said.items():
            before = self._meant.setdefault((option, log.harness), (thing, shown))
            if word and before[0] != thing:
                raise DescriptionError(
                    f"--{option} {word} would name two things: {before[1]!r} and {shown!r} of "
                    f"{log.path}. Import them one at a time."
                )

    def flush(self) -> None:
        """Merge what was read."""
        if self._pool is None:
            return
        try:
            self.taken += check(self._pool, self._waiting)
            if self._target is not None:
                merged = self._target.merge(self._pool.path)
                self.rows += merged.measurements
                self.answers += merged.answers
                tell_cards(self._target, self._waiting)
        finally:
            self.drop()

    def _full(self) -> bool:
        rows = sum(taken.rows for taken in self._waiting)
        return len(self._waiting) >= BATCH_LOGS or rows >= BATCH_ROWS

    def _open(self) -> Pool:
        if self._pool is None:
            self._folder = tempfile.TemporaryDirectory(prefix="benchwright-import-")
            self._pool = Pool.open(Path(self._folder.name) / "pool")
        return self._pool

    def drop(self) -> None:
        """Let go of what was read and is not merged."""
        if self._pool is not None:
            self._pool.close()
        if self._folder is not None:
            self._folder.cleanup()
        self._pool = self._folder = None
        self._waiting = []
        self._groups = set()
