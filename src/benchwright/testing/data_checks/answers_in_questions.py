"""Right answers that stand in the question, and how often wrong options do."""

from __future__ import annotations

import re
from collections.abc import Iterator

from benchwright.core.sample import Sample
from benchwright.testing.data_checks.finding import Finding, Material, counted
from benchwright.testing.data_checks.wording import same

_MARKS = re.compile(r"\W+")

SHORTEST = 4
"""Characters from which an answer in a question tells anything: ``yes`` and ``12`` do not."""


def check(material: Material) -> Iterator[Finding]:
    """Yield the questions that hold their right answer as whole words."""
    with_options = [sample for sample in material.samples if sample.choices]
    without = [sample for sample in material.samples if not sample.choices]
    if with_options:
        yield _given_away(with_options)
    if without:
        found = [s.id for s in without if _stands(same(s.target), _words(s.text))]
        yield counted("hold their target as whole words", found, len(without))


def _given_away(samples: list[Sample]) -> Finding:
    found, wrong, options = [], 0, 0
    for sample in samples:
        question = _words(sample.text)
        there = [_stands(same(choice), question) for choice in sample.choices]
        try:
            right = sample.target_index
        except ValueError:
            continue
        options += len(there) - 1
        wrong += sum(there) - there[right]
        if there[right] and sum(there) == 1:
            found.append(sample.id)
    note = f"wrong options stand there in {wrong / options:.1%} of cases" if options else ""
    return counted(
        "hold the text of their right option and of no other", found, len(samples), note=note
    )


def _words(text: str) -> str:
    return f" {_MARKS.sub(' ', same(text))} "


def _stands(answer: str, question: str) -> bool:
    words = _words(answer)
    return len(words.strip()) >= SHORTEST and words in question
