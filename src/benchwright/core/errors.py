"""The error tree, and the boundary that keeps foreign errors from leaking.

    BenchwrightError
    ├── DescriptionError     the user described something wrongly; nothing was asked yet
    │   ├── UnknownName      no such benchmark, model, scorer, option …; names the nearest
    │   ├── MissingExtra     an optional dependency is not installed; says the command
    │   ├── MissingKey       a secret is not in the environment
    │   └── Incomparable     two measurements may not be compared; names the difference
    ├── DataError            a data set is absent, changed or malformed
    ├── ModelError           a model cannot be opened or served
    │   └── BatchDiffers     it answers otherwise in a batch than alone; nothing was asked
    ├── ScoringError         a scorer or judge broke its contract
    ├── PoolError            the pool is corrupt, newer than this version, locked or full
    └── DefectsExceeded      too many defects of our own: the run was stopped

``RequestFailed`` stands beside the tree: it is not an error of the program but the news, thrown
into a flow, that one request got no answer.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType


class BenchwrightError(Exception):
    """Every error that Benchwright raises on purpose."""


class DescriptionError(BenchwrightError):
    """Something was described wrongly; carries every problem found, not only the first."""

    def __init__(self, *problems: str) -> None:
        """Collect the problems, one complete sentence each."""
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))


class UnknownName(DescriptionError):
    """A name that nothing here goes by."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        """Say which ``kind`` of thing ``name`` is not, and suggest the nearest known name."""
        known = sorted(known)
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
        hint = f" Did you mean {' or '.join(near)}?" if near else f" Known: {', '.join(known)}."
        super().__init__(f"There is no {kind} named {name!r}.{hint}")


class MissingExtra(DescriptionError):
    """An optional dependency that is not installed."""

    def __init__(self, extra: str, feature: str) -> None:
        """Say which ``feature`` needs which ``extra``, and the command that installs it."""
        self.extra = extra
        super().__init__(f"{feature} needs an extra: pip install 'benchwright[{extra}]'")


class MissingKey(DescriptionError):
    """A secret that must stand in the environment and does not."""

    def __init__(self, variable: str, feature: str) -> None:
        """Name the environment ``variable`` and the ``feature`` that needs it."""
        super().__init__(f"{feature} needs the environment variable {variable}.")


class Incomparable(DescriptionError):
    """Measurements that differ in more than the thing being compared."""


class DataError(BenchwrightError):
    """A data set that is absent, malformed, or not the one that its card pins."""


class ModelError(BenchwrightError):
    """A model that cannot be opened or does not behave as its kind must."""


class BatchDiffers(ModelError):
    """A local model that answers otherwise in a batch than alone: it is not asked at all."""


class ScoringError(BenchwrightError):
    """A scorer or a judge that broke its contract."""


class PoolError(BenchwrightError):
    """A pool that cannot be read or written as it must be."""


class DefectsExceeded(BenchwrightError):
    """More defects of our own than a run may have."""


def boundary(error: type[BenchwrightError], where: str) -> AbstractContextManager[None]:
    """Turn whatever escapes foreign code into ``error``, prefixed with ``where``.

    Our own errors pass unchanged. This is the only place that catches broadly.
    """
    return _Boundary(error, where)


@contextmanager
def interruptions() -> Iterator[None]:
    """Let Ctrl-C be Ctrl-C: DuckDB, met by it at work, raises an error of Python's own instead."""
    try:
        yield
    except RuntimeError as error:
        if str(error) == "Query interrupted":
            raise KeyboardInterrupt from error
        raise


class _Boundary(AbstractContextManager[None]):
    # Entered several times a sample: a class costs a third of a generator.
    __slots__ = ("_error", "_where")

    def __init__(self, error: type[BenchwrightError], where: str) -> None:
        self._error = error
        self._where = where

    def __exit__(
        self,
        kind: type[BaseException] | None,
        cause: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(cause, Exception) and not isinstance(cause, BenchwrightError):
            raise self._error(f"{self._where}: {type(cause).__name__}: {cause}") from cause
