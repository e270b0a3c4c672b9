r"""The letter of the option chosen, read by a chain of rules; the rule used is the explanation.

In order, the first that reads a letter of the options holds:

1. ``whole``: the answer is the letter, but for punctuation round it;
2. ``stated``: the last "answer is X", "Answer: X", ``\boxed{X}``;
3. ``opening``: the answer begins with the letter, closed by punctuation or the line's end;
4. ``option text``: the answer is one option's text;
5. ``named`` (fallback): exactly one option's text occurs in the answer;
6. ``alone`` (fallback): exactly one letter stands alone, the article "A" not counted.

The strict extractor beside it knows rules 1 to 3 only, and reads nothing from an answer that
states two different letters.
"""

from __future__ import annotations

from benchwright.core.measurement import Score
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.scorers._letters import alone, by_text, letters_of, opening, stated, whole
from benchwright.scorers._rule import Rule
from benchwright.scorers.exact_match import normal


def extract(text: str, sample: Sample) -> tuple[str | None, str]:
    """Return (letter, name of the rule that read it), or (None, why not)."""
    letters = letters_of(sample)
    if letter := whole(text, letters):
        return letter, "whole"
    if said := stated(text, letters):
        return said[-1], "stated"
    if letter := opening(text, letters):
        return letter, "opening"
    same = [letters[i] for i, c in enumerate(sample.choices) if c and normal(c) == normal(text)]
    if len(same) == 1:
        return same[0], "option text"
    if len(named := by_text(text, sample)) == 1:
        return named[0], "named"
    if len(found := alone(text, letters)) == 1:
        return found[0], "alone"
    return None, "no rule reads one option"


def strict(text: str, sample: Sample) -> str | None:
    """Return the letter that the answer states outright and never contradicts."""
    letters = letters_of(sample)
    said = {*stated(text, letters)}
    if letter := whole(text, letters) or opening(text, letters):
        said.add(letter)
    return said.pop() if len(said) == 1 else None


def _judge(sample: Sample, response: Response) -> Score:
    text = response.text
    if not text.strip():
        return Score(explanation="no text")
    letter, rule = extract(text, sample)
    firm = strict(text, sample)
    return Score(
        value=None if letter is None else float(letter == sample.target),
        answer=letter,
        explanation=rule,
        strict_answer=firm,
        extractors_agree=letter == firm,
        fallback=rule in {"named", "alone"},
    )


SCORER = Rule("choice_letter", "1", _judge)
