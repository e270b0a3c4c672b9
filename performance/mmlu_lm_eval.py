"""The same questions, the same float32 weights: our whole command line against lm_eval's ``hf``.

``python performance/mmlu_lm_eval.py MODEL DATA --take 9/subject``                one full pair
``python performance/mmlu_lm_eval.py MODEL DATA --take 50 --repeat 5``            interleaved runs
``python performance/mmlu_lm_eval.py MODEL DATA --take 50/subject --best llama:FILE.gguf,bf16``
``python performance/mmlu_lm_eval.py MODEL DATA --benchmark mmlu_pro --ask options --shots 0 \
--take 200``

MODEL is a folder of transformers, DATA the folder of benchmark data. Both sides are processes of
their own, timed from start to end, loading included; pools are empty, but what a user's cache holds
(the parity probe) is made before. lm_eval gets its best batch size of 1, 4, 8, 16, found on the
first ``--slice`` questions. ``--best`` adds one run of ours in another format or backend.

Ceiling = distinct-token ratio x kernel ratio. The first is the tokens that lm_eval evaluates (one
sequence for options that differ in their last token only) by the distinct ones; the second is our
backend's raw tokens a second by those of lm_eval's: plain forward passes of one text of a full
batch, the last logits read, against its batch shapes with logits everywhere, as lm_eval calls it.
(Shorter texts would attend to less than either side does, and promise more than can be had.)

``--room FOLDER`` keeps what every side answered and used, so that a call that was cut off goes on.
``--limit`` times the raw loop of our backend over exactly the distinct tokens as well.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from lm_eval_peer import Cost, Question, ask_peer, asked, compared, once, timed
from plot import bars

BATCHES = (1, 4, 8, 16)
DECIDING = ("model", "data", "benchmark", "ask", "shots", "take", "batch", "slice", "best")
"""Arguments that decide what is asked, and of what."""
WIDTH = 512
"""Tokens a batch of the raw loop, and of the kernel that the ceiling counts with."""


class Tokens(NamedTuple):
    """What there is to evaluate."""

    asked: int
    """Tokens of the sequences that lm_eval evaluates."""
    distinct: list[int]
    """One for each node of their trie."""
    longest: list[int]
    """Lengths of the sequences, descending, as lm_eval takes them."""


# What is to be evaluated


def count(folder: Path, questions: Sequence[Question]) -> Tokens:
    """Tokenise as both sides do: context and continuation together, the last token left out."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    paths = {
        tuple(tokenizer.encode(one.prompt + option)[:-1])
        for one in questions
        for option in one.options
    }
    distinct: list[int] = []
    before: tuple[int, ...] = ()
    for path in sorted(paths):
        common = next(
            (n for n, (a, b) in enumerate(zip(before, path, strict=False)) if a != b),
            min(len(before), len(path)),
        )
        distinct += path[common:]
        before = path
    lengths = sorted(map(len, paths), reverse=True)
    return Tokens(sum(lengths), distinct, lengths)


# The raw loops, in a process of their own


def raw(folder: str, given: dict[str, Any]) -> dict[str, float]:
    """Load the model and time its forward pass; what a process of its own prints."""
    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    distinct, rows = given["distinct"], given["batch"]
    lengths: list[int] = given["lengths"]
    # Batches as lm_eval makes them: sorted by length, padded to the longest of each. A few, spread.
    starts = range(0, len(lengths), rows)
    spread = starts[:: max(1, len(starts) // 6)]
    shapes = [(len(lengths[start : start + rows]), lengths[start]) for start in spread]
    padded = [sum(lengths[start : start + rows]) for start in spread]

    def forward(tokens: Any, *, everywhere: bool) -> float:
        began = time.perf_counter()
        keep = 0 if everywhere else 1
        model(tokens, use_cache=everywhere, logits_to_keep=keep)
        return time.perf_counter() - began

    draw = torch.Generator().manual_seed(0)
    vocabulary = model.config.vocab_size

    def some(*shape: int) -> Any:
        return torch.randint(vocabulary, shape, generator=draw)

    with torch.inference_mode():
        forward(some(1, WIDTH), everywhere=False)
        ours = min(forward(some(1, WIDTH), everywhere=False) for _ in range(5))
        theirs = [min(forward(some(*shape), everywhere=True) for _ in range(2)) for shape in shapes]
        seconds = 0.0
        if given["limit"]:
            for start in range(0, len(distinct), WIDTH):
                part = torch.tensor([distinct[start : start + WIDTH]])
                seconds += forward(part, everywhere=False)
    return {
        "ours": WIDTH / ours,
        "theirs": sum(padded) / sum(theirs),
        "loop": seconds,
    }


def raw_apart(folder: Path, tokens: Tokens, batch: int, room: Path, *, limit: bool) -> Any:
    """Run ``raw`` in a process of its own."""
    given = {"distinct": tokens.distinct, "lengths": tokens.longest, "batch": batch, "limit": limit}
    (room / "raw.json").write_text(json.dumps(given))
    done = subprocess.run(
        [sys.executable, __file__, str(folder), "-", "--raw", str(room / "raw.json")],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


# The two sides


def ours(wanted: argparse.Namespace, model: str, pool: Path) -> tuple[list[Question], Cost]:
    """Ask our side by its command line; ``model`` may name a format behind a comma."""
    name, _, weights = model.partition(",")
    arguments = ["benchwright", "run", wanted.benchmark, "--model", name, "--ask", wanted.ask]
    arguments += ["--shots", str(wanted.shots), "--take", wanted.take, "--seed", "0"]
    arguments += ["--template", "none", "--data", str(wanted.data), "--pool", str(pool)]
    arguments += ["--weights", weights] if weights else []

    def anew() -> Cost:
        shutil.rmtree(pool, ignore_errors=True)  # a part of a run that was cut off is not timed
        return timed(arguments)

    cost = once(pool.with_name(f"{pool.name}.json"), anew)
    return asked(pool), cost


def peer(folder: Path, batch: int) -> list[str]:
    """Return the arguments by which lm_eval loads the model."""
    return [
        *("--model", "hf", "--model_args", f"pretrained={folder},dtype=float32"),
        *("--device", "cpu", "--batch_size", str(batch)),
    ]


def best_batch(wanted: argparse.Namespace, questions: list[Question], room: Path) -> int:
    """Return lm_eval's fastest batch size on a slice of the questions."""
    if wanted.batch:
        return int(wanted.batch)
    step = max(1, len(questions) // wanted.slice)
    some = questions[::step][: wanted.slice]
    seconds = {
        size: ask_peer(some, peer(wanted.model, size), room / f"slice{size}")[1].wall
        for size in BATCHES
    }
    print(f"lm_eval on {len(some)} questions, seconds by batch size: ", end="")
    print(", ".join(f"{size}: {took:.1f}" for size, took in seconds.items()), flush=True)
    return min(seconds, key=lambda size: seconds[size])


def shown(name: str, costs: Sequence[Cost], questions: int) -> str:
    """Return a side's times in words: minimum and median."""
    walls = [cost.wall for cost in costs]
    cpu = median(cost.cpu for cost in costs)
    return (
        f"{name:24} {min(walls):8.1f} / {median(walls):8.1f} s wall, {cpu:8.1f} s CPU, "
        f"{questions / min(walls):6.2f} questions/s"
    )


def draw(wanted: argparse.Namespace, rates: dict[str, float], ceiling: float) -> None:
    """Draw both sides' questions a second into the folder ``wanted.picture``."""
    bars(
        wanted.picture / f"{wanted.benchmark}_lm_eval.svg",
        title=f"{wanted.benchmark}, {wanted.ask}, {wanted.shots} shots, float32",
        y="questions a second",
        values=rates,
        limits={"ceiling: distinct tokens × kernels": ceiling * rates["lm_eval hf"]},
        ours=("benchwright hf:",),
        note=f"--take {wanted.take}, 2 cores, whole command lines",
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--benchmark", default="mmlu")
    parser.add_argument("--ask", default="letters", choices=("letters", "options"))
    parser.add_argument("--shots", type=int, default=5)
    parser.add_argument("--take", default="9/subject")
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--batch", type=int, default=0, help="lm_eval's; 0: the best is found")
    parser.add_argument("--slice", type=int, default=16)
    parser.add_argument("--best", metavar="MODEL[,FORMAT]", help="one run of ours in this, too")
    parser.add_argument("--limit", action="store_true")
    parser.add_argument("--picture", type=Path, metavar="FOLDER")
    parser.add_argument("--room", type=Path, help="keep what was asked; a second call goes on")
    parser.add_argument("--raw", type=Path, help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.raw:
        print(json.dumps(raw(str(wanted.model), json.loads(wanted.raw.read_text()))))
        return
    with tempfile.TemporaryDirectory() as made:
        room = wanted.room or Path(made)
        own(room, wanted)
        measure(wanted, room)


def own(room: Path, wanted: argparse.Namespace) -> None:
    """Let ``room`` belong to this call; another call's figures would be taken for this one's."""
    asked_for = {name: str(getattr(wanted, name)) for name in DECIDING}
    kept = room / "call.json"
    room.mkdir(parents=True, exist_ok=True)
    if not kept.exists():
        kept.write_text(json.dumps(asked_for))
    elif json.loads(kept.read_text()) != asked_for:
        raise SystemExit(f"{room} holds another call: {kept.read_text()}; name a new folder.")


def measure(wanted: argparse.Namespace, room: Path) -> None:
    """Ask both sides in turns, then print what came out."""
    os.environ["BENCHWRIGHT_CACHE"] = str(room / "cache")
    model = f"hf:{wanted.model}"
    warm = argparse.Namespace(**vars(wanted) | {"take": "1"})
    ours(warm, model, room / "warm")
    left, right = [], []
    for turn in range(wanted.repeat):
        mine, cost = ours(wanted, model, room / f"ours{turn}")
        left.append(cost)
        if not turn:
            batch = best_batch(wanted, mine, room)
        theirs, cost = ask_peer(mine, peer(wanted.model, batch), room / f"theirs{turn}")
        right.append(cost)
        print(f"pair {turn + 1}: {left[-1].wall:.1f} s and {cost.wall:.1f} s", flush=True)
    tokens = count(wanted.model, mine)
    found = raw_apart(wanted.model, tokens, batch, room, limit=wanted.limit)
    size = len(mine)
    print(f"{wanted.benchmark}, {wanted.ask}, {wanted.shots} shots, {size} questions, float32")
    print(shown("benchwright hf:", left, size))
    print(shown(f"lm_eval hf, batch {batch}", right, size))
    least = min(c.wall for c in right) / min(c.wall for c in left)
    middle = median(c.wall for c in right) / median(c.wall for c in left)
    print(f"ratio min / median       {least:.2f} / {middle:.2f}")
    sharing, kernel = tokens.asked / len(tokens.distinct), found["ours"] / found["theirs"]
    print(
        f"ceiling                  {sharing * kernel:.2f} = distinct-token ratio {sharing:.2f} "
        f"({tokens.asked:,} / {len(tokens.distinct):,}) x kernel ratio {kernel:.2f} "
        f"({found['ours']:.0f} / {found['theirs']:.0f} tokens/s)"
    )
    print(f"share of the ceiling     {middle / sharing / kernel:.2f} (goal 0.8)")
    print(f"answers                  {compared(mine, theirs)}")
    if wanted.picture:
        rates = {
            "lm_eval hf": size / median(cost.wall for cost in right),
            "benchwright hf:": size / median(cost.wall for cost in left),
        }
        draw(wanted, rates, sharing * kernel)
    if wanted.limit:
        took = median(cost.wall for cost in left)
        print(
            f"limit                    whole run {took:.1f} s, raw loop over the distinct tokens "
            f"{found['loop']:.1f} s: {took / found['loop']:.2f} (goal 1.25)"
        )
    if wanted.best:
        ours(warm, wanted.best, room / "warm-best")
        best, cost = ours(wanted, wanted.best, room / "best")
        print(shown(wanted.best, [cost], size))
        print(f"ratio to lm_eval         {median(c.wall for c in right) / cost.wall:.2f}")
        print(f"answers                  {compared(best, theirs)}")


if __name__ == "__main__":
    main()
