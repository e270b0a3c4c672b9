"""Matbench Discovery's model cards: the figures that follow from their counts.

Predictions are not recorded here, but every card gives the counts of a classification and what
the authors made of them, for three subsets. Models are found by globbing; nothing is typed in but
the prevalence that DAF is relative to, which the paper states.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchwright.benchmarks.stability import Confusion
from parity.case import Case

PREVALENCE = 32_942 / 215_488
"""Stable among the unique prototypes by unrounded energies (arXiv:2308.14920, data section)."""
OWN = "full_test_set"
"""The subset whose DAF is relative to its own prevalence, which rests on rounded energies."""
ROUNDED = 0.0005 + 1e-9
"""Cards show three decimals."""

_SECTION = re.compile(r"^  discovery:\s*$")
_SUBSET = re.compile(r"^ {4}(\w+):\s*$")
_FIGURE = re.compile(r"^ {6}(\w+): (-?[0-9.e+-]+)\s*(?:#.*)?$")


def cases(data: Path) -> Iterator[Case]:
    """Yield two lines for every model card in ``data`` that gives its counts."""
    root = data / "matbench_discovery" / "models"
    for path in sorted(root.glob("*/*.yml")):
        subsets = {name: one for name, one in card(path).items() if "TP" in one}
        unique = subsets.get("unique_prototypes", {})
        found = figures("unique_prototypes", unique) if unique else {}
        if not {"F1"} <= found.keys() & unique.keys():
            continue
        shared = {"benchmark": "matbench_discovery", "model": path.stem}
        yield Case(
            **shared,
            figure="F1, unique prototypes",
            published=round(100 * unique["F1"], 1),
            ours=round(100 * found["F1"], 1),
            rule="hull_distance_paper",
            rows=int(counted(unique).total - unique.get("missing_preds", 0)),
            source="janosh/matbench-discovery, models/**/*.yml",
        )
        pairs = [(o, p) for name, one in subsets.items() for o, p in compared(name, one)]
        yield Case(
            **shared,
            figure=f"figures of {len(pairs)} that their counts do not give (number)",
            published=0,
            ours=sum(abs(ours - published) > ROUNDED for ours, published in pairs),
            rule="hull_distance_paper",
        )


def card(path: Path) -> dict[str, dict[str, float]]:
    """Return subset → figure → value of the section ``discovery`` of a card's metrics."""
    found: dict[str, dict[str, float]] = {}
    subset: dict[str, float] = {}
    within = False
    for line in path.read_text("utf-8").split("\n"):
        if _SECTION.match(line):
            within = True
        elif within and re.match(r" {0,2}\S", line):
            break
        elif within and (match := _SUBSET.match(line)):
            subset = found.setdefault(match[1], {})
        elif within and (match := _FIGURE.match(line)):
            subset[match[1]] = float(match[2])
    return found


def counted(one: Mapping[str, float]) -> Confusion:
    """Return the counts of one subset."""
    return Confusion(*(int(one[name]) for name in ("TP", "FP", "TN", "FN")))


def figures(subset: str, one: Mapping[str, float]) -> dict[str, float]:
    """Return what our definitions make of the counts of one subset; what is undefined is left."""
    counts = counted(one)
    false_positive, recall = counts.false_positive_rate, counts.recall
    found = {
        "F1": counts.f1,
        "DAF": counts.acceleration(counts.prevalence if subset == OWN else PREVALENCE),
        "Precision": counts.precision,
        "Recall": recall,
        "Accuracy": counts.accuracy,
        "TPR": recall,
        "FNR": None if recall is None else 1 - recall,
        "FPR": false_positive,
        "TNR": None if false_positive is None else 1 - false_positive,
    }
    return {name: value for name, value in found.items() if value is not None}


def compared(subset: str, one: Mapping[str, float]) -> Iterator[tuple[float, float]]:
    """Yield (ours, published) of every figure that both have."""
    for name, value in figures(subset, one).items():
        if name in one:
            yield value, one[name]
