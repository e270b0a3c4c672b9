r"""Verifiers that several languages share, as functions of (answer, arguments).

``^\s*`` before a list's mark may run over empty lines; it is written so that no white space is
read twice.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from benchwright.scorers._instructions.detecting import detected

Arguments = Mapping[str, Any]
Verifier = Callable[[str, Arguments], bool]

_RELATIONS: Mapping[str, Callable[[int, int], bool]] = {
    "less than": operator.lt,
    "at least": operator.ge,
    "al menos": operator.ge,
    "como máximo": operator.le,
    "moins de": operator.lt,
    "au moins": operator.ge,
    "未満": operator.lt,
    "以上": operator.ge,
}
_STAR = re.compile(r"^\s*+(?:(?P<item>\*[^*].*))?", re.MULTILINE)
_DASH = re.compile(r"^\s*+(?:(?P<item>-.*))?", re.MULTILINE)
_HIGHLIGHT = re.compile(r"\*[^\n*]*\*")
_STRONG = re.compile(r"\*\*[^\n*]*\*\*")
_DIVIDER = re.compile(r"\s?\*\*\*\s?")
_FENCES = ("```json", "```Json", "```JSON", "```")


def compares(count: int, arguments: Arguments, *, relation: str, bound: str) -> bool:
    """Return whether ``count`` stands in the named relation to the named bound.

    Raises:
        KeyError: an argument is absent, or the relation is none that the registry knows.
    """
    return _RELATIONS[arguments[relation]](count, int(arguments[bound]))


def in_language(answer: str, arguments: Arguments) -> bool:
    """Verify ``language``; as released, a text without letters keeps it."""
    found = detected(answer)
    return found is None or found == arguments["language"]


def spans(text: str, opening: str, closing: str) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of shortest bracketed stretches within a line; they do not overlap."""
    start = 0
    for line in text.split("\n"):
        at = 0
        while (first := line.find(opening, at)) >= 0:
            last = line.find(closing, first + len(opening))
            if last < 0:
                break
            at = last + len(closing)
            yield start + first, start + at
        start += len(line) + 1


def placeholders(answer: str, arguments: Arguments) -> bool:
    """Verify ``num_placeholders``: at least as many ``[…]``."""
    found = sum(1 for _ in spans(answer, "[", "]"))
    return found >= int(arguments["num_placeholders"])


def bullets(answer: str, arguments: Arguments) -> bool:
    """Verify ``num_bullets``: exactly as many lines that begin with ``*`` (not ``**``) or ``-``."""
    return count_items(_STAR, answer) + count_items(_DASH, answer) == int(arguments["num_bullets"])


def star_bullets(answer: str, arguments: Arguments) -> bool:
    """Verify ``num_bullets`` where only ``*`` is a bullet."""
    return count_items(_STAR, answer) == int(arguments["num_bullets"])


def count_items(pattern: re.Pattern[str], answer: str) -> int:
    """Return the number of matches that have the group ``item``."""
    return sum(match["item"] is not None for match in pattern.finditer(answer))


def one_of(*options: str) -> Verifier:
    """Return a verifier that one of ``options`` stands in the answer."""

    def verify(answer: str, _: Arguments) -> bool:
        return any(option in answer.strip() for option in options)

    return verify


def highlights(answer: str, arguments: Arguments) -> bool:
    """Verify ``num_highlights``: ``*…*`` that are not blank; ``**…**`` counts besides."""
    count = sum(bool(found.strip("*").strip()) for found in _HIGHLIGHT.findall(answer))
    count += sum(bool(found[2:-2].strip()) for found in _STRONG.findall(answer))
    return count >= int(arguments["num_highlights"])


def sections(answer: str, arguments: Arguments) -> bool:
    """Verify ``num_sections``: at least as many of ``section_spliter`` and a number."""
    mark = re.escape(str(arguments["section_spliter"]).strip())
    return len(re.findall(rf"{mark}\s?\d+", answer)) >= int(arguments["num_sections"])


def divided_paragraphs(answer: str, arguments: Arguments) -> bool:
    """Verify ``num_paragraphs`` between ``***``; a blank one may stand first or last only."""
    parts = [bool(part.strip()) for part in _DIVIDER.split(answer)]
    if not all(parts[1:-1]):
        return False
    return sum(parts) == int(arguments["num_paragraphs"])


def postscript(answer: str, arguments: Arguments) -> bool:
    """Verify ``postscript_marker``; a full stop of an unusual marker stands for any character."""
    marker = str(arguments["postscript_marker"]).strip()
    usual = {"P.P.S": r"p\.\s?p\.\s?s", "P.S.": r"p\.\s?s\.", "P.D.": r"p\.\s?d\."}
    pattern = usual.get(marker) or ".".join(map(re.escape, marker.lower().split(".")))
    return re.search(pattern, answer.lower()) is not None


def keywords(answer: str, arguments: Arguments) -> bool:
    """Verify ``keywords``: each stands in the answer, whatever its case, also within a word."""
    return all(re.search(re.escape(word), answer, re.IGNORECASE) for word in arguments["keywords"])


def keyword_frequency(answer: str, arguments: Arguments) -> bool:
    """Verify how often ``keyword`` stands in the answer, also within words."""
    word = re.escape(str(arguments["keyword"]).strip())
    count = len(re.findall(word, answer, re.IGNORECASE))
    return compares(count, arguments, relation="relation", bound="frequency")


def forbidden_words(answer: str, arguments: Arguments) -> bool:
    """Verify that none of ``forbidden_words`` is a word of the answer."""
    return not any(
        re.search(rf"\b{re.escape(word)}\b", answer, re.IGNORECASE)
        for word in arguments["forbidden_words"]
    )


def letter_frequency(answer: str, arguments: Arguments) -> bool:
    """Verify how often ``letter`` stands in the answer, whatever its case.

    The released code draws another letter at random where the data names none of a–z (``#`` and
    ``!`` in two of IFEval's prompts); here the character that the prompt names is counted.
    """
    count = answer.lower().count(str(arguments["letter"]).strip().lower())
    return compares(count, arguments, relation="let_relation", bound="let_frequency")


def json_format(answer: str, _: Arguments) -> bool:
    """Verify that the answer is JSON, in a fence or not."""
    text = answer.strip()
    for fence in _FENCES:
        text = text.removeprefix(fence)
    try:
        json.loads(text.removesuffix("```").strip())
    except (ValueError, RecursionError):
        return False
    return True


def nth_paragraph(answer: str, arguments: Arguments) -> str | None:
    """Return paragraph ``nth_paragraph``; None if it is blank or ``num_paragraphs`` is not kept.

    As released, blank paragraphs do not count, but the place is counted with them.
    """
    paragraphs = answer.split("\n\n")
    count = sum(1 for paragraph in paragraphs if paragraph.strip())
    place = int(arguments["nth_paragraph"])
    if place > count or count != int(arguments["num_paragraphs"]):
        return None
    return paragraphs[place - 1].strip() or None


def first_word(answer: str, arguments: Arguments) -> bool:
    """Verify that paragraph ``nth_paragraph`` begins with ``first_word``."""
    paragraph = nth_paragraph(answer, arguments)
    if paragraph is None:
        return False
    word = paragraph.split()[0].lstrip("'").lstrip('"')
    return re.split(r"[.,?!'\"]", word)[0].lower() == str(arguments["first_word"]).lower()


def two_responses(answer: str, _: Arguments) -> bool:
    """Verify that two different responses stand round ``******``."""
    parts = [part.strip() for part in answer.split("******")]
    if not all(parts[1:-1]):
        return False
    given = [part for part in parts if part]
    return len(given) == 2 and given[0] != given[1]


def repeats_prompt(answer: str, arguments: Arguments) -> bool:
    """Verify that the answer begins with ``prompt_to_repeat``, whatever the case."""
    prompt = str(arguments["prompt_to_repeat"]).strip().lower()
    return answer.strip().lower().startswith(prompt)


def ends_with(answer: str, arguments: Arguments) -> bool:
    """Verify that the answer ends with ``end_phrase``, whatever the case; quotes may follow."""
    phrase = str(arguments["end_phrase"]).strip().lower()
    return answer.strip().strip('"').lower().endswith(phrase)


def title(opening: str, closing: str) -> Verifier:
    """Return a verifier that a title stands between the marks, within a line."""

    def verify(answer: str, _: Arguments) -> bool:
        for line in answer.split("\n"):
            first = line.find(opening)
            last = line.rfind(closing)
            if first >= 0 and first + len(opening) < last:
                whole = line[first : last + len(closing)]
                if whole.lstrip(opening[0]).rstrip(closing[0]).strip():
                    return True
        return False

    return verify


def without(*marks: str) -> Verifier:
    """Return a verifier that none of ``marks`` stands in the answer."""

    def verify(answer: str, _: Arguments) -> bool:
        return not any(mark in answer for mark in marks)

    return verify


def quoted(answer: str, _: Arguments) -> bool:
    """Verify that the whole answer stands in double quotation marks."""
    text = answer.strip()
    return len(text) > 1 and text[0] == text[-1] == '"'


FORMATS: Mapping[str, Verifier] = {
    "keywords:existence": keywords,
    "keywords:frequency": keyword_frequency,
    "keywords:forbidden_words": forbidden_words,
    "keywords:letter_frequency": letter_frequency,
    "language:response_language": in_language,
    "length_constraints:number_paragraphs": divided_paragraphs,
    "length_constraints:nth_paragraph_first_word": first_word,
    "detectable_content:number_placeholders": placeholders,
    "detectable_content:postscript": postscript,
    "detectable_format:number_bullet_lists": bullets,
    "detectable_format:number_highlighted_sections": highlights,
    "detectable_format:multiple_sections": sections,
    "detectable_format:json_format": json_format,
    "detectable_format:title": title("<<", ">>"),
    "combination:two_responses": two_responses,
    "combination:repeat_prompt": repeats_prompt,
    "startend:end_checker": ends_with,
    "startend:quotation": quoted,
    "punctuation:no_comma": without(","),
}
"""Kind → verifier, where a language does not say otherwise."""
