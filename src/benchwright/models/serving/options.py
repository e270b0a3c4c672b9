"""Reading a scheme's ``key=value`` options, with every problem said at once."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping, Sequence


class Options:
    """A scheme's options while they are read; ``problems`` is complete after the last read."""

    def __init__(self, options: Mapping[str, str], scheme: str) -> None:
        """Read from ``options`` of the model ``scheme``."""
        self._options = options
        self._scheme = scheme
        self._known: set[str] = set()
        self._problems: list[str] = []

    def text(self, name: str, default: str = "") -> str:
        """Return the option as it was written."""
        self._known.add(name)
        return self._options.get(name, default)

    def choice(self, name: str, default: str, allowed: Sequence[str]) -> str:
        """Return the option, which must be one of ``allowed``."""
        value = self.text(name, default)
        if value not in allowed:
            self._refuse(name, value, f"one of {', '.join(allowed)}")
            return default
        return value

    def number(self, name: str, default: float, *, low: float = 0.0) -> float:
        """Return the option as a finite number of at least ``low``."""
        value = self.text(name)
        if not value:
            return default
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not math.isfinite(number) or number < low:
            self._refuse(name, value, f"a number of at least {low:g}")
            return default
        return number

    def whole(self, name: str, default: int, *, low: int = 0) -> int:
        """Return the option as a whole number of at least ``low``."""
        number = self.number(name, default, low=low)
        if number != int(number):
            self._refuse(name, self.text(name), "a whole number")
            return default
        return int(number)

    def refuse(self, problem: str) -> None:
        """Add a problem that the caller found, one complete sentence."""
        self._problems.append(problem)

    def problems(self) -> tuple[str, ...]:
        """Return what was wrong, with options that nobody read named beside the nearest."""
        unknown = [
            f"The scheme {self._scheme}: has no option {name!r}." + self._hint(name)
            for name in sorted(self._options.keys() - self._known)
        ]
        return (*self._problems, *unknown)

    def _hint(self, name: str) -> str:
        near = difflib.get_close_matches(name, self._known, n=1, cutoff=0.5)
        if near:
            return f" Did you mean {near[0]}?"
        return f" Known: {', '.join(sorted(self._known)) or 'none'}."

    def _refuse(self, name: str, value: str, wanted: str) -> None:
        self._problems.append(f"{self._scheme}: option {name}={value!r} must be {wanted}.")
