"""MedS-Bench's families by the corrected rules; ``meds_bench_paper`` judges as released."""

from __future__ import annotations

from functools import partial

from benchwright.core.content import Text
from benchwright.core.example import Example
from benchwright.core.response import said
from benchwright.core.sample import Sample
from benchwright.scorers._medicine import judge
from benchwright.scorers._rule import Rule


def example(rule: str, target: str, wrong: tuple[str, ...], labels: str = "") -> Example:
    """Return one sample of ``rule`` with its target as the right answer and ``wrong`` ones."""
    metadata = {"rule": rule, "labels": labels}
    sample = Sample(id=f"kit/{rule}", input=(Text("?"),), target=target, metadata=metadata)
    return Example(sample=sample, right=said(target), wrong=tuple(map(said, wrong)))


KIT = (
    example("letter", "The right answer is B: aspirin", ("A: rest", "B or C")),
    example("label", "entailment", ("neutral", "entailment or neutral"), "entailment|neutral"),
    example("contains", "The diagnosis result is Cholera.", ("Choleraphobia", "Malaria")),
    example("entities", "mercury, iron", ("mercury", "mercury, iron, zinc")),
    example("classes", "cellular energetics", ("resisting cell death",), "cellular energetics"),
    example("text", "The colon is inflamed.", ("The colon is not inflamed.", "inflamed")),
)
LIKENESS = "texts are scored by the words they share, and all are of one field"
SCORER = Rule("meds_bench", "1", partial(judge, paper=False), others_score=LIKENESS)
