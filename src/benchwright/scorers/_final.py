r"""Where an answer in free text states its result: the last box, a mark, a cue, or the end.

The chain, first hit wins: the last ``"answer": …`` of JSON; ``<answer>…</answer>``;
``\boxed{…}`` (several in one line are one answer); ``#### …``; a cue such as "the answer is" or
"Answer:" (the last one); an answer that is nothing else; then, as fallbacks that an unfinished
answer does not get, the last formula, bold text, the last number.

Thinking that stands between ``<think>`` marks is not looked at. Every step is linear in the text.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator

from msgspec import Struct

_LONGEST = 40_000
_BOX = re.compile(r"\\?(?:boxed|fbox) *(?=[{0-9A-Za-z\\])")
_MARK = re.compile(r"####[ \t]*(\S[^\n]*)")
_CUE = re.compile(
    r"(?<!this )(?<!This )(?<!your )(?<!Your )"
    r"(?i:\b(?:final answer|correct answer|answer|final result|solution)\b\**"
    r"(?: *\([^()\n]{0,30}\))?"
    r"(?:[ \t*_]{0,4}(?:is|are|was|equals|=|:|would be|should be|will be|turns out to be))"
    r"+)[ \t*_:]{0,6}"
)
_DISPLAY = re.compile(
    r"\$\$(?P<a>[^$]+)\$\$|\\\[(?P<b>.+?)\\\]|\\\((?P<c>.+?)\\\)|(?<![\\$])\$(?![\s$])(?P<d>[^$\n]{0,400}?[^$\s\\])\$(?!\$)",
    re.DOTALL,
)
_BOLD = re.compile(r"\*\*([^*\n]{1,200})\*\*")
_CONNECTED = re.compile(r"[ \t]*(?:,|;|and|or|,[ ]*and|,[ ]*or)[ \t]*")
_SENTENCE = re.compile(
    r"[.?](?=\s|$|\*)|\n|;|(?<=\w)!(?=\s|$)|(?i: because | since | so | as | which |, which )"
)
_FILLER = re.compile(
    r"(?i:(?:therefore|thus|hence|simply|just|about|approximately|roughly|exactly|equal to|"
    r"given by|that|the|is|option|choice|a total of|only|now|then|clearly|indeed|found to be|"
    r"obtained as|as follows)\b|[,:*_\s])+"
)
_HOPE = re.compile(r"(?i:\.?\s*I hope (?:it|this|that) (?:is|helps).{0,40}$)", re.DOTALL)
_NUMBER = re.compile(
    r"(?<![\w.])(?:(?<![\w)])[-−])?[$£€]?(?:[0-9](?:[0-9,]*[0-9])?(?:\.[0-9]+)?|\.[0-9]+)"
    r"(?: ?/ ?[0-9]+)?(?:\\?%)?"
)
_WORDS = re.compile(r"[^\W\d_]{2,}")
_CLOSED = re.compile(r"</think(?:ing)?>|<\|end_of_thought\|>|</reasoning>")
_OPENED = re.compile(r"<think(?:ing)?>|<\|begin_of_thought\|>|<reasoning>")
_FEW_WORDS = 4
_PROSE = 7


class Found(Struct, frozen=True, gc=False):
    """The part of an answer that states the result."""

    answer: str
    """As written."""
    rule: str
    """Which step found it."""
    fallback: bool = False
    """Whether only a fallback step did."""


def final(text: str) -> Found | None:
    """Return where ``text`` states its result, or None."""
    text = spoken(text)[-_LONGEST:]
    for step in (_field, _tagged, _boxed, _marked, _cued, _whole, _formula, _bold, _last_number):
        if found := step(text):
            return found
    return None


def spoken(text: str) -> str:
    """Return what is said after thinking; nothing where thinking does not end."""
    closed = _last(_CLOSED, text)
    if closed:
        return text[closed.end() :]
    opened = _OPENED.match(text.lstrip())
    return "" if opened else text


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    found = deque(pattern.finditer(text), maxlen=1)
    return found[0] if found else None


def boxes(text: str) -> list[tuple[int, int, str]]:
    """Return (start, end, content) of every closed box; a box within a box is not one."""
    found: list[tuple[int, int, str]] = []
    for match in deque(_BOX.finditer(text), maxlen=_BOXES):
        if found and match.start() < found[-1][1]:
            continue
        content = _group(text, match.end())
        if content is not None:
            found.append((match.start(), match.end() + len(content) + 2, content))
    return found


_NESTED = 2_000
_BOXES = 40


def _group(text: str, at: int) -> str | None:
    """Return what stands in the braces at ``at``, or one sign without braces."""
    if text[at] != "{":
        match = re.compile(r"\\[A-Za-z]+|[0-9]+(?:\.[0-9]+)?|[A-Za-z]").match(text, at)
        return match[0] if match else None
    depth = 0
    for place in range(at, min(len(text), at + _NESTED)):
        if text[place] == "{" and text[place - 1] != "\\":
            depth += 1
        elif text[place] == "}" and text[place - 1] != "\\":
            depth -= 1
            if depth == 0:
                return text[at + 1 : place]
    return None


def _field(text: str) -> Found | None:
    if '"answer"' not in text:
        return None
    last = _last(_FIELD, text)
    if last is None:
        return None
    raw = last[1] if last[1] is not None else last[2].strip().rstrip("}` \n")
    answer = raw.replace("\\\\", "\\").replace('\\"', '"').strip()
    box = boxes(answer)
    answer = box[-1][2] if box else answer
    return Found(answer, "JSON") if answer else None


_FIELD = re.compile(
    r'"answer"\s{0,9}:\s{0,9}(?:"((?:[^"\\]|\\.){0,2000})"|(\[[^\]\n]{0,200}\]|[^",\s{\[][^,\n]{0,200}))'
)


def _tagged(text: str) -> Found | None:
    found = _last(_TAGGED, text) if "</answer>" in text else None
    said = found[1].strip() if found else ""
    box = boxes(said)
    said = box[-1][2].strip() if box else said
    return Found(said, "<answer>") if said else None


_TAGGED = re.compile(r"<answer>([^<]{1,2000})</answer>")


def _boxed(text: str) -> Found | None:
    where = [match.start() for match in _BOX.finditer(text)][-_BOXES:]
    if not where:
        return None
    found = [box for box in boxes(text[where[0] :]) if box[2].strip()]
    if not found:
        return None
    tail = text[where[0] :]
    together = [found[-1]]
    for box in reversed(found[:-1]):
        between = tail[box[1] : together[0][0]].strip().strip("$").strip()
        if not _CONNECTED.fullmatch(f" {between} ") or not between:
            break
        together.insert(0, box)
    contents = list(dict.fromkeys(box[2].strip() for box in together))
    return Found(", ".join(contents), "box")


def _marked(text: str) -> Found | None:
    match = _MARK.search(text)
    return Found(match[1].strip().strip("*").strip(), "after ####") if match else None


def _cued(text: str) -> Found | None:
    for match in reversed(list(_CUE.finditer(text))[-_CUES:]):
        if answer := _stated(text[match.end() : match.end() + _TAIL]):
            return Found(answer, "after a cue")
    return None


_CUES = 20
_TAIL = 600


def _stated(tail: str) -> str:
    """Return what the words after a cue state, or nothing."""
    tail = _HOPE.sub("", tail.lstrip(" \t*_:\n"))
    line = tail.split("\n\n", 1)[0]
    end = _SENTENCE.search(tail)
    sentence = line[: end.start()] if end and end.start() < len(line) else line
    spans = _connected(line)
    if spans and (end is None or spans[1] <= end.start() or _inside(line, end.start())):
        return spans[0]
    if bold := _BOLD.search(sentence):
        return bold[1].strip()
    filler = _FILLER.match(sentence)
    said = sentence[filler.end() if filler else 0 :].strip(" \t*_:,`\"'")
    if _words(said) < _PROSE:
        return said
    number = _NUMBER.search(said)
    return number[0] if number else ""


def _connected(line: str) -> tuple[str, int] | None:
    """Return the first formulas of a line, connected by ``and`` or commas, and their start."""
    found = list(_spans(line))[:20]
    if not found:
        return None
    texts, end = [found[0][2]], found[0][1]
    for start, stop, content in found[1:]:
        if not _CONNECTED.fullmatch(line[end:start]):
            break
        texts.append(content)
        end = stop
    return ", ".join(texts), found[0][0]


def _inside(line: str, place: int) -> bool:
    return any(start <= place < stop for start, stop, _ in _spans(line))


def _spans(text: str) -> Iterator[tuple[int, int, str]]:
    for match in _DISPLAY.finditer(text):
        yield match.start(), match.end(), next(part for part in match.groups() if part).strip()


def _whole(text: str) -> Found | None:
    said = text.strip()
    if not said or "\n" in said.strip() or len(said) > _SHORT:
        return None
    words = _words(said)
    if words >= _FEW_WORDS:
        return None
    spans = _connected(said)
    if spans and words:
        return Found(spans[0], "the whole answer")
    return Found(said.strip("*` "), "the whole answer") if _telling(said) else None


_SHORT = 300
_COMMANDS = re.compile(r"\\[A-Za-z]+(?: *\{[^{}]*\})?")


def _words(said: str) -> int:
    """Return how many words of two letters and more there are outside LaTeX's commands."""
    return len(_WORDS.findall(_COMMANDS.sub(" ", said)))


def _telling(said: str) -> bool:
    return any(sign.isalnum() for sign in said)


def _formula(text: str) -> Found | None:
    last = text.rstrip()[-_NESTED:]
    spans = list(_spans(last))
    if not spans:
        return None
    texts = [spans[-1][2]]
    start = spans[-1][0]
    for begin, stop, content in reversed(spans[:-1]):
        if not _CONNECTED.fullmatch(last[stop:start]):
            break
        texts.insert(0, content)
        start = begin
    return Found(", ".join(texts), "last formula", fallback=True)


def _bold(text: str) -> Found | None:
    found = _BOLD.findall(text[-_NESTED:])
    numbers = [content for content in found if any(sign.isdigit() for sign in content)]
    if not numbers:
        return None
    content = numbers[-1].rpartition(":")[2].strip()
    if _words(content) < _FEW_WORDS:
        return Found(content, "bold text", fallback=True)
    number = list(_NUMBER.finditer(content))
    return Found(number[-1][0], "bold text", fallback=True) if number else None


def _last_number(text: str) -> Found | None:
    last = _last(_NUMBER, text[-_NESTED:])
    return Found(last[0].strip(), "last number", fallback=True) if last else None
