"""MMLU-Pro's extraction chain, as its authors' scripts have it (TIGER-AI-Lab/MMLU-Pro).

In order: (1) the first ``answer is X``, bracket allowed; (2) ``Answer: X`` or ``answer: X``, the
last one of the first line that has one; (3) the last stand-alone capital A–J; else nothing.
``**`` is removed first, as the authors' script for served models does. Letters beyond the
sample's options are read, and wrong. The chain is the official rule for answers that were cut off
too, so no step of it counts as a fallback. The strict extractor beside it is step 1 alone, the
rule of lm-evaluation-harness.
"""

from __future__ import annotations

import re

from benchwright.core.measurement import Score
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.scorers._rule import Rule

_STEP_1 = re.compile(r"answer is \(?([A-J])\)?")
_STEP_2 = re.compile(r"[aA]nswer:(?=\s*([A-J]))")
_STEP_3 = re.compile(r"\b([A-J])\b")


def extract(text: str) -> tuple[str | None, int]:
    """Return (letter, step that read it), or (None, 0)."""
    text = text.replace("**", "")
    if match := _STEP_1.search(text):
        return match[1], 1
    if match := _STEP_2.search(text):
        # As `.*answer: X` would find it, but in linear time: an answer may be megabytes long.
        end = text.find("\n", match.start())
        for later in _STEP_2.finditer(text, match.end()):
            if later.start() > end >= 0:
                break
            match = later
        return match[1], 2
    if found := _STEP_3.findall(text):
        return found[-1], 3
    return None, 0


def _judge(sample: Sample, response: Response) -> Score:
    letter, step = extract(response.text)
    firm = letter if step == 1 else None
    return Score(
        value=None if letter is None else float(letter == sample.target),
        answer=letter,
        explanation=f"step {step}" if step else "no step reads a letter",
        strict_answer=firm,
        extractors_agree=letter == firm,
    )


SCORER = Rule("mmlu_pro_chain", "1", _judge)
