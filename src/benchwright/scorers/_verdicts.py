"""Reading which of two responses a judge prefers (PandaLM's form of a verdict)."""

from __future__ import annotations

import re

VERDICTS = ("1", "2", "tie")
"""What the first line of a judge's reply can say, in lower case."""


def read_verdict(text: str) -> str | None:
    """Return the verdict on the first line of ``text``, or None where it is none.

    Leading empty lines are skipped: they are the model's, not a verdict.
    """
    lines = text.strip().split("\n", 1)
    said = lines[0].strip().lower()
    return said if said in VERDICTS else None


_SENTENCE = re.compile(
    r"(?:the )?(?:(?:answer|verdict|(?:better|best) (?:response|one|answer))(?: is|:) )?"
    r"(?:response )?(1|2|tie)(?: is (?:the )?better(?: response| one)?)?"
)


def stated_verdict(text: str) -> str | None:
    """Return the verdict that the whole first line of ``text`` states; None where it states none.

    Beyond the bare words of ``read_verdict``: ``The answer is 2.``, ``**Response 1** is better``,
    ``Verdict: Tie``. A line that says anything else is none.
    """
    line = text.strip().split("\n", 1)[0].lower().replace("*", "").strip(" .!")
    found = _SENTENCE.fullmatch(line)
    return found[1] if found else None


def judge_prompt(instruction: str, given: str, first: str, second: str) -> str:
    """Return the question that asks which response is better; the wording is ours."""
    context = f"### Input:\n{given}\n\n" if given else ""
    return (
        "Two responses to the same task are given. Decide which one fulfils the task better. "
        "Write on the first line only 1 if Response 1 is better, 2 if Response 2 is better, or "
        "Tie if they are equally good. Give a short reason on the next line.\n\n"
        f"### Instruction:\n{instruction}\n\n{context}"
        f"### Response 1:\n{first}\n\n### Response 2:\n{second}\n\n### Verdict:"
    )
