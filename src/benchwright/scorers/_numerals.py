"""Numbers as people of eleven languages write them, and where an answer states its number.

Digits of every script count. ``1.234,5``, ``1,234.5``, ``1 234,5`` and ``1,23,456`` are told apart
by the language's own separators and by where they stand; 万, 億, lakh and the like multiply.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from msgspec import Struct

from benchwright.scorers._final import boxes, spoken

_LONGEST = 200
_KEPT = 20_000
_COMMA_DECIMAL = frozenset({"de", "es", "fr", "ru"})
_SPACED = frozenset({"de", "es", "fr", "ru"})
_DIGITS = re.compile(r"(?<![0-9A-Za-z_.])[0-9](?:[0-9.,'’\u00a0\u202f]*[0-9])?|(?<![\w.])\.[0-9]+")
_GROUP = re.compile(r"( [0-9]{3})+(?![0-9.,])")
_SCALES = {
    "万": 10**4, "萬": 10**4, "億": 10**8, "亿": 10**8, "千": 10**3, "百万": 10**6,
    "million": 10**6, "millions": 10**6, "billion": 10**9, "thousand": 10**3,
    "millionen": 10**6, "tausend": 10**3, "millones": 10**6, "mil": 10**3, "mille": 10**3,
    "тысяч": 10**3, "тысячи": 10**3, "тыс": 10**3, "миллионов": 10**6, "миллиона": 10**6,
    "ล้าน": 10**6, "แสน": 10**5, "หมื่น": 10**4, "พัน": 10**3, "হাজার": 10**3, "লক্ষ": 10**5,
    "లక్షల": 10**5, "లక్ష": 10**5, "వేల": 10**3, "milioni": 10**6, "elfu": 10**3,
}  # fmt: skip
_SCALE = re.compile(rf" ?({'|'.join(sorted(_SCALES, key=len, reverse=True))})(?![A-Za-zа-яА-Я])")
_MYRIAD = re.compile(r"(?<=[万萬億亿千]) ?[0-9]{1,4}(?![0-9.,万億])")
_OVER = re.compile(r"/([0-9]+)(?![0-9/]|[.,][0-9])")
_TAGGED = re.compile(r"<answer>([^<]{1,400})</answer>")
_MARK = re.compile(r"####")
_BOLD = re.compile(r"\*\*([^*\n]{1,120})\*\*")
_HEADING = re.compile(r"\s*(?:[0-9]+ ?[.):]\s|[^\W\d]{2,12} [0-9]+\b ?(?::|$|\.|\)|-))")
_ENDING = 4_000
_NEAR = 400
_TAIL = 240
_END = re.compile(r"\n|[.!?](?=[\s*]|$)|[。।！？]")
CUES = {
    "en": r"answer(?:[^\n.:=\d]{0,40}?\b(?:is|are|was|be|equals)\b|\**[^\w\n]{0,4}[:=])",
    "de": r"Antwort\b(?:[^\n.:=\d]{0,30}?\b(?:ist|lautet|beträgt|sind)\b|[^\w\n]{0,4}[:=])",
    "es": r"respuesta\b(?:[^\n.:=\d]{0,30}?\b(?:es|son|sería)\b|[^\w\n]{0,4}[:=])",
    "fr": r"réponse\b(?:[^\n.:=\d]{0,30}?\b(?:est|sont)\b|[^\w\n]{0,4}[:=])",
    "ru": r"\bответ\b(?:[^\n\d]{0,20}?[:=—–-]| равен| будет)",
    "zh": r"(?:答案|答)(?:\**[^\w\n]{0,4}[:：=]|[^\n。\d]{0,8}?[是为為])",
    "ja": r"(?:答え|解答|回答|正解)(?:\**[^\w\n]{0,4}[:：=]|[^\n。\d]{0,8}?は)",
    "th": r"คำตอบ(?:[^\n\d]{0,20}?(?:คือ|[:=])|)",
    "sw": r"jibu\b(?:[^\n.:=\d]{0,30}?\bni\b|[^\w\n]{0,4}[:=])",
    "bn": r"উত্তর(?:[^\n।\d]{0,20}?(?:হল|হলো|হ'ল|[:=])|)",
    "te": r"(?:సమాధానం|జవాబు)(?:[^\w\n]{0,4}[:=]|)",
}
"""By language: what an answer's number follows, as in the authors' own worked examples."""


class Number(Struct, frozen=True, gc=False):
    """One number in a text."""

    start: int
    """Where it begins."""
    end: int
    """Where it ends, multiplying words included."""
    text: str
    """Its canonical decimal text: no separators, no trailing zeros."""


def western(text: str) -> str:
    """Return ``text`` with every script's digits as 0 to 9, full width made narrow."""
    if text.isascii():
        return text
    made = []
    for sign in text:
        digit = unicodedata.decimal(sign, -1) if sign > "\x7f" else -1
        if digit >= 0:
            made.append(str(digit))
        elif "\uff01" <= sign <= "\uff5e":
            made.append(chr(ord(sign) - 0xFEE0))
        else:
            made.append({"−": "-", "٫": ".", "٬": ",", "、": ","}.get(sign, sign))
    return "".join(made)


def numbers(text: str, language: str) -> Iterator[Number]:
    """Yield the numbers of ``text``, which must be ``western``."""
    at = 0
    while match := _DIGITS.search(text, at):
        end, digits = match.end(), match[0]
        if language in _SPACED and digits.isdigit() and len(digits) <= 3:
            grouped = _GROUP.match(text, end)
            if grouped and digits[0] != "0":
                end, digits = grouped.end(), digits + grouped[0].replace(" ", "")
        at = end
        fraction = _OVER.match(text, end)
        if fraction and digits.isdigit() and int(fraction[1][:_LONGEST]):
            at = fraction.end()
            digits = str(Decimal(digits[:_LONGEST]) / Decimal(fraction[1][:_LONGEST]))
            end, language = at, "en"
        for part in _read(digits, language):
            value = part
            if scale := _SCALE.match(text, end):
                value, at = _scaled(part, text, scale)
            if negative(text, match.start()):
                value = f"-{value}"
            if shown := plain(value):
                yield Number(match.start(), at, shown)


def _scaled(value: str, text: str, scale: re.Match[str]) -> tuple[str, int]:
    """Return a number times its word (8万5000 is 85000), and where it ends."""
    product, end = Decimal(value) * _SCALES[scale[1]], scale.end()
    if further := _MYRIAD.match(text, end):
        product, end = product + Decimal(further[0].strip()), further.end()
    return format(product, "f"), end


def negative(text: str, start: int) -> bool:
    """Whether a minus that is no subtraction stands before ``start``."""
    before = text[max(0, start - 4) : start].rstrip("$€£¥₹ ")
    if not before.endswith("-"):
        return False
    ahead = before[:-1].rstrip()
    touching = text[start - 1] in "-$€£¥₹"
    return touching and (not ahead or not (ahead[-1].isalnum() or ahead[-1] in ".)]%"))


def _read(digits: str, language: str) -> list[str]:
    """Return the number that separated digits are; several where the separators separate them."""
    digits = re.sub(r"['’\u00a0\u202f]", "", digits)
    kinds = {sign for sign in digits if sign in ".,"}
    if not kinds:
        return [digits]
    if len(kinds) == 2:
        decimal = max(kinds, key=digits.rfind)
        if digits.count(decimal) == 1:
            return [digits.replace((kinds - {decimal}).pop(), "").replace(decimal, ".")]
        return re.split(r"[.,]", digits)
    sign = kinds.pop()
    first, *groups = digits.split(sign)
    thirds = bool(first) and first[0] != "0" and all(len(group) == 3 for group in groups)
    lakhs = len(groups) > 1 and len(groups[-1]) == 3 and {len(g) for g in groups[:-1]} <= {2, 3}
    if len(groups) > 1 and (lakhs or thirds):
        return ["".join([first, *groups])]
    if len(groups) > 1:
        return [part for part in (first, *groups) if part]
    if thirds and len(first) <= 3 and (sign == "," or language in _COMMA_DECIMAL):
        return [first + groups[0]]
    if sign == "." or language in _COMMA_DECIMAL:
        return [f"{first or '0'}.{groups[0]}"]
    return [first, groups[0]]


def plain(number: str) -> str | None:
    """Return a number's canonical decimal text: no separators, no trailing zeros."""
    digits = number.replace(",", "")
    if len(digits) > _LONGEST:
        return None
    try:
        value = Decimal(digits)
    except InvalidOperation:
        return None
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"-0", ""} else text


class Read(Struct, frozen=True, gc=False):
    """A number as an answer states it."""

    number: str
    """Canonical decimal text."""
    rule: str
    """Which step read it."""
    fallback: bool = False
    """Whether only a fallback step did."""


def stated(text: str, language: str) -> Read | None:
    """Return the number that an answer states.

    After ``####``, in ``<answer>``, in the last box, after the language's cue (or the English
    one), in an answer that holds one number; else, where the answer came to its end, in bold near
    it, or the last.
    """
    text = western(spoken(text)[-_KEPT:]).replace("{,}", ",").replace("\\!", "")
    if (mark := _MARK.search(text)) and (found := first(text[mark.end() :][:_TAIL], language)):
        return Read(found, "after ####")
    tagged = _TAGGED.findall(text) if "</answer>" in text else []
    if tagged and (found := last(tagged[-1], language)):
        return Read(found, "<answer>")
    for _, _, content in reversed(boxes(text[-4_000:])):
        if found := last(content, language):
            return Read(found, "box")
    if found := _after_cue(text, language):
        return Read(found, "after a cue")
    every = list(numbers(text[-_ENDING:], language))
    if len(every) == 1 and len(text) <= _ENDING:
        return Read(every[0].text, "the only number")
    for content in reversed(_BOLD.findall(text[-_NEAR:])):
        if not _HEADING.match(content) and (found := last(content, language)):
            return Read(found, "bold text", fallback=True)
    return Read(every[-1].text, "last number", fallback=True) if every else None


def first(text: str, language: str) -> str | None:
    """Return the first number of a text."""
    found = next(numbers(text, language), None)
    return found.text if found else None


def last(text: str, language: str) -> str | None:
    """Return the last number of a text, or of what stands after its last sign of equality."""
    found = [number.text for number in numbers(text, language)]
    return found[-1] if found else None


def _after_cue(text: str, language: str) -> str | None:
    patterns = dict.fromkeys((CUES.get(language, CUES["en"]), CUES["en"]))
    places = sorted(
        match.end() for cue in patterns for match in re.finditer(cue, text, re.IGNORECASE)
    )
    for place in reversed(places[-_CUES:]):
        tail = text[place : place + _TAIL].lstrip(" \t*_:：\n$\\[(")
        end = _END.search(tail)
        sentence = tail[: end.start()] if end else tail
        if _WORKED.search(text, place + len(sentence)):
            continue  # what follows is worked out further on: the cue was a heading
        result = sentence[_RESULT.match(sentence).end() :]  # type: ignore[union-attr]
        if found := first(result, language) or last(sentence, language):
            return found
    return None


_CUES = 12
_WORKED = re.compile(r"[=≈] ?\**[$€£¥₹]?-?[0-9]")
_RESULT = re.compile(
    r"(?:.*(?:=|\b(?:total of|therefore|thus|so)\b)(?=.*[0-9]))?", re.IGNORECASE | re.DOTALL
)
