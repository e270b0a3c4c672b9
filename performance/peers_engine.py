"""What peers' engines cost a sample, beside ours: a scripted model at no latency, one question set.

``python performance/peers_engine.py --inspect PYTHON --evalscope PYTHON --lm-eval PYTHON``

Each ``PYTHON`` is the interpreter of an environment of its own, made beforehand::

    pip install inspect_ai==0.3.285 openai    # one environment
    pip install evalscope==1.14.1             # another
    pip install lm_eval==0.4.13 torch         # a third

A peer that is not named is left out. Every peer asks the same four-choice questions of its own
mock model (inspect_ai ``mockllm``, evalscope ``mock_llm``, lm_eval ``dummy``), with its default
settings but no display. A figure is user and system seconds of the whole process and what it
starts, less those of a run of 10 questions (start-up), divided by the difference in questions; the
least and the median of ``--runs``. Ours is the whole command line with durable answers and rows.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from plot import bars
from questions import write

START_UP = 10
"""Questions of the run that is subtracted."""

INSPECT = """
import json, sys
from inspect_ai import Task, eval
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import choice
from inspect_ai.solver import multiple_choice

questions, folder = sys.argv[1:]
records = [json.loads(line) for line in open(questions)]
samples = [
    Sample(id=r["id"], input=r["question"], choices=r["options"], target=r["answer"])
    for r in records
]

def answers():
    while True:
        output = ModelOutput.from_content("mockllm", "ANSWER: C")
        output.usage = ModelUsage(input_tokens=90, output_tokens=4, total_tokens=94)
        yield output

task = Task(dataset=MemoryDataset(samples), solver=multiple_choice(), scorer=choice())
model = get_model("mockllm/model", custom_outputs=answers())
logs = eval(task, model=model, log_dir=folder, display="none", max_connections=256)
assert logs[0].status == "success", logs[0].error
print(logs[0].results.scores[0].metrics["accuracy"].value)
"""

EVALSCOPE = """
import json, pathlib, sys
from evalscope import TaskConfig, run_task
from evalscope.api.model import GenerateConfig, ModelOutput
from evalscope.models.mockllm import MockLLM

questions, folder = sys.argv[1:]
data = pathlib.Path(folder) / "data"
data.mkdir()
with (data / "load_val.jsonl").open("w") as file:
    for line in open(questions):
        r = json.loads(line)
        named = dict(zip("ABCD", r["options"]))
        file.write(json.dumps({"id": r["id"], "question": r["question"], **named,
                               "answer": r["answer"]}) + "\\n")
MockLLM.default_output = "ANSWER: C"
run_task(TaskConfig(
    model="mock", eval_type="mock_llm", datasets=["general_mcq"],
    dataset_args={"general_mcq": {"local_path": str(data), "subset_list": ["load"]}},
    work_dir=str(pathlib.Path(folder) / "out"), eval_batch_size=16, enable_progress_tracker=False,
))
"""

LM_EVAL = """
import pathlib, sys
import lm_eval
from lm_eval.tasks import TaskManager

questions, folder = sys.argv[1:]
(pathlib.Path(folder) / "load.yaml").write_text(f'''
task: load
dataset_path: json
dataset_kwargs: {{data_files: {{test: {questions}}}}}
test_split: test
output_type: multiple_choice
doc_to_text: "Question: {{{{question}}}}\\\\nA. {{{{options[0]}}}}\\\\nB. {{{{options[1]}}}}\\\\nC. {{{{options[2]}}}}\\\\nD. {{{{options[3]}}}}\\\\nAnswer:"
doc_to_choice: ["A", "B", "C", "D"]
doc_to_target: answer
metric_list: [{{metric: acc, aggregation: mean, higher_is_better: true}}]
''')
found = lm_eval.simple_evaluate(
    model="dummy", tasks=["load"], task_manager=TaskManager(include_path=folder), log_samples=False
)
print(found["results"]["load"])
"""  # noqa: E501 - a template of the peer's, in one line

OURS = (
    "from benchwright.cli import main; import sys; "
    "sys.argv = ['benchwright', 'run', 'file:' + sys.argv[1], '--input', 'question', '--choices', "
    "'options', '--target', 'answer', '--id', 'id', '--ask', 'letters', '--model', "
    "'scripted:load', '--pool', sys.argv[2] + '/pool']; main()"
)


class Peer(NamedTuple):
    """One engine."""

    name: str
    script: str
    package: str
    writes: str
    """What it has written when a question is over."""


PEERS = {
    "ours": Peer("benchwright", OURS, "benchwright", "answer and row, committed as it goes"),
    "inspect": Peer("inspect_ai mockllm", INSPECT, "inspect_ai", "log, as it goes"),
    "evalscope": Peer("evalscope mock_llm", EVALSCOPE, "evalscope", "JSONL, as it goes"),
    "lm_eval": Peer("lm_eval dummy", LM_EVAL, "lm_eval", "nothing as it goes"),
}


def cpu_seconds(python: str, script: str, questions: Path) -> float:
    """Return user and system seconds of one run over ``questions``, and all that it started."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "HF_HUB_OFFLINE": "1",
            "HF_HOME": f"{folder}/hf",
            "BENCHWRIGHT_CACHE": f"{folder}/cache",
            "INSPECT_LOG_LEVEL": "error",
        }
        process = subprocess.Popen(
            [python, "-c", script, str(questions), folder],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment,
            cwd=folder,
        )
        said = process.stderr.read() if process.stderr else b""
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            raise SystemExit(f"{python}: ended with status {status}\n{said.decode()[-2000:]}")
    return usage.ru_utime + usage.ru_stime


def version(python: str, package: str) -> str:
    """Return which version of ``package`` an environment has."""
    ask = f"from importlib.metadata import version; print(version({package!r}))"
    return subprocess.run(
        [python, "-c", ask], capture_output=True, text=True, check=True
    ).stdout.strip()


def per_sample(cpu: Callable[[Path], float], folder: Path, number: int, runs: int) -> list[float]:
    """Return CPU milliseconds a sample, run by run, start-up subtracted."""
    few, many = folder / "load10.jsonl", folder / "load.jsonl"
    write(few, START_UP)
    write(many, number)
    base = min(cpu(few) for _ in range(2))
    return [1000 * (cpu(many) - base) / (number - START_UP) for _ in range(runs)]


def draw(folder: Path, costs: dict[str, list[float]]) -> None:
    """Draw every engine's cost (all its runs, CPU ms a sample) into ``folder``."""
    bars(
        folder / "engine_peers.svg",
        title="What a sample costs without a model",
        y="CPU ms a sample",
        values={
            name: (statistics.median(runs), min(runs), max(runs)) for name, runs in costs.items()
        },
        ours=(PEERS["ours"].name,),
        y_scale="log",
        note="start-up subtracted; median, least and most of the runs",
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in PEERS:
        if name != "ours":
            parser.add_argument(f"--{name.replace('_', '-')}", metavar="PYTHON", default="")
    parser.add_argument("--samples", type=int, default=5000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--picture", type=Path, metavar="FOLDER")
    chosen = parser.parse_args()
    found: dict[str, list[float]] = {}
    print(f"{chosen.samples:,} questions, {chosen.runs} runs each\n")
    print("| engine | version | CPU ms / sample, least | median | of ours | written |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as temporary:
        for name, peer in PEERS.items():
            python = sys.executable if name == "ours" else getattr(chosen, name)
            if not python:
                continue
            cpu = partial(cpu_seconds, python, peer.script)
            costs = per_sample(cpu, Path(temporary), chosen.samples, chosen.runs)
            found[name] = costs
            middle = statistics.median(costs)
            ratio = middle / statistics.median(found["ours"])
            print(
                f"| {peer.name} | {version(python, peer.package)} | {min(costs):.3f} "
                f"| {middle:.3f} | {ratio:.1f} × | {peer.writes} |",
                flush=True,
            )
    if chosen.picture:
        draw(chosen.picture, {PEERS[name].name: costs for name, costs in found.items()})


if __name__ == "__main__":
    main()
