"""BIG-bench's JSON tasks: a file of settings and examples, or a folder of such as subtasks.

What is read and how it is laid out follow ``bigbench/api/json_task.py`` of google/BIG-bench
(package ``bigbench`` 1.0.0): defaults, the order of appended choices and the draw of worked
examples (NumPy's ``RandomState(42)``) are the authors'.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from msgspec import Struct

from benchwright.core.benchmark import Data
from benchwright.core.content import Text
from benchwright.core.errors import DataError
from benchwright.core.sample import LETTERS, Sample
from benchwright.models.records import Record, whole

SEED = 42
"""The authors' seed of every draw."""
COMPARED = frozenset({"multiple_choice_grade", "macro_f1"})
"""Preferred scores for which the log-probabilities of the options are compared."""
BETWEEN = " ‖ "
"""Between several right answers, where a sample's target has to hold them all."""


class Settings(Struct, frozen=True, kw_only=True):
    """What a task's file says besides its examples."""

    task: str
    """Folder of the task."""
    subtask: str = ""
    """Folder of the subtask; empty where there is none."""
    metrics: tuple[str, ...] = ()
    """What it is measured by."""
    preferred: str = "exact_str_match"
    """The one of them that is reported."""
    prefix: str = ""
    """Above everything."""
    before_input: str = "\nQ: "
    """Before the question."""
    before_output: str = "\nA: "
    """Between question and answer."""
    before_choice: str = "\n  choice: "
    """Before every option that is shown."""
    appends: bool = True
    """Whether the options are shown after the question."""
    separator: str = "\n"
    """Between worked examples."""
    stop: str = ""
    """What ends an answer and belongs to it; empty for none."""
    pattern: str = ""
    """Regular expression whose first match is the answer; empty for the authors' default, which
    ends at a full stop, or for none where there is a ``stop``."""

    @property
    def name(self) -> str:
        """Task and subtask."""
        return f"{self.task}/{self.subtask}" if self.subtask else self.task


def files_of(data: Data) -> list[tuple[str, str, Path]]:
    """Return (task, subtask, file) of all task files of ``data``, in order of name.

    Raises:
        DataError: there are none, or the source cannot list them.
    """
    found = [(path.parent.name, "", path) for path in data.paths("test")]
    if "subtasks" in data.source.files:
        with suppress(DataError):  # there are none where no task has subtasks
            inner = data.paths("subtasks")
            found += [(path.parent.parent.name, path.parent.name, path) for path in inner]
    return sorted(found)


def read(data: Data, split: str) -> Iterator[Sample]:  # noqa: ARG001 - there is one split only
    """Yield the examples of all tasks, each once, in order of task, subtask and row.

    Raises:
        DataError: a task's file is not of the authors' format.
    """
    for task, subtask, path in files_of(data):
        record = whole(path)
        if "examples" in record:
            settings = settings_of(record, task, subtask)
            for row, example in enumerate(_distinct(record["examples"])):
                try:
                    yield _sample(settings, row, example)
                except (KeyError, TypeError, ValueError) as cause:
                    raise DataError(f"{settings.name}, example {row}: {cause!r}") from cause


def all_settings(data: Data) -> dict[str, Settings]:
    """Return task and subtask → its settings."""
    found = {}
    for task, subtask, path in files_of(data):
        record = whole(path)
        if "examples" in record:
            settings = settings_of(record, task, subtask)
            found[settings.name] = settings
    return found


def settings_of(record: Record, task: str, subtask: str) -> Settings:
    """Return what a task's file says; what it leaves open is the authors' default."""
    own = Settings(task=task)
    return Settings(
        task=task,
        subtask=subtask,
        metrics=tuple(record["metrics"]),
        preferred=record["preferred_score"],
        prefix=str(record.get("task_prefix", "")),
        before_input=record.get("example_input_prefix", own.before_input),
        before_output=record.get("example_output_prefix", own.before_output),
        before_choice=record.get("choice_prefix", own.before_choice),
        appends=record.get("append_choices_to_input", True),
        separator=record.get("few_shot_example_separator", own.separator),
        stop=record.get("stop_string") or "",
        pattern=record.get("output_regex") or "",
    )


def _distinct(examples: Sequence[Record]) -> list[Record]:
    return list({json.dumps(example): example for example in examples}.values())


def _sample(settings: Settings, row: int, example: Record) -> Sample:
    scores: dict[str, float] = example.get("target_scores", {})
    right = example["target"] if "target" in example else _best(scores)
    targets = [str(one) for one in (right if isinstance(right, list) else [right])]
    listed = scores if 1 < len(scores) <= len(LETTERS) else {}
    tags = {
        "task": settings.task,
        "subtask": settings.subtask or settings.task,
        "preferred": settings.preferred,
        "metrics": ", ".join(settings.metrics),
    }
    metadata = {"targets": json.dumps(targets, ensure_ascii=False)}
    if settings.pattern or settings.stop:
        metadata["output"] = json.dumps({"pattern": settings.pattern, "stop": settings.stop})
    if scores:
        metadata["scores"] = json.dumps(list(scores.values()))
        tags["chance"] = f"{sum(scores.values()) / len(scores):.6g}"
    if scores and not listed:
        metadata["options"] = json.dumps(list(scores), ensure_ascii=False)
    most = LETTERS[list(scores.values()).index(max(scores.values()))] if listed else ""
    return Sample(
        id=f"{settings.name}/{row}",
        input=(Text(str(example["input"])),),
        choices=tuple(listed),
        target=most or BETWEEN.join(targets),
        tags=tags,
        metadata=metadata,
    )


def _best(scores: dict[str, float]) -> str:
    if not scores or (len(scores) > 1 and max(scores.values()) <= min(scores.values())):
        raise ValueError("no right answer")
    return max(scores, key=lambda option: scores[option])


def targets_of(sample: Sample) -> list[str]:
    """Return the right answers of a sample."""
    found: list[str] = json.loads(sample.metadata["targets"])
    return found


def options_of(sample: Sample) -> tuple[str, ...]:
    """Return the texts of the options; those of a sample with more than there are letters too."""
    return sample.choices or tuple(json.loads(sample.metadata.get("options", "[]")))


def asked(sample: Sample, settings: Settings) -> str:
    """Return one question as it is asked, up to where the answer follows."""
    text = sample.text
    options = options_of(sample)
    if options and settings.appends:
        ordered = sorted(options)
        shown = [ordered[place] for place in permutation(len(ordered))]
        text += settings.before_choice + settings.before_choice.join(shown)
    return f"{settings.before_input}{text}{settings.before_output}"


@lru_cache(maxsize=512)
def permutation(size: int) -> tuple[int, ...]:
    """Return the authors' order of ``size`` appended options."""
    import numpy as np

    return tuple(int(place) for place in np.random.RandomState(SEED).permutation(size))


def examples_above(samples: Sequence[Sample], settings: Settings, count: int) -> list[str]:
    """Return what stands above every question of a task: ``count`` others, drawn by the authors.

    Raises:
        DataError: the task has too few examples.
    """
    import numpy as np

    if len(samples) < count + 1:
        raise DataError(f"{settings.name}: {count} shots of {len(samples)} examples")
    draws: Any = np.random.RandomState(SEED)
    written = [asked(sample, settings) for sample in samples]
    right = [targets_of(sample) for sample in samples]
    above = [""] * len(samples)
    for place in draws.permutation(len(samples)):  # the authors draw the questions' order first
        others = [other for other in range(len(samples)) if other != place]
        chosen = [others[drawn] for drawn in draws.permutation(len(others))[:count]]
        shown = [
            written[other] + right[other][int(draws.randint(0, len(right[other])))]
            for other in chosen
        ]
        above[place] = settings.separator.join([*shown, ""])
    return above
