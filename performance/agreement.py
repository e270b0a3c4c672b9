"""How benchmarks agree, and how far a ladder of models tells of the next: floors and ours.

``python performance/agreement.py DATA [--picture FOLDER]``

DATA is the folder of real benchmark data (``BENCHWRIGHT_DATA`` in the tests). Printed are

1. BenchBench's 40 leaderboards (``responses/benchbench_agg.parquet``): mean and deviation of tau,
   mean r over pairs with at least ten common models;
2. how much tau depends on the models taken: by their number, drawn anywhere or neighbours;
3. what an aggregate reference is worth: variance of a leaderboard's tau over references and draws;
4. the leaderboards by their agreement with the aggregate of the others, and with one that holds
   themselves as well (BenchBench's way), with z and the interval over models;
5. the 29 multi-task leaderboards (``benchbench_leaderboards``): how far their tasks agree with one
   another, lower-is-better tasks turned;
6. COD: recovery of known worlds, and the rising map from a part of the items to all, each model
   predicted from the others, on the given matrices.

``--picture FOLDER`` draws the heat map of the leaderboards.
"""

from __future__ import annotations

import argparse
import csv
import math
import time
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import plot

from benchwright.analysis.agreement.bat import agreement, matrix, pair_agreement
from benchwright.analysis.agreement.boards import Board, from_rows
from benchwright.analysis.agreement.correlation import kendall
from benchwright.analysis.agreement.references import aggregate
from benchwright.analysis.agreement.rising import fit_rising
from benchwright.analysis.agreement.scaling import Growth, fit_scaling, predicted
from benchwright.analysis.selecting.cod import difficulty_clusters, growing
from benchwright.core.table import Table

DRAWS = 200
FLOORS = {"mean tau": 0.536, "sd of tau": 0.272, "mean r": 0.656}
LADDER = np.array([1.0, 3, 10, 30, 100, 300])
CURVES = (
    Growth(a=3, b=0.3, c=0.05, g=0.25),
    Growth(a=6, b=0.45, c=0.1, g=0.05),
    Growth(a=1.5, b=0.4, c=0.02, g=0.2),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--picture", type=Path)
    given = parser.parse_args()
    begun = time.process_time()
    board = leaderboards(given.data)
    turned = leaderboards(given.data, ("helm_airbench_240916_safety",))
    print(f"\n{benchbench(board, turned)}", flush=True)
    for part in (granularity, references, standings):
        print(f"\n{part(board)}", flush=True)
    print(f"\n{tasks(given.data)}", flush=True)
    print(f"\n{known_worlds()}", flush=True)
    print(f"\n{part_to_whole(given.data)}", flush=True)
    if given.picture:
        print(f"\n{draw(board, given.picture)}")
    print(f"\n{time.process_time() - begun:.1f} CPU s")


# Leaderboards


def leaderboards(data: Path, lower: tuple[str, ...] = ()) -> Board:
    with duckdb.connect() as connection:
        path = str(data / "responses" / "benchbench_agg.parquet")
        rows = connection.read_parquet(path).select("model", "benchmark", "score").fetchall()
    return from_rows(rows, lower=lower, repeated="mean", match_names=True)


def benchbench(board: Board, turned: Board) -> Table:
    columns = []
    for one in (board, turned):
        tau = [pair.value for pair in matrix(one, least=10, confidence=None)]
        r = [pair.value for pair in matrix(one, least=10, kind="pearson", confidence=None)]
        columns.append((np.mean(tau), np.std(tau, ddof=1), np.mean(r)))
    rows = tuple(
        (name, floor, *map(float, values))
        for (name, floor), *values in zip(FLOORS.items(), *columns, strict=True)
    )
    return Table(
        columns=("over pairs", "floor", "ours", "AIR-Bench turned"),
        rows=rows,
        caption=f"{len(tau)} pairs of {len(board.scenarios)} leaderboards with ≥ 10 common models."
        " The rest of the difference is which spellings of a name are one model: here those that"
        " differ in case, owner and punctuation, but for a plus sign. BenchBench lists HELM's"
        " AIR-Bench as lower-is-better, by a file name that is no longer its own: as released, and"
        " in the floor, it is not turned.",
    )


def granularity(board: Board) -> Table:
    """Return how tau moves with the models taken, over pairs with ≥ 20 in common."""
    pairs = matrix(board, least=20, confidence=None)
    rows: list[tuple[Any, ...]] = []
    for take, stated in ((5, 0.285), (10, None), (20, 0.078)):
        row: list[Any] = [take]
        for strategy in ("random", "somewhere"):
            found = [
                pair_agreement(
                    board, one.scenario, one.reference, strategy=strategy, take=take, repeats=30,  # type: ignore[arg-type]
                    confidence=None,
                )
                for one in pairs
            ]  # fmt: skip
            row += [float(np.mean([one.value for one in found if one]))]
            row += [float(np.mean([one.sd for one in found if one]))]
        rows.append((*row[:3], stated, *row[3:]))
    columns = ("models", "tau, anywhere", "sd", "sd stated", "tau, neighbours", "sd there")
    caption = f"{len(pairs)} pairs, 30 draws each; sd over the draws of a pair, then the mean."
    return Table(columns=columns, rows=tuple(rows), caption=caption)


def references(board: Board) -> Table:
    """Return the variance of a leaderboard's tau when reference and models might be others."""
    chance = np.random.default_rng(0)
    names, found = board.scenarios, []
    for place, name in enumerate(names):
        own = board.scores[:, place]
        others = [board.scores[:, other] for other in range(len(names)) if other != place]
        several = [other for other in others if len(_both(own, other)) >= 10]
        whole = aggregate(board, set(names) - {name}, least=2)
        if len(several) < 3 or len(_both(own, whole)) < 20:
            continue
        single = [
            _drawn(own, several[chance.integers(len(several))], 10, chance) for _ in range(DRAWS)
        ]
        found.append(
            (
                np.nanvar(single),
                np.nanvar([_drawn(own, whole, 10, chance) for _ in range(DRAWS)]),
                np.nanvar([_drawn(own, whole, 20, chance) for _ in range(DRAWS)]),
            )
        )
    one, ten, twenty = np.mean(found, axis=0)
    rows = (
        ("one other leaderboard, 10 models", one, None),
        ("aggregate of the others, 10 models", ten, 1 - ten / one),
        ("aggregate of the others, 20 models", twenty, 1 - twenty / one),
    )
    return Table(
        columns=("reference", "variance of tau", "less by"),
        rows=tuple((name, float(a), None if b is None else float(b)) for name, a, b in rows),
        caption=f"{len(found)} leaderboards, {DRAWS} draws each; stated: less by .83.",
    )


def _both(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.flatnonzero(~(np.isnan(one) | np.isnan(other)))


def _drawn(one: np.ndarray, other: np.ndarray, take: int, chance: np.random.Generator) -> float:
    taken = chance.choice(_both(one, other), take, replace=False)
    return kendall(one[taken], other[taken])


def standings(board: Board) -> Table:
    alone = agreement(board)
    whole = {one.scenario: one for one in agreement(board, inclusive=True)}
    rows = tuple(
        (
            one.scenario,
            one.common,
            one.value,
            one.low,
            one.high,
            one.relative,
            whole[one.scenario].value if one.scenario in whole else None,
            whole[one.scenario].relative if one.scenario in whole else None,
        )
        for one in alone
    )
    columns = ("leaderboard", "models", "tau", "low", "high", "z", "tau inclusive", "z inclusive")
    caption = "Agreement with the aggregate (mean win rate) of the others, and of all with itself."
    return Table(columns=columns, rows=rows, caption=caption)


NOT_TASKS = (
    "rank", "average", "score", "param", "model", "embedding", "max tokens", "mean", "gflops",
    "throughput", "release", "acc",
)  # fmt: skip
MOST_TASKS = 100
LOWER = ("↓", "inference time", "toxic fraction", "ece", "stereotypes", "representation (", "loss")


def tasks(data: Path) -> Table:
    """Return how far the tasks of each multi-task leaderboard agree with one another."""
    rows = []
    for path in sorted((data / "benchbench_leaderboards").glob("*/*.tsv")):
        board = task_board(path)
        if len(board.scenarios) > MOST_TASKS:
            continue
        pairs = matrix(board, least=10, confidence=None)
        tau = [one.value for one in pairs if not math.isnan(one.value)]
        if tau:
            name = f"{path.parent.name}/{path.stem}"
            count = (len(board.models), len(board.scenarios))
            rows.append((name, *count, len(tau), float(np.mean(tau)), float(np.std(tau))))
    rows.sort(key=lambda row: -row[4])
    return Table(
        columns=("leaderboard", "models", "tasks", "pairs", "mean tau", "sd"),
        rows=tuple(rows),
        caption="Pairs of tasks with ten or more common models. Left out: leaderboards without such"
        f" a pair, and ImageNet's classes, more than {MOST_TASKS} tasks.",
    )


def task_board(path: Path) -> Board:
    """Return the numbers of a leaderboard by row and task; of ``94.2/92.3`` the first."""
    with path.open(encoding="utf-8", newline="") as text:
        head, *lines = csv.reader(text, delimiter="\t", quoting=csv.QUOTE_NONE)
    rows = []
    for number, line in enumerate(lines):
        for name, cell in zip(head, line, strict=False):
            if name in ("", "Win") or name.lower().startswith(NOT_TASKS):
                continue
            try:
                rows.append((str(number), name, float(cell.partition("/")[0])))
            except ValueError:
                continue
    lower = {name for _, name, _ in rows if any(word in name.lower() for word in LOWER)}
    return from_rows(rows, lower=lower, repeated="mean")


def draw(board: Board, folder: Path) -> Path:
    pairs = matrix(board, least=10, confidence=None)
    names = sorted({name for one in pairs for name in (one.scenario, one.reference)})
    mean = {
        name: np.mean([one.value for one in pairs if name in (one.scenario, one.reference)])
        for name in names
    }
    names.sort(key=lambda name: -mean[name])
    place = {name: number for number, name in enumerate(names)}
    cells: list[list[float | None]] = [[None] * len(names) for _ in names]
    for one in pairs:
        a, b = place[one.scenario], place[one.reference]
        cells[a][b] = cells[b][a] = one.value
    return plot.heat(
        folder / "agreement.svg",
        title="Leaderboards agree by Kendall's tau",
        names=[_short(name) for name in names],
        values=cells,
        scale="tau",
        note="BenchBench's leaderboards; pairs with ten or more common models. Blank: fewer.",
    )


def _short(name: str) -> str:
    """Return a leaderboard's name and year-month-day without what it is about."""
    words = name.split("_")
    return " ".join(words[:-1] if len(words) > 2 else words)


# COD


def known_worlds(count: int = 20) -> Table:
    """Return errors on synthetic items: three kinds that grow, a tenth that do as they like."""
    errors = []
    for seed in range(count):
        chance = np.random.default_rng(seed)
        kind = chance.integers(0, 3, 500)
        target, others = 3000.0, np.geomspace(2, 6000, 8)
        spent = np.concatenate([LADDER, [target], others])
        rates = np.stack([CURVES[one].at(spent) for one in kind])
        noise = chance.random(500) < 0.1
        rates[noise] = chance.random((noise.sum(), len(spent)))
        truth = rates[:, len(LADDER)]
        known = chance.binomial(100, np.delete(rates, len(LADDER), axis=1)) / 100
        found = fit_scaling(known[:, : len(LADDER)], LADDER)
        good = found.predictable
        to_full = fit_rising(known[good].mean(axis=0), known.mean(axis=0))
        ladder = known[:, : len(LADDER)]
        alone = fit_rising(ladder[good].mean(axis=0), ladder.mean(axis=0))
        errors.append(
            (
                abs(found.subset(target) - truth[good].mean()),
                abs(predicted(found, to_full, target) - truth.mean()),
                abs(predicted(found, alone, target) - truth.mean()),
            )
        )
    points = 100 * np.array(errors)
    names = ("predictable subset", "full set", "full set, map from the ladder alone")
    return Table(
        columns=("COD, synthetic", "mean error", "largest", "goal", "published mean", "largest "),
        rows=tuple(
            (name, float(points[:, at].mean()), float(points[:, at].max()), goal, mean, most)
            for at, (name, goal, mean, most) in enumerate(
                zip(names, (2.0, 2.0, None), (None, 1.55, 2.24), (None, 2.68, 5.26), strict=True)
            )
        ),
        caption=f"Points, {count} worlds of 500 items, a ladder of six models, target at ten times"
        " the largest. Published: eight benchmarks, a 70B model; 2.24 and 5.26 are without a map.",
    )


def part_to_whole(data: Path) -> Table:
    """Return the error of the rising map on the given matrices, each model left out in turn."""
    rows: list[tuple[Any, ...]] = []
    for name in ("mmlu_pro", "zeroeval_gsm", "cruxeval_all", "math_vision"):
        scores = matrix_of(data / "responses" / f"{name}.parquet")
        for width in (0.3, 0.5):
            errors, plain, shares = [], [], []
            for left in range(len(scores)):
                others = np.delete(scores, left, axis=0)
                part = subset(others, width)
                curve = fit_rising(others[:, part].mean(axis=1), others.mean(axis=1))
                seen, whole = scores[left, part].mean(), scores[left].mean()
                errors.append(abs(float(curve.at(seen)) - whole))
                plain.append(abs(seen - whole))
                shares.append(part.mean())
            found = (np.mean(shares), np.mean(errors), np.max(errors), np.mean(plain))
            rows.append((name, *scores.shape, width, *(100 * float(one) for one in found)))
    return Table(
        columns=(
            "matrix",
            "models",
            "items",
            "width",
            "% in the part",
            "mean error",
            "largest",
            "without map",
        ),
        rows=tuple(rows),
        caption="Points: the score on all items from that on the clusters that grow, each model by"
        " a map and clusters made of the others, whose means stand for compute. Width: widest root"
        " mean square difference of pass rates in a cluster. Published: 1.36 on eight benchmarks.",
    )


def subset(scores: np.ndarray, width: float) -> np.ndarray:
    """Return which items are in clusters whose pass rate grows along eight rungs of models."""
    order = np.argsort(scores.mean(axis=1), kind="stable")
    rungs = np.array_split(order, min(8, len(order)))
    rates = np.stack([scores[rung].mean(axis=0) for rung in rungs], axis=1)
    clusters = difficulty_clusters(rates, diameter=width * np.sqrt(len(rungs)))
    found = np.isin(clusters, growing(rates, clusters))
    return found if found.any() else np.ones(len(rates), dtype=bool)


def matrix_of(path: Path) -> np.ndarray:
    """Return the models with nearly all items × the items that all of them have."""
    with duckdb.connect() as connection:
        rows = connection.execute(
            "select model, concat(benchmark, ':', item), avg(score)"
            " from read_parquet(?) group by all",
            [str(path)],
        ).fetchnumpy()
    (_, model), (_, item) = (
        np.unique(np.asarray(column, dtype=str), return_inverse=True)
        for column in list(rows.values())[:2]
    )
    scores = np.full((model.max() + 1, item.max() + 1), np.nan)
    scores[model, item] = list(rows.values())[2]
    kept = (~np.isnan(scores)).mean(axis=1) > 0.95
    scores = scores[kept]
    return scores[:, ~np.isnan(scores).any(axis=0)]


if __name__ == "__main__":
    main()
