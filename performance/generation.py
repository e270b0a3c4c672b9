"""Generation with shared prompts: ``llama:`` in this process against llama-server under lm_eval.

``python performance/generation.py MODEL DATA --peer PYTHON [--take 100] [--tokens 128]``

MODEL is a GGUF file (both sides evaluate it as stored: give one in the format wanted), DATA the
folder that holds ``gsm8k/`` in the authors' format, PYTHON the python of an environment with
``lm_eval[api]==0.4.13``. GSM8K with 8 shots as raw prompts, the first ``--take`` questions, at
most ``--tokens`` new tokens, greedy, the benchmark's own stops; the same texts, the same threads.
lm_eval's ``local-completions`` keeps as many requests out as the server has slots (8). Neither
side's start-up counts: the clock runs from the first request to the last answer.

Tokens are the engines' own counts. Exit status 1 if ours makes less than 1.5 × the tokens a second.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from inbox import Inbox, asked_of
from llama_server import LlamaServer
from plot import bars

from benchwright.benchmarks.loading import locate
from benchwright.core.benchmark import Asking
from benchwright.core.model import ModelSettings
from benchwright.core.request import Request
from benchwright.core.table import Table
from benchwright.models.llama import open_model
from benchwright.zoo.gsm8k import BENCHMARK

GOAL = 1.5
LONGEST = 4096  # tokens of a slot

PEER = """
import json, sys, time
from lm_eval.api.instance import Instance
from lm_eval.models.openai_completions import LocalCompletionsAPI
asked = json.load(open(sys.argv[1]))
model = LocalCompletionsAPI(
    base_url=sys.argv[2] + "/completions", model="model", tokenizer_backend="none",
    tokenized_requests=False, num_concurrent=int(sys.argv[4]), max_length=4096, timeout=3600)
requests = [
    Instance(request_type="generate_until", doc={}, idx=n, arguments=(
        one["prompt"], {"until": one["stop"], "max_gen_toks": one["tokens"], "temperature": 0.0,
                        "do_sample": False}))
    for n, one in enumerate(asked)]
began = time.perf_counter()
texts = model.generate_until(requests, disable_tqdm=True)
json.dump({"seconds": time.perf_counter() - began, "texts": texts}, open(sys.argv[3], "w"))
"""


class Side(NamedTuple):
    """What one side made in which time."""

    name: str
    seconds: float
    tokens: int
    texts: list[str]


def ours(wanted: argparse.Namespace, requests: list[Request]) -> Side:
    """Generate in this process."""
    model = open_model(str(wanted.model), ModelSettings(template="none", threads=wanted.threads))
    inbox = Inbox(requests)
    began = time.perf_counter()
    model.serve(inbox)
    seconds = time.perf_counter() - began
    model.close()
    responses = inbox.responses()
    tokens = sum(response.tokens_out or 0 for response in responses)
    return Side("llama: in process", seconds, tokens, [response.text for response in responses])


def theirs(wanted: argparse.Namespace, requests: list[Request]) -> tuple[Side, str]:
    """Generate with lm_eval against a llama-server; return also the server's settings."""
    asked = [
        {"prompt": one.prompt_text, "stop": one.generation.stop, "tokens": wanted.tokens}
        for one in requests
        if one.generation is not None
    ]
    with (
        tempfile.TemporaryDirectory() as folder,
        LlamaServer(
            wanted.model,
            context=LONGEST,
            slots=wanted.slots,
            threads=wanted.threads,
            cache_mib=wanted.cache_mib,
        ) as server,
    ):
        before = server.counted("tokens_predicted_total")
        given, made = Path(folder) / "asked.json", Path(folder) / "made.json"
        given.write_text(json.dumps(asked))
        command = [wanted.peer, "-c", PEER, str(given), server.url, str(made), str(wanted.slots)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        found = json.loads(made.read_text())
        tokens = server.counted("tokens_predicted_total") - before
        side = Side("llama-server, lm_eval", found["seconds"], tokens, found["texts"])
        return side, server.settings


def draw(folder: Path, rates: dict[str, float], note: str) -> None:
    """Draw both sides' tokens a second into ``folder``."""
    ours_name, theirs_name = rates
    bars(
        folder / "generation.svg",
        title="Answers of 128 tokens behind eight shots",
        y="new tokens a second",
        values=rates,
        limits={f"{GOAL} × {theirs_name}": GOAL * rates[theirs_name]},
        ours=(ours_name,),
        digits=1,
        note=note,
    )


def main() -> int:
    """Compare, print, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--peer", required=True, help="python of an environment with lm_eval[api]")
    parser.add_argument("--take", type=int, default=100)
    parser.add_argument("--tokens", type=int, default=128, help="most new tokens")
    parser.add_argument("--slots", type=int, default=8)
    parser.add_argument("--cache-mib", type=int, default=8192, help="llama-server's --cache-ram")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--picture", type=Path, metavar="FOLDER")
    wanted = parser.parse_args()
    data = locate(BENCHMARK.card, folder=wanted.data)
    samples = list(BENCHMARK.samples(data))[: wanted.take]
    asking = Asking(ask="generate", chat=False, shots=8, max_tokens=wanted.tokens)
    requests = asked_of(BENCHMARK.solver(asking, data), samples)
    peer, settings = theirs(wanted, requests)
    sides = (ours(wanted, requests), peer)
    rates = [side.tokens / side.seconds for side in sides]
    same = sum(a.strip() == b.strip() for a, b in zip(sides[0].texts, peer.texts, strict=True))
    rows = tuple(
        (side.name, side.seconds, side.tokens, rate, rate / rates[1])
        for side, rate in zip(sides, rates, strict=True)
    )
    asked = (
        f"GSM8K, 8 shots, {len(requests)} questions, at most {wanted.tokens} new tokens, "
        f"{wanted.model.name}, {wanted.threads} threads"
    )
    caption = f"{asked}; {same} texts are the same; {settings}"
    columns = ("side", "seconds", "tokens", "tokens/s", "of lm_eval's")
    print(Table(columns=columns, rows=rows, caption=caption))
    if wanted.picture:
        draw(wanted.picture, {row[0]: row[3] for row in rows}, asked)
    return 0 if rates[0] >= GOAL * rates[1] else 1


if __name__ == "__main__":
    sys.exit(main())
