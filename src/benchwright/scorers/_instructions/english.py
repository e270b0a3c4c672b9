"""The 25 kinds of instruction of IFEval, as google-research's registry defines them."""

from __future__ import annotations

from collections.abc import Mapping

from benchwright.scorers._instructions.detecting import detected
from benchwright.scorers._instructions.formats import (
    FORMATS,
    Arguments,
    Verifier,
    compares,
    one_of,
)
from benchwright.scorers._instructions.sentences import count_sentences
from benchwright.scorers._instructions.words import count_capitals, count_words


def _sentences(answer: str, arguments: Arguments) -> bool:
    count = count_sentences(answer, "english")
    return compares(count, arguments, relation="relation", bound="num_sentences")


def _words(answer: str, arguments: Arguments) -> bool:
    return compares(count_words(answer), arguments, relation="relation", bound="num_words")


def _capital_words(answer: str, arguments: Arguments) -> bool:
    count = count_capitals(answer)
    return compares(count, arguments, relation="capital_relation", bound="capital_frequency")


def _capitals(answer: str, _: Arguments) -> bool:
    return answer.isupper() and detected(answer) in {"en", None}


def _lowercase(answer: str, _: Arguments) -> bool:
    return answer.islower() and detected(answer) in {"en", None}


ENGLISH: Mapping[str, Verifier] = {
    **FORMATS,
    "length_constraints:number_sentences": _sentences,
    "length_constraints:number_words": _words,
    "detectable_format:constrained_response": one_of(
        "My answer is yes.", "My answer is no.", "My answer is maybe."
    ),
    "change_case:capital_word_frequency": _capital_words,
    "change_case:english_capital": _capitals,
    "change_case:english_lowercase": _lowercase,
}
"""Kind → verifier."""
