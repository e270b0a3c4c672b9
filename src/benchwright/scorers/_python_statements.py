"""The Python statements that stand in a text, and which of them a function needs.

Nothing is run: the text is parsed, and a symbol table says which names a statement binds and which
it reads from the module.
"""

from __future__ import annotations

import ast
import re
import symtable
import textwrap
import threading
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from msgspec import Struct

_MOST_LINES = 40
"""Stretches of lines joined before a statement that does not end is given up."""
_MOST_TRIES = 2_000
"""Parses spent on one text, so that no answer costs more than a second or so."""
_UNFINISHED = (
    "never closed",
    "unterminated triple",
    "expected an indented block",
    "unexpected EOF",
)
_GOES_ON = re.compile(r"[ \t)\]}#]|(?:else|elif|except|finally)\b")
_PARSING = threading.Lock()


class Statement(Struct, frozen=True):
    """One statement at the top of a module."""

    source: str
    """Its text."""
    binds: frozenset[str] = frozenset()
    """Names of the module that it binds."""
    reads: frozenset[str] = frozenset()
    """Names of the module (or builtins) that it, or a function in it, reads."""
    changes: frozenset[str] = frozenset()
    """Names whose object it changes: ``memo[0] = 1``, ``sys.setrecursionlimit(…)``."""
    defines: bool = False
    """Whether it is a function or a class."""
    stub: bool = False
    """Whether it is a function without a body: a docstring, ``pass``, ``…`` and the like."""
    imports: bool = False
    """Whether it is an import."""


def parsed(source: str) -> ast.Module | None:
    """Return the syntax tree of ``source``; None where it is not Python."""
    tree, _ = _parsed(source)
    return tree


def statements(text: str) -> list[Statement]:
    """Return the statements of ``text`` in order; what is not Python between them is passed over.

    A text that is Python as a whole is taken apart. Otherwise every line at the left margin may
    begin a statement, which ends where it parses; lines indented below prose are looked at by
    themselves.
    """
    if parsed(text) is None:
        text = textwrap.dedent(text)
        if _mixed(text) and parsed(text) is None:
            text = textwrap.dedent(text.expandtabs())
    return list(_found(text, [_MOST_TRIES]))


def needed(given: Sequence[Statement], names: Iterable[str]) -> list[Statement]:
    """Return those of ``given`` that ``names`` rest on, in order.

    Definitions, assignments and imports are kept where something kept reads what they bind; other
    statements where they change such a thing. What calls one of ``names`` outside a function is an
    example or a test and is dropped, and so is what nothing rests on: prints, asserts, main blocks.
    Of several definitions of a name those without a body count only if there is no other.
    """
    asked = frozenset(names)
    wanted, kept = set(asked), set[int]()
    whole = {name for s in given if s.defines and not s.stub for name in s.binds}
    grown = True
    while grown:
        grown = False
        for place, statement in enumerate(given):
            if place in kept or not _rests(statement, wanted, asked):
                continue
            if statement.stub and statement.binds <= whole:
                continue
            kept.add(place)
            wanted |= statement.reads
            grown = True
    return [statement for place, statement in enumerate(given) if place in kept]


def _rests(statement: Statement, wanted: set[str], asked: frozenset[str]) -> bool:
    if "*" in statement.binds or "annotations" in statement.binds:
        return statement.imports
    if statement.binds & wanted:
        return True
    if statement.defines or statement.imports or statement.reads & asked - statement.changes:
        return False
    return bool(statement.changes & wanted)


def _found(text: str, tries: list[int], depth: int = 0) -> Iterator[Statement]:
    whole, _ = _parsed(text)
    if whole is not None:
        yield from _taken_apart(text, whole)
        return
    lines = text.split("\n")
    starts = [n for n, line in enumerate(lines) if line.strip() and not _GOES_ON.match(line)]
    ends = [*starts[1:], len(lines)]
    place = 0
    while place < len(starts):
        first, last = starts[place], place
        while True:
            source = "\n".join(lines[first : ends[last]])
            tree, problem = _parsed(source)
            tries[0] -= 1
            open_ended = source.startswith("@") or any(mark in problem for mark in _UNFINISHED)
            more = open_ended and last + 1 < len(ends) and last - place < _MOST_LINES
            if tree is not None or not more or tries[0] < 0:
                break
            last += 1
        if tries[0] < 0:
            return
        if tree is not None:
            yield from _taken_apart(source, tree)
            place = last + 1
            continue
        below = "\n".join(lines[first + 1 : ends[place]])
        if below.strip() and depth < 2:
            yield from _found(textwrap.dedent(below), tries, depth + 1)
        place += 1


def _taken_apart(source: str, tree: ast.Module) -> Iterator[Statement]:
    lines = source.split("\n")
    ended = 0
    for node, after in zip(tree.body, [*tree.body[1:], None], strict=False):
        decorated = getattr(node, "decorator_list", ())
        first, last = min([node.lineno, *(d.lineno for d in decorated)]), node.end_lineno or 0
        own = "\n".join(lines[first - 1 : last])
        if first == ended or (after and after.lineno == last):  # two statements share a line
            own = ast.get_source_segment(source, node) or own
        ended = last
        statement = _described(own, node)
        if statement is not None:
            yield statement


def _described(source: str, node: ast.stmt) -> Statement | None:
    if isinstance(node, (ast.Assert, ast.Raise, ast.Delete, ast.Pass)) or _is_main_guard(node):
        return None
    try:
        with quiet():
            table = symtable.symtable(source, "<answer>", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    binds = {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}
    reads = {s.get_name() for s in table.get_symbols() if s.is_referenced()} | set(_read(table))
    imports = isinstance(node, (ast.Import, ast.ImportFrom))
    if imports and any(alias.name == "*" for alias in node.names):  # type: ignore[attr-defined]
        binds.add("*")
    if isinstance(node, ast.ImportFrom) and node.module == "__future__":
        binds.add("annotations")
    return Statement(
        source,
        binds=frozenset(binds),
        reads=frozenset(reads),
        changes=frozenset(_changed(node)),
        defines=isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)),
        stub=isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and is_stub(node),
        imports=imports,
    )


def is_stub(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Return whether a function does nothing but say what it is for."""
    return all(
        isinstance(part, ast.Pass)
        or (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))
        or (isinstance(part, ast.Raise) and "NotImplemented" in ast.unparse(part))
        for part in node.body
    )


def _read(table: symtable.SymbolTable) -> Iterator[str]:
    for child in table.get_children():
        yield from (symbol.get_name() for symbol in child.get_symbols() if symbol.is_global())
        yield from _read(child)


def _changed(node: ast.stmt) -> Iterator[str]:
    """Yield the names at the root of what ``node`` stores into, or calls a method of."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return
    for part in ast.walk(node):
        stored = isinstance(getattr(part, "ctx", None), ast.Store)
        if isinstance(part, (ast.Subscript, ast.Attribute)) and stored:
            yield from _root(part)
        elif isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute):
            yield from _root(part.func)


def _root(node: ast.expr) -> Iterator[str]:
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    if isinstance(node, ast.Name):
        yield node.id


def _is_main_guard(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and any(
        isinstance(part, ast.Name) and part.id == "__name__" for part in ast.walk(node.test)
    )


def _mixed(text: str) -> bool:
    """Return whether some lines are indented by tabs and some by spaces."""
    indents = {line[0] for line in text.split("\n") if line[:1] in {" ", "\t"} and line.strip()}
    return len(indents) > 1


def _parsed(source: str) -> tuple[ast.Module | None, str]:
    try:
        with quiet():
            return ast.parse(source), ""
    except SyntaxError as problem:
        return None, str(problem.msg)
    except (ValueError, RecursionError, MemoryError) as problem:
        return None, type(problem).__name__


@contextmanager
def quiet() -> Iterator[None]:
    """Parse without warnings: a stray backslash in an answer is no matter of this process."""
    with _PARSING, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
