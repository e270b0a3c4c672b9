"""Java classes in answers: finding one, putting it into its project, and seeing what is unwritten.

The splice and the test for unwritten methods follow ``java-bench/JavaBench``, ``app/test_env.py``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from msgspec import Struct

_FENCE = re.compile(
    r"^[ \t]*```[ \t]*(\w*)[^\n]*\n(.*?)(?:^[ \t]*```|\Z)", re.DOTALL | re.MULTILINE
)
_JAVA_FENCE = re.compile(r"```java\r?\n(.*?)```", re.DOTALL)
_TYPE = r"\b(?:class|interface|enum|record)\s+{name}\b"
_PACKAGE = re.compile(r"^\s*package\s[^;]*;", re.MULTILINE)
_IMPORT = re.compile(r"^[ \t]*import\s+(?:static\s+)?([\w.]+(?:\.\*)?)\s*;", re.MULTILINE)
_NAMED = re.compile(r"([A-Za-z_$][\w$]*)\s*\(")
_NO_METHOD = {"if", "for", "while", "switch", "catch", "synchronized", "try", "super", "this"}
_UNWRITTEN = 10
"""Characters that a written body must have beyond the skeleton's; the authors' number."""


class Method(Struct, frozen=True, gc=False):
    """One method or constructor with a body."""

    name: str
    seq: int
    """Which of the class's methods of this name, counted from 0."""
    body: str
    """From brace to brace."""


def first_java_block(text: str) -> str:
    """Return the first closed ``java`` fence, or nothing: the authors' rule."""
    found = _JAVA_FENCE.search(text)
    return found[1] if found else ""


def java_class(text: str, name: str) -> str:
    """Return the code in ``text`` that declares the type ``name``, or nothing.

    The last fence that declares it: who corrects himself, corrects downwards. Without such a fence
    the whole text, where it declares the type.
    """
    declares = re.compile(_TYPE.format(name=re.escape(name)))
    blocks = [block for _, block in _FENCE.findall(text) if declares.search(block)]
    if blocks:
        return str(blocks[-1])
    return text if "```" not in text and declares.search(text) else ""


def spliced(skeleton: str, content: str, name: str) -> str:
    """Return the file: what the skeleton has before its type ``name``, then ``content``'s type.

    The package is the project's; what the answer imports beyond the skeleton stays imported.
    Nothing where either declares no such type.
    """
    ours, theirs = _declared(skeleton, name), _declared(content, name)
    if ours < 0 or theirs < 0:
        return ""
    head = skeleton[:ours]
    known = {found[1].rpartition(".")[2] for found in _IMPORT.finditer(_blanked(head))}
    own = _blanked(content[:theirs])
    more = [f[0] for f in _IMPORT.finditer(own) if f[1].rpartition(".")[2] not in known - {"*"}]
    package = _PACKAGE.search(_blanked(head))
    place = package.end() if package else 0
    return "\n".join([head[:place], *more, head[place:]]) + content[theirs:]


def spliced_as_released(skeleton: str, content: str) -> str:
    """Return the skeleton up to its first ``public``, then the answer from its first one on.

    What the answer imports is lost, and an answer without ``public`` gives nothing.
    """
    ours, theirs = skeleton.find("public"), content.find("public")
    return "" if ours < 0 or theirs < 0 else skeleton[:ours] + content[theirs:]


def _declared(code: str, name: str) -> int:
    """Return where the first ``public``, or the declaration of ``name``, begins; -1 without one."""
    declared = re.search(rf"(?:\b(?:abstract|final|sealed)\s+)*{_TYPE.format(name=name)}", code)
    places = [code.find("public"), declared.start() if declared else -1]
    return min((place for place in places if place >= 0), default=-1)


def unwritten(skeleton: str, content: str) -> list[str]:
    """Return the names of methods that still say TODO and are hardly longer than the skeleton's."""
    asked = {(m.name, m.seq): m.body for m in methods(skeleton) if _todo(m.body)}
    return [
        m.name
        for m in methods(content)
        if _todo(m.body)
        and (m.name, m.seq) in asked
        and len(_bare(m.body)) - len(_bare(asked[m.name, m.seq])) < _UNWRITTEN
    ]


def methods(source: str) -> Iterator[Method]:
    """Yield the methods and constructors of ``source`` that have a body, in order."""
    code = _blanked(source)
    seen: Counter[str] = Counter()
    place = 0
    while found := _NAMED.search(code, place):
        place = found.end()
        if found[1] in _NO_METHOD or _after_new(code, found.start()):
            continue
        closed = _closing(code, found.end() - 1, "(", ")")
        opened = re.compile(r"\s*(?:throws\s[\w\s.,$<>]*)?\{").match(code, closed + 1)
        if closed < 0 or not opened:
            continue
        end = _closing(code, opened.end() - 1, "{", "}")
        if end < 0:
            return
        yield Method(found[1], seen[found[1]], source[opened.end() - 1 : end + 1])
        seen[found[1]] += 1
        place = opened.end()


def _after_new(code: str, start: int) -> bool:
    return code[:start].rstrip().endswith((" new", "(new", "=new", ".")) if start else False


def _closing(code: str, start: int, opening: str, closing: str) -> int:
    """Return where the bracket at ``start`` closes; -1 if it does not."""
    depth = 0
    for mark in re.compile(f"[{re.escape(opening + closing)}]").finditer(code, start):
        depth += 1 if mark[0] == opening else -1
        if not depth:
            return mark.start()
    return -1


_MASKED = re.compile(
    r"//[^\n]*|/\*.*?(?:\*/|\Z)|\"\"\".*?(?:\"\"\"|\Z)|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'",
    re.DOTALL,
)


def _blanked(source: str) -> str:
    """Return ``source`` with comments and literals blanked out, every character in its place."""
    return _MASKED.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), source)


def _todo(body: str) -> bool:
    return re.search(r"//[^\n]*TODO", body) is not None


def _bare(body: str) -> str:
    return "\n".join(line for line in body.split("\n") if not line.strip().startswith("//"))
