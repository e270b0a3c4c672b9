"""What counts as a word: runs of letters, Penn Treebank tokens, and Spanish tokens.

The authors take NLTK's ``word_tokenize`` where words in capitals are counted, and spaCy's Spanish
tokenizer for everything counted in Spanish. Only what changes a count is kept of both here.
"""

from __future__ import annotations

import re
import unicodedata

from benchwright.scorers._instructions.sentences import sentences

_RUN = re.compile(r"\w+")
_APART = re.compile(
    r'\.{2,}|--|``|\'\'|[\s;@#$%&?!*()\[\]{}<>"“”„«»‘’`]|[:,](?=\D|$)'
    r"|'(?=(?i:[^\W_mtsdn])\b)"
)
_CLITIC = re.compile(r"(?i)(?<=[^\s'])('(?:s|m|d|ll|re|ve)|n't)$")
_JOINED = re.compile(
    r"(?i)(?<!\w)(?:(can)(not)|(d)('ye)|(gim)(me)|(gon)(na)|(got)(ta)|(lem)(me)|(more)('n)|('t)(is|was)|(wan)(na))$"
)
_BETWEEN = re.compile(
    r"\.{2,}|…"
    r"|(?<=[0-9])[+*^](?=[0-9-])"
    r"|(?<=[a-zà-öø-ÿ'\"”»])\.(?=[A-ZÀ-ÖØ-Þ'\"“«])"
    r"|(?<=[^\W\d_]),(?=[^\W\d_])"
    r"|(?<=[^\W_])[:<>=/](?=[^\W\d_])"
)
_SHORT_WORDS = (
    "n° aprox. dna. dpto. ej. esq. pág. p.ej. Ud. Vd. Uds. Vds. vol. a.C. a.J.C. d.C. d.J.C. apdo. "
    "Av. Avda. Cía. Dr. Dra. EE.UU. etc. fig. Gob. Gral. Ing. J.C. km/h Lic. m.n. núm. P.D. Prof. "
    "Profa. q.e.p.d. Q.E.P.D. S.A. S.L. S.R.L. s.s.s. Sr. Sra. Srta."
)
_SHORT = frozenset(_SHORT_WORDS.split())
"""Spanish abbreviations that keep their full stop."""


def count_words(text: str) -> int:
    """Return the number of runs of letters, digits and underscores."""
    return sum(1 for _ in _RUN.finditer(text))


def count_capitals(text: str) -> int:
    """Return how many Penn Treebank tokens of ``text`` are in capitals.

    A hyphened word is one token; a clitic (``'S``, ``N'T``) is one of its own.

    Raises:
        MissingExtra: the Punkt models are not installed.
    """
    return sum(
        token.isupper()
        for sentence in sentences(text, "english")
        for piece in _APART.split(_without_stop(sentence))
        if piece
        for token in _unclitic(piece)
    )


def _without_stop(sentence: str) -> str:
    text = sentence.rstrip("])}>\"'»”’ \n\t")
    return text[:-1] if text.endswith(".") and not text.endswith("..") else sentence


def _unclitic(piece: str) -> tuple[str, ...]:
    if clitic := _CLITIC.search(piece):
        return (*_unclitic(piece[: clitic.start()]), clitic[0])
    if joined := _JOINED.search(piece):
        first, second = (part for part in joined.groups() if part)
        return piece[: joined.start()] + first, second
    return (piece,)


def spanish_words(text: str) -> list[str]:
    """Return the tokens that are no punctuation; a run of spaces beyond the first is one too."""
    found: list[str] = []
    for match in re.finditer(r"\s+|\S+", text):
        piece = match[0]
        if piece.isspace():
            # spaCy makes a token of all white space but one plain space between words.
            rest = piece[1:] if match.start() and piece[0] == " " else piece
            if rest:
                found.append(rest)
            continue
        found += [token for token in _spanish(piece) if not _punctuation(token)]
    return found


def _spanish(piece: str) -> list[str]:
    if "://" in piece or "@" in piece:
        return [piece.strip(".,;:!?¡¿()[]\"'")]
    head: list[str] = []
    while piece and piece not in _SHORT and _mark(piece[0]) and not _signed(piece):
        head.append(piece[0])
        piece = piece[1:]
    tail: list[str] = []
    while len(piece) > 1 and piece not in _SHORT and _mark(piece[-1]):
        if piece[-1] == "." and len(piece) == 2 and piece[0].isupper():
            break  # an initial
        tail.append(piece[-1])
        piece = piece[:-1]
    if piece in _SHORT:
        return [*head, piece, *tail]
    middle = [part for part in _BETWEEN.split(piece) if part]
    middle += [mark for mark in _BETWEEN.findall(piece) if not _punctuation(mark)]
    return [*head, *middle, *tail]


def _signed(piece: str) -> bool:
    return len(piece) > 1 and piece[0] in "+-" and piece[1].isdigit()


def _mark(character: str) -> bool:
    return unicodedata.category(character)[0] in "PS" and character not in "-_/@°+"


def _punctuation(token: str) -> bool:
    return all(unicodedata.category(character)[0] == "P" for character in token)
