"""lm-evaluation-harness's ``gguf`` route beside ours: its speed, and whether its numbers are right.

``python performance/gguf_lm_eval.py MODEL.gguf DATA [--questions 40]``

lm_eval's ``gguf`` asks a server of llama-cpp-python, one request for every option, with the prompt
echoed. That server (``llama_cpp.server`` and its web packages) and ``lm-eval==0.4.13`` must be in
the environment, beside this package. Ours is the whole command line with ``llama:`` on the same
file, as stored; where llama-cpp-python is installed both use its library. No parity is expected:
what is printed is each side's time, the log-probabilities of the same strings, and how many of
lm_eval's are those of the options that it asked for.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import httpx
from lm_eval_peer import ask_peer, asked, compared, timed

PATIENCE = 120.0
RIGHT = 0.05
"""Nats within which a log-probability counts as the same: twice what batches move these weights."""


@contextlib.contextmanager
def server(model: Path, context: int) -> Iterator[str]:
    """Run llama-cpp-python's server of ``model``; yield its address."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    threads = str(len(os.sched_getaffinity(0)))
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "llama_cpp.server", "--model", str(model)),
            *("--host", "127.0.0.1", "--port", str(port), "--n_ctx", str(context)),
            # Without the logits of every token there is nothing to echo.
            *("--logits_all", "true", "--n_threads", threads, "--n_threads_batch", threads),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    root = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + PATIENCE
        while True:
            with contextlib.suppress(httpx.TransportError):
                httpx.get(f"{root}/v1/models", timeout=5.0)
                break
            if process.poll() is not None or time.monotonic() > until:
                raise SystemExit("llama_cpp.server did not start")
            time.sleep(0.5)
        yield root
    finally:
        process.terminate()
        process.wait()


def main() -> None:
    """Ask both sides once and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--questions", type=int, default=40)
    parser.add_argument("--context", type=int, default=4096)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        room = Path(made)
        command = [
            *("benchwright", "run", "mmlu", "--model", f"llama:{wanted.model}", "--ask", "letters"),
            *("--shots", "5", "--take", str(wanted.questions), "--template", "none"),
            *("--data", str(wanted.data), "--pool", str(room / "pool")),
        ]
        mine = timed(command)
        ours = asked(room / "pool")
        with server(wanted.model, wanted.context) as root:
            theirs, took = ask_peer(
                ours, ["--model", "gguf", "--model_args", f"base_url={root}"], room / "theirs"
            )
    apart = [
        abs(one - other)
        for a, b in zip(ours, theirs, strict=True)
        for one, other in zip(a.logprobs, b.logprobs, strict=True)
    ]
    right = sum(each <= RIGHT for each in apart)
    print(f"MMLU, letters, 5 shots, {len(ours)} questions, {wanted.model.name} as stored")
    print(f"benchwright llama:  {mine.wall:8.1f} s, {len(ours) / mine.wall:6.2f} questions/s")
    print(f"lm_eval gguf        {took.wall:8.1f} s, {len(ours) / took.wall:6.2f} questions/s")
    print(f"log-probabilities   {right} of {len(apart)} within {RIGHT} nats of ours", end="; ")
    print(f"median difference {median(apart):.2g}, largest {max(apart):.2g}")
    print(f"answers             {compared(ours, theirs)}")


if __name__ == "__main__":
    main()
