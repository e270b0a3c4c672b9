"""lm-evaluation-harness asked what we asked: the same strings, through a task file of its own.

Needs ``lm-eval==0.4.13`` in the environment. What a pool holds is written out as a local task: our
prompts as documents, our continuations as choices, nothing in between. So both sides do the same
work, and what lm-evaluation-harness would spend on building the prompts is not counted.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

TASK = """\
task: asked
dataset_path: json
dataset_kwargs:
  data_files:
    test: {rows}
test_split: test
output_type: multiple_choice
doc_to_text: prompt
doc_to_choice: options
doc_to_target: target
target_delimiter: ""
num_fewshot: 0
metric_list:
  - metric: acc
"""


class Question(NamedTuple):
    """One question as it was asked, and the log-probabilities that came back."""

    prompt: str
    options: tuple[str, ...]
    target: int
    logprobs: tuple[float, ...]

    @property
    def choice(self) -> int:
        """Index of the likeliest option, the first among equals."""
        return self.logprobs.index(max(self.logprobs))

    @property
    def margin(self) -> float:
        """Nats between the two best options."""
        best, second = sorted(self.logprobs, reverse=True)[:2]
        return best - second


class Cost(NamedTuple):
    """What one process used, in seconds."""

    wall: float
    cpu: float


def timed(arguments: Sequence[str], environment: dict[str, str] | None = None) -> Cost:
    """Run ``python -m`` with ``arguments``; return what the whole process used."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=os.environ | (environment or {}),
    )
    assert process.stderr is not None
    said = process.stderr.read()  # ends when the process does
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(arguments)}:\n{said.decode()[-4000:]}")
    return Cost(time.perf_counter() - began, usage.ru_utime + usage.ru_stime)


def once(file: Path, measure: Callable[[], Cost]) -> Cost:
    """Return what ``measure`` returns and keep it in ``file``, or what is kept there."""
    if not file.exists():
        file.write_text(json.dumps(measure()))
    return Cost(*json.loads(file.read_text()))


def asked(pool: Path) -> list[Question]:
    """Return what a pool of one model and one benchmark holds, in the order of its prompts."""
    from benchwright import open_pool

    [journal] = (pool / "responses").glob("*.sqlite")
    with contextlib.closing(sqlite3.connect(journal)) as connection:
        prompts = dict(
            connection.execute(
                "SELECT key, group_concat(piece, '')"
                " FROM (SELECT * FROM prompts ORDER BY id, number) GROUP BY id"
            ).fetchall()
        )
    with open_pool(pool) as opened:
        rows = opened.query(
            "SELECT r.key, r.request, r.response, m.target FROM measurements m"
            " JOIN responses r ON r.key = m.request_keys[1]"
        ).rows
    found = []
    for key, request, response, target in rows:
        scores = json.loads(response)["continuations"]
        found.append(
            Question(
                prompts[key],
                tuple(json.loads(request)["continuations"]),
                ord(target) - ord("A"),
                tuple(score["logprob"] for score in scores),
            )
        )
    return sorted(found)


def ask_peer(
    questions: Sequence[Question], arguments: Sequence[str], room: Path
) -> tuple[list[Question], Cost]:
    """Ask ``questions`` by ``lm_eval run`` with ``arguments``; files are written into ``room``.

    What ``room`` holds of an earlier call that came to its end is not asked again.

    Returns:
        The questions in their order, with lm-evaluation-harness's log-probabilities, and what the
        process used.
    """
    room.mkdir(parents=True, exist_ok=True)
    rows = room / "rows.jsonl"
    rows.write_text(
        "".join(
            json.dumps({"prompt": one.prompt, "options": one.options, "target": one.target}) + "\n"
            for one in questions
        )
    )
    (room / "asked.yaml").write_text(TASK.format(rows=rows))
    arguments = [
        *("lm_eval", "run", "--tasks", "asked", "--include_path", str(room)),
        *("--output_path", str(room / "out"), "--log_samples", *arguments),
    ]
    caches = {"HF_DATASETS_CACHE": str(room / "cache"), "HF_DATASETS_OFFLINE": "1"}
    cost = once(room / "cost.json", lambda: timed(arguments, caches))
    [logged] = (room / "out").rglob("samples_asked_*.jsonl")
    found: dict[int, Question] = {}
    # Not splitlines: a question may hold one of Unicode's other ends of lines.
    for one in map(json.loads, logged.read_text().rstrip("\n").split("\n")):
        question = questions[one["doc_id"]]
        logprobs = tuple(float(answer[0][0]) for answer in one["resps"])
        given = [one["arguments"][f"gen_args_{n}"] for n in range(len(logprobs))]
        if [(each["arg_0"], each["arg_1"]) for each in given] != [
            (question.prompt, option) for option in question.options
        ]:
            raise SystemExit(f"lm_eval asked something else: {given[0]}")
        found[one["doc_id"]] = question._replace(logprobs=logprobs)
    return [found[number] for number in range(len(questions))], cost


def compared(ours: Sequence[Question], theirs: Sequence[Question]) -> str:
    """Return in words how the answers agree, and by what margins they differ."""
    pairs = list(zip(ours, theirs, strict=True))
    apart = max(
        abs(one - other)
        for a, b in pairs
        for one, other in zip(a.logprobs, b.logprobs, strict=True)
    )
    differing = sorted(min(a.margin, b.margin) for a, b in pairs if a.choice != b.choice)
    right = [sum(one.choice == one.target for one in side) for side in (ours, theirs)]
    margins = f" (margins up to {differing[-1]:.1e} nats)" if differing else ""
    return (
        f"predictions equal {len(pairs) - len(differing)} of {len(pairs)}{margins}; "
        f"log-probabilities differ by at most {apart:.1e} nats; "
        f"right {right[0]} and {right[1]} of {len(pairs)}"
    )
