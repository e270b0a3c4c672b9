"""The kinds of instruction of M-IFEval's Spanish part.

Words are counted as spaCy's tokenizer does, which also counts signs that are no punctuation and
the space between paragraphs; sentences are Punkt's, where the authors take spaCy's parser.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Callable, Mapping

from benchwright.scorers._instructions.detecting import detected
from benchwright.scorers._instructions.formats import (
    FORMATS,
    Arguments,
    Verifier,
    compares,
    ends_with,
    nth_paragraph,
    one_of,
    star_bullets,
)
from benchwright.scorers._instructions.sentences import count_sentences
from benchwright.scorers._instructions.words import spanish_words

_LIST_MARK = re.compile(r"^\s*+(?P<mark>\d+\.\s*|[-*]\s*)?", re.MULTILINE)
_WITHOUT_PUNCTUATION = str.maketrans("", "", string.punctuation)


def _sentences(answer: str, arguments: Arguments) -> bool:
    count = count_sentences(_unlisted(answer), "spanish")
    return compares(count, arguments, relation="relation", bound="num_sentences")


def _words(answer: str, arguments: Arguments) -> bool:
    count = len(spanish_words(_unlisted(answer).replace("\n", " ")))
    return compares(count, arguments, relation="relation", bound="num_words")


def _unlisted(answer: str) -> str:
    return _LIST_MARK.sub(lambda match: "" if match["mark"] else match[0], answer)


def _capital_words(answer: str, arguments: Arguments) -> bool:
    count = sum(word.isupper() for word in spanish_words(answer))
    return compares(count, arguments, relation="capital_relation", bound="capital_frequency")


def _capitals(answer: str, _: Arguments) -> bool:
    letters = unicodedata.normalize("NFKD", answer)
    capital = all(c.isupper() or not c.isalpha() or unicodedata.combining(c) for c in letters)
    return capital and detected(answer.lower()) in {"es", None}


def _lowercase(answer: str, _: Arguments) -> bool:
    return answer.islower() and detected(answer) in {"es", None}


def _first_words(answer: str, arguments: Arguments) -> bool:
    paragraph = nth_paragraph(answer, arguments)
    expected = str(arguments["first_word"]).lower().split()
    if paragraph is None:
        return False
    words = [word.translate(_WITHOUT_PUNCTUATION).lower() for word in paragraph.split()]
    return words[: len(expected)] == expected


def _ends_with(answer: str, arguments: Arguments) -> bool:
    text = answer.strip().strip('"')
    return ends_with(text.removesuffix("."), arguments)


def _marked(opening: str, closing: str) -> Verifier:
    def verify(answer: str, _: Arguments) -> bool:
        at = 0
        while (first := answer.find(opening, at)) >= 0:
            last = answer.find(closing, first)
            if last < 0:
                return False
            if answer[first:last].lstrip(opening).strip():
                return True
            at = last + 1
        return False

    return verify


def _words_with(letter: str) -> Callable[[str, Arguments], bool]:
    def verify(answer: str, arguments: Arguments) -> bool:
        count = sum(letter in word.lower() for word in spanish_words(answer))
        return count == int(arguments["let_frequency"])

    return verify


def _accents(answer: str, arguments: Arguments) -> bool:
    count = sum(any(c in "áéíóúÁÉÍÓÚ" for c in word) for word in spanish_words(answer))
    return compares(count, arguments, relation="relation", bound="num_words")


SPANISH: Mapping[str, Verifier] = {
    **FORMATS,
    "length_constraints:number_sentences": _sentences,
    "length_constraints:number_words": _words,
    "length_constraints:nth_paragraph_first_word": _first_words,
    "detectable_format:constrained_response": one_of("Sí.", "No.", "Quizás."),
    "detectable_format:number_bullet_lists": star_bullets,
    "change_case:capital_word_frequency": _capital_words,
    "change_case:spanish_capital": _capitals,
    "change_case:spanish_lowercase": _lowercase,
    "startend:end_checker": _ends_with,
    "punctuation:question_marks": _marked("¿", "?"),
    "punctuation:exclamation_marks": _marked("¡", "!"),
    "special_character:enie": _words_with("ñ"),
    "special_character:dieresis": _words_with("ü"),
    "special_character:tildes": _accents,
}
"""Kind → verifier."""
