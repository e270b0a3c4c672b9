"""How far rankings hold when measurements are taken away: ONEBench's experiment on given matrices.

python performance/onebench.py FOLDER [--matrices mmlu_pro,…] [--seeds 3] [--plots FOLDER]

FOLDER holds response matrices as Parquet (model, benchmark, item, score). As in ONEBench
(arXiv 2412.06745; ``plot_sparsity.py`` of its public repository) every model loses a random share
of its items, and Kendall's tau of the ranking of what is left to the mean scores of the full matrix
is printed, the mean of the seeds. Lines:

- ``mean``: mean of what is left (for leaderboards: of min–max normalised scores);
- ``Borda``: share of its meetings on items that a model wins, ties half;
- ``Elo``: one pass over all pairs, item by item, K = 4; ``Elo shuffled``: in random order;
- ``BT``: Bradley–Terry by logistic regression over all pairs, which is what their "LMArena"
  baseline means to be. Theirs loses every pair whose row or column is missing in one of its two
  pivot tables (5.6 % of them with all data, half at 95 % missing); none is lost here;
- ``Plackett–Luce``: theirs, a tie is a win in each direction; ``half ties``: ours;
- ``Rasch``: pool-mean predictions, for comparison with methods that know of items.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import plot

from benchwright.analysis.agreement.correlation import kendall
from benchwright.analysis.estimators.choice import fit
from benchwright.analysis.estimators.pairs import strengths
from benchwright.analysis.estimators.wins import wins
from benchwright.analysis.responses import Responses, from_matrix, narrowed, read_responses

Matrix = npt.NDArray[np.float32]
Scores = npt.NDArray[np.float64]
Taus = tuple[float, float, float, float]
"""(% missing, mean, least and most tau over seeds)"""

SHARES = (0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.92, 0.94, 0.95, 0.96, 0.97, 0.98, 0.99)
MATRICES = ("mmlu_pro", "math_vision", "cruxeval_all", "zeroeval_gsm", "benchbench_agg")
UNCERTAIN = "enkrypt_ai_safety_240916_safety"
"""A leaderboard whose file does not say whether more is better; left out."""
K, START, SCALE = 4.0, 1000.0, 400.0


def load(path: Path) -> Matrix:
    """Return a matrix [models, items], NaN where unknown, of models with enough measurements."""
    table = read_responses(path, f"benchmark <> '{UNCERTAIN}'", duplicates="mean")
    answered = table.counts().sum(axis=1)
    least = 5 if path.stem == "benchbench_agg" else 0.9 * answered.max()
    kept = [name for name, count in zip(table.models, answered, strict=True) if count >= least]
    table = narrowed(table, models=kept)
    return table.dense(slice(0, len(table.items))).T.copy()


def leveled(matrix: Matrix) -> Matrix:
    """Return the matrix with every item between 0 and 1, unless all scores are already."""
    if np.nanmin(matrix) >= 0 and np.nanmax(matrix) <= 1:
        return matrix
    matrix = matrix[:, ~np.isnan(matrix).all(axis=0)]
    low, high = np.nanmin(matrix, axis=0), np.nanmax(matrix, axis=0)
    return (matrix - low) / np.where(high > low, high - low, 1)


def mean(matrix: Matrix) -> Scores:
    """Return the mean of what every model has."""
    known = ~np.isnan(matrix)
    return np.nansum(matrix, axis=1, dtype=float) / np.maximum(known.sum(axis=1), 1)


def borda(table: Responses) -> Scores:
    """Return the share of its meetings that every model wins, ties half."""
    won = wins(table)
    met = (won + won.T).sum(axis=1)
    return won.sum(axis=1) / np.maximum(met, 1)


def elo(matrix: Matrix, rng: np.random.Generator | None = None) -> Scores:
    """Return ratings after one pass over all pairs, item by item or shuffled by ``rng``."""
    first, second, result = [], [], []
    for column in matrix.T:
        models = np.flatnonzero(~np.isnan(column))
        a, b = (models[side] for side in np.triu_indices(len(models), k=1))
        first.append(a)
        second.append(b)
        result.append((np.sign(column[a] - column[b]) + 1) / 2)
    pairs = [np.concatenate(some) for some in (first, second, result)]
    order = np.arange(len(pairs[0])) if rng is None else rng.permutation(len(pairs[0]))
    rating = [START] * len(matrix)
    for a, b, score in zip(*(some[order].tolist() for some in pairs), strict=True):
        change = K * (score - 1 / (1 + 10 ** ((rating[b] - rating[a]) / SCALE)))
        rating[a] += change
        rating[b] -= change
    return np.array(rating)


def rankers(seed: int) -> Mapping[str, Callable[[Matrix, Responses], Scores]]:
    """Return the ways to rank, by name."""
    rng = np.random.default_rng(seed)
    return {
        "mean": lambda matrix, _: mean(matrix),
        "Borda": lambda _, table: borda(table),
        "Elo": lambda matrix, _: elo(matrix),
        "Elo shuffled": lambda matrix, _: elo(matrix, rng),
        "BT": lambda _, table: strengths(wins(table), alpha=1e-6),
        "Plackett–Luce": lambda _, table: strengths(wins(table, tie=1)),
        "half ties": lambda _, table: strengths(wins(table)),
        "Rasch": lambda _, table: fit(table, "rasch")[0].scores,
    }


def thinned(matrix: Matrix, share: float, seed: int) -> Matrix:
    """Return the matrix without a random ``share`` of every model's items."""
    rng = np.random.default_rng(seed)
    found = matrix.copy()
    for row in found:
        known = np.flatnonzero(~np.isnan(row))
        row[rng.choice(known, size=int(share * len(known)), replace=False)] = np.nan
    return found


def curves(matrix: Matrix, seeds: int) -> dict[str, list[Taus]]:
    """Return the taus of every way to rank, by share missing."""
    truth = mean(matrix)
    fewest = (~np.isnan(matrix)).sum(axis=1).min()
    found: dict[str, list[Taus]] = {}
    for share in SHARES:
        if (1 - share) * fewest < 1:
            break  # some model would have nothing left
        taus: dict[str, list[float]] = {}
        for seed in range(seeds if share else 1):
            left = thinned(matrix, share, seed)
            table = from_matrix(left[:, ~np.isnan(left).all(axis=0)])
            for name, rank in rankers(seed).items():
                scores = np.nan_to_num(rank(left, table), nan=-np.inf)
                finite = np.isfinite(scores)
                scores[~finite] = scores[finite].min() - 1
                taus.setdefault(name, []).append(kendall(scores, truth))
        for name, some in taus.items():
            line = (100 * share, float(np.mean(some)), min(some), max(some))
            found.setdefault(name, []).append(line)
    return found


def show(name: str, matrix: Matrix, found: Mapping[str, list[Taus]]) -> None:
    """Print one matrix's table: a line for each way to rank, a column for each share."""
    known = np.isfinite(matrix).mean()
    print(f"\n{name}: {matrix.shape[0]} models × {matrix.shape[1]:,} items, {known:.0%} known")
    shares = [line[0] for line in next(iter(found.values()))]
    print(f"{'missing %':<16}" + "".join(f"{share:6.0f}" for share in shares))
    for method, lines in found.items():
        print(f"{method:<16}" + "".join(f"{line[1]:6.3f}" for line in lines))


def draw(path: Path, name: str, matrix: Matrix, found: Mapping[str, list[Taus]]) -> None:
    """Draw the curves over what is left, on a logarithmic axis: the end is what matters."""
    shown = [key for key in found if key not in ("Borda", "Elo shuffled", "half ties")]
    plot.lines(
        path,
        title=f"{name}: rankings when measurements are taken away",
        x="measurements left of every model, at random (%)",
        y="Kendall's tau to the full means",
        series={key: [(100 - x, y) for x, y, *_ in found[key]] for key in shown},
        bands={
            key: [(100 - x, low, high) for x, _, low, high in found[key]]
            for key in ("mean", "Plackett–Luce")
        },
        x_scale="log",
        note=f"{matrix.shape[0]} models, {matrix.shape[1]:,} items; bands: least and most of seeds",
    )


def main() -> None:
    """Parse the command line and go through the matrices."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path, help="Where the matrices are.")
    parser.add_argument("--matrices", default=",".join(MATRICES))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--plots", type=Path, help="Draw a picture for each matrix here.")
    args = parser.parse_args()
    for name in args.matrices.split(","):
        begun = time.process_time()
        matrix = leveled(load(args.folder / f"{name}.parquet"))
        found = curves(matrix, args.seeds)
        show(name, matrix, found)
        print(f"{time.process_time() - begun:.0f} CPU s")
        if args.plots:
            draw(args.plots / f"onebench-{name}.svg", name, matrix, found)


if __name__ == "__main__":
    main()
