"""Where the code of an answer stands: thinking left out, fenced blocks found, lists unwrapped.

Reading is line by line and never backtracks, so hostile answers cost what they are long.
"""

from __future__ import annotations

import re
import textwrap

from msgspec import Struct

LONGEST = 100_000
"""Characters of an answer that are looked at; the rest of a runaway answer holds no solution."""

_PYTHON = frozenset({"", "python", "py", "python3", "python2", "py3", "{python}", "{.python}"})
_THOUGHT = re.compile(r"</(?:think|thinking|reasoning|thought)>|<\|channel\|>final<\|message\|>")
_THINKING = re.compile(r"\s*<(?:think|thinking|reasoning|thought)>")
_END = re.compile(
    r"<\|(?:endoftext|im_end|eot_id|end_of_text|end|endofmask|file_separator|return)\|>"
    r"|<｜end▁of▁sentence｜>|<end_of_turn>|</s>|^\[DONE\]|^\[/PYTHON\]",
    re.MULTILINE,
)
_OPENING = re.compile(r"([ \t]*(?:(?:[-*+>]|[0-9]{1,3}[.)])[ \t]*)?)(`{3,}|~{3,})[ \t]*([^`]*)")
_ON_ONE_LINE = re.compile(r"[ \t]*`{3,}[ \t]*(?:(?:python3?|py)[ \t]+)?([^`]+)`{3,}[ \t]*")


class Block(Struct, frozen=True):
    """One stretch of an answer."""

    text: str
    """Its lines, without the fences, moved to the left margin."""
    fenced: bool = True
    """Whether it stood between fences."""
    python: bool = True
    """Whether its fence names Python, or nothing."""
    closed: bool = True
    """Whether the closing fence came."""


def spoken(text: str) -> str:
    """Return the answer proper: what follows the thinking, up to the first mark of an end."""
    text = text[:LONGEST].replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")
    text = text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")
    thoughts = list(_THOUGHT.finditer(text))
    if thoughts:
        text = text[thoughts[-1].end() :]
    elif _THINKING.match(text):
        return ""
    end = _END.search(text)
    while end and not text[: end.start()].strip():
        text = text[end.end() :]
        end = _END.search(text)
    return text[: end.start()] if end else text


def stretches(text: str) -> list[Block]:
    """Return the whole of ``text`` in order: fenced blocks, and what stands between them.

    A fence closes at the first line that ends in as many marks. One that names a language while
    another is open ends that one; the last may stay open. Of blocks in lists, the indentation
    goes.
    """
    found: list[Block] = []
    lines: list[str] = []
    mark, language = "", ""

    def settle(*, closed: bool = True) -> None:
        body = "\n".join(lines)
        if mark and next((line for line in lines if line.strip()), "")[:1] in {" ", "\t"}:
            body = textwrap.dedent(body)
        if mark or body.strip():
            python = language.lower() in _PYTHON
            found.append(Block(body, fenced=bool(mark), python=python, closed=closed))
        lines.clear()

    for line in text.split("\n"):
        opening = _OPENING.fullmatch(line)
        if not mark and (one := _ON_ONE_LINE.fullmatch(line)):
            settle()
            found.append(Block(one[1].strip()))
        elif not mark and opening:
            settle()
            mark, (language, rest) = opening[2], _named(opening[3])
            lines.extend(rest)
        elif not mark and _opens_late(line):
            settle()
            mark, language = "```", ""
        elif mark and opening and opening[2].startswith(mark) and opening[3].strip():
            settle(closed=False)
            mark, (language, rest) = opening[2], _named(opening[3])
            lines.extend(rest)
        elif mark and line.rstrip().endswith(mark):
            lines.append(line.rstrip().rstrip(mark[0]))
            settle()
            mark, language = "", ""
        else:
            lines.append(line)
    settle(closed=not mark)
    return found


def _opens_late(line: str) -> bool:
    """Return whether prose ends in the opening fence of a Python block, on the same line."""
    before, fence, language = line.rpartition("```")
    return bool(fence and language.strip().lower() in _PYTHON - {""} and before.strip("` \t"))


def _named(info: str) -> tuple[str, list[str]]:
    """Return a fence's language, and code that stands on its line."""
    first, _, rest = info.strip().partition(" ")
    if (
        first.lower() in _PYTHON
        and rest.strip()
        and not rest.strip().startswith(("{", "#", "title"))
    ):
        return first, [rest.strip()]
    return first, []
