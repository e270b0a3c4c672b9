"""Rankings from thinned matrices beside those of the full ones: tau, error, floors.

``python performance/floors.py DATA [--matrices mmlu_pro math_vision] [--seeds 5] [--limit]``

DATA is the folder of real benchmark data (``BENCHWRIGHT_DATA`` in the tests). Cells are taken from
a full matrix of responses, every estimator fills the gaps, and its pool means are compared with
the full ones: Kendall's tau, and mean absolute error in points. What is missing, exactly, where
f is the missing share, M models, I items, and a model's budget (1 − f) I cells:

random      every cell is observed with probability 1 − f;
block       every model takes whole benchmarks in a random order of its own until its budget is
            spent, the last one in part (items drawn at random): what it lacks are whole blocks;
strength    likewise, but the order is drawn with weights e^(5 z h), where z and h are the places
            of the model among models by its full mean and of the benchmark among benchmarks by
            its hardness, each from −1/2 to 1/2: stronger models are run on harder benchmarks;
of half     either of these, but every model takes half of the benchmarks (fewer would be spent
            before), and of their items a random part as large as its budget: ``statistics.md``
            does not say how its blocks were laid, and at 95 % missing this decides what can be had;
+ anchors   a fifth of the same budget is spent on one set of items common to all models, taken at
            even steps along the items in order of benchmark and, within it, of full mean; what is
            left of the budget is spent as above on the other items.

``--limit`` adds what the two-level model reaches on tables drawn from itself (fitted to the full
matrix) and thinned the same way: no estimator can be expected to do better on this missingness.

The exit status is 1 if ``auto`` is below a floor of ``statistics.md`` by more than the standard
error of the mean over seeds: floors come from other draws.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
from msgspec import Struct

from benchwright.analysis.agreement.correlation import kendall
from benchwright.analysis.estimators.choice import fit
from benchwright.analysis.responses import Group, Responses, Scale, from_matrix
from benchwright.core.table import Table

Matrix = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
ESTIMATORS = ("mean", "additive", "rasch", "rasch2", "auto")


class Case(Struct, frozen=True):
    """One way of missing."""

    kind: str
    missing: float
    anchors: float = 0.0
    half: bool = False

    def __str__(self) -> str:
        """Return its name in the table."""
        anchors = " + anchors" if self.anchors else ""
        return f"{self.kind} {self.missing:.0%}{anchors}{', of half' if self.half else ''}"

    @property
    def floor(self) -> str:
        """Return what the floors call it."""
        return str(self).removesuffix(", of half")


CASES = (
    *(Case("random", share) for share in (0.5, 0.8, 0.95, 0.99)),
    *(Case("block", share) for share in (0.5, 0.8, 0.95)),
    *(Case("block", share, 0.2) for share in (0.5, 0.8, 0.95)),
    *(Case("strength", share) for share in (0.8, 0.95)),
    *(Case("strength", share, 0.2) for share in (0.8, 0.95)),
    *(Case("block", share, anchors, True) for anchors in (0, 0.2) for share in (0.8, 0.95)),
    *(Case("strength", share, 0.2, True) for share in (0.8, 0.95)),
)
NAN = float("nan")
FLOORS: dict[tuple[str, str], tuple[float, float]] = {
    ("mmlu_pro", "random 50%"): (0.98, NAN),
    ("mmlu_pro", "random 80%"): (0.967, NAN),
    ("mmlu_pro", "random 95%"): (0.935, NAN),
    ("mmlu_pro", "random 99%"): (0.80, NAN),
    ("mmlu_pro", "block 50%"): (0.956, 0.82),
    ("mmlu_pro", "block 80%"): (0.884, 2.1),
    ("mmlu_pro", "block 95%"): (0.73, NAN),
    ("mmlu_pro", "block 50% + anchors"): (0.977, 0.49),
    ("mmlu_pro", "block 80% + anchors"): (0.947, 1.4),
    ("mmlu_pro", "block 95% + anchors"): (0.912, 2.9),
    ("mmlu_pro", "strength 80% + anchors"): (0.958, 1.4),
    ("mmlu_pro", "strength 95% + anchors"): (0.912, 3.2),
    ("math_vision", "random 50%"): (0.90, NAN),
    ("math_vision", "random 80%"): (0.78, NAN),
}
"""Tau, and error in points, of ``statistics.md`` §4."""


def matrix_of(path: Path) -> tuple[Matrix, Places, list[str]]:
    """Return the full part of a matrix [models, items], every item's benchmark, and their names.

    Models with fewer than 95 % of the most rows are left out, then items that any other lacks.
    """
    found = duckdb.sql(
        "select cast(model as varchar) model, cast(benchmark as varchar) benchmark, "
        f"cast(item as varchar) item, avg(score) score from '{path}' group by all order by all"
    ).fetchnumpy()
    models, row = np.unique(found["model"].astype(str), return_inverse=True)
    benchmarks, group = np.unique(found["benchmark"].astype(str), return_inverse=True)
    _, item = np.unique(found["item"].astype(str), return_inverse=True)
    _, first, column = np.unique(
        group * (item.max() + 1) + item, return_index=True, return_inverse=True
    )
    scores = np.full((len(models), len(first)), np.nan)
    scores[row, column] = found["score"]
    rows = (~np.isnan(scores)).sum(axis=1)
    scores = scores[rows >= 0.95 * rows.max()]
    there = ~np.isnan(scores).any(axis=0)
    return scores[:, there], group[first][there], list(benchmarks)


def thinned(full: Matrix, group: Places, case: Case, rng: np.random.Generator) -> Matrix:
    """Return ``full`` with cells missing as ``case`` says."""
    models, items = full.shape
    common = np.zeros(items, bool)
    count = round((1 - case.missing) * case.anchors * items)
    if count:
        order = np.lexsort((full.mean(axis=0) + 1e-6 * rng.random(items), group))
        steps = (np.arange(count) + rng.random()) * items / count
        common[order[np.minimum(steps.astype(int), items - 1)]] = True
    budget = (1 - case.missing) * items - common.sum()
    there = np.tile(common, (models, 1))
    if case.kind == "random":
        there |= rng.random(full.shape) < budget / (items - common.sum())
        return np.where(there, full, np.nan)
    benchmarks = int(group.max()) + 1
    hard = _places(np.array([-full[:, group == number].mean() for number in range(benchmarks)]))
    strong = _places(full.mean(axis=1))
    for model in range(models):
        pull = 5 * strong[model] * hard if case.kind == "strength" else np.zeros(benchmarks)
        left = budget
        order = np.argsort(np.log(-np.log(rng.random(benchmarks))) - pull)
        if case.half:
            inside = np.flatnonzero(np.isin(group, order[: benchmarks // 2]) & ~common)
            there[model, rng.permutation(inside)[: round(left)]] = True
            continue
        for number in order:
            inside = np.flatnonzero((group == number) & ~common)
            there[model, rng.permutation(inside)[: max(round(left), 0)]] = True
            left -= len(inside)
    return np.where(there, full, np.nan)


def _places(values: Matrix) -> Matrix:
    return np.argsort(np.argsort(values)) / max(len(values) - 1, 1) - 0.5


def table_of(scores: Matrix, group: Places, names: Sequence[str]) -> Responses:
    """Return a matrix with gaps as a table."""
    known = scores[~np.isnan(scores)]
    scale = Scale.BINARY if np.isin(known, (0, 1)).all() else Scale.BOUNDED
    groups = [Group(name=name, scale=scale) for name in names]
    return from_matrix(scores, groups=groups, group=group)


def compared(table: Responses, full: Matrix, name: str, seed: int) -> tuple[float, float, str]:
    """Return tau and error in points of one estimator, and which it was."""
    fitted, choice = fit(table, name, seed=seed)
    truth = full.mean(axis=1)
    scores = np.where(np.isnan(fitted.scores), np.nanmean(fitted.scores), fitted.scores)
    return kendall(scores, truth), 100 * float(np.abs(scores - truth).mean()), choice.name


def own_tables(full: Matrix, group: Places, names: Sequence[str], seed: int) -> Matrix:
    """Return a full matrix drawn from the two-level model fitted to ``full``."""
    fitted, _ = fit(table_of(full, group, names), "rasch2")
    order = np.argsort(group, kind="stable")
    chance = np.empty_like(full)
    for begin in range(0, full.shape[1], 512):
        items = slice(begin, min(begin + 512, full.shape[1]))
        chance[:, order[items]] = fitted.expected(items).T
    return (np.random.default_rng(seed).random(full.shape) < chance).astype(float)


def row_of(
    matrix: str,
    full: Matrix,
    group: Places,
    names: Sequence[str],
    case: Case,
    seeds: int,
    limit: bool,
) -> tuple[list[object], bool]:
    """Return a line of the table, and whether ``auto`` is below the floor."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in ESTIMATORS}
    chosen: list[str] = []
    best: list[float] = []
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        table = table_of(thinned(full, group, case, rng), group, names)
        for name in ESTIMATORS:
            tau, error, taken = compared(table, full, name, seed)
            found[name].append((tau, error))
            if name == "auto":
                chosen.append(taken)
        if limit:
            own = own_tables(full, group, names, seed)
            table = table_of(thinned(own, group, case, rng), group, names)
            best.append(compared(table, own, "rasch2", seed)[0])
    floor, points = FLOORS.get((matrix, case.floor), (NAN, NAN))
    taus = np.array([tau for tau, _ in found["auto"]])
    spread = float(taus.std(ddof=1) / np.sqrt(seeds)) if seeds > 1 else 0.0
    cells: list[object] = [matrix, str(case)]
    for name in ESTIMATORS:
        tau, error = np.mean(found[name], axis=0)
        cells.append(f"{tau:.3f} ({error:.2f})")
    taken = " ".join(f"{name}×{chosen.count(name)}" for name in dict.fromkeys(chosen))
    shown = "–" if np.isnan(floor) else f"{floor:.3f}"
    shown += "" if np.isnan(points) else f" ({points:g})"
    cells += [f"±{spread:.3f}", shown, taken, f"{np.mean(best):.3f}" if best else "–"]
    # A floor is given with two or three digits: half of the last one is no difference.
    return cells, bool(taus.mean() + spread + 0.0005 < floor)


def main() -> None:
    """Print the table of every matrix."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--matrices", nargs="+", default=["mmlu_pro", "math_vision"])
    parser.add_argument("--cases", nargs="+", type=int, help="numbers from 0, in the order above")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--limit", action="store_true")
    chosen = parser.parse_args()
    cases = [CASES[number] for number in chosen.cases] if chosen.cases else CASES
    below: list[str] = []
    for matrix in chosen.matrices:
        begun = time.process_time()
        full, group, names = matrix_of(chosen.data / "responses" / f"{matrix}.parquet")
        rows = []
        for case in cases:
            row, under = row_of(matrix, full, group, names, case, chosen.seeds, chosen.limit)
            rows.append(tuple(row))
            below += [f"{matrix}, {case}"] if under else []
        columns = ("matrix", "missing", *ESTIMATORS, "se", "floor", "auto is", "limit")
        caption = (
            f"{full.shape[0]} models × {full.shape[1]} items, {chosen.seeds} draws: tau "
            f"(error in points). {time.process_time() - begun:.0f} CPU s."
        )
        print(Table(columns=columns, rows=tuple(rows), caption=caption), flush=True)
    for name in below:
        print(f"below the floor: {name}")
    sys.exit(1 if below else 0)


if __name__ == "__main__":
    main()
