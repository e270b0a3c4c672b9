r"""The value of a quantity as written: ``3.5 m/s``, ``2 \times 10^8``, ``\frac{\pi}{4}``."""

from __future__ import annotations

import math
import re

from benchwright.scorers._equivalence import exact
from benchwright.scorers._identity import symbols, value
from benchwright.scorers._latex import tree
from benchwright.scorers._writing import cleaned, percent

_TIMES = (
    r"(?: *(?:\\times|\\cdot|[*x×·]) *10 *(?:\^|\*\*) *\{? *(-?[0-9]{1,3}) *\}?"
    r"| *[eE]([-+]?[0-9]{1,3}))?"
)
_NUMBER = re.compile(rf"(?<![\w.])([-+]?)\$? ?((?:[0-9][0-9,]*)(?:\.[0-9]+)?|\.[0-9]+){_TIMES}")
_LIST = re.compile(r"[\[(⟨{]([^\[\](){{}}]*)[\])⟩}]")
_LONGEST = 400


def quantity(text: str) -> float | None:
    """Return the value of ``text``, its unit let go; None where it has none."""
    text = text[-_LONGEST:].strip()
    plain = cleaned(text).replace("±", "")
    for part in (plain, plain.rpartition("=")[2], plain.rpartition("≈")[2]):
        if (found := _value(part)) is not None:
            return found
    match = _NUMBER.search(plain.rpartition("=")[2] or plain) or _NUMBER.search(plain)
    return _matched(match) if match else None


def quantities(text: str) -> list[float]:
    """Return the values that a quantity may have: as written, and as a share where in percent."""
    found = quantity(text)
    if found is None:
        return []
    return [found, found / 100] if percent(text) else [found]


def several(text: str) -> list[float] | None:
    """Return the values of a list in brackets, or parted by commas; None where one has none."""
    plain = cleaned(text).replace("⦃", "[").replace("⦄", "]")
    found = _LIST.findall(plain)
    inner = found[-1] if found else plain
    parts = [part for part in re.split(r"[,;&]|\\\\", inner) if part.strip()]
    values = [quantity(part) for part in parts[:100]]
    return None if None in values or not values else [v for v in values if v is not None]


def _value(text: str) -> float | None:
    plain = exact(text)
    if plain is not None:
        return _finite(plain)
    match = _NUMBER.fullmatch(text.strip())
    if match:
        return _matched(match)
    read = tree(text)
    if read is None or symbols(read):
        return None
    found = value(read)
    if found is None or (isinstance(found, complex) and abs(found.imag) > 1e-9):
        return None
    return _finite(found.real)


def _matched(match: re.Match[str]) -> float | None:
    power = match[3] or match[4] or "0"
    return _finite(float(f"{match[1]}{match[2].replace(',', '')[:_LONGEST]}e{power}"))


def _finite(number: object) -> float | None:
    try:
        found = float(number)  # type: ignore[arg-type]
    except OverflowError:
        return None
    return found if math.isfinite(found) else None
