"""The estimate so far, one value at a time: for the live display."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from benchwright.analysis.interval import Design, Interval, mean_interval
from benchwright.analysis.moments import Moments
from benchwright.core.average import Kind


class RunningEstimate:
    """A mean with its interval that grows by one value at a time (Welford per stratum and group).

    ``add`` takes constant time, ``estimate`` time proportional to their number. Values of
    variants and repeats of one sample are not independent: with ``rows_per_sample`` the interval is
    as wide as if they were all the same (the final table, which knows the samples, is narrower).
    """

    def __init__(
        self,
        sizes: Mapping[str, int] | None = None,
        *,
        average: Kind = "micro",
        rows_per_sample: int = 1,
        confidence: float = 0.95,
    ) -> None:
        """Begin with no values; ``sizes`` gives each stratum's number of samples."""
        self._design = Design(sizes=dict(sizes or {}), average=average, confidence=confidence)
        self._rows = max(rows_per_sample, 1)
        self._lines: dict[tuple[str, str], list[float]] = {}
        self._least, self._most, self._whole = float("inf"), float("-inf"), True

    def add(self, stratum: str, value: float, group: str = "") -> None:
        """Take in one value of a sample in ``stratum``, averaged within ``group``."""
        line = self._lines.setdefault((stratum, group), [0.0, 0.0, 0.0])
        line[0] += 1
        away = value - line[1]
        line[1] += away / line[0]
        line[2] += away * (value - line[1])
        self._least, self._most = min(self._least, value), max(self._most, value)
        self._whole = self._whole and value == int(value)

    @property
    def rows(self) -> int:
        """Number of values taken in."""
        return int(sum(line[0] for line in self._lines.values()))

    def estimate(self) -> Interval:
        """Return the mean so far with its interval; its value is None before the first value."""
        lines = np.array(list(self._lines.values()), dtype=np.float64).reshape(-1, 3)
        samples = np.ceil(lines[:, 0] / self._rows)
        grown = Moments(
            stratum=tuple(stratum for stratum, _ in self._lines),
            group=tuple(group for _, group in self._lines),
            sampled=samples,
            kept=samples,
            mean=lines[:, 1],
            squares=lines[:, 2] * samples / np.maximum(lines[:, 0], 1),
            least=self._least,
            most=self._most,
            whole=self._whole and self._rows == 1,
        )
        return mean_interval(grown, self._design)
