"""Subsets against the whole: error of the mean and Kendall's tau by method and number of items.

python performance/subsets.py                       the synthetic pool, and the matrices given
python performance/subsets.py --pool                the synthetic pool alone
python performance/subsets.py --matrices            the matrices alone
python performance/subsets.py --folder FOLDER       where the matrices are (responses/*.parquet)

On the matrices every fold of a quarter of the models is held out in turn, families kept apart. The
synthetic pool stands for a leaderboard with about 1,600 calibration models, which no matrix here
has. It is drawn from a model that the methods do not know:

- 1,000 items in six benchmarks; 2,000 models in 40 families of five bases each, ten siblings a base
  (fine-tunes and merges); 1,600 are calibrated on, 400 held out, at random or by whole families;
- logit of a success = a (θ + group's own ability + interaction of group and family) − b + what
  the base's siblings share on this item; a is log-normal (spread .25), b has standard deviation
  1.9, as a 2PL fitted to mmlu_pro and zeroeval_gsm says (.16 shrunk, and 1.8 to 1.9);
- siblings share so much that their residuals correlate by about .25, as those of successive
  versions of one model do on mmlu_pro (.2 to .29) and zeroeval_gsm (.17 to .26).

At sharpness 1 answers are as noisy as those 2PL fits say; few items cannot then tell much, whatever
the method. At sharpness 4 the logits are four times as large: answers are nearly determined by
model and item, as greedy decoding by near copies on a public leaderboard is. The floors beside the
figures were measured on such a real pool, which is not given. Sharpness 4 and the spread of
abilities were chosen with these floors in sight, so a figure near its floor proves little; what
can be read is the order of the methods.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
from plot import lines

from benchwright.analysis.agreement.correlation import kendall
from benchwright.analysis.responses.narrowing import narrowed
from benchwright.analysis.responses.reading import read_responses
from benchwright.analysis.responses.table import Responses
from benchwright.analysis.selecting.calibration import Calibration, calibrate
from benchwright.analysis.selecting.evaluate import estimated, evaluate, fitting

SIZES = (15, 33, 49, 70, 100, 144, 200, 300, 495)
DRAWN = ("random", "stratified", "cod")
"""Methods that draw: figures are means over five draws."""
Curves = dict[str, list[tuple[int, float]]]
GOAL_MAE, GOAL_TAU = 0.02, 0.95
FLOORS = {
    "random": (239, 495),
    "fluid_adaptive": (141, 467),
    "tinybenchmarks": (144, 370),
    "c_optimal": (49, 167),
}
"""Items for MAE ≤ 2 points and for tau ≥ .95 on a real pool of about this size, not given."""
MATRICES = {"zeroeval_gsm": 3, "cruxeval_all": 3, "math_vision": 3, "mmlu_pro": 1}
"""Matrix → how often the models are split anew."""
ASKED = (50, 100, 145, 300)
"""Items asked of a held-out model."""


def pool(sharpness: float = 1.0, seed: int = 0) -> tuple[np.ndarray, list[str], list[str]]:
    """Return scores [2000, 1000], models named ``family-base-sibling`` and the items' groups."""
    draw = np.random.default_rng(seed)
    sizes = np.array([300, 250, 150, 120, 100, 80])
    group = np.repeat(np.arange(6), sizes)
    families, bases, siblings, items = 40, 5, 10, len(group)
    family = draw.normal(0, 0.7, families)
    base = np.repeat(family, bases) + draw.normal(0, 0.9, families * bases)
    ability = np.repeat(base, siblings) + draw.normal(0, 0.5, families * bases * siblings)
    count = len(ability)
    of_base = np.repeat(np.arange(families * bases), siblings)
    of_family = np.repeat(np.arange(families), bases * siblings)
    own = draw.normal(0, 0.3, (count, 6))
    kin = draw.normal(0, 0.3, (families, 6))[of_family]
    a = np.exp(draw.normal(0, 0.25, items))
    b = draw.normal(0, 1.9, items)
    shared = draw.normal(0, 1.6, (families * bases, items))
    logit = a * (ability[:, None] + own[:, group] + kin[:, group]) - b + shared[of_base]
    scores = (draw.random(logit.shape) < 1 / (1 + np.exp(-sharpness * logit))).astype(np.float32)
    names = [f"{word(of_family[n])}-{of_base[n] % bases}-{n % siblings}" for n in range(count)]
    return scores, names, [f"benchmark{number}" for number in group]


def word(number: int) -> str:
    """Return a family's name without digits."""
    return "f" + chr(97 + number // 26) + chr(97 + number % 26)


def split(names: list[str], *, shift: bool, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return 1,600 models to learn from and 400 to test on, by whole families where ``shift``."""
    draw = np.random.default_rng(seed)
    if not shift:
        order = draw.permutation(len(names))
        return order[400:], order[:400]
    kin = np.array([name[:3] for name in names])
    out = draw.permutation(np.unique(kin))[:8]
    return np.flatnonzero(~np.isin(kin, out)), np.flatnonzero(np.isin(kin, out))


def on_the_pool(sharpness: float, *, shift: bool, picture: bool) -> None:
    scores, names, groups = pool(sharpness)
    learned, held = split(names, shift=shift, seed=1)
    table = calibrate(scores[learned], models=[names[n] for n in learned], groups=groups)
    new = scores[held][:, table.place].astype(np.float64)
    truth = new.mean(axis=1)
    print(
        f"\nSynthetic pool, sharpness {sharpness:g}: {len(learned)} calibration models, "
        f"{table.size} items, {len(held)} models held out ({'whole families' if shift else 'any'})"
        f"; sd of their scores {100 * truth.std():.1f} points. MAE in points, and tau:"
    )
    print(f"{'method':18} " + " ".join(f"{k:>10}" for k in SIZES) + "   items for 2 points / .95")
    errors: Curves = {}
    taus: Curves = {}
    rmse: dict[tuple[str, int], float] = {}
    for method in fitting(table):
        began = time.process_time()
        seeds = range(5) if method in DRAWN else range(1)
        found = [estimated(table, new, SIZES, method=method, seed=seed) for seed in seeds]
        spent = time.process_time() - began
        off = {k: np.stack([one[k] for one in found]) - truth for k in SIZES}
        rmse |= {(method, k): float(np.sqrt((e**2).mean())) for k, e in off.items()}
        errors[method] = [(k, float(np.abs(e).mean())) for k, e in off.items()]
        taus[method] = [
            (k, float(np.mean([kendall(one[k], truth) for one in found]))) for k in SIZES
        ]
        cells = " ".join(
            f"{mae * 100:4.2f} {tau:.3f}"
            for (_, mae), (_, tau) in zip(errors[method], taus[method], strict=True)
        )
        reached = (
            crossing([(k, -mae) for k, mae in errors[method]], -GOAL_MAE),
            crossing(taus[method], GOAL_TAU),
        )
        said = " / ".join("–" if n is None else f"{n:.0f}" for n in reached)
        floor = FLOORS.get(method)
        known = f" ({floor[0]} / {floor[1]} on the pool not given)" if floor else ""
        print(f"{method:18} {cells}   {said}{known}; {spent:.0f} CPU s", flush=True)
    claims(dict(errors["tinybenchmarks"]), dict(errors["cod"]), rmse)
    if picture:
        pictures(errors, taus, len(learned))


def claims(
    tiny: dict[int, float], cod: dict[int, float], rmse: dict[tuple[str, int], float]
) -> None:
    print(
        f"tinyBenchmarks, 100 anchors: MAE {tiny[100]:.3f} (paper: .010 to .024 a scenario)\n"
        f"metabench, 33 items (3.3 %): RMSE {100 * rmse['metabench', 33]:.2f} points (paper: "
        "1.24 a benchmark with < 3 % of 28,632 items)\n"
        f"COD, 100 items: MAE {100 * cod[100]:.2f} points (paper, its predictable subset: 1.36)",
        flush=True,
    )


def crossing(points: list[tuple[int, float]], goal: float) -> float | None:
    """Return the number of items at which a rising curve first reaches ``goal``, interpolated."""
    before = None
    for k, value in points:
        if value >= goal:
            if before is None:
                return float(k)
            share = (goal - before[1]) / (value - before[1])
            return float(np.exp(np.log(before[0]) + share * np.log(k / before[0])))
        before = (k, value)
    return None


def pictures(errors: Curves, taus: Curves, learned: int) -> None:
    shown = ("c_optimal", "fluid_adaptive", "tinybenchmarks", "stratified", "random", "metabench")
    place = Path(__file__).parent.parent / "docs" / "performance"
    note = f"performance/subsets.py: a pool drawn at sharpness 4, {learned} calibration models"
    lines(
        place / "subsets-mae.svg",
        title="Error of the estimated mean",
        x="items asked of a new model",
        y="mean absolute error, points",
        x_scale="log2",
        y_scale="log2",
        note=note,
        limits={"2 points": 2.0},
        series={name: [(k, 100 * v) for k, v in errors[name]] for name in shown},
    )
    lines(
        place / "subsets-tau.svg",
        title="Ranks from a subset",
        x="items asked of a new model",
        y="pairs of models in the wrong order, %",
        x_scale="log2",
        y_scale="log2",
        note=note,
        limits={"tau .95": 50 * (1 - 0.95)},
        series={name: [(k, 50 * (1 - tau)) for k, tau in taus[name]] for name in shown},
    )


def complete(table: Responses) -> Responses:
    """Return ``table`` without models that lack a tenth of the items, nor items that some lack."""
    answered = np.bincount(table.model, minlength=len(table.models))
    kept = [
        name for name, n in zip(table.models, answered, strict=True) if n > 0.9 * len(table.items)
    ]
    table = narrowed(table, models=kept)
    return narrowed(table, items=np.diff(table.start) == len(table.models))


def on_matrices(folder: Path) -> None:
    for name, seeds in MATRICES.items():
        path = folder / f"{name}.parquet"
        learned: Calibration = calibrate(complete(read_responses(path, duplicates="mean")))
        print(f"\n{name}: {len(learned.models)} models × {learned.size} items; MAE in points, tau:")
        print(f"{'method':18} " + " ".join(f"{k:>10}" for k in ASKED) + "   bias at 145")
        for method in fitting(learned):
            began = time.process_time()
            splits = 5 * seeds if method in DRAWN else seeds
            found = evaluate(learned, sizes=ASKED, methods=(method,), seeds=range(splits))
            spent = time.process_time() - began
            cells = " ".join(f"{100 * one.mae:4.2f} {one.tau:.3f}" for one in found)
            bias = {one.k: 100 * one.bias for one in found}[145]
            print(f"{method:18} {cells}   {bias:+.2f}; {spent:.0f} CPU s", flush=True)


def main(arguments: list[str]) -> None:
    folder = Path(__file__).resolve().parents[2] / "shared" / "data" / "responses"
    if "--folder" in arguments:
        folder = Path(arguments[arguments.index("--folder") + 1])
    if "--matrices" not in arguments:
        on_the_pool(1.0, shift=False, picture=False)
        on_the_pool(4.0, shift=False, picture=True)
        on_the_pool(4.0, shift=True, picture=False)
    if "--pool" not in arguments:
        on_matrices(folder)


if __name__ == "__main__":
    main(sys.argv[1:])
