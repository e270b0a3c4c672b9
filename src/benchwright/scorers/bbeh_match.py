"""BBEH's fuzzy match of the answer stated last, however it is dressed.

The released rule (``bbeh_match_paper``, the strict extractor beside it) knows four prefixes in
capitals and reads a whole text where none occurs; this one reads "the answer is …", "Answer: …",
boxes and tags, last first, and after them, as fallbacks, what is printed bold and the last line.
Equal is what the released match calls equal, and besides:

* a letter with its option's text, (A) for ``A``, and a concatenation of letters with separators;
* a number with thousands separators or a unit, or after the last ``=``;
* a single word with a remark after it ("unknown, since …"), and lists whatever their spaces.
"""

from __future__ import annotations

import re
import unicodedata

from benchwright.core.example import Example
from benchwright.core.measurement import Score
from benchwright.core.response import Response, said
from benchwright.core.sample import Sample
from benchwright.scorers._kit import question
from benchwright.scorers._rule import Rule
from benchwright.scorers._stated import (
    Statement,
    bold,
    last_line,
    plain,
    statements,
    without_thinking,
)
from benchwright.scorers._typed import number, several
from benchwright.scorers.bbeh_match_paper import fuzzy, prediction, reference
from benchwright.scorers.gsm8k_number import plain as plain_number

_FALLBACKS = {"bold", "last line"}
_LETTER = re.compile(r"\(?([A-Za-z])\)?(?:[).:,]|\s|$)")
_LETTERS = re.compile(r"[A-Z]{1,26}")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_WORD = re.compile(r"[^\W\d_]+")


def _candidates(text: str) -> list[Statement]:
    """Return what may be the answer, the likeliest first."""
    found = [said for said in statements(text) if plain(said.line)]
    if found:
        return found[:1]
    whole = text.strip()
    if "\n" not in whole and len(whole) < 400:
        return [Statement(start=0, line=whole, rest=whole, rule="whole")]
    pieces = [("bold", piece) for piece in bold(text)[:1]] + [("last line", last_line(text))]
    return [
        Statement(start=0, line=line, rest=line, rule=rule) for rule, line in pieces if plain(line)
    ][:1]


def _form(text: str) -> str:
    text = unicodedata.normalize("NFC", plain(text)).lower()
    return re.sub(r"\s*,\s*", ",", " ".join(text.split())).strip("*_ ")


def _matches(statement: Statement, target: str) -> bool:
    given, wanted = _form(statement.line), _form(target)
    if fuzzy(given, wanted) or fuzzy(given, reference(target)):
        return True
    if re.fullmatch(r"\([A-Z]\)", target):
        line = plain(statement.line)
        letter = None if several(line) else _LETTER.match(line)
        return letter is not None and letter[1].upper() == target[1]
    if _LETTERS.fullmatch(target):
        return re.sub(r"(?:\band\b|[\s,;&()])+", "", given) == wanted
    if _NUMBER.fullmatch(target):
        return number(statement) == plain_number(target)
    if _WORD.fullmatch(target):
        remark = r"\s*(?:[.;:(\u2013\u2014]|,\s*\w+\s+\w)"
        return bool(re.match(re.escape(wanted) + remark, given))
    listed = "," in wanted or wanted.startswith("[")
    return listed and _separated(given) == _separated(wanted)


def _separated(text: str) -> str:
    return re.sub(r"[\s\[\]()\"'“”]+", "", text)


def _judge(sample: Sample, response: Response) -> Score:
    text = without_thinking(response.text)
    if not text.strip():
        return Score(explanation="no text")
    found = _candidates(text)
    if not found:
        return Score(explanation="no answer is stated")
    (statement,) = found
    answer, strict = _form(statement.line), prediction(response.text)
    return Score(
        value=float(_matches(statement, sample.target)),
        answer=answer,
        explanation=statement.rule,
        strict_answer=strict[:200],
        extractors_agree=fuzzy(strict, reference(sample.target))
        == _matches(statement, sample.target),
        fallback=statement.rule in _FALLBACKS,
    )


SCORER = Rule("bbeh_match", "1", _judge)
KIT = (
    Example(
        sample=question("Which?", "(E)"),
        right=said("After much thought.\n\n**The answer is: (E)**"),
        wrong=(said("The answer is: (D)"), said("The answer is (E or D)")),
    ),
    Example(
        sample=question("How many?", "1372"),
        right=said("The final answer is: $\\boxed{1,372}$."),
        wrong=(said("The answer is: 13722"), said("The answer is: unknown")),
    ),
    Example(
        sample=question("Which are true?", "no, unknown, no"),
        right=said("The answer is: no,unknown, no."),
        wrong=(said("The answer is: no, unknown"), said("The answer is: no")),
    ),
    Example(
        sample=question("Proved?", "disproved"),
        right=said("Answer: disproved, since the finch does not shout."),
        wrong=(said("Answer: proved"), said("The answer is: not disproved")),
    ),
)
