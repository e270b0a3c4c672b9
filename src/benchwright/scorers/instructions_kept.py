"""Whether the answer keeps all instructions of its prompt: IFEval and M-IFEval, strictly.

``value`` is 1 where every instruction is kept as it stands. ``answer`` says of each whether it is
``kept``, ``kept loosely`` (by one of eight loosened forms of the answer) or ``broken``; the loose
and the instruction-level accuracies are figures made of it (``benchmarks/instructions.py``).
What stands in ``<think>`` is no part of the answer.
"""

from __future__ import annotations

import json

from benchwright.core.content import Text
from benchwright.core.example import Example
from benchwright.core.measurement import Score
from benchwright.core.response import Response, said
from benchwright.core.sample import Sample
from benchwright.scorers._instructions.detecting import require as require_languages
from benchwright.scorers._instructions.sentences import require as require_sentences
from benchwright.scorers._instructions.verdicts import LANGUAGES, kept, kept_loosely
from benchwright.scorers._rule import Rule
from benchwright.scorers._stated import without_thinking

KEPT, LOOSELY, BROKEN = "kept", "kept loosely", "broken"


def told(kind: str, verdict: str) -> str:
    """Return one instruction's verdict as the scorer's ``answer`` tells it, without language."""
    language, _, rest = kind.partition(":")
    return f"{rest if language in LANGUAGES else kind}: {verdict}"


def _require() -> None:
    require_languages()
    require_sentences()


def _judge(sample: Sample, response: Response) -> Score:
    text = without_thinking(response.text)
    if not text.strip():
        return Score(explanation="no text")
    verdicts: list[tuple[str, str]] = []
    for kind, arguments in json.loads(sample.metadata.get("instructions", "[]")):
        if kept(kind, arguments, text):
            verdicts.append((kind, KEPT))
        else:
            verdicts.append((kind, LOOSELY if kept_loosely(kind, arguments, text) else BROKEN))
    if not verdicts:
        return Score(explanation="the sample states no instruction")
    strict = [verdict == KEPT for _, verdict in verdicts]
    return Score(
        value=float(all(strict)),
        answer="; ".join([told(kind, verdict) for kind, verdict in verdicts]),
        explanation=f"{sum(strict)} of {len(strict)} instructions kept",
    )


SCORER = Rule(
    "instructions_kept",
    "1",
    _judge,
    require=_require,
    form_only="an instruction on form is kept by any text of that form",
)

_INSTRUCTIONS = [
    ["keywords:existence", {"keywords": ["blue"]}],
    ["length_constraints:number_words", {"relation": "less than", "num_words": 4}],
]
KIT = (
    Example(
        sample=Sample(
            id="kit/instructions",
            input=(Text("Say blue in less than 4 words."),),
            target="; ".join([str(kind) for kind, _ in _INSTRUCTIONS]),
            metadata={"instructions": json.dumps(_INSTRUCTIONS)},
        ),
        right=said("Blue it is."),
        wrong=(said("It is red."), said("Blue is what I say to you.")),
    ),
)
"""Examples for the scorer's contract."""
