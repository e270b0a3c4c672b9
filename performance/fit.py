"""From 10^8 observations in a Parquet file to scores with intervals: seconds and memory by stage.

python performance/fit.py [--rows 1e6 1e7 1e8] [--models 2000] [--share 1] [--file FILE]
    [--estimators rasch rasch2] [--girth PYTHON] [--pyirt PYTHON]

Abilities of 14 benchmarks (a general one, and one of each) and difficulties are drawn, and right
and wrong answers from them, by DuckDB, into one Parquet file in which models, benchmarks and items
go by names. Every combination is read, fitted and given its intervals in a process of its own;
printed are CPU seconds, seconds, and the largest resident memory so far. ``--share`` keeps that
share of the cells at random, so that predictions, and what items do to them, are paid for as well.

``--girth`` and ``--pyirt`` name a Python that has girth or py-irt: their 1PL fit of 77 models ×
1,700 items is timed beside ours.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import numpy as np

BENCHMARKS = 14
GOALS = {"rasch": 60.0, "rasch2": 120.0}
"""Seconds of a fit with its intervals at 10^8 observations on two cores; memory is 6 GiB."""

GIRTH = """
import sys, time
import numpy as np
from girth import onepl_mml
data = np.load(sys.argv[1])
begun = time.process_time()
onepl_mml(data)
print(time.process_time() - begun)
"""
PYIRT = """
import json, sys, tempfile, time
from pathlib import Path
import numpy as np
from py_irt.config import IrtConfig
from py_irt.training import IrtModelTrainer
data = np.load(sys.argv[1])
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "answers.jsonlines"
    with path.open("w") as out:
        for model, answers in enumerate(data.T):
            responses = {f"i{item}": int(value) for item, value in enumerate(answers)}
            out.write(json.dumps({"subject_id": f"m{model}", "responses": responses}) + "\\n")
    begun = time.process_time()
    trainer = IrtModelTrainer(config=IrtConfig(model_type="1pl", epochs=2000), data_path=path)
    trainer.train()
print(time.process_time() - begun)
"""


def write(path: Path, models: int, items: int, share: float, seed: int = 1) -> None:
    """Write right and wrong answers of a two-level Rasch model as a Parquet file."""
    rng = np.random.default_rng(seed)
    ability = rng.normal(size=(models, 1)) + 0.4 * rng.normal(size=(models, BENCHMARKS))
    abilities = {
        "m": np.repeat(np.arange(models), BENCHMARKS),
        "b": np.tile(np.arange(BENCHMARKS), models),
        "theta": ability.ravel(),
    }
    difficulties = {
        "i": np.arange(items),
        "b": np.arange(items) * BENCHMARKS // items,
        "beta": rng.normal(size=items),
    }
    with duckdb.connect() as connection:
        connection.execute("set threads = 2").fetchall()
        connection.execute("set preserve_insertion_order = false").fetchall()
        connection.execute("select setseed(0.5)").fetchall()
        connection.register("abilities", abilities)
        connection.register("difficulties", difficulties)
        connection.execute(
            "copy (select format('model {:04d}', m) model, format('benchmark {:02d}', b) "
            "benchmark, format('item {:06d}', i) item, "
            "(random() < 1 / (1 + exp(beta - theta)))::float score "
            f"from difficulties join abilities using (b) where random() < {share}) "
            f"to '{path}' (format parquet, compression zstd)"
        ).fetchall()


def stages(path: Path, estimator: str) -> None:
    """Read, fit and find intervals in this process; print each stage's cost as JSON."""
    from benchwright.analysis.estimators.choice import fit
    from benchwright.analysis.ranking.pairs import pairs_of
    from benchwright.analysis.ranking.spread import spread_of
    from benchwright.analysis.responses import read_responses

    def told(stage: str, cpu: float, wall: float) -> None:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        line = [stage, time.process_time() - cpu, time.perf_counter() - wall, peak]
        print(json.dumps(line), flush=True)

    clocks = time.process_time(), time.perf_counter()
    table = read_responses(str(path))
    told(f"read {len(table):,}", *clocks)
    clocks = time.process_time(), time.perf_counter()
    fitted, _ = fit(table, estimator)
    solved = getattr(fitted, "solved", None)
    told(f"fit ({solved.passes} passes)" if solved else "fit", *clocks)
    clocks = time.process_time(), time.perf_counter()
    spread = spread_of(table, fitted)
    told("covariance", *clocks)
    clocks = time.process_time(), time.perf_counter()
    pairs_of(fitted.scores, spread)
    told("simultaneous intervals", *clocks)


def peers(chosen: argparse.Namespace) -> None:
    """Print the CPU seconds of the peers' and our fit of 77 models × 1,700 items."""
    from benchwright.analysis.estimators.rasch import fit_rasch
    from benchwright.analysis.responses import from_matrix

    rng = np.random.default_rng(0)
    chance = 1 / (1 + np.exp(rng.normal(size=1700)[:, None] - rng.normal(size=77)))
    answers = (rng.random(chance.shape) < chance).astype(int)
    begun = time.process_time()
    fit_rasch(from_matrix(answers.T))
    print(f"77 × 1,700: ours {time.process_time() - begun:.2f} CPU s")
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder) / "answers.npy", answers)
        for name, python, script in (
            ("girth", chosen.girth, GIRTH),
            ("py-irt", chosen.pyirt, PYIRT),
        ):
            if python:
                command = [python, "-c", script, str(Path(folder) / "answers.npy")]
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                print(f"77 × 1,700: {name} {float(done.stdout.split()[-1]):.2f} CPU s", flush=True)


def main() -> None:
    """Print a line for every stage."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", nargs="+", type=float, default=[1e6, 1e7, 1e8])
    parser.add_argument("--models", type=int, default=2000)
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--estimators", nargs="+", default=["rasch", "rasch2"])
    parser.add_argument("--file", type=Path, help="where the Parquet file is made, and kept")
    parser.add_argument("--girth")
    parser.add_argument("--pyirt")
    parser.add_argument("--stages", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.stages:
        stages(chosen.file, chosen.stages)
        return
    print("| rows | estimator | stage | CPU s | s | peak GiB |\n|---|---|---|---|---|---|")
    for rows in chosen.rows:
        with tempfile.TemporaryDirectory() as folder:
            path = chosen.file or Path(folder) / "answers.parquet"
            items = max(BENCHMARKS, round(rows / chosen.models / chosen.share))
            write(path, chosen.models, items, chosen.share)
            for estimator in chosen.estimators:
                command = [sys.executable, __file__, "--file", str(path), "--stages", estimator]
                done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
                total = 0.0
                for line in done.stdout.splitlines():
                    stage, cpu, wall, peak = json.loads(line)
                    total += 0.0 if stage.startswith("read") else wall
                    print(
                        f"| {rows:.0e} | {estimator} | {stage} | {cpu:.1f} | {wall:.1f} "
                        f"| {peak:.2f} |"
                    )
                goal = GOALS.get(estimator, float("nan"))
                print(
                    f"| {rows:.0e} | {estimator} | fit and intervals | | {total:.1f} "
                    f"| goal at 1e+08: {goal:.0f} s, 6 GiB, 2 of {os.cpu_count()} cores |",
                    flush=True,
                )
    if chosen.girth or chosen.pyirt:
        peers(chosen)


if __name__ == "__main__":
    main()
