"""Questions that repeat another one, word for word or nearly, also between shots and test."""

from __future__ import annotations

from collections.abc import Iterator

from benchwright.core.sample import Sample
from benchwright.testing.data_checks.finding import Finding, Material, counted
from benchwright.testing.data_checks.sketches import THRESHOLD, Index, sketch
from benchwright.testing.data_checks.wording import asked, same


def check(material: Material) -> Iterator[Finding]:
    """Yield exact and near duplicates inside the set, and of worked examples in the test set."""
    samples, wordings = material.samples, material.wordings
    first: dict[str, Sample] = {}
    repeated, contradicted, near = [], [], []
    index = Index()
    for sample, wording in zip(samples, wordings, strict=True):
        key = " ".join(wording)
        other = first.setdefault(key, sample)
        if other is not sample:
            repeated.append(f"{sample.id} = {other.id}")
            if _right(sample) != _right(other):
                contradicted.append(f"{sample.id} ≠ {other.id}")
            continue
        made = sketch(wording)
        match = index.find(made)
        if match is not None:
            near.append(f"{sample.id} ≈ {match}")
        index.add(sample.id, made)
    total = len(samples)
    yield counted("repeat another sample word for word", repeated, total)
    yield counted("of these have another right answer than what they repeat", contradicted, total)
    yield counted(
        "are nearly another sample", near, total,
        note=f"at least {THRESHOLD:.0%} of runs of words in common",
    )  # fmt: skip
    yield from _shots(material, first, index)


def _shots(material: Material, first: dict[str, Sample], index: Index) -> Iterator[Finding]:
    same_, near = [], []
    for shot in material.shots:
        wording = asked(shot)
        other = first.get(" ".join(wording))
        if other is not None:
            same_.append(f"{shot.id} = {other.id}")
        elif match := index.find(sketch(wording)):
            near.append(f"{shot.id} ≈ {match}")
    if material.shots:
        total = len(material.shots)
        yield counted("worked examples are a question of the test set", same_, total)
        yield counted("worked examples are nearly a question of the test set", near, total)


def _right(sample: Sample) -> str:
    try:
        return same(sample.choices[sample.target_index] if sample.choices else sample.target)
    except ValueError:
        return same(sample.target)
