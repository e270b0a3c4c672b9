"""Plain values as text: what may cross between checks and candidate.

A value is rebuilt from builtin classes alone, whatever the other side sends, so that a comparison
never runs foreign code. JSON as it is for None, bool, small int, float, str and list; everything
else is an object with one member, its kind.
"""

from __future__ import annotations

from _json import encode_basestring_ascii, make_encoder, make_scanner
from itertools import islice

TYPE_CHECKING = False  # a cell is started for every candidate: `typing` would cost it 6 ms
if TYPE_CHECKING:
    from typing import Any

LARGE = 1 << 62  # larger integers go as hexadecimal: decimal digits take quadratic time
MOST_ITEMS = 100_000  # taken from an iterator, which may have no end


class NotPlain(TypeError):
    """A value that cannot cross."""


class Form:
    """The settings of JSON as the ``json`` module has them, without what else it brings."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    memo: dict[str, str] = {}  # noqa: RUF012 - the scanner's own

    @staticmethod
    def parse_constant(name: str) -> float:
        """Return what ``NaN``, ``Infinity`` and ``-Infinity`` stand for."""
        return float(name)


def _refuse(value: object) -> object:
    raise NotPlain(f"a value of class {type(value).__name__}")


_written = make_encoder(None, _refuse, encode_basestring_ascii, None, ":", ",", False, False, True)
_read = make_scanner(Form)  # type: ignore[arg-type]  # typeshed: only its own class


def dump(value: object) -> bytes:
    """Return the text of a tree that ``encode`` made."""
    return "".join(_written(value, 0)).encode()


def load(text: bytes) -> Any:
    """Return the tree of a text, as compact as ``dump`` writes it.

    Raises:
        ValueError: it is none.
    """
    written = text.decode()
    try:
        tree, end = _read(written, 0)
    except StopIteration:
        raise ValueError("no value") from None
    if end != len(written):
        raise ValueError("more than a value")
    return tree


def encode(value: Any) -> Any:
    """Return ``value`` as a tree.

    Raises:
        NotPlain: it holds something that is no plain value.
    """
    try:
        return _encode(value)
    except RecursionError:
        raise NotPlain("a value nested too deeply, or in itself") from None


def decode(tree: Any) -> Any:
    """Return the value of a tree, made of builtin classes.

    Raises:
        NotPlain: the tree is none that ``encode`` makes.
    """
    try:
        return _decode(tree)
    except NotPlain:
        raise
    except (TypeError, ValueError, ArithmeticError, RecursionError) as error:
        raise NotPlain(f"a malformed value: {error}") from None


def _encode(value: Any) -> Any:
    kind = type(value)
    if value is None or kind is bool or kind is float or kind is str:
        return value
    if kind is int:
        return value if -LARGE < value < LARGE else {"int": hex(value)}
    if kind is list:
        return [_encode(item) for item in value]
    encoder = _ENCODERS.get(kind)
    if encoder is not None:
        return encoder(value)
    return _other(value)


def _items(name: str) -> Any:
    return lambda value: {name: [_encode(item) for item in value]}


def _dict(value: Any) -> Any:
    return {"dict": [[_encode(key), _encode(item)] for key, item in value.items()]}


_ENCODERS: dict[type, Any] = {
    tuple: _items("tuple"),
    set: _items("set"),
    frozenset: _items("frozenset"),
    dict: _dict,
    bytes: lambda value: {"bytes": value.decode("latin-1")},
    bytearray: lambda value: {"bytearray": value.decode("latin-1")},
    complex: lambda value: {"complex": [value.real, value.imag]},
    range: lambda value: {"range": [_encode(x) for x in (value.start, value.stop, value.step)]},
    type({}.keys()): _items("keys"),
    type({}.values()): _items("values"),
    type({}.items()): _items("items"),
}


_MADE_OF: tuple[Any, ...] = (
    bool, int, float, complex, str, bytes, list, tuple, set, frozenset, dict,
)  # fmt: skip


def _other(value: Any) -> Any:
    kind = type(value)
    if kind.__module__ == "decimal":
        return {"decimal": str(value)}
    if kind.__module__ == "fractions":
        return {"fraction": [_encode(value.numerator), _encode(value.denominator)]}
    if kind.__module__ == "collections" and kind.__name__ == "deque":
        return {"deque": [_encode(item) for item in value]}
    if kind.__module__ == "numpy" and getattr(value, "shape", None) == ():
        return _encode(value.item())
    # A subclass goes as what it is made of: a Counter as a dict, an IntEnum as an int.
    for made_of in _MADE_OF:
        if isinstance(value, made_of):
            return _encode(made_of(value))
    if hasattr(value, "__next__"):
        taken = list(islice(value, MOST_ITEMS + 1))
        if len(taken) > MOST_ITEMS:
            raise NotPlain(f"an iterator of more than {MOST_ITEMS} items")
        return {"iter": [_encode(item) for item in taken]}
    raise NotPlain(f"a value of class {kind.__name__}")


def _decode(tree: Any) -> Any:
    if tree is None or isinstance(tree, (bool, int, float, str)):
        return tree
    if isinstance(tree, list):
        return [_decode(item) for item in tree]
    if len(tree) != 1:
        raise NotPlain("a malformed value")
    ((name, held),) = tree.items()
    if name == "int":
        return int(held, 16)
    if name in ("bytes", "bytearray"):
        text = held.encode("latin-1")
        return text if name == "bytes" else bytearray(text)
    if name == "decimal":
        from decimal import Decimal

        return Decimal(held)
    maker = _MAKERS.get(name)
    if maker is None:
        raise NotPlain(f"a value of unknown kind {name!r}")
    return maker([_decode(item) for item in held])


def _fraction(parts: list[Any]) -> Any:
    from fractions import Fraction

    return Fraction(*parts)


def _deque(items: list[Any]) -> Any:
    from collections import deque

    return deque(items)


_MAKERS: dict[str, Any] = {
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
    "dict": dict,
    "complex": lambda parts: complex(*parts),
    "range": lambda parts: range(*parts),
    "keys": lambda items: dict.fromkeys(items).keys(),
    "values": lambda items: dict(enumerate(items)).values(),
    "items": lambda items: dict(items).items(),
    "iter": iter,
    "fraction": _fraction,
    "deque": _deque,
}
