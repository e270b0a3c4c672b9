"""MathVista's typed answer: an option, an integer, a decimal of a given precision, a list.

The authors let a language model extract the answer and then take the option whose spelling is
nearest, or cut a number to an integer (``mathvista_paper``). Here the answer is read by rules, an
option must be named, and a number must be the target, rounded to its decimals. Needs ``[math]``.
"""

from __future__ import annotations

import json

from benchwright.core.content import Text
from benchwright.core.example import Example
from benchwright.core.measurement import Score
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.scorers._chosen import score
from benchwright.scorers._final import final
from benchwright.scorers._quantities import quantities, quantity, several
from benchwright.scorers._rule import Rule
from benchwright.scorers._symbolic import require


def _judge(sample: Sample, response: Response) -> Score:
    if sample.choices:
        return score(sample, response)
    found = final(response.text)
    if found is None:
        return Score(explanation="no answer is stated")
    if sample.tags.get("answer_type") == "list":
        values = several(found.answer)
        wanted = [float(part) for part in json.loads(sample.target)]
        right, answer = values == wanted, found.answer
    else:
        numbers = quantities(found.answer)
        right = any(_same(number, sample) for number in numbers)
        answer = format(numbers[0], "g") if numbers else ""
        if not numbers:
            return Score(explanation=f"no number {found.rule}")
    return Score(value=float(right), answer=answer, explanation=found.rule, fallback=found.fallback)


def _same(number: float, sample: Sample) -> bool:
    target = quantity(sample.target)
    decimals = sample.metadata.get("precision", "")
    return target is not None and (round(number, int(decimals)) if decimals else number) == target


def _kit(kind: str, target: str, wrong: str, precision: str = "") -> Example:
    sample = Sample(
        id=f"kit/{kind}",
        input=(Text("?"),),
        target=target,
        tags={"answer_type": kind},
        metadata={"precision": precision},
    )
    right, other = (Response(parts=(Text(text),)) for text in (target, wrong))
    return Example(sample=sample, right=right, wrong=(other,))


KIT = (
    _kit("integer", "1000", "1000.4"),
    _kit("float", "1.2", "1.26", "1"),
    _kit("list", "[2014, 2016]", "[2016, 2014]"),
)
SCORER = Rule("mathvista", "1", _judge, require)
