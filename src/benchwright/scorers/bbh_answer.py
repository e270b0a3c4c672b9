"""BBH's answer, read by its type: a letter, a word of a small set, a number, a list, brackets.

In order, the first that reads an answer of the type that the question wants:

1. what is stated last: "the answer is …", "Answer: …", a box, ``<answer>``;
2. the whole answer, where it is one line;
3. (fallbacks) what is printed bold, the last line, the first line, the last paragraphs.

Letters go through the chain of ``choice_letter``, with the options as the question lists them.
Case, a full stop, Markdown, LaTeX, commas between sorted words and numbering do not matter; a
sequence of brackets may be repeated before its completion. The strict extractor beside it is the
released rule (``bbh_answer_paper``).
"""

from __future__ import annotations

from benchwright.core.example import Example
from benchwright.core.measurement import Score
from benchwright.core.response import Response, said
from benchwright.core.sample import Sample
from benchwright.scorers._bbh import canonical, read_answer
from benchwright.scorers._kit import question
from benchwright.scorers._rule import Rule
from benchwright.scorers._stated import without_thinking
from benchwright.scorers.bbh_answer_paper import after_mark

_FALLBACKS = {"named", "alone", "bold", "last line", "first line", "last lines"}


def _judge(sample: Sample, response: Response) -> Score:
    text = without_thinking(response.text)
    if not text.strip():
        return Score(explanation="no text")
    answer, rule = read_answer(text, sample)
    strict = canonical(after_mark(text)[0])[:200]
    return Score(
        value=None if answer is None else float(answer == canonical(sample.target)),
        answer=answer,
        explanation=rule,
        strict_answer=strict,
        extractors_agree=answer == strict,
        fallback=rule in _FALLBACKS,
    )


SCORER = Rule("bbh_answer", "1", _judge)
KIT = (
    Example(
        sample=question("Which?\nOptions:\n(A) the owl\n(B) the robin", "(B)"),
        right=said("So the answer is (B)."),
        wrong=(said("**Answer:** (A)"), said("The owl.")),
    ),
    Example(
        sample=question("Is the argument deductively valid or invalid?", "invalid"),
        right=said("It does not follow.\n\n**The argument is deductively not valid.**"),
        wrong=(said("The answer is valid."),),
    ),
    Example(
        sample=question("How many fruits do I have?", "12"),
        right=said("5 + 7 = 12, so the answer is 5 + 7 = **12** fruits."),
        wrong=(said("The answer is 1 2"), said("\\boxed{120}")),
    ),
    Example(
        sample=question(
            "Sort the following words alphabetically: List: pear fig apple", "apple fig pear"
        ),
        right=said("Sorted list:\n\nAnswer:\n1. apple\n2. fig\n3. pear\n"),
        wrong=(said("The answer is apple pear fig."), said("Answer: apple, fig")),
    ),
    Example(
        sample=question("Complete the rest of the sequence. Input: [ { <", "> } ]"),
        right=said("So the answer is [ { < > } ]."),
        wrong=(said("So the answer is > ] }."),),
    ),
)
