"""BIG-bench: any JSON task of the public suite, or a folder of them, by its own metrics."""

from __future__ import annotations

from benchwright.benchmarks.big_bench import JsonTasks
from benchwright.benchmarks.json_task_figures import FIGURES
from benchwright.core.benchmark import Card, Metric, Source
from benchwright.scorers.big_bench import SCORER

_NOTE = "Whatever tasks the folder holds; unverified, so that any task can be asked."

CARD = Card(
    name="big_bench",
    version="1",
    title="Beyond the Imitation Game Benchmark, JSON tasks",
    summary="More than 150 tasks by 450 authors, each a file of questions with its own metrics.",
    paper="Srivastava et al. 2022, arXiv:2206.04615",
    licence="Apache-2.0",
    size=2_371_257,
    sources=(
        Source(
            kind="folder",
            location="big_bench",
            files={"test": "{task}/task.json", "subtasks": "{task}/{subtask}/task.json"},
            subset="tasks given",
            note=f"{_NOTE} A folder of tasks, as bigbench/benchmark_tasks of google/BIG-bench.",
        ),
        Source(
            kind="folder",
            location="big_bench",
            files={
                "test": "bigbench/benchmark_tasks/{task}/task.json",
                "subtasks": "bigbench/benchmark_tasks/{task}/{subtask}/task.json",
            },
            subset="tasks given",
            note=f"{_NOTE} The authors' repository, or the package bigbench 1.0.0 unpacked.",
        ),
        Source(
            kind="folder",
            location="big_bench",
            files={"test": "task.json", "subtasks": "{subtask}/task.json"},
            subset="tasks given",
            note=f"{_NOTE} One task's folder.",
        ),
    ),
    metric=Metric(name="preferred score", average="macro:task/subtask"),
    stratum="subtask",
    notes="Give the tasks with --data; the version is that of the tasks given. The package "
    "bigbench 1.0.0 (a source archive of 358 MB, no wheel) holds all: 1,035 files are read, with "
    "the size above, and 6 more of over 60 MB each were not tried. Of 759 smaller files 570 prefer "
    "exact_str_match, 133 multiple_choice_grade, 44 rougeLsum and 6 bleu; what prefers BLEURT or "
    "log_likelihood (one each) is unsupported. Programmatic tasks "
    "are no files and not here. The mean is of raw scores; the authors' aggregate is the "
    "normalised preferred score beside it.",
)
BENCHMARK = JsonTasks(card=CARD, official=SCORER, figures=FIGURES)
