"""Options that are equal to one another, as they are or but for case, space and form."""

from __future__ import annotations

from collections.abc import Iterator

from benchwright.core.sample import Sample
from benchwright.testing.data_checks.finding import Finding, Material, counted
from benchwright.testing.data_checks.wording import same


def check(material: Material) -> Iterator[Finding]:
    """Yield samples with equal options, and those where the right one is among them."""
    samples = [sample for sample in material.samples if sample.choices]
    if not samples:
        return
    exact = [s.id for s in samples if len({*s.choices}) < len(s.choices)]
    alike = [s.id for s in samples if len({*map(same, s.choices)}) < len(s.choices)]
    doubtful = [s.id for s in samples if _right_twice(s)]
    empty = [s.id for s in samples if not all(map(str.strip, s.choices))]
    yield counted("have two options that are the same", exact, len(samples))
    yield counted(
        "have two options that differ in case, space or form at most", alike, len(samples)
    )
    yield counted("have their right option twice", doubtful, len(samples), note="same but for form")
    yield counted("have an empty option", empty, len(samples))


def _right_twice(sample: Sample) -> bool:
    forms = [same(choice) for choice in sample.choices]
    try:
        return forms.count(forms[sample.target_index]) > 1
    except ValueError:
        return False
