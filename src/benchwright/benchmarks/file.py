"""The user's own questions as a benchmark: ``file:my.jsonl --input … --choices … --target …``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from benchwright.benchmarks.loading import sha256
from benchwright.benchmarks.multiple_choice import MultipleChoice
from benchwright.benchmarks.open_answer import OpenAnswer
from benchwright.core.benchmark import Benchmark, Card, Data, Source
from benchwright.core.content import Text
from benchwright.core.errors import DataError, DescriptionError
from benchwright.core.sample import LETTERS, Sample
from benchwright.models.records import Record, records
from benchwright.scorers.exact_match import SCORER

_READINGS = ("label", "text", "index")
_SHOWN = 20
"""Bad records told one by one; the rest are counted."""


class Fields(Struct, frozen=True, kw_only=True):
    """Which field of a record holds what; a dotted path reaches into nested objects."""

    input: str
    """The question."""
    target: str
    """The right answer: a letter, an index from 0, or an option's text."""
    choices: str = ""
    """The options: a list, an object of label → text, or a text split at ``|``."""
    id: str = ""
    """The sample's id; empty takes the record's number, from 0."""
    tags: tuple[str, ...] = ()
    """What tables are sliced by; the path's last part names the tag."""


def file_benchmark(
    path: Path,
    *,
    input: str,  # noqa: A002 - the command line's words
    target: str,
    choices: str = "",
    id: str = "",  # noqa: A002
    tags: tuple[str, ...] = (),
    name: str = "",
) -> Benchmark:
    """Return the benchmark that a JSONL, JSON, CSV or Parquet file holds.

    With ``choices`` it is multiple choice, asked in any way; without, the answer is generated and
    must equal the target (``exact_match``). The whole file is read once to check it.

    Raises:
        DescriptionError: there is no such file, or a field is in no record.
        DataError: the file is malformed, or records are bad: all of them are listed.
    """
    if not path.is_file():
        raise DescriptionError(f"There is no file {path}.")
    fields = Fields(input=input, target=target, choices=choices, id=id, tags=tags)
    samples = _samples(path, fields)
    card = Card(
        name=name or re.sub(r"[^\w.-]+", "-", path.name.split(".")[0]),
        version="1",
        title=path.name,
        summary=f"{len(samples)} questions of {path.name}.",
        paper="none",
        licence="the user's own",
        languages=(),
        size=len(samples),
        sources=(
            Source(
                kind="folder",
                location=str(path.parent.resolve()),
                files={"test": path.name},
                digests={path.name: sha256([path])},
                note="A file of the user's.",
            ),
        ),
        stratum=tags[0].rpartition(".")[2] if tags else "",
    )

    def read(data: Data, split: str) -> Iterator[Sample]:
        yield from _samples(data.path(split), fields)

    if choices:
        return MultipleChoice(card=card, read=read)
    return OpenAnswer(card=card, read=read, official=SCORER)


def _samples(path: Path, fields: Fields) -> list[Sample]:
    samples: list[Sample] = []
    readings: list[dict[str, int]] = []
    lines: list[int] = []
    problems: list[tuple[int, str]] = []
    seen: dict[str, int] = {}
    for row, (line, record) in enumerate(records(path)):
        if not row:
            _refuse_unknown(record, fields)
        try:
            sample, reading = _sample(record, fields, row)
        except ValueError as cause:
            problems.append((line, str(cause)))
            continue
        if sample.id in seen:
            problems.append((line, f"id {sample.id!r} is that of line {seen[sample.id]}"))
        seen[sample.id] = line
        samples.append(sample)
        readings.append(reading)
        lines.append(line)
    if fields.choices:
        meant = _meant(readings)
        for number, (reading, index) in enumerate(zip(readings, meant, strict=True)):
            if index is not None:
                samples[number] = replace(samples[number], target=LETTERS[index])
                continue
            target = samples[number].target
            read = ", or as ".join(f"{kind} {LETTERS[i]}" for kind, i in reading.items())
            problems.append((lines[number], f"the target {target!r} reads as {read}"))
    if problems:
        shown = [f"line {line}: {problem}" for line, problem in sorted(problems)[:_SHOWN]]
        more = len(problems) - _SHOWN
        shown += [f"and {more} more"] if more > 0 else []
        raise DataError(f"{path.name}: {len(problems)} bad records\n  " + "\n  ".join(shown))
    if not samples:
        raise DataError(f"{path.name}: holds no records")
    return samples


def _meant(readings: list[dict[str, int]]) -> list[int | None]:
    """Return the option that each target means; None where two readings remain.

    Options that are letters or numbers make a single target ambiguous. A reading that works for
    the whole file settles it, if there is one only.
    """
    whole = [kind for kind in _READINGS if all(kind in reading for reading in readings)]
    meant: list[int | None] = []
    for reading in readings:
        values = {reading[kind] for kind in whole} if whole else set(reading.values())
        meant.append(values.pop() if len(values) == 1 else None)
    return meant


def _refuse_unknown(record: Record, fields: Fields) -> None:
    known = ", ".join(map(str, record))
    wanted = {"input": fields.input, "target": fields.target, "choices": fields.choices}
    wanted |= {"id": fields.id} | {f"tag {tag}": tag for tag in fields.tags}
    problems = [
        f"The first record has no field {field!r} ({what}); it has: {known}."
        for what, field in wanted.items()
        if field and _at(record, field) is None
    ]
    if problems:
        raise DescriptionError(*problems)


def _sample(record: Record, fields: Fields, row: int) -> tuple[Sample, dict[str, int]]:
    question = _at(record, fields.input)
    if not isinstance(question, str) or not question.strip():
        raise ValueError(f"{fields.input} holds no text")
    answer = _at(record, fields.target)
    if answer is None or str(answer).strip() == "":
        raise ValueError(f"{fields.target} holds no target")
    labels, options = _options(_at(record, fields.choices)) if fields.choices else ((), ())
    identity = _at(record, fields.id) if fields.id else row
    if identity is None or str(identity) == "":
        raise ValueError(f"{fields.id} holds no id")
    tags = {tag.rpartition(".")[2]: _at(record, tag) for tag in fields.tags}
    sample = Sample(
        id=str(identity),
        input=(Text(question),),
        choices=options,
        target=str(answer).strip(),
        tags={tag: str(value) for tag, value in tags.items() if value is not None},
    )
    return sample, _readings(answer, labels, options) if options else {}


def _at(record: Any, path: str) -> Any:
    if isinstance(record, dict) and path in record:
        return record[path]
    for part in path.split("."):
        if not isinstance(record, dict):
            return None
        record = record.get(part)
    return record


def _options(value: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return (labels, texts); labels are the letters where the file has none of its own."""
    if isinstance(value, str):
        value = [part.strip() for part in value.split("|")]
    if isinstance(value, dict) and set(value) == {"label", "text"}:
        value = dict(zip(value["label"], value["text"], strict=True))
    if isinstance(value, dict):
        labels, texts = tuple(map(str, value)), tuple(map(str, value.values()))
    elif isinstance(value, list):
        if value and all(
            isinstance(item, dict) and {"label", "text"} <= set(item) for item in value
        ):
            labels = tuple(str(item["label"]) for item in value)
            texts = tuple(str(item["text"]) for item in value)
        else:
            labels, texts = tuple(LETTERS[: len(value)]), tuple(map(str, value))
    else:
        kind = type(value).__name__
        raise ValueError(f"the options are {kind}, not a list, object or text")  # noqa: TRY004 - the file is wrong, not the call
    if not 2 <= len(texts) <= len(LETTERS):
        raise ValueError(f"{len(texts)} options; there must be 2 to {len(LETTERS)}")
    if len(set(texts)) != len(texts):
        raise ValueError("two options have the same text")
    return labels, texts


def _readings(answer: Any, labels: tuple[str, ...], options: tuple[str, ...]) -> dict[str, int]:
    """Return in which ways the target can be read, and the option's index for each."""
    said = str(answer).strip()
    found = {}
    if said in labels:
        found["label"] = labels.index(said)
    if said in options:
        found["text"] = options.index(said)
    if said.isascii() and said.isdigit() and int(said) < len(options):
        found["index"] = int(said)
    if not found:
        raise ValueError(f"the target {said!r} is no label, index or text of the options")
    return found
