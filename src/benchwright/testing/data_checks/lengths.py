"""Empty and over-long questions, and empty targets."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from benchwright.core.sample import Sample
from benchwright.testing.data_checks.finding import Finding, Material, counted

LONG = 32_768
"""Characters of question and options from which one is over-long: about 8,000 tokens."""


def check(material: Material) -> Iterator[Finding]:
    """Yield empty and over-long questions and empty targets."""
    samples = material.samples
    total = len(samples)
    empty = [s.id for s in samples if all(_blank(part) for part in s.input)]
    lengths = {s.id: _length(s) for s in samples}
    long = [f"{name} ({length:,})" for name, length in lengths.items() if length > LONG]
    most = max(lengths.values(), default=0)
    middle = statistics.median_low(lengths.values()) if lengths else 0
    untargeted = [s.id for s in samples if not s.target.strip()]
    yield counted("ask nothing", empty, total)
    yield counted(
        f"have more than {LONG:,} characters", long, total,
        note=f"median {middle:,}, most {most:,}",
    )  # fmt: skip
    yield counted("have no target", untargeted, total)


def _length(sample: Sample) -> int:
    return len(sample.text) + sum(map(len, sample.choices))


def _blank(part: object) -> bool:
    text = getattr(part, "text", None)
    return isinstance(text, str) and not text.strip()
