"""How long ``benchwright rank`` takes over pools of 10^6 and 10^7 rows, in 20 and 2,000 parts.

python performance/rank_pools.py [--rows 1000000,10000000] [--parts 20,2000] [--models 200]
    [--benchmarks 4] [--missing 0.1] [--keep FOLDER] [--read-only] [--parquet 100000000]
    [--inspect PYTHON] [--inspect-rows 20000]

The pools are made by rule (abilities, difficulties, four benchmarks) and written through the pool's
own manifest. Each command runs in a process of its own, whose CPU seconds and peak memory the
system counts. ``--read-only`` times the reading of the table without a fit; ``--parquet`` times it
over one Parquet file of that many rows, 2,000 models by name. ``--inspect`` names a Python with
inspect_ai, pandas and pyarrow: the time of its samples data frame over a log of that many samples
is printed beside ours.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import duckdb

from benchwright.core.benchmark import Card
from benchwright.core.conditions import Conditions
from benchwright.pool import Pool
from benchwright.pool.parquet import MEASUREMENT_COLUMNS

CONDITIONS = Conditions(solver="choice@1", ask="letters", layout="raw", shots=5)
READ = """
import sys
from benchwright import open_pool
from benchwright.analysis.responses.reading import read_responses
if sys.argv[1].endswith(".parquet"):
    table = read_responses(sys.argv[1])
else:
    with open_pool(sys.argv[1]) as pool:
        table = read_responses(pool)
print(f"{len(table):,} observations, {len(table.models):,} models, {len(table.items):,} items")
"""
INSPECT = """
import sys
import time
from inspect_ai.analysis import samples_df
begun = time.process_time()
frame = samples_df(sys.argv[1:])
print(len(frame), time.process_time() - begun)
"""
INSPECT_LOGS = """
import itertools
import sys
from inspect_ai import Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import match
rows, folder = int(sys.argv[1]), sys.argv[2]
data = [Sample(input=f"What is {n} plus {n}?", target=str(2 * n), id=n) for n in range(rows)]
said = ModelOutput.from_content("mockllm/model", "ANSWER: 4")
# Without a usage it would count tokens, with a vocabulary from the network.
said.usage = ModelUsage(input_tokens=9, output_tokens=4, total_tokens=13)
model = get_model("mockllm/model", custom_outputs=itertools.repeat(said))
(log,) = eval(Task(dataset=data, scorer=match()), model=model, log_dir=folder, display="none")
print(log.status, log.error and log.error.message)
sys.exit(log.status != "success")
"""


def make_pool(
    folder: Path, *, rows: int, parts: int, models: int, benchmarks: int, missing: float = 0.0
) -> None:
    """Write a pool of about ``rows`` measurements in ``parts`` parts into ``folder``.

    Models are right or wrong by a Rasch model; rows are model by model, and a share of them is
    ``missing`` at random.
    """
    items = round(rows / (models * benchmarks * (1 - missing)))
    each = parts // benchmarks
    with Pool.open(folder) as pool:
        pool.save_conditions(CONDITIONS)
        for number in range(benchmarks):
            card = Card(
                name=f"quiz{number}", version="1", title="Quiz", summary="Questions made by rule.",
                paper="none", licence="CC0", size=items,
            )  # fmt: skip
            pool.save_card(name(number), card, {"": items})
        with pool.manifest.step() as step:
            for number in range(benchmarks):
                for part in range(each):
                    first = models * items * part // each
                    last = models * items * (part + 1) // each
                    select = select_rows(number, first, last, items, missing)
                    staged = pool.parquet.stage(select, ())
                    step.add(staged, name(number), pool.parquet.rows(staged))


def name(number: int) -> str:
    """Return the identity of a made benchmark."""
    return f"quiz{number}@1-0123456789abcdef"


def select_rows(benchmark: int, first: int, last: int, items: int, missing: float) -> str:
    """Return SQL for the cells ``first`` to ``last`` of a benchmark, model by model."""
    known = {
        "id": f"md5('{benchmark}/' || i)",
        "model_key": "md5('model' || m)",
        "benchmark": f"'{name(benchmark)}'",
        "sample": "'subject_' || (s % 57) || '/' || s",
        "variant": "''",
        "repeat": "0",
        "conditions": f"'{CONDITIONS.digest()}'",
        "scorer": "'choice@1'",
        "model": "'model-' || m",
        "asked": "'letters, 5-shot'",
        "tags": "MAP {'subject': 'subject_' || (s % 57), 'language': 'en'}",
        "outcome": "'scored'",
        # Rasch: normal-like abilities and difficulties by rule, a fresh coin for every cell.
        "value": f"""(hash(i * 7919 + {benchmark}) / 18446744073709551615.0
                  < 1 / (1 + exp(-(2 * sin(m * 12.9898) - 2 * sin(s * 78.233 + {benchmark})))))""",
        "answer": "'ABCD'[1 + (hash(i) % 4)::int]",
        "target": "'ABCD'[1 + (s % 4)]",
        "explanation": "''",
        "failure": "''",
        "boundary_merged": "false",
        "finish": "'scored'",
        "tokens_in": "612",
        "tokens_out": "4",
        "seconds": "0.01",
        "run": "'20260101T120000-host-1'",
    }
    columns = ", ".join(
        f'({known.get(column, "null")})::{kind} as "{column}"'
        for column, kind in MEASUREMENT_COLUMNS.items()
    )
    return f"""select {columns} from (
        select i, i // {items} as m, i % {items} as s from range({first}, {last}) as t(i)
        where hash(i * 31 + {benchmark}) % 1000 >= {round(1000 * missing)})"""


def timed(command: Sequence[str]) -> tuple[float, float, float, str]:
    """Run a command; return CPU seconds, wall seconds, peak MiB and its last line of output."""
    begun = time.perf_counter()
    with tempfile.TemporaryFile("w+") as out:
        child = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - begun
        out.seek(0)
        said = out.read().strip()
    if os.waitstatus_to_exitcode(status) > 1:
        raise SystemExit(f"{' '.join(command)}\n{said}")
    last = said.splitlines()[-1] if said else ""
    return usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024, last


def time_pools(args: argparse.Namespace, folder: Path) -> None:
    """Make every pool that is not there and time the command over it."""
    for rows in args.rows:
        for parts in args.parts:
            pool = folder / f"{rows}-{parts}-{args.missing:g}"
            if not pool.exists():
                make_pool(
                    pool, rows=rows, parts=parts, models=args.models,
                    benchmarks=args.benchmarks, missing=args.missing,
                )  # fmt: skip
            command = [sys.executable, "-m", "benchwright", "rank", "--pool", str(pool)]
            if args.read_only:
                command = [sys.executable, "-c", READ, str(pool)]
            cpu, wall, peak, said = timed(command)
            print(
                f"{rows:>12,} rows {parts:>6,} parts {cpu:7.2f} CPU s {wall:7.2f} s "
                f"{peak:8,.0f} MiB   {said[:90]}",
                flush=True,
            )


def make_parquet(path: Path, rows: int, models: int = 2000) -> None:
    """Write ``rows`` scores as one Parquet file, model by model: names, not numbers."""
    items = rows // models
    with duckdb.connect() as connection:
        connection.execute(
            f"""copy (
                select 'model-' || (i // {items}) as model, 'question_' || (i % {items}) as item,
                       (hash(i) / 18446744073709551615.0 < 1 / (1 + exp(
                           2 * sin(i % {items} * 78.233) - 2 * sin(i // {items} * 12.9898)
                       )))::float as score
                from range({rows}) as t(i)
            ) to '{path}' (format parquet, compression zstd)"""
        )


def time_parquet(rows: int, folder: Path) -> None:
    """Make the file where it is not there and time the reading of it."""
    path = folder / f"{rows}.parquet"
    if not path.exists():
        make_parquet(path, rows)
    cpu, wall, peak, said = timed([sys.executable, "-c", READ, str(path)])
    print(f"{rows:>12,} rows, Parquet  {cpu:7.2f} CPU s {wall:7.2f} s {peak:8,.0f} MiB   {said}")


def time_inspect(python: str, rows: int, folder: Path) -> None:
    """Make inspect logs of ``rows`` samples and time its samples data frame over them."""
    logs = folder / f"inspect-{rows}"
    if not logs.exists():
        *_, said = timed([python, "-c", INSPECT_LOGS, str(rows), str(logs)])
        print(f"inspect log of {rows:,} samples: {said}")
    *_, said = timed([python, "-c", INSPECT, *map(str, sorted(logs.glob("*.eval")))])
    try:
        count, seconds = map(float, said.split())
    except ValueError:
        raise SystemExit(
            f"inspect_ai's data frames (they need pandas and pyarrow): {said}"
        ) from None
    pace = seconds / count * 1e6 / 60
    print(
        f"inspect samples_df: {count:,.0f} samples in {seconds:.1f} CPU s; at that pace 10^6 take "
        f"{pace:.0f} min"
    )


def main() -> None:
    """Parse the command line, make the pools and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    numbers = {"type": lambda text: [int(float(one)) for one in text.split(",")]}
    parser.add_argument("--rows", default=[1_000_000, 10_000_000], **numbers)
    parser.add_argument("--parts", default=[20, 2000], **numbers)
    parser.add_argument("--models", type=int, default=200)
    parser.add_argument("--benchmarks", type=int, default=4)
    parser.add_argument("--missing", type=float, default=0.1, help="Share of cells without a row.")
    parser.add_argument("--keep", type=Path, help="Keep the pools here and use them again.")
    parser.add_argument("--read-only", action="store_true", help="Time the reading alone.")
    parser.add_argument("--parquet", type=int, default=0, help="Rows of one Parquet file.")
    parser.add_argument("--inspect", metavar="PYTHON", help="A Python that has inspect_ai.")
    parser.add_argument("--inspect-rows", type=int, default=20_000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        time_pools(args, folder)
        if args.parquet:
            time_parquet(args.parquet, folder)
        if args.inspect:
            time_inspect(args.inspect, args.inspect_rows, folder)


if __name__ == "__main__":
    main()
