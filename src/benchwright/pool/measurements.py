"""The measurements: immutable Parquet parts, every identity in exactly one of them."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from benchwright.core.errors import PoolError
from benchwright.core.measurement import Measurement, Outcome
from benchwright.pool.disk import file_name, name_of
from benchwright.pool.manifest import MEASUREMENTS, Manifest, Step
from benchwright.pool.parquet import MEASUREMENT_COLUMNS, Parquet, files, scan

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FIELDS = tuple(name for name in MEASUREMENT_COLUMNS if name != "id")
_NUMBERS = (
    "value",
    "chance",
    "seconds",
    "first_token_seconds",
    "cost",
    "cost_judge",
    "cost_helper",
)
_CHUNK = 2048


class Identities:
    """The identities of many measurements, 16 bytes each."""

    def __init__(self, high: NDArray[np.uint64], low: NDArray[np.uint64]) -> None:
        """Hold the two halves of each, sorted by the first."""
        self._high = memoryview(high.data)
        self._low = memoryview(low.data)

    def __len__(self) -> int:
        return len(self._high)

    def __contains__(self, identity: object) -> bool:
        if not isinstance(identity, str) or len(identity) != 32:
            return False
        high, low = int(identity[:16], 16), int(identity[16:], 16)
        index = bisect_left(self._high, high)
        while index < len(self._high) and self._high[index] == high:
            if self._low[index] == low:
                return True
            index += 1
        return False


class Measurements:
    """The measurements of one pool."""

    def __init__(self, manifest: Manifest, parquet: Parquet) -> None:
        """Read and write the parts that ``manifest`` lists."""
        self.manifest = manifest
        self._parquet = parquet
        self._encoder = msgspec.json.Encoder()

    def parts(self) -> list[Path]:
        """Return the live parts, the oldest first."""
        return [self.manifest.folder / path for path in self.manifest.read().parts]

    def identities(
        self,
        benchmark: str,
        *,
        model_key: str = "",
        conditions: str = "",
        scorer: str = "",
        failures: Sequence[str] | None = None,
    ) -> Identities:
        """Return which measurements of ``benchmark`` there are, from one query.

        An empty ``model_key``, ``conditions`` or ``scorer`` means any; of rows without an answer
        only those with one of ``failures`` are counted, if given. 16 bytes a row stay in memory,
        24 while they are read.
        """
        named = {
            "benchmark": benchmark,
            "model_key": model_key,
            "conditions": conditions,
            "scorer": scorer,
        }
        wanted: dict[str, object] = {name: value for name, value in named.items() if value}
        where = " AND ".join(f"{name} = ?" for name in wanted)
        if failures is not None:
            where += " AND (failure = '' OR list_contains(?, failure))"
            wanted["failures"] = list(failures)
        parts = self.parts()
        with self._parquet.reading(parts, self.manifest.path):
            cursor = self._parquet.cursor()
            cursor.execute(
                "SELECT ('0x' || left(id, 16))::UBIGINT AS high,"  # noqa: S608 - names of our own
                f" ('0x' || right(id, 16))::UBIGINT AS low"
                f" FROM ({scan(parts, MEASUREMENT_COLUMNS)}) WHERE {where} ORDER BY high",
                list(wanted.values()),
            )
            found = cursor.fetchnumpy()
        return Identities(found["high"], found["low"])

    def count(
        self,
        benchmark: str,
        *,
        model_key: str,
        conditions: str,
        repeats: int,
        failures: Sequence[str],
    ) -> dict[str, int]:
        """Return how many samples as they are were measured, by scorer; from one narrow query.

        Every one of ``repeats`` counts. Of rows without an answer only those with one of
        ``failures`` do. No identity stands in two rows, so that no row is counted twice.
        """
        parts = self.parts()
        with self._parquet.reading(parts, self.manifest.path):
            found = self._parquet.cursor().execute(
                f"SELECT scorer, count(*) FROM ({scan(parts, MEASUREMENT_COLUMNS)})"  # noqa: S608 - quoted
                " WHERE benchmark = ? AND model_key = ? AND conditions = ? AND variant = ''"
                " AND repeat < ? AND (failure = '' OR list_contains(?, failure)) GROUP BY scorer",
                [benchmark, model_key, conditions, repeats, list(failures)],
            )
            return dict(found.fetchall())

    def unjudged(self, benchmark: str, scorer: str) -> Identities:
        """Return one measurement of every question of ``benchmark`` that ``scorer`` has not judged.

        A question is (model, sample, variant, repeat, conditions); one whose code the sandbox could
        not run counts as not judged. 16 bytes a question stay in memory.
        """
        parts = self.parts()
        with self._parquet.reading(parts, self.manifest.path):
            cursor = self._parquet.cursor()
            cursor.execute(
                "SELECT ('0x' || left(one, 16))::UBIGINT AS high,"  # noqa: S608 - names of our own
                " ('0x' || right(one, 16))::UBIGINT AS low FROM (SELECT min(id) AS one"
                f" FROM ({scan(parts, MEASUREMENT_COLUMNS)}) WHERE benchmark = ?"
                " GROUP BY model_key, sample, variant, repeat, conditions"
                " HAVING NOT bool_or(scorer = ? AND failure <> 'not_run')) ORDER BY high",
                [benchmark, scorer],
            )
            found = cursor.fetchnumpy()
        return Identities(found["high"], found["low"])

    def write(self, rows: Sequence[Measurement]) -> None:
        """Write ``rows`` as one immutable part (one per benchmark among them), or none of them.

        A row whose identity is there already replaces it: the parts that held the old rows are
        rewritten in the same step. Of several rows with one identity, the last counts.

        Raises:
            PoolError: a number is not finite, a part is damaged, or the disk is full; then
                nothing has changed.
        """
        latest = {row.identity(): row for row in rows}
        lines: dict[str, list[bytes]] = {}
        for identity, row in latest.items():
            lines.setdefault(row.benchmark, []).append(self._line(identity, row))
        staged: dict[str, Path] = {}
        try:
            for benchmark, encoded in lines.items():
                staged[benchmark] = self._parquet.stage_lines(encoded, MEASUREMENT_COLUMNS)
        except PoolError:
            for path in staged.values():
                path.unlink()
            raise
        with self.manifest.step() as step:
            for benchmark, path in staged.items():
                step.add(path, benchmark, len(lines[benchmark]))
                self.replace(step, path, benchmark)

    def replace(self, step: Step, staged: Path, benchmark: str) -> None:
        """Let ``step`` take out of the live parts the rows whose identity is in ``staged``."""
        folder = self.manifest.folder / MEASUREMENTS / file_name(benchmark)
        parts = [self.manifest.folder / path for path in step.state.parts]
        parts = [path for path in parts if path.parent == folder]
        if not parts:
            return
        new = f"read_parquet({files([staged])})"
        with self._parquet.reading([*parts, staged], self.manifest.path):
            found = self._parquet.cursor().execute(
                # The model's key is part of the identity; joining by it, too, lets DuckDB skip
                # the parts of other models by their statistics.
                "SELECT filename, count(*)"  # noqa: S608 - quoted
                f" FROM read_parquet({files(parts)}, filename = true)"
                f" SEMI JOIN (SELECT id, model_key FROM {new}) USING (id, model_key) GROUP BY ALL"
            )
            holders = {Path(name): count for name, count in found.fetchall()}
        for path in parts:
            if path in holders:
                kept = f"SELECT * FROM part WHERE id NOT IN (SELECT id FROM {new})"  # noqa: S608 - quoted
                self.rewrite(step, path, kept, rows_less=holders[path])

    def rewrite(self, step: Step, path: Path, select: str, *, rows_less: int = 0) -> None:
        """Let ``step`` put the rows of ``select``, a query over ``part``, in place of a part."""
        name = str(path.relative_to(self.manifest.folder))
        left = step.parts[name].rows - rows_less
        if left:
            source = scan([path], MEASUREMENT_COLUMNS)
            staged = self._parquet.stage(f"WITH part AS ({source}) {select}", [path])
            step.add(staged, name_of(path.parent.name), left)
        step.retire(name)

    def rows(
        self, where: str = "", parameters: Sequence[object] = (), *, order: str = ""
    ) -> Iterator[Measurement]:
        """Yield measurements, a window of them in memory at a time.

        ``where`` and ``order`` are SQL over the columns of the view ``measurements``; ``?`` in
        ``where`` stands for the next of ``parameters``.

        Raises:
            PoolError: a part is damaged, or was retired by another process meanwhile.
        """
        parts = self.parts()
        query = f"SELECT * EXCLUDE (id) FROM ({scan(parts, MEASUREMENT_COLUMNS)})"  # noqa: S608 - quoted
        query += f" WHERE {where}" if where else ""
        query += f" ORDER BY {order}" if order else ""
        cursor = self._parquet.cursor()
        with self._parquet.reading(parts, self.manifest.path):
            cursor.execute(query, list(parameters))
            while chunk := cursor.fetchmany(_CHUNK):
                for values in chunk:
                    yield _measurement(values)

    def _line(self, identity: str, row: Measurement) -> bytes:
        for name in _NUMBERS:
            number = getattr(row, name)
            if number is not None and not math.isfinite(number):
                raise PoolError(
                    f"sample {row.sample} of {row.benchmark}: {name} is {number}, and only finite "
                    "numbers are kept; a row without a score has no value"
                )
        return b'{"id":"' + identity.encode() + b'",' + self._encoder.encode(row)[1:]


def _measurement(values: tuple[Any, ...]) -> Measurement:
    fields = dict(zip(_FIELDS, values, strict=True))
    fields["outcome"] = Outcome(fields["outcome"])
    return Measurement(**fields)
