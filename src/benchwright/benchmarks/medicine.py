"""MedS-Bench's tasks: which rule judges which, how its files are read, and its figures."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from benchwright.core.benchmark import Data, Figure, Row
from benchwright.core.content import Text
from benchwright.core.errors import DataError
from benchwright.core.measurement import Outcome
from benchwright.core.sample import Sample
from benchwright.models.records import records
from benchwright.scorers._medicine import classes, entities, numbers_of

HALLMARKS = (
    "sustaining proliferative signaling", "evading growth suppressors", "resisting cell death",
    "enabling replicative immortality", "inducing angiogenesis",
    "activating invasion and metastasis", "genomic instability and mutation",
    "tumor promoting inflammation", "cellular energetics", "avoiding immune destruction",
)  # fmt: skip
"""The classes of task 106: the hallmarks of cancer."""

_FAMILIES = {
    "MCQA": ("letter", "4 5 6 8 9 57 58 59 60 61 122 129"),
    "MCQA, yes or no": ("label", "123"),
    "Text summarisation": ("text", "78 83 84 85 86 87 88 89 90 91 92 93 94 110 112 114"),
    "Information extraction": ("contains", "1 2 3 29 74"),
    "Concept explanation": ("text", "18 46 50"),
    "Rationale": ("text", "51 52 53 54 55 56"),
    "NER": ("entities", "125 126 127 128"),
    "Diagnosis": ("contains", "130"),
    "Treatment planning": ("contains", "131"),
    "Clinical outcome prediction": ("label", "117 118 119"),
    "Text classification": ("classes", "106"),
    "Fact verification": ("label", "12 16"),
    "Fact verification, justified": ("text", "100"),
    "NLI": ("label", "41"),
    "NLI, generated": ("text", "42"),
}
TASKS = {
    f"task{number}": (family.partition(",")[0], rule)
    for family, (rule, numbers) in _FAMILIES.items()
    for number in numbers.split()
}
"""Task → (family, rule that judges it)."""

_LABELS = {
    "task123": ("yes", "no", "maybe"),
    "task12": ("yes", "no"),
    "task16": ("0", "1", "2"),
    "task41": ("entailment", "neutral", "contradiction"),
    "task106": HALLMARKS,
    **{f"task{number}": ("true", "false") for number in (117, 118, 119)},
}
_LANGUAGES = {
    "task51": "zh", "task53": "fr", "task54": "ja", "task55": "ru", "task56": "es",
}  # fmt: skip
_TURNS = ("<|start_header_id|>system<|end_header_id|>", "<|start_header_id|>user<|end_header_id|>")
_CLOSE = "<|eot_id|>"
_OPTION = re.compile(r"(?:^|\s)[A-E]: ([^\t\n]+)")


def read(data: Data, split: str) -> Iterator[Sample]:
    """Yield the samples of result files (CSV with the prompts asked) or of the tasks' JSON files.

    Worked examples are those that stand in the recorded prompts, or the tasks' own; one whose
    input is asked somewhere is none.

    Raises:
        DataError: a file is not of either form.
    """
    if data.source.files["test"].endswith(".json"):
        yield from _of_tasks(data.paths("test"), split)
    else:
        yield from _of_results(data.path("test"), split)


def _of_results(path: Path, split: str) -> Iterator[Sample]:
    prompts = [(r["task_id"], *_taken_apart(r["input"], path), r["GT"]) for _, r in records(path)]
    if split == "test":
        seen: dict[str, int] = defaultdict(int)
        for task, definition, _, asked, target in prompts:
            yield _sample(task, str(seen[task]), definition, asked, target)
            seen[task] += 1
        return
    asked_anywhere = {asked for _, _, _, asked, _ in prompts}
    for task, definition, examples, _, _ in prompts:
        for given, shown in examples:
            if given not in asked_anywhere:
                asked_anywhere.add(given)
                number = str(len(asked_anywhere))
                yield _sample(task, f"example/{number}", definition, given, shown)


def _taken_apart(prompt: str, path: Path) -> tuple[str, list[tuple[str, str]], str]:
    """Return (definition, worked examples, what is asked) of a recorded prompt.

    Raises:
        DataError: the prompt has not the form of the authors' script.
    """
    above, mark, asked = prompt.partition(_TURNS[1])
    _, begun, system = above.partition(_TURNS[0])
    if not mark or not begun:
        raise DataError(f"{path.name}: a prompt is not one of Llama 3's with system and user turns")
    *shown, last = system.split("\nOutput:\n")
    examples, given = [], shown[0] if shown else ""
    for part in [*shown[1:], last]:
        answer, _, following = part.partition("\n\n\n")
        examples.append((_input(given), answer.strip()))
        given = following
    definition = given.partition("Please learn from")[0].removesuffix(_CLOSE)
    return definition.strip(), examples, _input(asked.partition(_CLOSE)[0])


def _input(text: str) -> str:
    return text.strip().removeprefix("Input:").removesuffix("Output:").strip()


def _of_tasks(paths: Sequence[Path], split: str) -> Iterator[Sample]:
    for path in paths:
        task = path.name.partition("_")[0]
        try:
            content: dict[str, Any] = msgspec.json.decode(path.read_bytes())
            definition = str(content["Definition"][0])
            if split == "shots":
                for row, one in enumerate(content.get("Positive Examples") or ()):
                    yield _of_instance(task, f"example/{row}", definition, one)
                continue
            for row, one in enumerate(content["Instances"]):
                yield _of_instance(task, str(row), definition, one)
        except (msgspec.DecodeError, KeyError, IndexError, TypeError) as cause:
            raise DataError(f"{path}: not a task of MedS-Bench ({cause!r})") from cause


def _of_instance(task: str, row: str, definition: str, one: dict[str, Any]) -> Sample:
    output = one["output"]
    target = output if isinstance(output, str) else output[0]
    return _sample(task, row, definition, one["input"].strip(), target)


def _sample(task: str, row: str, definition: str, asked: str, target: str) -> Sample:
    family, rule = TASKS.get(task, ("other", "text"))
    metadata = {"definition": definition, "rule": rule, "labels": "|".join(_LABELS.get(task, ()))}
    if rule == "letter":
        metadata["options"] = "\n".join(option.strip() for option in _OPTION.findall(asked))
    if task == "task100":
        metadata["case"] = "folded"
    if task in {"task12", "task16"}:
        metadata["line"] = "first"
    return Sample(
        id=f"{task}/{row}",
        input=(Text(asked),),
        target=target.strip(),
        tags={"family": family, "task": task, "language": _LANGUAGES.get(task, "en")},
        metadata=metadata,
    )


def rouge(rows: Sequence[Row]) -> float | None:
    """Return the mean ROUGE-L over the tasks judged by overlap: of tasks, then of families."""
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if TASKS.get(row.tags.get("task", ""), ("", ""))[1] == "text":
            numbers = numbers_of(row.answer or "") if row.outcome is Outcome.SCORED else None
            tasks = found[row.tags["family"]]
            tasks[row.tags["task"]].append(numbers[1] if numbers else 0.0)
    return _mean([_mean([_mean(v) for v in tasks.values()]) for tasks in found.values()])


def entity_f1(rows: Sequence[Row]) -> float | None:
    """Return the mean over the NER tasks of the F1 of all entities of a task."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in rows:
        if row.tags.get("family") == "NER":
            wanted = entities(row.target)
            found = frozenset(filter(None, (row.answer or "").split("; ")))
            for place, number in enumerate((len(wanted & found), len(found), len(wanted))):
                counts[row.tags["task"]][place] += number
    return _mean([2 * s / (f + w) if f + w else 1.0 for s, f, w in counts.values()])


def class_f1(rows: Sequence[Row]) -> float | None:
    """Return the mean over the classes of the F1 of each (0 for a class that never occurs)."""
    pairs = [
        (classes(row.target, HALLMARKS), frozenset((row.answer or "").split("; ")))
        for row in rows
        if row.tags.get("task") == "task106"
    ]
    if not pairs:
        return None
    scores = []
    for name in HALLMARKS:
        shared = sum(name in wanted and name in found for wanted, found in pairs)
        total = sum((name in wanted) + (name in found) for wanted, found in pairs)
        scores.append(2 * shared / total if total else 0.0)
    return _mean(scores)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


_SCORERS = ("meds_bench", "meds_bench_paper")
_METRICS = "MAGIC-AI4Med/MedS-Ins, Metrics/"
FIGURES = (
    Figure(
        name="ROUGE-L",
        about="Longest common subsequence with the reference, F1 in [0, 1], of the families that "
        f"BLEU-1 scores: mean of tasks, then of families ({_METRICS}utils.py).",
        of=rouge,
        scorers=_SCORERS,
    ),
    Figure(
        name="entity F1",
        about="F1 over all entities of a NER task, in [0, 1], mean of the tasks "
        f"({_METRICS}NamedEntityRecognition.py).",
        of=entity_f1,
        scorers=_SCORERS,
    ),
    Figure(
        name="classification F1",
        about="F1 of each hallmark of cancer, in [0, 1], mean of the ten "
        f"({_METRICS}TextClassification.py).",
        of=class_f1,
        scorers=_SCORERS,
    ),
)
"""What the authors report beside accuracy and BLEU-1."""
