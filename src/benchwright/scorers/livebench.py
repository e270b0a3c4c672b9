"""LiveBench's answers, each read by its task's rule: whole values, and the answer given last.

Where the released rules (``livebench_paper``) take what merely occurs (a truth in the last 50
characters, the option's value near the end, one of the last three bold phrases, a name that another
one ends with), this one reads what is stated and compares it as a whole. A puzzle counts half for
all items right and half for the share; a join's F1 is not rounded; instructions are verified
strictly and count the mean of "all kept" and of the share kept. No answer is no verdict.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

from benchwright.core.example import Example
from benchwright.core.measurement import Score
from benchwright.core.response import Response, said
from benchwright.core.sample import Sample
from benchwright.scorers import _livebench as rules
from benchwright.scorers._instructions.sentences import require as require_sentences
from benchwright.scorers._instructions.verdicts import kept
from benchwright.scorers._kit import question
from benchwright.scorers._livebench_paper import followed
from benchwright.scorers._rule import Rule
from benchwright.scorers._stated import without_thinking
from benchwright.scorers._symbolic import require as require_algebra

_RULES: Mapping[str, Callable[[str, Sample], rules.Reading]] = {
    "AMPS_Hard": rules.expression,
    "math_comp/letter": rules.letter,
    "math_comp": rules.integer,
    "olympiad": rules.rearrangement,
    "spatial": rules.short,
    "web_of_lies_v2": rules.kinds,
    "zebra_puzzle": rules.items,
    "zebra_puzzle/word": rules.item,
    "cta": rules.named_class,
    "tablejoin": rules.pairs,
    "tablereformat": rules.table,
}
_FENCED = re.compile(r"```[a-z]*\n([^`]*)```")
_FALLBACKS = {"last line", "last word", "last formula", "named", "alone", "bold"}


def form(sample: Sample) -> str:
    """Return the task, and what form of answer it wants where it has two."""
    task = sample.tags["task"]
    if task == "math_comp" and sample.target.isalpha():
        return "math_comp/letter"
    if task == "zebra_puzzle" and sample.tags["release"] < "2024-11-25":
        return "zebra_puzzle/word"
    return task


def instructions_followed(text: str, sample: Sample) -> Score:
    """Return the score of an instruction-following answer, verified strictly."""
    wanted = json.loads(sample.metadata["instructions"])
    verdicts = [kept(kind, arguments, text) for kind, arguments in wanted]
    told = ", ".join(kind for (kind, _), held in zip(wanted, verdicts, strict=True) if not held)
    return Score(
        value=followed(verdicts),
        answer=f"{sum(verdicts)} of {len(verdicts)} kept",
        explanation=f"not kept: {told}" if told else "all kept",
    )


def _judge(sample: Sample, response: Response) -> Score:
    text = without_thinking(response.text).strip()
    if not text:
        return Score(explanation="no text")
    if "instructions" in sample.metadata:
        return instructions_followed(text, sample)
    if (fenced := _FENCED.fullmatch(text)) and "format" not in sample.metadata:
        text = fenced[1].strip()
    value, answer, rule = _RULES[form(sample)](text, sample)
    asked_bold = sample.tags["task"] in {"spatial", "web_of_lies_v2", "zebra_puzzle"}
    fallback = rule in _FALLBACKS and not (rule == "bold" and asked_bold)
    return Score(value=value, answer=answer, explanation=rule, fallback=fallback)


def require() -> None:
    """Ask for what expressions and sentences need: the extras math and instructions.

    Raises:
        MissingExtra: one is absent.
    """
    require_algebra()
    require_sentences()


SCORER = Rule(
    "livebench",
    "1",
    _judge,
    require=require,
    form_only="an instruction on form is kept by any text of that form",
)


def _asked(task: str, target: str, release: str = "2024-11-25") -> Sample:
    return question("?", target, {"task": task, "release": release})


KIT = (
    Example(
        sample=_asked("math_comp", "E"),
        right=said("So the value is 5.\n\nEEEEE"),
        wrong=(said("AAAAA"), said("The answer is (D).")),
    ),
    Example(
        sample=_asked("math_comp", "025"),
        right=said("Hence $xy = 25$.\n\nThe answer is 025"),
        wrong=(said("The answer is 1025"), said("025 is not it: 026")),
    ),
    Example(sample=_asked("olympiad", "1,3,2"), right=said("Answer: 1, 3, 2")),
    Example(
        sample=_asked("AMPS_Hard", "4 i \\sqrt{5}"),
        right=said("$\\boxed{4\\sqrt{5}i}$"),
        wrong=(said("$\\boxed{4\\sqrt{5}}$"),),
    ),
    Example(sample=_asked("spatial", "3"), right=said("**three** pieces"), wrong=(said("**13**"),)),
    Example(
        sample=_asked("web_of_lies_v2", "no, yes, yes"),
        right=said("**no, yes, yes**"),
        wrong=(said("**no, yes, no**"), said("yes")),
    ),
    Example(
        sample=_asked("zebra_puzzle", "1, police-officer"),
        right=said("<solution>1, police officer</solution>"),
        wrong=(said("<solution>11, police officer</solution>"),),
    ),
    Example(sample=_asked("cta", "id"), right=said("'id'"), wrong=(said("paid"),)),
    Example(
        sample=_asked("tablejoin", '{"a": "b", "c": "d"}'),
        right=said("```python\n{'c': 'd', 'a': 'b', 'e': None}\n```"),
        wrong=(said("{'a': 'b'}"), said("{'a': 'd', 'c': 'b'}")),
    ),
)
