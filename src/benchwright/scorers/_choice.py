r"""Where an answer names an option: by its letter, in words around it, or by its text.

Everything is linear in the answer's length: gaps in patterns are bounded. Letters are upper case,
or lower case where nothing else can be meant; full-width forms count as the same letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from benchwright.core.sample import LETTERS, Sample
from benchwright.scorers._stated import plain, statements, without_thinking
from benchwright.scorers.exact_match import normal

_TEX = r"\\(?:boxed|text(?:bf|it|rm)?|math(?:rm|bf|sf|it)|bf)\b"
_DRESS = rf"(?:[\s*_`\"'“”‘’(\[{{$<>「【]|\\[(\[]|{_TEX}){{0,12}}+"
_UPPER = r"([A-Z])(?![A-Za-z0-9_])(?!['’][A-Za-z])"
_LOWER = r"([a-z])(?=[)\]]|[*_`\"'.}$]{0,6}[ \t]{0,9}(?:\n|$))"
_CALLED = r"(?i:(?:option|choice|letter|answer|opción|opcion|opção|选项|選項)\s{0,3}[:：]?)?"

_NOUN = (
    r"\b(?:answers?|ans|solution(?=\s{0,3}[*_]{0,3}[:：])|(?:correct|right|best|final|my|chosen|appropriate|suitable|"
    r"accurate|closest|likely)\s{1,3}(?:answer\s)?(?:choice|option|letter|one|response))\b"
)
_HEDGE = (
    r"(?:[\s,]{1,3}(?:therefore|thus|hence|then|so|clearly|indeed|definitely|probably|simply|"
    r"actually|now|most|likely|indeed)[\s,]{0,3}){0,2}"
)
_VERB = rf"[^\n.:：=]{{0,48}}?\b(?:is|are|was|be|becomes|remains){_HEDGE}[ \t]{{0,3}}[:：]?"
_COLON = r"[\s*_`\"'”)\]]{0,9}[:：=]"
_SAID = re.compile(
    rf"(?i:{_NOUN})(?P<gap>(?i:{_VERB})|{_COLON}|(?=[ \t(*]))\s{{0,9}}{_DRESS}{_CALLED}{_DRESS}"
    rf"(?:{_UPPER}|{_LOWER})"
)
_JUDGED = re.compile(
    rf"(?<![A-Za-z0-9_'’]){_UPPER}[)\]*_.`\"'}}]{{0,6}}(?:\s?\([^()\n]{{0,80}}\))?[ \t]{{1,3}}"
    r"(?:is|was|would be|must be|should be|seems(?: to be)?|appears(?: to be)?)[ \t]{1,3}"
    r"(?:(?:clearly|therefore|thus|definitely|probably)[ \t])?(?:the[ \t])?"
    r"(?:(?:most|only|single|likely|best)[ \t]){0,2}(?:correct|right|appropriate|accurate|suitable|"
    r"best|answer)\b"
)
_CHOSEN = re.compile(
    r"\b(?i:choose|chose|chosen|choosing|select(?:ed|ing)?|pick(?:ed|ing)?|go|going|opt(?:ed|ing)?|"
    r"vote|settle|lean(?:ing)? towards?)"
    rf"(?:[ \t](?:with|for|on))?[ \t]{{1,3}}(?:the[ \t])?{_CALLED}{_DRESS}([A-Z])"
    r"(?![A-Za-z0-9_])(?!['’][A-Za-z])"
)
_MARKED = re.compile(
    rf"(?:\\f?boxed[ \t]?\{{|(?i:<(?:answer|choice|option|final_answer)>)|####|\[\[){_DRESS}"
    rf"{_CALLED}{_DRESS}(?:{_UPPER}|([a-z])(?=[)}}\]<]))"
)
_ABROAD = re.compile(  # the answer's word in other languages, then at most a few small words
    r"(?:\b(?i:antwort|lösung|respuesta|réponse|reponse|resposta|risposta|antwoord|svar|svaret|"
    r"odpowiedź|odpověď|cevap|doğru|jawaban|vastaus|răspuns|răspunsul|válasz|jibu|đáp án|"
    r"ответ|відповідь|απάντηση|विकल्प|उत्तर|الإجابة|الجواب|תשובה)\b|"
    r"답|正解|正答|答え|答案|回答|选择|選擇|选|選|应选|故选)"
    rf"(?P<gap>[^\n.。；;A-Z]{{0,40}}?){_DRESS}([A-Z])(?![A-Za-z0-9_])"
)
_DENIED = re.compile(
    r"\b(?:not|never|cannot|neither|nor|nicht|kein|no|pas|não|nao|non|niet|inte|nie)\b|n't\b|n’t\b|"
    r"(?<![\w])не\b|不|未|アリ|ない|아니",
    re.IGNORECASE,
)
_SUPPOSED = re.compile(
    r"\b(?:if|whether|suppose|assume|assuming|unless)\b[^.,\n]{0,24}$", re.IGNORECASE
)
_NEXT_LETTER = re.compile(
    r"[)\]*.]{0,3}(?:"
    r"[ \t]{0,3},?[ \t]{0,3}(?:or|and|and/or|oder|und|ou|et|y|o|или|и|或|和)[ \t]{1,3}|"
    r"[ \t]?[/&][ \t]?|[ \t]?,[ \t]?(?=[(*]{0,2}[A-Z][)*]{0,2}[ \t]{0,3}(?:,|or\b|and\b|$|\n)))"
    r"[(*\"']{0,3}[A-Z](?![A-Za-z0-9_])"
)
_ARTICLE = re.compile(
    r"A[ \t]+(?!(?:is|was|because|since|as|would|should|must|seems|and|or|but|for|due|which|with|"
    r"given)\b)[a-z]"
)
_PRONOUN = re.compile(r"I(?:[ \t]+(?!is\b)[a-z]|['’])")

_WHOLE = re.compile(
    rf"[\s\-–—→•#>=]{{0,9}}{_CALLED}{_DRESS}([A-Za-z])[\s*_`\"'”’)\]}}$.:,;!?>」】\\]{{0,24}}"
)
_OPENING = re.compile(
    rf"[\s\-–—→•#>]{{0,9}}{_DRESS}([A-Z])[*_`\"'}}]{{0,4}}"
    r"(?:[)\]](?!['’])|[.:,;、。：](?!\w)|[ \t]{0,3}(?:\n|$)|[ \t]{1,3}[-–—=][-–—=>]{0,2}[ \t])"
)
_LINE = re.compile(r"^[\s*_(\[#>-]{0,9}([A-Z])[*_]{0,2}[).:\]]", re.MULTILINE)
_OPTION = re.compile(
    r"\b(?i:option|choice|选项|選項)s?[ \t]{0,3}[(*\[\"']{0,4}([A-Z])(?![A-Za-z0-9_'’])"
    r"(?![^\n.;]{0,24}\b(?:not|wrong|incorrect|false|isn't|isn’t|invalid|ruled|eliminate))"
)
_ALONE = re.compile(
    r"(?<![A-Za-z0-9_'’\\/])(?<![A-Za-z]\.)([A-Z])(?![A-Za-z0-9_/]|\.[A-Za-z])(?!['’][A-Za-z])"
)
_LAST = re.compile(r"(?<![A-Za-z0-9_'’\\/])(?<![A-Za-z]\.)([A-Z])[\s*_`\"'”’)\]}$.!]{0,12}$")
_BRACKETED = re.compile(r"\(([A-Z])\)(?![^\s*_`.,;:!?)])")
_CASE = re.compile(
    r"\b(?:if(?! (?:I|you|forced|pressed)\b)|when|in case|otherwise)\b[^.!?\n]{0,150}$",
    re.IGNORECASE,
)
_BEFORE = re.compile(r"[A-Z][)*\"']{0,2},?[ \t](?:or|and|/|&)[ \t][(*\"']{0,2}$")
_HYPHEN = re.compile(r"(?<=\w)-(?=\w)")
_ARTICLES = re.compile(r"^(?:the|a|an) (?=\S)")
_CLAUSE = re.compile(r"[.,;:!?\n]")
_WIDE = {0xFF21 + n: LETTERS[n] for n in range(26)} | {
    0xFF41 + n: LETTERS[n].lower() for n in range(26)
} | {ord("（"): "(", ord("）"): ")"}  # fmt: skip


_SHORT, _LONG = 40, 300
"""Characters of a line in which any lone letter is believed, of a text that is read as a whole."""


class Place(NamedTuple):
    """A letter, and where it stands."""

    at: int
    """Index in the text."""
    letter: str
    """The letter, in upper case."""


def readable(text: str) -> str:
    """Return what of an answer is read: without thinking, full-width letters made plain."""
    text = without_thinking(text)
    return text if text.isascii() else text.translate(_WIDE)


def letters_of(sample: Sample) -> str:
    """Return the letters of the sample's options."""
    return LETTERS[: len(sample.choices)]


def whole(text: str, letters: str) -> str | None:
    """Return the letter where the text is nothing but it, its dress, and "option" before it."""
    match = _WHOLE.fullmatch(text)
    if not match or match[1].upper() not in letters:
        return None
    listed = match[1].islower() and text.lstrip()[0] in "-–—→•#>="
    return None if listed else match[1].upper()


def places(text: str, letters: str) -> list[Place]:
    """Return where letters are stated as the answer, in order; denied or supposed ones are none.

    Two different letters that each stand under an "if" are cases, not answers.
    """
    found = sorted({place for place in _places(text) if place.letter in letters})
    cases = {
        place.letter for place in found if _CASE.search(text[max(0, place.at - 160) : place.at])
    }
    return [place for place in found if len(cases) < 2 or place.letter not in cases]


def opening(text: str, sample: Sample) -> str | None:
    """Return the letter that the text begins with, unless the text repeats the list of options.

    "A: No" is an answer's mark, not option A, where "No" is another option's text.
    """
    letters, match = letters_of(sample), _OPENING.match(text)
    if not match or match[1] not in letters or _NEXT_LETTER.match(text, match.end(1)):
        return None
    if _PRONOUN.match(text, match.start(1)) or _listed(text, letters):
        return None
    if match[1] == "A" and match[0].rstrip().endswith((":", "：")):
        after = _bare(text[match.end() : match.end() + 400].partition("\n")[0])
        begun = [n for n, choice in enumerate(sample.choices) if _begins(after, _bare(choice))]
        if begun and 0 not in begun:
            return LETTERS[begun[0]] if len(begun) == 1 else None
    return match[1]


def stated_text(text: str, sample: Sample, after: int = -1) -> Place | None:
    """Return the option whose whole text is stated last as the answer; only behind ``after``."""
    later = [statement for statement in statements(text) if statement.start > after]
    texts = [_bare(choice) for choice in sample.choices] if later else []
    for statement in later:
        said = _bare(statement.line)
        same = [LETTERS[n] for n, option in enumerate(texts) if option and option == said]
        if len(same) == 1:
            return Place(statement.start, same[0])
    return None


def mentioned(text: str, letters: str) -> list[str]:
    """Return the distinct letters called an option without being called a wrong one.

    Empty where several options are named together ("options A and B").
    """
    found = list(_OPTION.finditer(text))
    if any(_NEXT_LETTER.match(text, match.end(1)) for match in found):
        return []
    return sorted({match[1] for match in found if match[1] in letters})


def named(text: str, sample: Sample) -> list[str]:
    """Return the letters of options whose whole text occurs in ``text``, between word bounds.

    Of a long text only the last line is read. An option that lies within another option found
    there is not counted, nor a number that is part of a longer one or of a formula.
    """
    said = _words(text if len(text) <= _LONG else _last_line(text))
    options = [_ARTICLES.sub("", _words(choice)) for choice in sample.choices]
    present = [n for n, option in enumerate(options) if option and _occurs(option, said)]
    longest = [
        n
        for n in present
        if not any(options[n] in options[o] and options[n] != options[o] for o in present)
    ]
    return [LETTERS[n] for n in longest]


def same_text(text: str, sample: Sample) -> list[str]:
    """Return the letters of the options whose whole text the answer is, articles aside."""
    said = _ARTICLES.sub("", _words(_bare(text)))
    texts = [_ARTICLES.sub("", _words(_bare(choice))) for choice in sample.choices]
    return [LETTERS[n] for n, option in enumerate(texts) if option and option == said]


def alone(text: str, letters: str) -> list[str]:
    """Return the distinct letters that stand alone, and are neither denied nor supposed.

    They are read where they end the last line, anywhere in a short last line, and in brackets
    anywhere; nowhere in a list of options. The words "A" and "I" are no letters.
    """
    if _listed(text, letters):
        return []
    line = _last_line(text)
    for pattern, where in ((_ALONE if len(line) <= _SHORT else _LAST, line), (_BRACKETED, text)):
        found = {
            match[1]
            for match in pattern.finditer(where)
            if match[1] in letters
            and not _is_word(where, match.start(1))
            and not _doubted(where, match.start(1))
        }
        if found:
            return sorted(found)
    return []


def _places(text: str) -> Iterator[Place]:
    for pattern in (_SAID, _JUDGED, _CHOSEN, _MARKED, _ABROAD):
        for match in pattern.finditer(text):
            at = match.start(match.lastindex or 0)
            gap = match.groupdict().get("gap") or ""
            if _DENIED.search(gap) or _NEXT_LETTER.match(text, at + 1):
                continue
            if _SUPPOSED.search(text[max(0, match.start() - 32) : match.start()]):
                continue
            if _is_word(text, at) and not gap.rstrip().endswith(("is", "be", "was")):
                continue
            if _PRONOUN.match(text, at):
                continue
            yield Place(at, text[at].upper())


def _listed(text: str, letters: str) -> bool:
    """Return whether the first two options' letters begin lines in their order: a list of all."""
    begun = [match[1] for match in _LINE.finditer(text) if match[1] in letters]
    return begun[:2] == list(letters[:2])


def _last_line(text: str) -> str:
    return text.rstrip().rpartition("\n")[2].strip()


def _begins(text: str, option: str) -> bool:
    return bool(option) and text.startswith(option) and not text[len(option) :][:1].isalnum()


def _is_word(text: str, at: int) -> bool:
    """Return whether the letter there is rather the article "A" or the pronoun "I"."""
    return bool(_ARTICLE.match(text, at) or _PRONOUN.match(text, at))


def _doubted(text: str, at: int) -> bool:
    """Return whether what stands before the letter, in its clause, denies or supposes it."""
    before = _CLAUSE.split(text[max(0, at - 24) : at])[-1]
    return bool(
        _DENIED.search(before)
        or _NEXT_LETTER.match(text, at + 1)
        or _BEFORE.search(text[max(0, at - 12) : at])
        or _CASE.search(text[max(0, at - 160) : at])
    )


def _occurs(option: str, said: str) -> bool:
    number = r"(?<![\d{\\/^.,])", r"(?![\d}/^]|[.,]\d)"
    before, after = number if option.isdecimal() else ("", "")
    return re.search(rf"(?<!\w){before}{re.escape(option)}{after}(?!\w)", said) is not None


def _words(text: str) -> str:
    return " ".join(_HYPHEN.sub(" ", text).split()).casefold()


def _bare(text: str) -> str:
    return normal(plain(text))
