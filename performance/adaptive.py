"""Items a new model must be asked until its score, or its rank, is known; and do intervals hold?

``python performance/adaptive.py [--data FOLDER] [--models 1600] [--tested 300] [--plot FILE.svg]``

Parts, each with its own heading (``--only`` picks some):

``pool``      a synthetic large pool (``crowds.py`` says of what kind), 1,600 calibration models and
              1,000 items: items for a mean absolute error ≤ 2 points and for Kendall's tau ≥ .95 by
              random choice, Fluid (2PL Fisher information), static c-optimal design with ridge, and
              ours. Beside it the pattern measured on real data (``statistics.md``, section 2).
``matrices``  the matrices given (few models): random, stratified, AIPW with item means, AIPW as we
              do it; calibration models of the tested model's family left out.
``coverage``  intervals at the moment of stopping, nominal 95 %: ours on the matrices until 3 and 5
              points; split conformal on the synthetic pool, also for families never seen; and whole
              runs of the procedure with review and falling back.
``stronger``  how far estimates are off for models stronger than all calibration models.

Processor seconds are those of this process.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from crowds import (
    MATRICES,
    Table,
    held_out,
    items_needed,
    named,
    quality,
    read_matrix,
    synthetic,
)

from benchwright.analysis.adaptive.aipw import aipw
from benchwright.analysis.adaptive.chooser import Chooser
from benchwright.analysis.adaptive.control import Control, Regression, constant
from benchwright.analysis.adaptive.goal import LEAST, judged, read_goal
from benchwright.analysis.adaptive.local import ridge
from benchwright.analysis.adaptive.optimal import c_optimal
from benchwright.analysis.adaptive.planning import Calibration, plan
from benchwright.analysis.adaptive.population import Places, Population, population, random_order
from benchwright.analysis.adaptive.procedure import LEVELS, TwoStage, conformal
from benchwright.analysis.adaptive.record import Plan
from benchwright.analysis.selecting.irt import fit_traits

NOBODY: Places = np.zeros(0, dtype=np.intp)
SIZES = (*LEVELS, 640, 800)
STEPS = (64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536)
PATTERN = {"random": (239, 495), "Fluid": (141, 467), "gp-IRT": (144, 370),
           "c-optimal + ridge": (49, 167), "two-stage": (33, 127)}  # fmt: skip
"""(items for MAE ≤ 2 points, for tau ≥ .95) of ``statistics.md``, on real data not given here."""


def by_fluid(known: Table, tested: Table, sizes: Sequence[int]) -> Table:
    """Return estimates [k, sizes]: Fisher information at the posterior mean, 2PL, θ on a grid."""
    items = fit_traits(known, np.ones(known.shape, dtype=bool)).items
    slope, hard = items.loadings[:, 0], items.difficulty
    grid = np.linspace(-4, 4, 81)
    chance = np.clip(1 / (1 + np.exp(-(grid[:, None] * slope - hard))), 1e-6, 1 - 1e-6)
    right, wrong = np.log(chance), np.log1p(-chance)
    rows = np.arange(len(tested))
    log_post = np.tile(-0.5 * grid**2, (len(tested), 1))
    seen = np.zeros(tested.shape, dtype=bool)
    found = np.empty((len(tested), len(sizes)))
    for step in range(1, max(sizes) + 1):
        post = np.exp(log_post - log_post.max(axis=1, keepdims=True))
        at = (post @ grid) / post.sum(axis=1)
        p = 1 / (1 + np.exp(-(at[:, None] * slope - hard)))
        item = np.where(seen, -1.0, slope**2 * p * (1 - p)).argmax(axis=1)
        seen[rows, item] = True
        answer = tested[rows, item][:, None]
        log_post += answer * right[:, item].T + (1 - answer) * wrong[:, item].T
        if step in sizes:
            found[:, list(sizes).index(step)] = np.where(seen, tested, p).mean(axis=1)
    return found


def pool_part(chosen: argparse.Namespace) -> dict[str, list[tuple[float, float]]]:
    """Print items needed on the synthetic pool; return tau by items for the picture."""
    table, _ = synthetic(chosen.models + chosen.tested, chosen.items, chosen.seed)
    known, tested = table[: chosen.models], table[chosen.models :]
    whole, truth = named(table.shape[1]), tested.mean(axis=1)
    order = random_order(whole, seed=chosen.seed, benchmark="synthetic")
    sizes = [size for size in SIZES if size <= chosen.items]
    design = c_optimal(known, whole.weight, models=np.ones(len(known)), count=max(sizes))

    def random_(size: int) -> Table:
        # A draw of its own for every model: the mean over draws is what is wanted here.
        draw = np.random.default_rng(size)
        picks = draw.random(tested.shape).argpartition(size - 1, axis=1)[:, :size]
        return np.asarray(np.take_along_axis(tested, picks, axis=1).mean(axis=1))

    def static(size: int) -> Table:
        asked = np.array(design[:size])
        line = ridge(known[:, asked], known.mean(axis=1), np.ones(len(known)), whole.weight[asked])
        return line(tested[:, asked])

    methods: dict[str, Callable[[], tuple[list[int], Table]]] = {
        "two-stage": lambda: by_stages(whole, known, order, tested),
        "Fluid": lambda: (sizes, by_fluid(known, tested, sizes)),
        "c-optimal + ridge": lambda: (sizes, np.column_stack([static(size) for size in sizes])),
        "random": lambda: (sizes, np.column_stack([random_(size) for size in sizes])),
    }
    print(f"\n## A synthetic pool: {len(known)} calibration models, {len(tested)} new, "
          f"{chosen.items} items\n")  # fmt: skip
    print(f"{'':20}{'MAE ≤ 2':>9}{'tau ≥ .95':>11}{'pattern':>12}{'CPU s':>8}")
    curves = {}
    for name, method in methods.items():
        began = time.process_time()
        at, found = method()
        spent = time.process_time() - began
        scores = [quality(found[:, number], truth) for number in range(len(at))]
        curves[name] = [(float(n), error) for n, (error, _) in zip(at, scores, strict=True)]
        mae = items_needed(at, [error for error, _ in scores], 0.02, up=False)
        tau = items_needed(at, [tau for _, tau in scores], 0.95, up=True)
        beside = "{}/{}".format(*PATTERN[name])
        print(f"{name:20}{mae:9.0f}{tau:11.0f}{beside:>12}{spent:8.1f}")
    return curves


def by_stages(
    whole: Population, known: Table, order: Places, tested: Table
) -> tuple[list[int], Table]:
    """Return (mean items asked, estimates) of our procedure at each of its levels."""
    stages = TwoStage(whole, known, order)
    found = stages.predicted(tested)
    return [level.size for level in stages.levels], found


class Means:
    """Predicts every item by its mean over the calibration models: the plain control variate."""

    def __init__(self, scores: Table) -> None:
        self._mean: Table = scores.mean(axis=0)

    def __call__(self, asked: Places, answers: Table) -> Table:
        """Return the means."""
        del asked, answers
        return self._mean


def controls(table: Table, others: list[int]) -> dict[str, Control]:
    """Return what is compared on a matrix, by name."""
    return {
        "random": constant(table.shape[1]),
        "AIPW, item means": Means(table[others]),
        "AIPW, ours": Regression(table[others]),
    }


def matrices_part(chosen: argparse.Namespace) -> None:
    """Print items needed on the matrices given.

    Errors are those of orders drawn for every model by itself, ranks those of orders that all
    models share, as in a run. The variance is the mean squared standard error by random choice
    over that of the method, at 192 items.
    """
    print("\n## The matrices given, the tested model's family left out\n")
    print(f"{'':16}{'':20}{'MAE ≤ 2':>9}{'tau ≥ .95':>11}{'variance':>10}{'CPU s':>8}")
    for name in chosen.matrices:
        models, table, strata = read_matrix(chosen.data, name)
        ids = [f"{number:05}" for number in range(table.shape[1])]
        wholes = {True: population(ids, strata=strata), False: population(ids)}
        sizes = [size for size in STEPS if size < len(ids)]
        alone, shared = [], []
        began = time.process_time()
        for draw in range(chosen.draws):
            alone.append(on_matrix(wholes, table, models, sizes, range(draw, 10**6, chosen.draws)))
            shared.append(on_matrix(wholes, table, models, sizes, [draw] * len(models)))
        spent = time.process_time() - began
        plain = np.mean([found["random"][1] for found in alone])
        for method in alone[0]:
            pairs = [[quality(row, table.mean(axis=1)) for row in f[method][0]] for f in alone]
            errors = np.mean([[error for error, _ in row] for row in pairs], axis=0)
            pairs = [[quality(row, table.mean(axis=1)) for row in f[method][0]] for f in shared]
            taus = np.mean([[tau for _, tau in row] for row in pairs], axis=0)
            mae = items_needed(sizes, errors.tolist(), 0.02, up=False)
            tau = items_needed(sizes, taus.tolist(), 0.95, up=True)
            part = np.mean([found[method][1] for found in alone]) / plain
            print(f"{name:16}{method:20}{mae:9.0f}{tau:11.0f}{part:10.2f}{spent:8.1f}")


def on_matrix(
    wholes: dict[bool, Population],
    table: Table,
    models: Sequence[str],
    sizes: Sequence[int],
    seeds: Sequence[int],
) -> dict[str, tuple[Table, float]]:
    """Return by method (estimates [sizes, models], mean squared standard error at 192 items)."""
    values: dict[str, Table] = {}
    squares: dict[str, list[float]] = {}
    orders = {
        (strata, seed): random_order(wholes[strata], seed=seed, benchmark="matrix")
        for strata in (True, False)
        for seed in dict.fromkeys(seeds[: len(models)])
    }
    for number, others in held_out(models):
        for method, control in controls(table, others).items():
            strata = method != "random"
            whole, order = wholes[strata], orders[strata, seeds[number]]
            kept = values.setdefault(method, np.empty((len(sizes), len(models))))
            for at, size in enumerate(sizes):
                told = np.full(len(whole), np.nan)
                told[order[:size]] = table[number, order[:size]]
                found = aipw(whole, told, certain=NOBODY, sampled=order[:size], control=control)
                kept[at, number] = found.value
                if size == 192:
                    squares.setdefault(method, []).append(found.error**2)
    return {method: (kept, float(np.mean(squares[method]))) for method, kept in values.items()}


def coverage_part(chosen: argparse.Namespace) -> None:
    """Print how often intervals hold at the moment of stopping."""
    print("\n## Coverage at the moment of stopping, nominal .95\n")
    print(f"{'':16}{'until':>7}{'covered':>9}{'items':>8}{'cases':>7}")
    for name in chosen.matrices:
        models, table, strata = read_matrix(chosen.data, name)
        whole = population([f"{n:05}" for n in range(table.shape[1])], strata=strata)
        truth = table @ whole.weight
        for half in (0.03, 0.05):
            hits, asked = [], []
            for draw in range(chosen.draws):
                order = random_order(whole, seed=1000 + draw, benchmark=name)
                for number, others in held_out(models):
                    low, high, n = stopped(
                        whole, order, table[number], Regression(table[others]), half
                    )
                    hits.append(low <= truth[number] <= high)
                    asked.append(n)
            print(f"{name:16}{half:7.2f}{np.mean(hits):9.3f}{np.mean(asked):8.0f}{len(hits):7}")
    conformal_coverage(chosen)


def stopped(
    whole: Population, order: Places, scores: Table, control: Control, half: float
) -> tuple[float, float, int]:
    """Return (low, high, items) of a run that asks until the half-width is ``half``."""
    size = 32
    while True:
        size = min(size, len(whole))
        told = np.full(len(whole), np.nan)
        told[order[:size]] = scores[order[:size]]
        found = aipw(whole, told, certain=NOBODY, sampled=order[:size], control=control)
        if size == len(whole) or (found.half <= half and size >= LEAST):
            return found.low, found.high, size
        size += min(max(size // 4, 32), 128)


def conformal_coverage(chosen: argparse.Namespace) -> None:
    """Print the coverage of split conformal widths, same families and families never seen."""
    print(f"\n{'':24}" + "".join(f"{size:>7}" for size in (32, 50, 100, 200)))
    for title, apart in (("conformal", False), ("conformal, new family", True)):
        hits = []
        for seed in range(chosen.seed, chosen.seed + chosen.pools):
            table, family = synthetic(chosen.models + chosen.tested, chosen.items, seed)
            last = family >= 50 if apart else np.arange(len(table)) >= chosen.models
            known, tested = table[~last], table[last]
            quarter = len(known) // 4
            whole = named(table.shape[1])
            order = random_order(whole, seed=seed, benchmark="synthetic")
            stages = TwoStage(whole, known[quarter:], order)
            stages.levels = [level for level in stages.levels if level.size in (32, 50, 100, 200)]
            wide = conformal(
                stages.predicted(known[:quarter]) - known[:quarter].mean(axis=1)[:, None], 0.95
            )
            off = np.abs(stages.predicted(tested) - tested.mean(axis=1)[:, None])
            hits.append((off <= wide).mean(axis=0))
        print(f"{title:24}" + "".join(f"{value:7.3f}" for value in np.mean(hits, axis=0)))
    whole_runs(chosen)


def whole_runs(chosen: argparse.Namespace) -> None:
    """Print what the procedure comes to as a run does it: plan, review, falling back."""
    table, family = synthetic(1000, 600, chosen.seed)
    whole = named(table.shape[1])
    order = random_order(whole, seed=0, benchmark="synthetic")
    print(f"\n{'':24}{'until':>7}{'covered':>9}{'items':>8}{'fell back':>11}{'cases':>7}")
    for title, apart in (("whole runs", False), ("whole runs, new family", True)):
        last = family >= 55 if apart else np.arange(len(table)) >= 920
        known, tested = table[~last], table[last][: chosen.runs]
        models = Calibration(models=tuple(map(str, range(len(known)))), scores=known)
        for half in (0.04, 0.06):
            settled = plan(whole, models, order=order, seed=0, target=half)
            found = [one_run(whole, settled, models, row, half) for row in tested]
            covered, items, back = np.mean(found, axis=0)
            print(f"{title:24}{half:7.2f}{covered:9.3f}{items:8.0f}{back:11.2f}{len(found):7}")


def one_run(
    whole: Population, settled: Plan, models: Calibration, scores: Table, half: float
) -> tuple[bool, int, bool]:
    """Return (whether the interval holds, items asked, whether it fell back)."""
    chooser = Chooser(whole, settled, models, seed=0, benchmark="synthetic")
    told = dict(zip(whole.items, scores.tolist(), strict=True))
    goal = read_goal(str(half))
    while True:
        chooser.tell({choice.item: told[choice.item] for choice in chooser.batch()})
        chooser.review()
        found = chooser.estimate()
        if judged(goal, found).met:
            holds = found.low - 1e-9 <= scores @ whole.weight <= found.high + 1e-9
            return bool(holds), found.n, bool(chooser.fallback)


def stronger_part(chosen: argparse.Namespace) -> None:
    """Print the bias for models stronger than every calibration model."""
    table, _ = synthetic(chosen.models + chosen.tested, chosen.items, chosen.seed)
    best = np.argsort(-table.mean(axis=1))
    tested, known = table[best[:25]], table[best[25:]]
    whole = named(table.shape[1])
    order = random_order(whole, seed=0, benchmark="synthetic")
    stages = TwoStage(whole, known, order)
    off = stages.predicted(tested) - tested.mean(axis=1)[:, None]
    guess = Regression(known)
    print("\n## Models stronger than every calibration model: mean error in points\n")
    shown = [
        (n, level) for n, level in enumerate(stages.levels) if level.size in (25, 50, 100, 200)
    ]
    print(f"{'':12}" + "".join(f"{level.size:>8}" for _, level in shown))
    print(f"{'pattern':12}    -4.1    -2.4    -1.5    -0.7")
    print(f"{'two-stage':12}" + "".join(f"{100 * off[:, n].mean():8.1f}" for n, _ in shown))
    design = [
        np.mean([
            aipw(whole, np.where(np.isin(np.arange(len(whole)), order[: level.size]), row, np.nan),
                 certain=NOBODY, sampled=order[: level.size], control=guess).value - row.mean()
            for row in tested
        ])
        for _, level in shown
    ]  # fmt: skip
    print(f"{'AIPW':12}" + "".join(f"{100 * value:8.1f}" for value in design))


PARTS = {
    "pool": pool_part,
    "matrices": matrices_part,
    "coverage": coverage_part,
    "stronger": stronger_part,
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--models", type=int, default=1600)
    parser.add_argument("--tested", type=int, default=300)
    parser.add_argument("--items", type=int, default=1000)
    parser.add_argument("--matrices", nargs="+", choices=MATRICES, default=MATRICES)
    parser.add_argument("--draws", type=int, default=3, help="random orders on the matrices")
    parser.add_argument("--pools", type=int, default=2, help="synthetic pools for coverage")
    parser.add_argument("--runs", type=int, default=40, help="whole runs of the procedure")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--plot", type=Path)
    chosen = parser.parse_args()
    for name in chosen.only:
        began = time.process_time()
        curves = PARTS[name](chosen)
        print(f"\n({name}: {time.process_time() - began:.0f} CPU s)")
        if curves and chosen.plot:
            draw(curves, chosen)


def draw(curves: dict[str, list[tuple[float, float]]], chosen: argparse.Namespace) -> None:
    """Draw the error by items asked."""
    from plot import lines

    lines(
        chosen.plot,
        title="Error of a new model's score by items asked",
        x="items asked",
        y="mean absolute error, points",
        series={name: [(n, 100 * error) for n, error in points] for name, points in curves.items()},
        limits={"2 points": 2.0},
        x_scale="log2",
        note=f"Synthetic pool: {chosen.models} calibration models, {chosen.tested} new, "
        f"{chosen.items} items.",
    )


if __name__ == "__main__":
    main()
