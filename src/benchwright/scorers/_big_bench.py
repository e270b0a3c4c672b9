"""BIG-bench's measures of one example (``bigbench/api/task_metrics.py``, package 1.0.0)."""

from __future__ import annotations

import hashlib
import json
import math
import re
import struct
from collections.abc import Sequence

from benchwright.core.errors import ScoringError
from benchwright.core.response import Response
from benchwright.core.sample import LETTERS, Sample
from benchwright.scorers._corpus_bleu import sentence_bleu
from benchwright.scorers._rouge import rouge

DEFAULT_PATTERN = r"[^\.\?\!\;\n]+"
"""The authors' answer where a task says nothing: up to the first full stop."""
_LONGEST = 20_000


def cut(text: str, sample: Sample) -> str:
    """Return the authors' part of an answer: up to the stop, then the pattern's first match."""
    told = json.loads(sample.metadata.get("output", "{}"))
    stop, pattern = told.get("stop", ""), told.get("pattern", "")
    text = text[:_LONGEST]
    if stop and text.find(stop) > 0:
        text = text[: text.find(stop) + len(stop)]
    if not pattern and not stop:
        pattern = DEFAULT_PATTERN
    if not pattern:
        return text
    match = re.search(pattern, text)
    if match is None:
        return ""
    return match[1] or "" if match.groups() else match[0]


def overlap(
    answer: str, targets: Sequence[str], preferred: str, *, latin: bool = True
) -> float | None:
    """Return BLEU or ROUGE of one answer in [0, 1], the best of the targets; None for others.

    ``latin`` is ROUGE's rule of the package, which knows the letters a to z only.
    """
    if preferred == "bleu":
        return sentence_bleu(answer, targets)
    if preferred in {"rouge1", "rouge2", "rougeLsum"}:
        return max(rouge(answer, target, latin=latin)[preferred] for target in targets)
    return None


def near(answer: str, target: str) -> bool:
    """Return whether a number is within a tenth of the target (of 1, where that is 0)."""
    try:
        given, wanted = float(answer), float(target)
    except ValueError:
        return False
    return abs(given - wanted) / (wanted or 1.0) <= 0.1


def options_of(sample: Sample) -> list[str]:
    """Return the texts of the options; those of a sample with more than there are letters too."""
    more: list[str] = json.loads(sample.metadata.get("options", "[]"))
    return list(sample.choices) or more


def label(sample: Sample, place: int) -> str:
    """Return the letter of an option, or its number where there are too many for letters."""
    return LETTERS[place] if sample.choices else str(place + 1)


def weights(sample: Sample) -> list[float]:
    """Return every option's score, in the order of the options."""
    found: list[float] = json.loads(sample.metadata["scores"])
    return found


def log_probabilities(sample: Sample, response: Response) -> list[float]:
    """Return the log-probability of every option.

    Raises:
        ScoringError: there is not one number for each.
    """
    found = [score.logprob for score in response.continuations]
    if len(found) != len(options_of(sample)) or any(map(math.isnan, found)):
        raise ScoringError(f"sample {sample.id}: not one log-likelihood for every option")
    return found


def normalised(logs: Sequence[float]) -> list[float]:
    """Return log-probabilities less the logarithm of their sum of probabilities."""
    most = max(logs)
    if math.isinf(most):
        return [-math.log(len(logs))] * len(logs)
    total = most + math.log(sum(math.exp(one - most) for one in logs))
    return [one - total for one in logs]


def tie_broken(logs: Sequence[float]) -> int:
    """Return the greatest's place; of several, the one that a digest of all of them names."""
    places = [place for place, one in enumerate(logs) if one == max(logs)]
    named = hashlib.sha256(struct.pack(f"<{len(logs)}d", *logs)).hexdigest()
    return places[int(named, 16) % len(places)]


def told(sample: Sample, logs: Sequence[float], scores: Sequence[float], best: int) -> str:
    """Return the option taken, and every option's probability and score: what figures read."""
    shown = [
        f"{label(sample, place)} {math.exp(log):.6g} {score:g}"
        for place, (log, score) in enumerate(zip(logs, scores, strict=True))
    ]
    return f"{label(sample, best)}: {', '.join(shown)}"
