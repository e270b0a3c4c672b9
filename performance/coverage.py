"""Do the intervals hold? Simulated pools of every missingness, and real matrices with cells hidden.

    python performance/coverage.py --pools 2000            # two processes, about 15 minutes
    python performance/coverage.py --pools 100 --case block
    python performance/coverage.py --pools 0 --data ../shared/data/responses    # real matrices only

A simulated pool has models of one ability and deviations per benchmark, and right-or-wrong answers
to questions drawn from benchmarks without end: the truth is a model's expected score there, every
benchmark counting the same. Beside our intervals stands the floor: Bradley–Terry over all pairs of
answers with the sandwich that takes battles for independent (as lmarena/arena-rank does), its
interval of a strength against the strength in the endless population.

Real matrices: cells are hidden and the truth is the mean of the full matrix (population ``items``);
and the items are split in halves whose estimates must agree within both halves' variances.
"""

from __future__ import annotations

import argparse
import os
import time
import zlib
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")  # the pools run side by side, not their matrices

import numpy as np  # noqa: E402 - after the number of threads is set

from benchwright.analysis.ranking.joint import Joint, judged  # noqa: E402
from benchwright.analysis.responses.table import (  # noqa: E402
    Group,
    Responses,
    Scale,
    from_matrix,
)
from benchwright.analysis.student import t_quantile  # noqa: E402

TASK = 20
"""Pools of one task."""
COLUMNS = ("score", "difference", "rank alone", "ranks at once", "width alone", "width at once")
Z = 1.959964


@dataclass(frozen=True)
class Case:
    """How pools are made."""

    name: str
    missing: str = "none"
    share: float = 0.0
    anchors: bool = False
    models: int = 16
    groups: int = 8
    each: int = 40
    variants: int = 1
    estimator: str = "rasch2"


CASES = (
    Case("nothing missing", estimator="mean"),
    Case("nothing missing, 6 models", models=6, estimator="mean"),
    Case("nothing missing, 48 models", models=48, estimator="mean"),
    Case("nothing missing, 4 × 10 items", groups=4, each=10, estimator="mean"),
    Case("nothing missing, 8 × 200 items", each=200, estimator="mean"),
    Case("nothing missing, 4 variants a source", each=80, variants=4, estimator="mean"),
    Case("random 50 %", "random", 0.5),
    Case("random 80 %", "random", 0.8),
    Case("random 80 %, plain mean", "random", 0.8, estimator="mean"),
    Case("random 50 %, 4 variants a source", "random", 0.5, each=80, variants=4),
    Case("block 50 %", "block", 0.5),
    Case("block 75 %", "block", 0.75),
    Case("block 75 % + anchors", "block", 0.75, anchors=True),
    Case("by strength 50 %", "strength", 0.5),
    Case("by strength 75 %", "strength", 0.75),
    Case("by strength 75 % + anchors", "strength", 0.75, anchors=True),
)


@dataclass(frozen=True)
class Drawn:
    """A simulated pool and what is true of it."""

    scores: np.ndarray
    group: np.ndarray
    source: np.ndarray
    ability: np.ndarray
    hardness: np.ndarray
    truth: np.ndarray
    strengths: np.ndarray


def draw(case: Case, random: np.random.Generator) -> Drawn:
    """Draw models, items and answers of ``case``, nothing hidden yet."""
    ability = random.normal(0, 0.7, case.models)
    own = ability[:, None] + random.normal(0, 0.35, (case.models, case.groups))
    hardness = random.normal(0, 0.7, case.groups)
    items = case.groups * case.each
    group = np.repeat(np.arange(case.groups), case.each)
    source = np.arange(items) // case.variants
    difficulty = hardness[group] + random.normal(0, 1, source[-1] + 1)[source]
    # Variants of a source are answered alike more often than its difficulty says.
    alike = 0.8 if case.variants > 1 else 0.0
    kin = random.normal(0, alike, (case.models, source[-1] + 1))[:, source]
    right = 1 / (1 + np.exp(difficulty - own[:, group] - kin))
    points = np.linspace(-5, 5, 41)
    mass = np.exp(-(points**2) / 2)
    mass /= mass.sum()
    shown = own[:, :, None] - hardness[:, None] - points
    # A logistic of a normal sum, the kinship's part averaged over points of its own.
    inner = points[::4] * alike
    weight = np.exp(-(points[::4] ** 2) / 2)
    weight /= weight.sum()
    chance = sum(w / (1 + np.exp(-shown - x)) for w, x in zip(weight, inner, strict=True))
    truth = (chance @ mass).mean(axis=1)
    beats = np.einsum("agk,bgk,k->ab", chance, 1 - chance, mass) / case.groups
    return Drawn(
        scores=(random.random(right.shape) < right).astype(np.float32),
        group=group,
        source=source,
        ability=ability,
        hardness=hardness,
        truth=truth,
        strengths=strengths(beats + 0.5 * (1 - beats - beats.T))[0],
    )


def hide(
    scores: np.ndarray,
    group: np.ndarray,
    case: Case,
    ability: np.ndarray,
    hardness: np.ndarray,
    random: np.random.Generator,
) -> np.ndarray:
    """Return ``scores`` with NaN in the cells that ``case`` hides.

    ``block``: a model has whole benchmarks. ``strength``: those whose hardness fits its ability.
    With anchors a fifth of the budget is one common set, the same number of every benchmark.
    """
    if case.missing == "none":
        return scores
    models, groups = len(scores), int(group[-1]) + 1
    budget = 1 - case.share
    rest = 0.8 * budget if case.anchors else budget
    keep = np.zeros(scores.shape, bool)
    if case.missing == "random":
        keep = random.random(scores.shape) < rest
    else:
        count = max(1, round(rest * groups))
        place = np.argsort(np.argsort(hardness)) / max(groups - 1, 1)
        level = np.argsort(np.argsort(ability)) / max(models - 1, 1)
        for model in range(models):
            away = np.abs(level[model] - place) + 0.15 * random.random(groups)
            if case.missing == "block":
                away = random.random(groups)
            keep[model] = np.isin(group, np.argsort(away)[:count])
    if case.anchors:
        for number in range(groups):
            mine = np.flatnonzero(group == number)
            some = random.choice(mine, max(1, round(0.2 * budget * len(mine))), replace=False)
            keep[:, some] = True
    return np.where(keep, scores, np.float32(np.nan))


def table_of(scores: np.ndarray, group: np.ndarray, source: np.ndarray) -> Responses:
    """Return the columns of a matrix; items that nobody answered stay out."""
    there = ~np.isnan(scores).all(axis=0)
    names = [Group(name=str(one), scale=Scale.BINARY) for one in range(int(group[-1]) + 1)]
    return from_matrix(
        scores[:, there], groups=names, group=group[there], source=source[there],
        models=[f"m{number:03}" for number in range(len(scores))],
    )  # fmt: skip


def hits(joint: Joint, truth: np.ndarray) -> list[float]:
    """Return what share of ``joint``'s intervals cover the truth, and how wide ranks are."""
    true = truth[joint.order]
    pairs = joint.pairs
    t = np.array([t_quantile(0.95, float(df)) for df in pairs.freedom])
    half = np.maximum(t[:, None], t) * pairs.error
    upper = np.triu_indices(len(true), 1)
    away = np.abs(pairs.difference - (true[:, None] - true))
    lines = joint.lines()
    rank = 1 + (true[None, :] > true[:, None]).sum(axis=1)
    alone = np.array([(line.rank_low, line.rank_high) for line in lines])
    claim = np.array([(line.claim_low, line.claim_high) for line in lines])
    return [
        float(((joint.low <= true) & (true <= joint.high)).mean()),
        float((away <= half)[upper].mean()),
        float(((alone[:, 0] <= rank) & (rank <= alone[:, 1])).mean()),
        float(((claim[:, 0] <= rank) & (rank <= claim[:, 1])).all()),
        float((alone[:, 1] - alone[:, 0]).mean()),
        float((claim[:, 1] - claim[:, 0]).mean()),
    ]


def strengths(wins: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return Bradley–Terry strengths (sum 0) by Newton's method, and the inverse information."""
    models = len(wins)
    found = np.zeros(models)
    games = wins + wins.T
    np.fill_diagonal(games, 0)
    ones = np.full((models, models), 1 / models)
    inverse = ones
    for _ in range(50):
        chance = 1 / (1 + np.exp(found[None, :] - found[:, None]))
        rest = wins.sum(axis=1) - np.diag(wins) - (games * chance).sum(axis=1)
        bend = -games * chance * (1 - chance)
        np.fill_diagonal(bend, -bend.sum(axis=1) + np.diag(bend))
        inverse = np.linalg.inv(bend + 1e-9 * np.eye(models) + ones) - ones
        step = inverse @ rest
        found = found + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-10:
            break
    return found - found.mean(), inverse


def sandwich(scores: np.ndarray, truth: np.ndarray) -> float:
    """Return the coverage of strengths by intervals that take every battle for independent."""
    there = ~np.isnan(scores)
    right = np.where(there, scores == 1, False).astype(float)
    wrong = np.where(there, scores == 0, False).astype(float)
    won = right @ wrong.T
    even = right @ right.T + wrong @ wrong.T
    wins = won + 0.5 * even
    if (wins.sum(axis=1) - np.diag(wins) == 0).any():
        return float("nan")
    found, inverse = strengths(wins)
    chance = 1 / (1 + np.exp(found[None, :] - found[:, None]))
    each = won * (1 - chance) ** 2 + won.T * chance**2 + even * (0.5 - chance) ** 2
    np.fill_diagonal(each, 0)
    meat = -each
    np.fill_diagonal(meat, each.sum(axis=1))
    error = np.sqrt(np.maximum(np.diag(inverse @ meat @ inverse), 0.0))
    return float((np.abs(found - truth) <= Z * error).mean())


def simulated(task: tuple[Case, int, int]) -> np.ndarray:
    """Return the hits of one task's pools, the floor's last; shape [pools, 8]."""
    case, seed, pools = task
    found = []
    for number in range(pools):
        random = np.random.default_rng([seed, number])
        pool = draw(case, random)
        shown = hide(pool.scores, pool.group, case, pool.ability, pool.hardness, random)
        joint = judged(
            table_of(shown, pool.group, pool.source), estimator=case.estimator, seed=seed
        )
        error = float(np.abs(joint.scores - pool.truth[joint.order]).mean())
        found.append([*hits(joint, pool.truth), 100 * error, sandwich(shown, pool.strengths)])
    return np.array(found)


def simulate(cases: Sequence[Case], pools: int, processes: int) -> None:
    """Print the coverage of every case."""
    head = f"{'case':38}{'estimator':>10}"
    print(head, *(f"{name:>14}" for name in (*COLUMNS, "MAE, points", "floor")), sep="")
    with ProcessPoolExecutor(processes) as pool:
        waiting = [
            (case, [pool.submit(simulated, (case, zlib.crc32(f"{case.name} {one}".encode()), TASK))
                    for one in range(max(1, pools // TASK))])
            for case in cases
        ]  # fmt: skip
        for case, futures in waiting:
            found = np.concatenate([future.result() for future in futures])
            line = np.nanmean(found, axis=0)
            print(f"{case.name:38}{case.estimator:>10}", *(f"{x:14.3f}" for x in line), sep="",
                  flush=True)  # fmt: skip


def read(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return the scores of a matrix [models, items], models with few rows left out, and groups."""
    import duckdb

    rows = duckdb.sql(
        f"select model, benchmark, item::varchar as item, avg(score) as score from '{path}' "
        "group by all order by benchmark, item, model"
    ).fetchnumpy()
    models, model = np.unique(rows["model"].astype(str), return_inverse=True)
    name = np.char.add(np.char.add(rows["benchmark"].astype(str), "/"), rows["item"].astype(str))
    items, first, item = np.unique(name, return_index=True, return_inverse=True)
    full = np.full((len(models), len(items)), np.nan, np.float32)
    full[model, item] = rows["score"]
    full = full[(~np.isnan(full)).mean(axis=1) > 0.95]
    whole = ~np.isnan(full).any(axis=0)
    _, group = np.unique(rows["benchmark"].astype(str)[first][whole], return_inverse=True)
    order = np.argsort(group, kind="stable")
    return full[:, whole][:, order], group[order]


REAL = (
    Case("random 50 %", "random", 0.5),
    Case("random 80 %", "random", 0.8),
    Case("random 95 %", "random", 0.95),
    Case("block 50 %", "block", 0.5),
    Case("block 80 % + anchors", "block", 0.8, anchors=True),
    Case("by strength 80 % + anchors", "strength", 0.8, anchors=True),
)


def real(path: Path, splits: int, estimator: str) -> None:
    """Print coverage on one real matrix: cells hidden, and halves against each other."""
    scores, group = read(path)
    scale = Scale.BINARY if np.isin(scores, (0, 1)).all() else Scale.BOUNDED
    truth, source = scores.mean(axis=1), np.arange(scores.shape[1])
    hardness = np.array([-scores[:, group == one].mean() for one in range(int(group[-1]) + 1)])
    print(f"\n{path.stem}: {scores.shape[0]} models × {scores.shape[1]:,} items, {scale}")
    print(f"{'hidden':38}{'estimator':>10}", *(f"{name:>14}" for name in COLUMNS), sep="")
    for case in REAL:
        found, names = [], set()
        if case.missing != "random" and len(hardness) < 2:
            continue
        for number in range(splits):
            random = np.random.default_rng([7, number])
            shown = hide(scores, group, case, truth, hardness, random)
            joint = judged(table_of(shown, group, source), estimator=estimator, population="items")
            names.add(joint.choice.name)
            found.append(hits(joint, truth))
        line = np.mean(found, axis=0)
        print(f"{case.name:38}{'/'.join(sorted(names)):>10}", *(f"{x:14.3f}" for x in line), sep="",
              flush=True)  # fmt: skip
    halves(scores, group, splits)


def halves(scores: np.ndarray, group: np.ndarray, splits: int) -> None:
    """Print how often two halves of the items agree within both halves' variances."""
    source = np.arange(scores.shape[1])
    score, difference = [], []
    for number in range(splits):
        random = np.random.default_rng([8, number])
        # Halves within benchmarks: the benchmarks are fixed, the questions are drawn.
        side = np.argsort(np.lexsort((random.random(len(group)), group))) % 2 == 0
        joints = [
            judged(table_of(scores[:, part], group[part], source[part]), estimator="mean")
            for part in (side, ~side)
        ]
        back = [np.argsort(joint.order) for joint in joints]
        means = [joint.scores[place] for joint, place in zip(joints, back, strict=True)]
        wide = sum(
            joint.spread.covariance[np.ix_(place, place)]
            for joint, place in zip(joints, back, strict=True)
        )
        own = np.diag(wide)
        away = means[0] - means[1]
        score.append((np.abs(away) <= Z * np.sqrt(own)).mean())
        error = np.sqrt(own[:, None] + own[None, :] - 2 * wide)
        upper = np.triu_indices(len(own), 1)
        difference.append((np.abs(away[:, None] - away) <= Z * error)[upper].mean())
    print(f"{'halves agree':38}{'mean':>10}{np.mean(score):14.3f}{np.mean(difference):14.3f}")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pools", type=int, default=2000, help="simulated pools of every case")
    parser.add_argument("--case", default="", help="only cases whose name holds this")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--data", type=Path, help="a folder of response matrices")
    parser.add_argument("--splits", type=int, default=20, help="hidings and splits of a matrix")
    parser.add_argument("--estimator", default="rasch2", help="for the real matrices")
    given = parser.parse_args()
    begin = time.time()
    if given.pools:
        simulate([c for c in CASES if given.case in c.name], given.pools, given.processes)
    if given.data:
        for path in sorted(given.data.glob("*.parquet")):
            if "benchbench" not in path.stem:  # one score a benchmark: nothing to hide
                real(path, given.splits, given.estimator)
    print(f"\n{time.time() - begin:.0f} s")


if __name__ == "__main__":
    main()
