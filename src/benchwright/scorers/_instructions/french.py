"""The kinds of instruction of M-IFEval's French part."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from benchwright.scorers._instructions.detecting import detected
from benchwright.scorers._instructions.formats import (
    FORMATS,
    Arguments,
    Verifier,
    compares,
    one_of,
    title,
)
from benchwright.scorers._instructions.sentences import count_sentences
from benchwright.scorers._instructions.words import count_capitals, count_words

_FAMILIAR = re.compile(r"\b(?:tu|te|toi|ton|ta|tes)\b|\bt'\b", re.IGNORECASE)
_ACCENTED = re.compile("[àáâãäåçèéêëìíîïñòóôõöùúûüýÿÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝ]")
_QUOTES = (('"', '"'), ("'", "'"), ("«", "»"))


def _sentences(answer: str, arguments: Arguments) -> bool:
    count = count_sentences(answer, "french")
    return compares(count, arguments, relation="relation", bound="num_sentences")


def _words(answer: str, arguments: Arguments) -> bool:
    return compares(count_words(answer), arguments, relation="relation", bound="num_words")


def _capital_words(answer: str, arguments: Arguments) -> bool:
    count = count_capitals(answer)
    return compares(count, arguments, relation="capital_relation", bound="capital_frequency")


def _capitals(answer: str, _: Arguments) -> bool:
    return answer.isupper() and detected(answer.lower()) in {"fr", None}


def _lowercase(answer: str, _: Arguments) -> bool:
    return answer.islower() and detected(answer) in {"fr", None}


def _quoted(answer: str, _: Arguments) -> bool:
    text = answer.strip()
    return len(text) > 1 and (text[0], text[-1]) in _QUOTES


def _without_character(answer: str, arguments: Arguments) -> bool:
    character = re.escape(str(arguments["forbidden_char"]))
    return re.search(character, answer, re.IGNORECASE) is None


def _familiar(answer: str, _: Arguments) -> bool:
    return _FAMILIAR.search(answer) is not None


def _without_accents(answer: str, _: Arguments) -> bool:
    return _ACCENTED.search(answer) is None


def _accents(answer: str, arguments: Arguments) -> bool:
    # Words that do not occur are no mistake: the released rule looks only at those written.
    right = arguments["word_to_accentuate"]
    return all(
        right.get(_bare(word), word) == word for word in re.findall(r"\b\w+\b", answer.lower())
    )


def _bare(word: str) -> str:
    parts = unicodedata.normalize("NFKD", word)
    return "".join([part for part in parts if not unicodedata.combining(part)])


def _without_digits(answer: str, _: Arguments) -> bool:
    return re.search(r"\d", answer) is None


FRENCH: Mapping[str, Verifier] = {
    **FORMATS,
    "length_constraints:number_sentences": _sentences,
    "length_constraints:number_words": _words,
    "detectable_format:constrained_response": one_of("Oui.", "Non.", "Peut-être."),
    "change_case:capital_word_frequency": _capital_words,
    "change_case:french_capital": _capitals,
    "change_case:french_lowercase": _lowercase,
    "detectable_format:title": title("##", "##"),
    "startend:quotation": _quoted,
    "special_character:ethel_or_cedilla": _without_character,
    "special_character:no_accents": _without_accents,
    "special_character:accents": _accents,
    "detectable_content:informal_address": _familiar,
    "detectable_content:no_digits": _without_digits,
}
"""Kind → verifier."""
