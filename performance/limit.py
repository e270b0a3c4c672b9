"""The limit of the machine: our whole run against llama.cpp's own raw loop over the same tokens.

``python performance/limit.py MODEL.gguf --formats f16,q8_0 --shots 0,1,2,5 --take 9/subject``

For every format and number of shots, in turns: the whole command line (start, data, asking,
scoring, writing, table) into an empty pool, and two hand-written loops on the same library, with
the same threads, flash attention and cache type, timed without loading, in batches of ``--batch``
tokens (try several: the fastest is the limit; the run measures its own):

plain   exactly the distinct tokens of the run's prompts, in full batches, each into an empty cache
tree    each prefix once, its questions behind it in full batches, nothing kept that is done: the
        ideal loop, in which a question's tokens also look at their prefix

``--picture FOLDER`` draws both into it. The goal: the whole run takes at most 1.25 times what the
loop takes. Every command and loop is a process of its own; everything a user's cache holds
(converted weights, digests, the parity probe) is made before the first measurement.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import json
import os
import platform
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np

CELLS, SEQUENCES = 8192, 64
GOAL = 1.25


class Cost(NamedTuple):
    """What one process or loop used, in seconds."""

    wall: float
    cpu: float


class Group(NamedTuple):
    """Prompts behind one prefix, in tokens."""

    prefix: list[int]
    rests: list[list[int]]


# What is asked


def asked(pool: Path) -> list[str]:
    """Return the raw prompts in ``pool``, once each, by the view that docs/pool.md shows."""
    [journal] = (pool / "responses").glob("*.sqlite")
    with contextlib.closing(sqlite3.connect(journal)) as connection:
        rows = connection.execute(
            "SELECT group_concat(piece, '') FROM (SELECT * FROM prompts ORDER BY id, number)"
            " GROUP BY id"
        ).fetchall()
    return sorted({prompt for (prompt,) in rows})


def shared(one: Sequence[int], other: Sequence[int]) -> int:
    """Return how many tokens two prompts begin with in common."""
    n = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        n += 1
    return n


def distinct(prompts: list[list[int]]) -> int:
    """Return the nodes of the trie of sorted ``prompts``: tokens that must be evaluated."""
    before = [[], *prompts[:-1]]
    return sum(len(p) - shared(b, p) for b, p in zip(before, prompts, strict=True))


def grouped(prompts: list[list[int]]) -> list[Group]:
    """Return sorted ``prompts`` in groups; a prompt joins where that saves tokens on the whole."""
    groups: list[tuple[int, list[list[int]]]] = []
    for prompt in prompts:
        if groups:
            length, members = groups[-1]
            # The last token is always evaluated: something must be read from it.
            common = min(shared(members[0][:length], prompt), len(prompt) - 1)
            if common > (length - common) * (len(members) - 1):
                groups[-1] = (common, [*members, prompt])
                continue
        groups.append((len(prompt) - 1, [prompt]))
    return [Group(m[0][:length], [p[length:] for p in m]) for length, m in groups]


# The raw loop


class Raw:
    """llama.cpp through ctypes: a context, and a batch made by hand."""

    def __init__(self, path: str, threads: int, size: int) -> None:
        from benchwright.models.llama.library import open_library

        self.size = size
        self.library = open_library()
        self.call = call = self.library.call
        self.model = call.llama_model_load_from_file(
            path.encode(), call.llama_model_default_params()
        )
        params = call.llama_context_default_params()
        params.n_ctx, params.n_batch, params.n_ubatch = CELLS, size, size
        params.n_seq_max = SEQUENCES
        params.n_threads = params.n_threads_batch = threads
        params.flash_attn_type = 1
        params.type_k = params.type_v = 1  # F16
        params.kv_unified = True
        self.context = call.llama_init_from_model(self.model, params)
        if not self.context:
            raise SystemExit(f"no context: {self.library.complaint()}")
        self.memory = call.llama_get_memory(self.context)

    def tokens(self, text: str) -> list[int]:
        """Return the tokens of ``text``, with BOS where the model wants one."""
        vocabulary = self.call.llama_model_get_vocab(self.model)
        raw = text.encode()
        found = np.empty(len(raw) + 8, np.int32)
        n = self.call.llama_tokenize(
            vocabulary, raw, len(raw), found.ctypes.data, len(found), True, False
        )
        return found[:n].tolist()

    def decode(self, batch: list[tuple[int, int, list[int], bool]]) -> None:
        """Evaluate (token, position, sequences, wanted) and let every wanted row be there."""
        counts = np.array([len(held) for _, _, held, _ in batch], np.int32)
        flat = np.array([number for _, _, held, _ in batch for number in held], np.int32)
        starts = np.concatenate(([0], np.cumsum(counts)[:-1])).astype(np.uint64)
        arrays = {
            "token": np.array([item[0] for item in batch], np.int32),
            "pos": np.array([item[1] for item in batch], np.int32),
            "n_seq_id": counts,
            "seq_id": np.uint64(flat.ctypes.data) + starts * np.uint64(4),
            "logits": np.array([item[3] for item in batch], np.int8),
        }
        struct = self.library.structs.batch()
        struct.n_tokens = len(batch)
        for name, array in arrays.items():
            place = getattr(type(struct), name)
            ctypes.c_void_p.from_buffer(struct, place.offset).value = array.ctypes.data
        if status := self.call.llama_decode(self.context, struct):
            raise SystemExit(f"llama_decode: {status} ({self.library.complaint()})")
        for index, item in enumerate(batch):
            if item[3]:
                self.call.llama_get_logits_ith(self.context, index)


def plain(raw: Raw, groups: list[Group]) -> int:
    """Evaluate the tokens of ``groups`` in full batches, each into an empty cache."""
    stream = [t for group in groups for part in (group.prefix, *group.rests) for t in part]
    for start in range(0, len(stream), raw.size):
        part = stream[start : start + raw.size]
        raw.call.llama_memory_clear(raw.memory, False)
        last = len(part) - 1
        raw.decode([(token, place, [0], place == last) for place, token in enumerate(part)])
    return len(stream)


class Tree:
    """The ideal loop: prefixes once, questions behind them, every batch full."""

    def __init__(self, raw: Raw) -> None:
        self.raw = raw
        self.batch: list[tuple[int, int, list[int], bool]] = []
        self.free = list(range(SEQUENCES))
        self.done: list[int] = []
        self.batches = self.count = 0

    def run(self, groups: list[Group]) -> int:
        """Evaluate ``groups``; return the tokens evaluated."""
        self.raw.call.llama_memory_clear(self.raw.memory, False)
        for group in groups:
            self.group(group)
        self.flush()
        return self.count

    def group(self, group: Group) -> None:
        """Put a prefix and its questions into batches."""
        if len(self.free) < 2:
            self.flush()
        root = self.free.pop()
        near = min(len(group.rests), len(self.free))
        ids = [self.free.pop() for _ in range(near)]
        self.add(group.prefix, 0, [root, *ids], wanted=False)
        written = self.batches if self.batch else self.batches - 1
        for rest in group.rests:
            if ids:
                number = ids.pop()
            else:
                if not self.free or self.batches <= written:
                    self.flush()  # the prefix must be in the cache before it is forked
                number = self.free.pop()
                self.raw.call.llama_memory_seq_cp(
                    self.raw.memory, root, number, 0, len(group.prefix)
                )
            self.add(rest, len(group.prefix), [number], wanted=True)
            self.done.append(number)
        self.done.append(root)

    def add(self, tokens: list[int], start: int, sequences: list[int], *, wanted: bool) -> None:
        """Append tokens to the batch, evaluating it each time it is full."""
        last = len(tokens) - 1
        for place, token in enumerate(tokens):
            self.batch.append((token, start + place, sequences, wanted and place == last))
            if len(self.batch) == self.raw.size:
                self.flush()

    def flush(self) -> None:
        """Evaluate the batch, then forget what is done."""
        if self.batch:
            self.raw.decode(self.batch)
            self.count += len(self.batch)
            self.batches += 1
            self.batch = []
        for number in self.done:
            self.raw.call.llama_memory_seq_rm(self.raw.memory, number, -1, -1)
        self.free += self.done
        self.done = []


def loop(kind: str, path: str, prompts: Path, threads: int, size: int) -> dict[str, Any]:
    """Load, then time one loop over the prompts in the file; what a process of its own prints."""
    raw = Raw(path, threads, size)
    tokens = sorted(raw.tokens(text) for text in json.loads(prompts.read_text()))
    groups = grouped(tokens)
    warm = list(range(100, 100 + size))
    raw.decode([(token, place, [0], place == size - 1) for place, token in enumerate(warm)])
    wall, cpu = time.perf_counter(), time.process_time()
    evaluated = plain(raw, groups) if kind == "plain" else Tree(raw).run(groups)
    return {
        "wall": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu,
        "evaluated": evaluated,
        "distinct": distinct(tokens),
        "asked": sum(map(len, tokens)),
    }


# The measurement


def ours(arguments: Sequence[str]) -> Cost:
    """Run ``benchwright`` and return what the whole process used."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "benchwright", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    said = process.stderr.read()  # ends when the process does
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"benchwright {' '.join(arguments)}:\n{said.decode()}")
    return Cost(time.perf_counter() - began, usage.ru_utime + usage.ru_stime)


def raw_loop(kind: str, path: Path, prompts: Path, threads: int, size: int) -> dict[str, Any]:
    """Run one loop in a process of its own."""
    done = subprocess.run(
        [
            *(sys.executable, __file__, str(path), "--loop", kind),
            *("--prompts", str(prompts), "--threads", str(threads), "--batch", str(size)),
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(done.stdout)


def weights(model: Path, form: str) -> Path:
    """Return the file that ``benchwright`` asks in the format ``form``."""
    from benchwright.models.llama.convert import converted
    from benchwright.models.llama.header import read_header
    from benchwright.models.weights import weights_digest

    if form == "stored":
        return model
    return converted(read_header(model), weights_digest(model), form)


class Row(NamedTuple):
    """What was measured for one format and one number of shots."""

    form: str
    shots: int
    questions: int
    tokens: dict[str, int]
    costs: dict[str, list[Cost]]

    def ratio(self, against: str) -> tuple[float, float]:
        """Return our wall time by that of a loop: by the minima and by the medians."""
        mine, other = ([c.wall for c in self.costs[kind]] for kind in ("ours", against))
        return min(mine) / min(other), median(mine) / median(other)

    def rate(self, kind: str) -> tuple[float, float, float]:
        """Return questions a second: in the median, and of the slowest and fastest repetition."""
        walls = [c.wall for c in self.costs[kind]]
        return tuple(self.questions / w for w in (median(walls), max(walls), min(walls)))  # type: ignore[return-value]


def measured(options: argparse.Namespace, form: str, shots: int, folder: Path) -> Row:
    """Measure one format at one number of shots, everything in turns."""
    path = weights(options.model, form)
    command = [
        *("run", options.benchmark, "--model", f"llama:{options.model}", "--ask", "letters"),
        *("--shots", str(shots), "--take", options.take, "--template", "none"),
        *(("--weights", form) if form != "stored" else ()),
    ]
    prompts = folder / f"{form}-{shots}.json"
    costs: dict[str, list[Cost]] = {"ours": [], "plain": [], "tree": []}
    tokens: dict[str, int] = {}
    for number in range(options.repeat):
        pool = folder / f"pool-{form}-{shots}-{number}"
        costs["ours"].append(ours([*command, "--pool", str(pool)]))
        if not number:
            prompts.write_text(json.dumps(asked(pool)))
        for kind in ("plain", "tree"):
            found = raw_loop(kind, path, prompts, options.threads, options.batch)
            costs[kind].append(Cost(found["wall"], found["cpu"]))
            tokens |= {"asked": found["asked"], "distinct": found["distinct"]}
            tokens[kind] = found["evaluated"]
    tokens["ours"] = counted(pool)
    return Row(form, shots, len(json.loads(prompts.read_text())), tokens, costs)


def counted(pool: Path) -> int:
    """Return the tokens that the run says it evaluated; 0 where it does not count them."""
    from benchwright import open_pool

    with open_pool(pool) as opened:
        rows = opened.query("SELECT value FROM run_metrics WHERE metric = 'tokens_evaluated'").rows
    return int(rows[-1][0]) if rows else 0


def show(row: Row) -> str:
    """Return the row of the table: walls as min / median, then ratios, then CPU in the median."""
    spent = {kind: [cost.wall for cost in costs] for kind, costs in row.costs.items()}
    walls = " | ".join(f"{min(each):.2f} / {median(each):.2f}" for each in spent.values())
    ratios = " | ".join("{:.2f} / {:.2f}".format(*row.ratio(kind)) for kind in ("plain", "tree"))
    cpu = {kind: median(c.cpu for c in row.costs[kind]) for kind in row.costs}
    shared_by = row.tokens["asked"] / row.tokens["distinct"]
    return (
        f"| {row.form} | {row.shots} | {row.questions} | {row.tokens['asked']:,} | "
        f"{row.tokens['distinct']:,} ({shared_by:.2f}) | {row.tokens['ours']:,} | {walls} | "
        f"{ratios} | {cpu['ours'] / cpu['plain']:.2f} | {cpu['ours'] / cpu['tree']:.2f} |"
    )


def draw(rows: list[Row], folder: Path, note: str) -> Iterator[Path]:
    """Draw rates of the first format, and the ratios of all."""
    from plot import lines

    first = [row for row in rows if row.form == rows[0].form]
    kinds = {"benchwright, whole run": "ours", "raw loop, tree": "tree", "raw loop, plain": "plain"}
    yield lines(
        folder / "limit-rate.svg",
        title=f"Questions a second ({rows[0].form})",
        x="shots",
        y="questions / s",
        series={name: [(r.shots, r.rate(kind)[0]) for r in first] for name, kind in kinds.items()},
        bands={name: [(r.shots, *r.rate(kind)[1:]) for r in first] for name, kind in kinds.items()},
        note=note,
    )
    yield lines(
        folder / "limit-ratio.svg",
        title="Whole run by the raw loop over the same tokens",
        x="shots",
        y="time / loop's time (medians)",
        series={
            f"{form}, {kind}": [(r.shots, r.ratio(kind)[1]) for r in rows if r.form == form]
            for form in dict.fromkeys(row.form for row in rows)
            for kind in ("plain", "tree")
        },
        limits={f"goal {GOAL}": GOAL},
        note=note,
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model", type=Path, help="a GGUF file")
    parser.add_argument("--formats", default="f16", help="stored, f32, f16, bf16, q8_0; commas")
    parser.add_argument("--shots", default="0,1,2,5")
    parser.add_argument("--take", default="9/subject")
    parser.add_argument("--benchmark", default="mmlu")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--batch", type=int, default=256, help="tokens a batch of the loops")
    parser.add_argument("--picture", type=Path, metavar="FOLDER")
    parser.add_argument("--loop", choices=("plain", "tree"), help=argparse.SUPPRESS)
    parser.add_argument("--prompts", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.loop:
        found = loop(
            options.loop, str(options.model), options.prompts, options.threads, options.batch
        )
        print(json.dumps(found))
        return
    print(
        "| format | shots | questions | tokens asked | distinct (ratio) | ours evaluated | ours s |"
        " plain loop s | tree loop s | ours / plain | ours / tree | CPU: ours / plain | / tree |\n"
        f"|{'---|' * 13}"
    )
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for form in options.formats.split(","):
            weights(options.model, form)
            warm = ["--weights", form] if form != "stored" else []
            warm += ["--shots", "0", "--take", "1", "--pool", str(folder / f"warm-{form}")]
            ours(["run", options.benchmark, "--model", f"llama:{options.model}", *warm])
            for shots in map(int, options.shots.split(",")):
                rows.append(measured(options, form, shots, folder))
                print(show(rows[-1]), flush=True)
    note = (
        f"{options.model.stem}, {options.benchmark} by letters, --take {options.take}, "
        f"{options.threads} threads, {platform.machine()}, {time.strftime('%Y-%m-%d')}, "
        f"median of {options.repeat} (band: slowest and fastest)"
    )
    print(f"\n{note}. Times: min / median.")
    if options.picture:
        for path in draw(rows, options.picture, note):
            print(f"drew {path}")


if __name__ == "__main__":
    main()
