"""One server, the same requests in three orders, and a peer: wall time and tokens evaluated.

``python performance/dispatch.py MODEL DATA [--take 10] [--prefixes 20] [--peer PYTHON]``

MODEL is a GGUF file, DATA the folder that holds ``mmlu/`` in the authors' format. 5-shot MMLU as
chat, ``--take`` questions of each of ``--prefixes`` subjects (seed 0), one new token each, against
a fresh llama-server with 8 slots for every order:

* ``shuffled``: in random order, a plain client with as many out as there are slots;
* ``sorted``: in the benchmark's order, the same plain client;
* ``ours``: in the benchmark's order into ``openai:``, which chooses what goes out when;
* ``inspect_ai`` (``--peer``: the python of an environment with ``inspect_ai`` and ``openai``): the
  same messages in the benchmark's order, ``max_connections`` as many as there are slots; its
  seconds are those of ``eval()``, without starting Python and importing.

Tokens evaluated are the server's own count; distinct tokens are those of the trie of all prompts.
Exit status 1 if ours is slower than shuffled or evaluates more than 1.1 × the distinct.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from inbox import Inbox, asked_of
from llama_server import LlamaServer
from plot import bars

from benchwright.benchmarks.loading import locate
from benchwright.core.benchmark import Asking
from benchwright.core.content import text_of
from benchwright.core.model import ModelSettings
from benchwright.core.request import Request
from benchwright.core.sample import Sample
from benchwright.core.seeds import generator
from benchwright.core.table import Table
from benchwright.models.openai import open_model
from benchwright.models.openai.model import OpenAIModel
from benchwright.zoo.mmlu import BENCHMARK

BOUND = 1.1
LONGEST = 4096  # tokens of a slot: the longest 5-shot prompt of MMLU has 2,485 and its question

PEER = """
import json, sys, time
from inspect_ai import Task, eval
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import GenerateConfig, ChatMessageAssistant, ChatMessageUser, get_model
from inspect_ai.solver import generate
kinds = {"user": ChatMessageUser, "assistant": ChatMessageAssistant}
asked = json.load(open(sys.argv[1]))
samples = [Sample(input=[kinds[t["role"]](content=t["content"]) for t in one]) for one in asked]
config = GenerateConfig(max_connections=int(sys.argv[4]), max_tokens=1, temperature=0.0)
model = get_model("openai-api/local/model", base_url=sys.argv[2], api_key="none", config=config)
task = Task(dataset=MemoryDataset(samples), solver=generate())
began = time.perf_counter()
log = eval(task, model=model, log_dir=sys.argv[3], display="none", max_samples=len(samples))[0]
if log.status != "success":
    sys.exit(str(log.error))
print("seconds", time.perf_counter() - began)
"""


class Cost(NamedTuple):
    """What one order cost."""

    order: str
    seconds: float
    evaluated: int


def requests_of(folder: Path, prefixes: int, take: int) -> list[Request]:
    """Return what the benchmark asks of ``take`` questions of each of ``prefixes`` subjects."""
    data = locate(BENCHMARK.card, folder=folder)
    by_subject: dict[str, list[Sample]] = {}
    for sample in BENCHMARK.samples(data):
        by_subject.setdefault(sample.tags["subject"], []).append(sample)
    draw = generator(0, "dispatch")
    subjects = sorted(draw.sample(sorted(by_subject), prefixes))
    asking = Asking(ask="generate", chat=True, shots=5, max_tokens=1)
    samples = [sample for subject in subjects for sample in draw.sample(by_subject[subject], take)]
    return asked_of(BENCHMARK.solver(asking, data), samples)


def turns(request: Request) -> list[dict[str, str]]:
    """Return the chat turns of a request as servers take them."""
    return [{"role": turn.role, "content": text_of(turn.parts)} for turn in request.messages]


def distinct(prompts: list[list[int]]) -> int:
    """Return the nodes of the trie of all prompts."""
    nodes = 0
    before: list[int] = []
    for tokens in sorted(prompts):
        same = next(
            (n for n, pair in enumerate(zip(before, tokens, strict=False)) if pair[0] != pair[1]),
            min(len(before), len(tokens)),
        )
        nodes += len(tokens) - same
        before = tokens
    return nodes


def plainly(model: OpenAIModel, requests: list[Request], out: int) -> None:
    """Ask in the order given with ``out`` requests out, as a client without a dispatcher does."""

    async def asking() -> None:
        places = asyncio.Semaphore(out)

        async def one(request: Request) -> None:
            async with places:
                await model.answer(line, request, lambda _: b"")

        async with model.endpoints[0].connect() as line:
            await asyncio.gather(*map(one, requests))

    asyncio.run(asking())


def ours(model: OpenAIModel, requests: list[Request]) -> None:
    """Ask through the model, which chooses the order."""
    inbox = Inbox(requests)
    model.serve(inbox)
    inbox.responses()


def peer(python: str, url: str, requests: list[Request], out: int) -> float:
    """Ask through inspect_ai; return its seconds without those of starting Python."""
    with tempfile.TemporaryDirectory() as room:
        asked = Path(room) / "asked.json"
        asked.write_text(json.dumps([turns(request) for request in requests]))
        command = [python, "-c", PEER, str(asked), url, room, str(out)]
        said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        return float(said.rpartition("seconds ")[2])


def prepared(
    order: str,
    server: LlamaServer,
    requests: list[Request],
    shuffled: list[Request],
    wanted: argparse.Namespace,
) -> Callable[[], float | None]:
    """Return what asks ``server`` in this order."""
    if order == "inspect_ai":
        return lambda: peer(wanted.peer, server.url, requests, wanted.slots)
    model = open_model(f"@{server.url}", ModelSettings(concurrency=wanted.slots))
    works: dict[str, Callable[[], float | None]] = {
        "shuffled": lambda: plainly(model, shuffled, wanted.slots),
        "sorted": lambda: plainly(model, requests, wanted.slots),
        "ours": lambda: ours(model, requests),
    }
    return works[order]


def measured(order: str, server: LlamaServer, work: Callable[[], float | None]) -> Cost:
    """Return what ``work`` cost, by its own clock where it has one."""
    before, began = server.counted("prompt_tokens_total"), time.perf_counter()
    own = work()
    seconds = own or time.perf_counter() - began
    cost = Cost(order, seconds, server.counted("prompt_tokens_total") - before)
    print(f"{order}: {cost.seconds:.1f} s, {cost.evaluated:,} tokens", file=sys.stderr, flush=True)
    return cost


def draw(folder: Path, evaluated: dict[str, int], fewest: int, note: str) -> None:
    """Draw the tokens evaluated in each order into ``folder``."""
    bars(
        folder / "dispatch.svg",
        title="One server, the same requests, four orders",
        y="tokens evaluated",
        values={order: float(count) for order, count in evaluated.items()},
        limits={"distinct tokens": float(fewest)},
        ours=("ours",),
        digits=0,
        note=note,
    )


def main() -> int:
    """Compare, print, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--take", type=int, default=10, help="questions of each prefix")
    parser.add_argument("--prefixes", type=int, default=20)
    parser.add_argument("--slots", type=int, default=8)
    parser.add_argument("--cache-mib", type=int, default=8192, help="llama-server's --cache-ram")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--peer", default="", help="python of an environment with inspect_ai")
    parser.add_argument("--orders", default="shuffled,sorted,ours")
    parser.add_argument("--picture", type=Path, metavar="FOLDER")
    wanted = parser.parse_args()
    requests = requests_of(wanted.data, wanted.prefixes, wanted.take)
    shuffled = random.Random(0).sample(requests, len(requests))
    costs: list[Cost] = []
    settings, fewest = "", 0
    for order in [*wanted.orders.split(","), *(["inspect_ai"] if wanted.peer else [])]:
        with LlamaServer(
            wanted.model,
            context=LONGEST,
            slots=wanted.slots,
            threads=wanted.threads,
            cache_mib=wanted.cache_mib,
        ) as server:
            settings = server.settings
            fewest = fewest or distinct([server.tokens(turns(request)) for request in requests])
            work = prepared(order, server, requests, shuffled, wanted)
            costs.append(measured(order, server, work))
    base = next((cost.seconds for cost in costs if cost.order == "shuffled"), costs[0].seconds)
    rows = tuple(
        (cost.order, cost.seconds, cost.seconds / base, cost.evaluated, cost.evaluated / fewest)
        for cost in costs
    )
    caption = (
        f"{len(requests)} requests over {wanted.prefixes} prefixes, {fewest:,} distinct tokens; "
        f"{settings} threads={wanted.threads}"
    )
    columns = ("order", "seconds", "of shuffled", "tokens evaluated", "of distinct")
    print(Table(columns=columns, rows=rows, caption=caption))
    if wanted.picture:
        draw(wanted.picture, {cost.order: cost.evaluated for cost in costs}, fewest, caption)
    found = {cost.order: cost for cost in costs}
    if not {"ours", "shuffled"} <= found.keys():
        return 0
    met = found["ours"].evaluated <= BOUND * fewest
    return 0 if met and found["ours"].seconds <= found["shuffled"].seconds else 1


if __name__ == "__main__":
    sys.exit(main())
