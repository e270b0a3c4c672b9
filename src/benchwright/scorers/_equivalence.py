"""Whether two answers to a problem are the same thing, however they are written.

In this order, so that nearly all are settled by the first two: the same text after cleaning
(``_writing``); the same number; the same shape (set, list, tuple, interval, union, matrix,
equation, ratio, numeral of a base) of equal parts; and of parts, equal expressions by
``_identity``, and by the computer algebra (``_symbolic``) where that does not decide.

Order matters in tuples and intervals, not in sets and lists. ``x = 5`` is ``5``; a unit or a
degree, dollar or percent sign on one side only is let go, as in the authors' rule. Numbers are
equal exactly: 0.33 is not 1/3.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

from msgspec import Struct

from benchwright.scorers import _identity
from benchwright.scorers._latex import tree
from benchwright.scorers._symbolic import decide
from benchwright.scorers._writing import cleaned, percent, squeezed, ungrouped, worded

_NUMBER = re.compile(r"([-+]?)([0-9]{1,60}(?:\.[0-9]{0,60})?|\.[0-9]{1,60})")
_FRACTION = re.compile(
    r"(-?)\\frac\{(-?[0-9]{1,60})\}\{(-?[0-9]{1,60})\}|(-?)([0-9]{1,60})/([0-9]{1,60})"
)
_SCIENTIFIC = re.compile(r"[-+]?[0-9]{1,30}(?:\.[0-9]{1,30})?[eE][-+]?[0-9]{1,3}")
_REPEATING = re.compile(r"(-?)([0-9]{0,9})\.([0-9]{0,20})\\overline\{?([0-9]{1,20})\}?")
_MIXED = re.compile(r"(-?)([0-9]{1,30}) ([0-9]{1,30})/([0-9]{1,30})")
_BASED = re.compile(r"(-?[0-9A-F.]{1,60})_\{?([0-9]{1,2})\}?")
_RATIO = re.compile(r"[^:]{1,60}(?::[^:]{1,60})+")
_MATRIX = re.compile(
    r"\\begin\{(?P<kind>[pbvV]?matrix|smallmatrix|array)\}(?:\{[lcr| ]*\})?(?P<cells>.*)"
    r"\\end\{(?P=kind)\}",
    re.DOTALL,
)
_ASSIGNED = re.compile(r"\(?[A-Za-z](?:_\{?\w{1,8}\}?|'|\([A-Za-z0-9, ]{1,12}\))?(?:,[A-Za-z])*\)?")
_RELATION = re.compile(r"[<>≤≥]")
_ITEMS = 60
_OPEN, _CLOSE = "([{⦃", ")]}⦄"


class Shape(Struct, frozen=True, gc=False):
    """A compound answer: what it is and what it is made of."""

    kind: str
    """``tuple``, ``set``, ``list``, ``union``, ``matrix``, ``equation``, ``ratio``."""
    parts: tuple[str, ...] = ()
    """Its parts as texts."""
    mark: str = ""
    """Brackets of a tuple, rows × columns of a matrix."""


@lru_cache(maxsize=4096)
def same(answer: str, target: str) -> bool:
    """Return whether ``answer`` is ``target``; both as written, in LaTeX or not."""
    if not answer.strip():
        return False
    if answer.strip() == target.strip():
        return True
    answer = answer if "=" in target else _unassigned(answer)
    given, wanted = cleaned(answer).partition("≈")[0].strip(), cleaned(target)
    dress = target + answer[:_LONGEST]
    if wordy(wanted, told=r"\text" in dress or r"\mbox" in dress):
        return worded(given) == worded(wanted)
    if not given or not wanted:
        return False
    if _alike(given, wanted):
        return True
    if percent(answer) != percent(target):
        hundredth = rf"\frac{{{given if percent(answer) else wanted}}}{{100}}"
        pair = (hundredth, wanted) if percent(answer) else (given, hundredth)
        return _alike(*pair)
    return False


_LETTERS = 4
_LONGEST = 400
_WORDS = re.compile(r"[^\W\d_]+(?:[ ,.'’()-]+[^\W\d_]+)*[ ,.'’()-]*")


def wordy(text: str, *, told: bool) -> bool:
    """Whether an answer is words, not algebra: long ones, or what LaTeX sets as text."""
    if not _WORDS.fullmatch(text.strip(" ().")):
        return False
    longest = max(len(word) for word in re.findall(r"[^\W\d_]+", text))
    return longest > (1 if told else _LETTERS)


_NAMED = re.compile(r"\s*[$(\\]{0,2}[A-Za-z](?:_\{?\w\}?|\([A-Za-z]\))?\s*=(?![^=]*=)\s*")


def _unassigned(answer: str) -> str:
    """Return an answer without the name that it is given to."""
    return answer[match.end() :] if (match := _NAMED.match(answer)) else answer


def _alike(given: str, wanted: str, depth: int = 0) -> bool:
    if squeezed(given) == squeezed(wanted):
        return True
    one, other = exact(given), exact(wanted)
    if one is not None and other is not None and (one == other or "," not in given + wanted):
        return one == other
    if depth > _DEEPEST:
        return False
    for first in _readings(given):
        for second in _readings(wanted):
            if (first == given and second == wanted) or depth:
                if _compared(first, second, depth):
                    return True
            elif _alike(first, second, depth + 1):
                return True
    return False


_DEEPEST = 3


def _readings(text: str) -> list[str]:
    """Return what a text may be: as it is, and as one number with separators."""
    whole = ungrouped(text)
    return [text] if whole is None else [whole, text]


def exact(text: str) -> Fraction | None:
    """Return the value of a plain number or fraction of two, by patterns alone."""
    whole = ungrouped(text)
    if whole is not None:
        return Fraction(whole)
    text = squeezed(text) if "/" not in text else text
    if match := _NUMBER.fullmatch(text):
        return Fraction(match[1] + match[2].rstrip(".")) if match[2] != "." else None
    if match := _REPEATING.fullmatch(text):
        return _repeating(*match.groups())
    if match := _SCIENTIFIC.fullmatch(text):
        return Fraction(text)
    if match := _MIXED.fullmatch(text):
        value = int(match[2]) + _over(match[3], match[4])
        return -value if match[1] else value
    if match := _FRACTION.fullmatch(text):
        sign, top, bottom = match.group(1, 2, 3) if match[3] else match.group(4, 5, 6)
        if int(bottom) == 0:
            return None
        return -_over(top, bottom) if sign else _over(top, bottom)
    return None


def _repeating(sign: str, whole: str, once: str, again: str) -> Fraction:
    """Return the value of a decimal whose last digits repeat."""
    shift = 10 ** len(once)
    nines = shift * (10 ** len(again) - 1)
    value = Fraction(int(whole + once or "0"), shift) + Fraction(int(again), nines)
    return -value if sign else value


def _over(top: str, bottom: str) -> Fraction:
    return Fraction(int(top), int(bottom)) if int(bottom) else Fraction(0)


def _compared(given: str, wanted: str, depth: int) -> bool:
    based = _BASED.fullmatch(squeezed(wanted))
    if based:
        found = _BASED.fullmatch(squeezed(given))
        return (found[1], found[2]) == (based[1], based[2]) if found else given == based[1]
    one, other = shape(given), shape(wanted)
    if other is None or one is None:
        if one and one.kind == "equation":
            given, one = one.parts[-1], None
        if other and other.kind == "equation" and _ASSIGNED.fullmatch(squeezed(other.parts[0])):
            wanted, other = other.parts[-1], None
        if one is None and other is None:
            return squeezed(given) == squeezed(wanted) or _expressions(given, wanted)
        return _loose(one, other, given, wanted, depth)
    return _shapes(one, other, depth)


def _loose(one: Shape | None, other: Shape | None, given: str, wanted: str, depth: int) -> bool:
    """Return whether a single answer is a compound one: a set of one, a line of one column."""
    compound, single = (one, wanted) if one else (other, given)
    if compound and len(compound.parts) == 1 and compound.kind in {"set", "list"}:
        return _alike(compound.parts[0], single, depth + 1)
    if compound and compound.kind == "ratio" and len(compound.parts) == 2:
        return _expressions(f"({compound.parts[0]})/({compound.parts[1]})", single)
    return False


def _shapes(one: Shape, other: Shape, depth: int) -> bool:
    kinds = {one.kind, other.kind}
    if kinds == {"equation"}:
        return _equations(one, other, depth)
    if "equation" in kinds:
        if one.kind == "equation" and _ASSIGNED.fullmatch(squeezed(one.parts[0])):
            return _alike(one.parts[-1], _written(other), depth + 1)
        if other.kind == "equation" and _ASSIGNED.fullmatch(squeezed(other.parts[0])):
            return _alike(_written(one), other.parts[-1], depth + 1)
        return False
    if kinds == {"matrix", "tuple"}:
        matrix, line = (one, other) if one.kind == "matrix" else (other, one)
        if "1x" not in f"{matrix.mark}" and not matrix.mark.endswith("x1"):
            return False
        return line.mark == "()" and _in_order(one.parts, other.parts, depth)
    if kinds == {"list", "tuple"}:
        return _named_in_order(one, other, depth)
    if kinds <= {"set", "list"}:
        return _any_order(one.parts, other.parts, depth)
    if len(kinds) == 2 or one.mark != other.mark:
        return False
    if one.kind == "union":
        return _any_order(one.parts, other.parts, depth)
    if one.kind == "ratio":
        return len(one.parts) == len(other.parts) and all(
            _expressions(f"({a})*({d})", f"({c})*({b})")
            for a, b, c, d in zip(
                one.parts, one.parts[1:], other.parts, other.parts[1:], strict=False
            )
        )
    return _in_order(one.parts, other.parts, depth)


def _named_in_order(one: Shape, other: Shape, depth: int) -> bool:
    """Return whether values that are each given to a name are those of a tuple, in order."""
    line, pair = (one, other) if one.kind == "list" else (other, one)
    values = [shape(part) for part in line.parts]
    named = [value.parts[-1] for value in values if value and value.kind == "equation"]
    if len(named) < len(line.parts) or pair.mark != "()":
        return False
    return _in_order(tuple(named), pair.parts, depth)


def _written(compound: Shape) -> str:
    """Return a compound as text again."""
    inner = ",".join(compound.parts)
    if compound.kind == "tuple":
        return f"{compound.mark[0]}{inner}{compound.mark[1]}"
    if compound.kind == "union":
        return "∪".join(compound.parts)
    return f"⦃{inner}⦄" if compound.kind in {"set", "list"} else inner


def _in_order(given: tuple[str, ...], wanted: tuple[str, ...], depth: int) -> bool:
    return len(given) == len(wanted) and all(
        _alike(one, other, depth + 1) for one, other in zip(given, wanted, strict=True)
    )


def _any_order(given: tuple[str, ...], wanted: tuple[str, ...], depth: int) -> bool:
    if len(given) != len(wanted):
        return False
    left = list(wanted)
    for one in given:
        match = next((other for other in left if _alike(one, other, depth + 1)), None)
        if match is None:
            return False
        left.remove(match)
    return True


def _equations(one: Shape, other: Shape, depth: int) -> bool:
    if len(one.parts) != 2 or len(other.parts) != 2:
        return _alike(one.parts[-1], other.parts[-1], depth + 1)
    if squeezed(one.parts[0]) == squeezed(other.parts[0]):
        return _alike(one.parts[1], other.parts[1], depth + 1)
    sides = [tree(part) for part in (*one.parts, *other.parts)]
    if any(side is None for side in sides):
        return False
    a, b = ("add", sides[0], ("neg", sides[1])), ("add", sides[2], ("neg", sides[3]))
    return _identity.proportional(a, b)


def _expressions(given: str, wanted: str) -> bool:
    one, other = tree(given), tree(wanted)
    if one is None or other is None:
        return False
    verdict = _identity.equal(one, other)
    return decide(one, other) if verdict is None else verdict


def shape(text: str) -> Shape | None:
    """Return the compound that ``text`` is, or None where it is one expression or words."""
    text = text.strip()
    if match := _MATRIX.fullmatch(text):
        return _matrix(match["cells"])
    if "∈" in text:
        text = text.rpartition("∈")[2].strip()
    if "∪" in text:
        return Shape("union", tuple(_split(text, "∪")))
    if _RELATION.search(text):
        return _intervals(text)
    parts = _split(text, ",")
    if len(parts) > 1:
        return Shape("list", _expanded(parts))
    if "=" in text:
        sides = _split(text, "=")
        return Shape("equation", tuple(sides)) if len(sides) > 1 else None
    if "±" in text and text[0] not in "([⦃":
        return Shape("list", _expanded([text]))
    if text and text[0] in "([⦃" and _closes(text):
        inner = _split(text[1:-1], ",")
        if text[0] == "⦃":
            return Shape("set", _expanded(inner))
        if len(inner) > 1:
            return Shape("tuple", tuple(inner), text[0] + text[-1])
        return shape(text[1:-1]) if "±" in text else None
    if ":" in text and _RATIO.fullmatch(text):
        return Shape("ratio", tuple(part.strip() for part in text.split(":")))
    return None


def _matrix(cells: str) -> Shape:
    rows = [row for row in re.split(r"\\\\|\\cr\b", cells) if row.strip()][:_ITEMS]
    table = [[cell.strip() for cell in row.split("&")] for row in rows]
    widths = {len(row) for row in table}
    mark = f"{len(table)}x{widths.pop()}" if len(widths) == 1 else "ragged"
    return Shape("matrix", tuple([cell for row in table for cell in row]), mark)


def _intervals(text: str) -> Shape | None:
    """Return the interval of an inequality, or the union of those of several."""
    found = [_interval(part) for part in _split(text, ",")]
    if len(found) == 1 or None in found:
        return found[0]
    return Shape("union", tuple(_written(one) for one in found if one is not None))


def _interval(text: str) -> Shape | None:
    """Return the interval that an inequality in one variable is; None for other relations."""
    signs = _RELATION.findall(text)
    sides = [side.strip() for side in _RELATION.split(text)]
    if any(sign in ">≥" for sign in signs):
        if any(sign in "<≤" for sign in signs):
            return None
        sides.reverse()
        signs = ["<" if sign == ">" else "≤" for sign in reversed(signs)]
    names = [place for place, side in enumerate(sides) if _ASSIGNED.fullmatch(side)]
    if len(sides) == 2 and len(names) == 1:
        if names == [0]:
            return Shape("tuple", (r"-\infty", sides[1]), "(" + ")]"[signs[0] == "≤"])
        return Shape("tuple", (sides[0], r"\infty"), "(["[signs[0] == "≤"] + ")")
    if len(sides) == 3 and names == [1]:
        return Shape("tuple", (sides[0], sides[2]), "(["[signs[0] == "≤"] + ")]"[signs[1] == "≤"])
    return None


def _expanded(parts: list[str]) -> tuple[str, ...]:
    """Return the parts, ``a ± b`` as two."""
    found: list[str] = []
    for part in parts[:_ITEMS]:
        if "±" in part:
            found += [part.replace("±", "+"), part.replace("±", "-")]
        else:
            found.append(part)
    return tuple(found)


def _split(text: str, sign: str) -> list[str]:
    """Return the parts of ``text`` between ``sign`` outside brackets."""
    parts, depth, start = [], 0, 0
    for place, char in enumerate(text):
        if char in _OPEN:
            depth += 1
        elif char in _CLOSE:
            depth -= 1
        elif char == sign and depth == 0:
            parts.append(text[start:place].strip())
            start = place + 1
    parts.append(text[start:].strip())
    return [part for part in parts if part][: _ITEMS + 1]


def _closes(text: str) -> bool:
    """Whether the bracket that opens ``text`` is closed by its last sign; kinds may differ."""
    depth = 0
    for place, char in enumerate(text):
        depth += (char in _OPEN) - (char in _CLOSE)
        if depth == 0:
            return place == len(text) - 1
    return False
