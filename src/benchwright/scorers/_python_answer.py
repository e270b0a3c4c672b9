"""Which program an answer means: the module that is run for an answer to a coding question.

What the field does (evalplus ``sanitize``: the valid Python of an answer, of it what the asked
function rests on; bigcode: fenced blocks; openai/human-eval: prompt + completion), made one rule.
Thinking is left out. Then the first of these that gives the asked function a body:

1. ``completion``: an answer that begins with an indented line goes on where the prompt ends;
2. ``code block``: the last fenced block that defines the function, with what it lacks from the
   other blocks; a block without language, unclosed, in a list, or with only its closing fence
   counts too;
3. ``bare code``: the Python among the prose of the answer;
4. ``body``: a block, or the whole answer, as the function's body after the prompt, its indentation
   mended if it was lost (in the first line, or in all);
5. ``cut short`` (fallback): the function as far as it parses, where the answer broke off;
6. ``other code``: Python that defines something else, or that does not parse, as it stands: it is
   run, and fails.

Of the answer's module only what the function rests on is kept (``_python_statements.needed``): no
prints, asserts, example calls, ``input()`` or main blocks. Before it comes what stands above the
function in the prompt: imports and given helpers. A definition without a body never replaces one
that has.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterable, Iterator
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from benchwright.scorers._blocks import Block, spoken, stretches
from benchwright.scorers._python_statements import Statement, needed, parsed, statements

_UNIT = "    "
_MOST_CUTS = 40
_TAGS = re.compile(r"</?(?:answer|code|pre|solution|python|response)>", re.IGNORECASE)
_QUOTED = re.compile(r"^>(?!>)[ ]?", re.MULTILINE)
_BLANKS = str.maketrans(dict.fromkeys("\u00a0\u2002\u2003\u202f\u3000", " ") | {"\u200b": ""})
_INLINE = re.compile(r"^[ \t]*`([^`\n]+)`[ \t]*$", re.MULTILINE)
_LOOKS_LIKE_CODE = re.compile(
    r"^[ \t]*(?:(?:async )?def \w+\(|class \w+[(:]|return\b|import \w|from \w+ import |for \w.*:$"
    r"|while .*:$)",
    re.MULTILINE,
)


class Asked(Struct, frozen=True):
    """What an answer must define, and what stands before it."""

    names: tuple[str, ...]
    """Names that the checks use; the last is the function asked for."""
    prompt: str = ""
    """Python that the answer may go on from, up to the function's docstring; may be empty."""
    above: str = ""
    """Imports and helpers that are given, and hold whatever the answer leaves out."""


class Found(Struct, frozen=True):
    """What was read from an answer."""

    module: str = ""
    """The whole module to be run; empty where the answer has no code."""
    code: str = ""
    """The answer's own part of it."""
    rule: str = "no code"
    """Which step read it."""
    fallback: bool = False
    """Whether the code is only a part of what the answer began."""
    to_the_end: bool = False
    """Whether the asked function is the last thing in the answer, so that more may have come."""


def program(text: str, asked: Asked) -> Found:
    """Return the program that the answer ``text`` means."""
    text = spoken(text)
    for way in _ways(text):
        parts = stretches(way)
        fenced = [part for part in parts if part.fenced and part.text.strip()]
        for rule, given in _candidates(way, parts, fenced, asked):
            if _defined(given, asked):
                found = _assembled(rule, given, asked)
                last = way.rstrip().rpartition("\n")[2].strip()
                ending = bool(last) and found.code.rstrip().endswith(last)
                return replace(found, to_the_end=ending)
    parts = stretches(text)
    fenced = [part for part in parts if part.fenced and part.text.strip()]
    head = _going_on(parts, asked)
    for part in [f"{asked.prompt}\n{head}" if head else "", *(p.text for p in reversed(parts))]:
        if cut := _cut(part, asked):
            return _assembled("cut short", cut, asked, fallback=True)
    return _other(parts, fenced, asked)


def _ways(text: str) -> Iterator[str]:
    """Yield the answer as it is, then, where that makes a difference, without what surrounds it.

    Tags such as ``<answer>``, quotation marks before every line, and blanks that are no spaces.
    """
    yield text
    plain = _TAGS.sub("\n", _QUOTED.sub("", text)).translate(_BLANKS)
    if plain != text:
        yield plain


def _candidates(
    text: str, parts: list[Block], fenced: list[Block], asked: Asked
) -> Iterator[tuple[str, list[Statement]]]:
    if head := _going_on(parts, asked):
        yield "completion", _first_of(_completed(asked.prompt, head), asked)
    each = [statements(part.text) for part in fenced]
    for place in reversed(range(len(each))):
        if _defined(each[place], asked):
            yield "code block", _joined(each, place, asked)
    for part in reversed(parts if fenced else []):
        if not part.fenced:
            yield "code block", statements(part.text)
    if fenced:
        marks = re.compile(r"^[ \t]*(?:`{3,}|~{3,}).*$", re.MULTILINE)
        yield "code block", statements(marks.sub("", text))
    else:
        yield "bare code", statements(_INLINE.sub(r"\1", text))
    if asked.prompt:
        for part in [*(p for p in fenced if p.python), *(p for p in parts if not p.fenced)]:
            for body in _bodies(part.text, asked):
                yield "body", _first_of(body, asked)


def _going_on(parts: list[Block], asked: Asked) -> str:
    """Return the beginning of an answer that goes on where the prompt ends; empty if none does."""
    if not asked.prompt or not parts or parts[0].fenced:
        return ""
    lines = parts[0].text.split("\n")
    first = next((line for line in lines if line.strip()), "")
    margin = first[: len(first) - len(first.lstrip())]
    whole = re.compile(rf"{margin}(?:async )?def {re.escape(asked.names[-1])}\b")
    if not margin or any(whole.match(line) for line in lines):
        return ""
    return "\n".join(lines)


def _defined(given: Iterable[Statement], asked: Asked) -> bool:
    return any(asked.names[-1] in s.binds and not s.stub and not s.imports for s in given)


def _joined(each: list[list[Statement]], place: int, asked: Asked) -> list[Statement]:
    """Return one block's statements, after what other blocks bind that it reads and lacks."""
    own = needed(each[place], asked.names)
    bound = {name for s in own for name in s.binds}
    lacking = {name for s in own for name in s.reads} | set(asked.names)
    others = [s for n, block in enumerate(each) if n != place for s in block]
    others = [s for s in others if not s.binds & bound]
    return [*needed(others, lacking - bound), *each[place]]


def _completed(prompt: str, body: str) -> list[Statement]:
    glue = "" if prompt.endswith("\n") else "\n"
    return statements(prompt + glue + body)


def _first_of(given: list[Statement], asked: Asked) -> list[Statement]:
    """Return ``given`` without later definitions of what the completion itself defined first."""
    seen = False
    kept = []
    for statement in given:
        again = statement.defines and asked.names[-1] in statement.binds
        if not (again and seen):
            kept.append(statement)
        seen = seen or (again and not statement.stub)
    return kept


def _bodies(text: str, asked: Asked) -> Iterator[list[Statement]]:
    """Yield the prompt gone on with ``text``, for every way to mend its indentation."""
    lines = text.expandtabs(4).strip("\n").split("\n")
    unit = _indentation(asked.prompt)
    flush = textwrap.dedent("\n".join(lines)).split("\n")
    ways = [[f"{unit}{line}" if line.strip() else "" for line in flush]]
    rest = textwrap.dedent("\n".join(lines[1:])).split("\n") if len(lines) > 1 else []
    ways.append([unit + lines[0].strip(), *(f"{unit}{line}" for line in rest)])
    # Prose after the body ends it: the longest beginning that parses, in whole paragraphs.
    breaks = [n for n in range(len(lines) - 1, 0, -1) if not lines[n].strip()][:_MOST_CUTS]
    for end in (len(lines), *breaks):
        for way in ways:
            body = "\n".join(way[:end])
            tree = parsed("def _():\n" + textwrap.indent(textwrap.dedent(body), " "))
            if tree is not None and _ends_somewhere(tree):
                yield _completed(asked.prompt, body)


def _ends_somewhere(tree: ast.Module) -> bool:
    """Return whether a function's body returns, yields or raises, nested functions not counted."""
    left: list[ast.AST] = list(ast.iter_child_nodes(tree.body[0]))
    while left:
        node = left.pop()
        if isinstance(node, (ast.Return, ast.Yield, ast.YieldFrom, ast.Raise)):
            return True
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            left.extend(ast.iter_child_nodes(node))
    return False


def _indentation(prompt: str) -> str:
    for line in reversed(prompt.split("\n")):
        if line.strip() and line[:1] in {" ", "\t"}:
            return line[: len(line) - len(line.lstrip())]
    return _UNIT


def _cut(text: str, asked: Asked) -> list[Statement]:
    """Return the statements of ``text``, its last function less the lines that do not parse."""
    lines = text.rstrip().split("\n")
    head = re.compile(rf"[ \t]*(?:async )?def {re.escape(asked.names[-1])}\b")
    places = [place for place, line in enumerate(lines) if head.match(line)]
    if not places:
        return []
    function = lines[places[-1] :]
    for dropped in range(1, min(_MOST_CUTS, len(function))):
        kept = textwrap.dedent("\n".join(function[:-dropped]))
        if parsed(kept) is not None:
            given = statements(kept)
            whole = _defined(given, asked)
            return [*statements("\n".join(lines[: places[-1]])), *given] if whole else []
    return []


def _assembled(rule: str, given: list[Statement], asked: Asked, *, fallback: bool = False) -> Found:
    kept = needed(given, asked.names)
    own = [s for s in kept if s.source not in _given(asked.above)]
    future = [s for s in own if "annotations" in s.binds and s.imports]
    code = "\n\n".join(s.source for s in own if s not in future)
    head = "\n".join(s.source for s in future)
    module = "\n\n".join(part for part in (head, asked.above.strip("\n"), code) if part)
    return Found(f"{module}\n", code, rule, fallback)


@lru_cache(maxsize=256)
def _given(above: str) -> frozenset[str]:
    return frozenset(s.source for s in statements(above))


def _other(parts: list[Block], fenced: list[Block], asked: Asked) -> Found:
    """Return code that cannot be right, to be run and to fail; nothing where there is no code."""
    given = [s for part in (fenced or parts) for s in statements(part.text)]
    defining = [s for s in given if s.defines]
    broken = [p for p in fenced if p.python and p.text.strip()] or [
        p for p in parts if _LOOKS_LIKE_CODE.search(p.text)
    ]
    if defining:
        code = "\n\n".join(s.source for s in given if s.defines or s.imports)
    elif broken and any(_LOOKS_LIKE_CODE.search(p.text) for p in broken):
        code = broken[-1].text
    else:
        return Found()
    unfinished = not defining or not all(p.closed for p in fenced)
    return Found(f"{asked.above}\n\n{code}\n", code, "other code", fallback=unfinished)
