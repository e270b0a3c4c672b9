"""Reading an expression, in LaTeX or as typed, into a tree: nothing is evaluated or run here.

A tree is nested tuples: ``("num", Fraction)``, ``("sym", name)``, ``("const", "pi" | "e" | "i" |
"inf")``, or an operation's name followed by its operands. Length, number of tokens and depth are
bounded, so no text takes long.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

Tree = tuple[Any, ...]

LONGEST = 600
"""Characters of an expression that is read at all."""
_TOKENS = 400
_DEEPEST = 40
_DIGITS = 60

_FUNCTIONS = frozenset(
    [
        "sin",
        "cos",
        "tan",
        "cot",
        "sec",
        "csc",
        "sinh",
        "cosh",
        "tanh",
        "arcsin",
        "arccos",
        "arctan",
        "arccot",
        "ln",
        "log",
        "lg",
        "exp",
        "det",
        "gcd",
        "lcm",
        "min",
        "max",
        "floor",
        "ceil",
    ]
)
_ALIASES = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "lg": "log"}
_GREEK = frozenset(
    [
        "alpha",
        "beta",
        "gamma",
        "delta",
        "epsilon",
        "varepsilon",
        "zeta",
        "eta",
        "theta",
        "vartheta",
        "iota",
        "kappa",
        "lambda",
        "mu",
        "nu",
        "xi",
        "rho",
        "sigma",
        "tau",
        "phi",
        "varphi",
        "chi",
        "psi",
        "omega",
        "Gamma",
        "Delta",
        "Theta",
        "Lambda",
        "Xi",
        "Sigma",
        "Phi",
        "Psi",
        "Omega",
    ]
)
_TOKEN = re.compile(
    r"\s*(?:(?P<number>[0-9]+(?:\.[0-9]+)?|\.[0-9]+)"
    r"|\\(?P<command>[A-Za-z]+)"
    r"|(?P<word>[A-Za-z]+)"
    r"|(?P<sign>\*\*|[-+*/^_!(){}\[\]|]))"
)
_PRODUCT_WORDS = frozenset({"cdot", "times", "ast"})
_OPENING = {"(": ")", "[": "]", "{": "}", "lfloor": "rfloor", "lceil": "rceil"}


class Unreadable(Exception):
    """A text that is no expression as far as this reader goes."""


def tree(text: str) -> Tree | None:
    """Return the tree of one expression, or None where it cannot be read."""
    if not text or len(text) > LONGEST:
        return None
    try:
        return _Reader(_tokens(text)).whole()
    except (Unreadable, RecursionError):
        return None


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at, end)
        if not match or match.end() == at or len(found) >= _TOKENS:
            raise Unreadable
        kind = str(match.lastgroup)
        if kind == "word":
            found += _split(match["word"])
        else:
            found.append((kind, match[kind]))
        at = match.end()
    return found


def _split(word: str) -> list[tuple[str, str]]:
    """Return a typed word as a function's name, a constant, or letters that are multiplied."""
    if word in _FUNCTIONS or word in _ALIASES or word in {"sqrt", "pi", "abs", "infinity", "oo"}:
        return [("command", _ALIASES.get(word, word))]
    if len(word) > _LETTERS:
        raise Unreadable  # prose, not a product of variables
    return [("letter", letter) for letter in word]


_LETTERS = 4
"""Longest run of letters that is read as a product: ``abc``; longer ones are words."""


class _Reader:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0
        self._bars = 0

    def whole(self) -> Tree:
        found = self._sum()
        if self._at != len(self._tokens):
            raise Unreadable
        return found

    def _peek(self, ahead: int = 0) -> tuple[str, str]:
        at = self._at + ahead
        return self._tokens[at] if at < len(self._tokens) else ("end", "")

    def _take(self) -> tuple[str, str]:
        token = self._peek()
        if token[0] == "end":
            raise Unreadable
        self._at += 1
        return token

    def _sign(self, *signs: str) -> str:
        kind, text = self._peek()
        if kind in {"sign", "command"} and text in signs:
            self._at += 1
            return text
        return ""

    def _expect(self, sign: str) -> None:
        if not self._sign(sign):
            raise Unreadable

    def _sum(self) -> Tree:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Unreadable
        terms = [self._product()]
        while sign := self._sign("+", "-"):
            term = self._product()
            terms.append(("neg", term) if sign == "-" else term)
        self._depth -= 1
        return terms[0] if len(terms) == 1 else ("add", *terms)

    def _product(self) -> Tree:
        left = self._signed()
        while True:
            if self._sign("*", *_PRODUCT_WORDS):
                left = ("mul", left, self._signed())
            elif self._sign("/", "div"):
                left = ("div", left, self._signed())
            elif self._starts():
                right = self._power()
                left = ("add", left, right) if _mixed(left, right) else ("mul", left, right)
            else:
                return left

    def _starts(self) -> bool:
        """Whether what comes next is a factor without a sign before it."""
        kind, text = self._peek()
        if kind in {"number", "letter"}:
            return True
        if kind == "command":
            return text not in {"rfloor", "rceil", "div", *_PRODUCT_WORDS}
        return text in {"(", "[", "{"} or (text == "|" and not self._bars)

    def _signed(self) -> Tree:
        if sign := self._sign("+", "-"):
            self._depth += 1
            if self._depth > _DEEPEST:
                raise Unreadable
            inner = self._signed()
            self._depth -= 1
            return ("neg", inner) if sign == "-" else inner
        return self._power()

    def _power(self) -> Tree:
        found = self._atom()
        while self._sign("!"):
            found = ("fact", found)
        if self._sign("^", "**"):
            found = ("pow", found, self._exponent())
            while self._sign("!"):
                found = ("fact", found)
        return found

    def _exponent(self) -> Tree:
        if self._peek() == ("sign", "{"):
            return self._group("{")
        if sign := self._sign("-", "+"):
            inner = self._exponent()
            return ("neg", inner) if sign == "-" else inner
        found = self._atom()
        return ("pow", found, self._exponent()) if self._sign("^", "**") else found

    def _group(self, opening: str) -> Tree:
        self._expect(opening)
        bars, self._bars = self._bars, 0
        found = self._sum()
        self._bars = bars
        self._expect(_OPENING[opening])
        return found

    def _atom(self) -> Tree:
        kind, text = self._peek()
        if kind == "sign" and text in {"(", "[", "{"}:
            return self._group(text)
        if kind == "sign" and text == "|":
            return self._absolute()
        self._take()
        if kind == "number":
            return number(text)
        if kind == "letter":
            return self._symbol(text)
        if kind == "command":
            return self._command(text)
        raise Unreadable

    def _absolute(self) -> Tree:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Unreadable
        self._expect("|")
        self._bars += 1
        found = self._sum()
        self._bars -= 1
        self._expect("|")
        self._depth -= 1
        return ("abs", found)

    def _symbol(self, name: str) -> Tree:
        if self._peek() == ("sign", "_"):
            self._take()
            return ("sym", f"{name}_{self._subscript()}")
        return ("const", name) if name in {"e", "i"} else ("sym", name)

    def _subscript(self) -> str:
        if self._sign("{"):
            inner = ""
            while not self._sign("}"):
                inner += self._take()[1]
            return inner
        return self._take()[1]

    def _command(self, name: str) -> Tree:
        if name in {"frac", "binom"}:
            top, bottom = self._argument(), self._argument()
            return ("div" if name == "frac" else "binom", top, bottom)
        if name == "sqrt":
            return self._root()
        if name in {"infty", "infinity", "oo"}:
            return ("const", "inf")
        if name == "pi":
            return ("const", "pi")
        if name in _GREEK:
            return self._symbol(name)
        if name in {"lfloor", "lceil"}:
            self._at -= 1
            return ("floor" if name == "lfloor" else "ceil", self._group(name))
        if name == "abs":
            return ("abs", self._argument())
        if name in _FUNCTIONS:
            return self._function(name)
        raise Unreadable

    def _argument(self) -> Tree:
        """Return the operand of a command: a group, or one digit, letter or command."""
        kind, text = self._peek()
        if kind == "sign" and text in {"{", "("}:
            return self._group(text)
        if kind == "number" and len(text) > 1:
            self._tokens[self._at] = (kind, text[1:])
            return number(text[0])
        return self._atom()

    def _root(self) -> Tree:
        degree: Tree = ("num", Fraction(2))
        if self._sign("["):
            degree = self._sum()
            self._expect("]")
        kind, text = self._peek()
        if kind == "number":  # typed, "sqrt13" means the root of 13, and so do models in LaTeX
            self._take()
            return ("root", degree, number(text))
        return ("root", degree, self._argument())

    def _function(self, name: str) -> Tree:
        base: Tree | None = None
        exponent: Tree | None = None
        while sign := self._sign("_", "^"):
            if sign == "_":
                base = self._argument()
            else:
                exponent = self._exponent()
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Unreadable
        found = self._applied()
        self._depth -= 1
        made: Tree = ("fn", name, found) if base is None else ("fn", name, found, base)
        inverse = exponent == ("neg", ("num", Fraction(1)))
        if inverse and name in {"sin", "cos", "tan", "cot"}:
            return ("fn", f"arc{name}", found)
        return made if exponent is None else ("pow", made, exponent)

    def _applied(self) -> Tree:
        """Return what a function is applied to: a group, or the factors up to the next sign."""
        kind, text = self._peek()
        if kind == "sign" and text in {"(", "{", "["}:
            return self._group(text)
        found = self._signed()
        while self._starts() and self._peek()[1] not in _FUNCTIONS:
            found = ("mul", found, self._power())
        if self._sign("/"):
            found = ("div", found, self._power())
        return found


def number(text: str) -> Tree:
    """Return the tree of decimal digits.

    Raises:
        Unreadable: there are too many.
    """
    if len(text) > _DIGITS:
        raise Unreadable
    return ("num", Fraction(text if text[0] != "." else f"0{text}"))


def _mixed(left: Tree, right: Tree) -> bool:
    """Whether a whole number before a proper fraction of two is a mixed number: 6 3/4."""
    whole = left[0] == "num" and left[1].denominator == 1
    if not whole or right[0] != "div":
        return False
    top, bottom = right[1], right[2]
    plain = top[0] == bottom[0] == "num" and top[1].denominator == bottom[1].denominator == 1
    return plain and bool(0 < top[1] < bottom[1])
