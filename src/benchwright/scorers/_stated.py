r"""Where a text states its answer: "the answer is …", "Answer: …", ``\boxed{…}``, ``<answer>``.

Everything here is linear in the length of the text, and only the last statements are kept: an
answer that was thought over is the one said last.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator

from msgspec import Struct

_KEPT = 24
_LONGEST = 4_000
_MARK = re.compile(
    r"\banswers?\b(?:[^\n.:=]{0,60}?\b(?:is|are|be|was)\b[ \t]*[:=]?|[^\n.:=\w]{0,9}[:=])",
    re.IGNORECASE,
)
_HEADING = re.compile(
    r"^[ \t#*_>]{0,12}(?:the[ \t])?(?:final[ \t])?(?:answer|solution)[ \t*_:.]{0,12}$",
    re.IGNORECASE | re.MULTILINE,
)
_TAGGED = re.compile(r"<(answer|solution)>(.*?)</(?:answer|solution)>", re.IGNORECASE | re.DOTALL)
_BOX = re.compile(r"\\f?boxed[ \t]*\{")
_BOLD = re.compile(r"\*\*([^*\n]{1,400})\*\*")


class Statement(Struct, frozen=True, kw_only=True):
    """One place that states an answer."""

    start: int
    """Where the statement's content begins."""
    line: str
    """What is stated, to the end of the line (of the next one, where that is empty)."""
    rest: str
    """What is stated, to the end of the text; of a box, to the last brace of its line."""
    rule: str
    """Which form it has."""


def without_thinking(text: str) -> str:
    """Return ``text`` without what stands in ``<think>``; what was never closed is all thinking."""
    kept, at = [], 0
    while (opened := text.find("<think>", at)) >= 0:
        kept.append(text[at:opened])
        closed = text.find("</think>", opened)
        at = closed + len("</think>") if closed >= 0 else len(text)
    kept.append(text[at:])
    return "".join(kept).rpartition("</think>")[2]


def statements(text: str) -> list[Statement]:
    """Return the statements of ``text``, the last first."""
    found: list[Statement] = []
    for rule, pattern in (("stated", _MARK), ("heading", _HEADING)):
        found += [_after(text, m.end(), rule) for m in deque(pattern.finditer(text), maxlen=_KEPT)]
    if "</" in text:
        found += [
            Statement(start=m.start(2), line=m[2].strip(), rest=m[2].strip(), rule="tagged")
            for m in deque(_TAGGED.finditer(text), maxlen=_KEPT)
        ]
    found += boxes(text)
    return sorted(found, key=lambda statement: -statement.start)


def boxes(text: str) -> list[Statement]:
    """Return what stands in boxes, the first first; a box that is never closed ends with its line.

    Braces that belong to the content (escaped, or pairs) are balanced.
    """
    found = []
    for match in deque(_BOX.finditer(text), maxlen=_KEPT):
        after = text[match.end() : match.end() + _LONGEST]
        whole = after.partition("\n")[0].rpartition("}")[0]
        found.append(Statement(start=match.end(), line=_balanced(after), rest=whole, rule="boxed"))
    return found


def bold(text: str) -> list[str]:
    """Return what is printed bold, the last first."""
    return [match[1].strip() for match in deque(_BOLD.finditer(text), maxlen=_KEPT)][::-1]


def plain(text: str) -> str:
    r"""Return ``text`` without the dress of Markdown and LaTeX: ``**``, ``$``, ``\text{…}``.

    Also quotes and a full stop at the end; what is inside words stays.
    """
    text = re.sub(r"\\(?:text(?:bf|tt|rm|it)?|mathbf|mathrm|boxed|fbox|mathtt)\s?\{", "{", text)
    text = text.replace("\\(", "").replace("\\)", "").replace("\\[", "").replace("\\]", "")
    text = text.replace("**", "").replace("$", "").replace("`", "").strip()
    while len(text) > 1 and text[0] + text[-1] in {"{}", '""', "''", "“”", "__", "**"}:
        text = text[1:-1].strip()
    text = text.strip().rstrip(".").rstrip()
    return text.strip("\"'“”").strip() if text.count('"') != 1 else text


def last_line(text: str) -> str:
    """Return the last line that is not empty."""
    return text.rstrip().rpartition("\n")[2].strip()


def _after(text: str, end: int, rule: str) -> Statement:
    rest = text[end : end + _LONGEST]
    return Statement(start=end, line=_line(rest), rest=rest.strip(" \t*_:"), rule=rule)


def _line(rest: str) -> str:
    for line in _lines(rest):
        if line.strip(" \t*_:$#`=") not in {"", "\\[", "\\("}:
            return line.strip(" \t").removeprefix("**").removeprefix(":").strip(" \t")
    return ""


def _lines(rest: str) -> Iterator[str]:
    yield from rest.split("\n", 4)[:4]


def _balanced(content: str) -> str:
    depth = 1
    for match in re.finditer(r"\\.|[{}\n]", content):
        if match[0] == "{":
            depth += 1
        elif match[0] == "}":
            depth -= 1
        if depth == 0:
            return content[: match.start()]
    return content.partition("\n")[0]
