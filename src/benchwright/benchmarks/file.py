"""The user's own questions as a benchmark: ``file:my.jsonl --input … --choices … --target …``."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from benchwright.benchmarks.census import Census, keep, name_of, recall
from benchwright.benchmarks.loading import sha256
from benchwright.benchmarks.multiple_choice import MultipleChoice
from benchwright.benchmarks.open_answer import OpenAnswer
from benchwright.benchmarks.spool import Spool
from benchwright.benchmarks.version import benchmark_version
from benchwright.core.benchmark import Asking, Card, Data, Scorer, Solver, Source
from benchwright.core.content import Text
from benchwright.core.errors import DataError, DescriptionError
from benchwright.core.sample import LETTERS, Sample
from benchwright.models.records import Record, records
from benchwright.scorers.exact_match import SCORER

_LABELS = tuple(tuple(LETTERS[:count]) for count in range(len(LETTERS) + 1))
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


class FileBenchmark(Struct, frozen=True, kw_only=True):
    """A user's file of questions; a ``Benchmark`` whose samples were counted on opening."""

    asked: MultipleChoice | OpenAnswer
    """How the questions are asked."""
    census: Census
    """What one pass over them told."""

    @property
    def card(self) -> Card:
        """What a user must know of it."""
        return self.asked.card

    @property
    def asks(self) -> tuple[str, ...]:
        """Ways of asking that make sense here, the default first."""
        return self.asked.asks

    def samples(self, data: Data) -> Iterator[Sample]:
        """Yield the samples in the file's order."""
        return self.asked.samples(data)

    def solver(self, asking: Asking, data: Data) -> Solver:
        """Return the solver for ``asking``."""
        return self.asked.solver(asking, data)

    def scorer(self, asking: Asking) -> Scorer:
        """Return the official scorer for ``asking``."""
        return self.asked.scorer(asking)


def file_benchmark(
    path: Path,
    *,
    input: str,  # noqa: A002 - the command line's words
    target: str,
    choices: str = "",
    id: str = "",  # noqa: A002
    tags: tuple[str, ...] = (),
    name: str = "",
) -> FileBenchmark:
    """Return the benchmark that a JSONL, JSON, CSV or Parquet file holds.

    With ``choices`` it is multiple choice, asked in any way; without, the answer is generated and
    must equal the target (``exact_match``). The whole file is read once to check and count it,
    unless the same bytes were counted before; its samples are kept for their next reader.

    Raises:
        DescriptionError: there is no such file, or a field is in no record.
        DataError: the file is malformed, or records are bad: all of them are listed.
    """
    if not path.is_file():
        raise DescriptionError(f"There is no file {path}.")
    fields = Fields(input=input, target=target, choices=choices, id=id, tags=tags)
    file_digest = sha256([path])
    card = Card(
        name=name or re.sub(r"[^\w.-]+", "-", path.name.split(".")[0]),
        version="1",
        title=path.name,
        summary="",
        paper="none",
        licence="the user's own",
        languages=(),
        size=0,
        sources=(
            Source(
                kind="folder",
                location=str(path.parent.resolve()),
                files={"test": path.name},
                digests={path.name: file_digest},
                note="A file of the user's.",
            ),
        ),
        stratum=tags[0].rpartition(".")[2] if tags else "",
    )
    named = name_of(file_digest, fields)
    census, spool = recall(named), Spool()
    if census is None:
        census, spool = _counted(path, fields, card)
        if sha256([path]) != file_digest:
            raise DataError(f"{path.name}: changed while it was read; start again.")
        keep(named, census)
    size = census.size
    card = replace(card, size=size, summary=f"{size} questions of {path.name}.")
    readings = census.readings

    def read(data: Data, split: str) -> Iterator[Sample]:
        return spool.through(_samples(data.path(split), fields, readings))

    if choices:
        return FileBenchmark(asked=MultipleChoice(card=card, read=read), census=census)
    asked = OpenAnswer(card=card, read=read, official=SCORER)
    return FileBenchmark(asked=asked, census=census)


def _counted(path: Path, fields: Fields, card: Card) -> tuple[Census, Spool]:
    """Return the census of all samples, and the samples.

    Options that are letters or numbers make a single target ambiguous. Then a reading that works
    for the whole file settles it, if there is one only: the file is read once more.
    """
    bad = _Bad()
    version, strata, spool = _passed(path, fields, card, (), bad)
    readings: tuple[str, ...] = ()
    if bad.ambiguous:
        readings = _readings_of_all(path, fields)
        if readings:
            bad = _Bad()
            version, strata, spool = _passed(path, fields, card, readings, bad)
    bad.refuse(path)
    if not strata:
        raise DataError(f"{path.name}: holds no records")
    return Census(version=version, strata=strata, readings=readings), spool


def _passed(
    path: Path, fields: Fields, card: Card, readings: tuple[str, ...], bad: _Bad
) -> tuple[str, dict[str, int], Spool]:
    """Return version, strata and the samples, from one pass; bad records go into ``bad``."""
    strata: dict[str, int] = {}
    spool = Spool()
    ids = array("q")  # eight bytes a sample; the lines are looked up where two are equal

    def counted() -> Iterator[Sample]:
        for sample in spool.through(_samples(path, fields, readings, bad)):
            ids.append(hash(sample.id))
            stratum = sample.tags.get(card.stratum, "")
            strata[stratum] = strata.get(stratum, 0) + 1
            yield sample
        _find_twins(path, fields, readings, ids, bad)
        if bad.problems or not strata:
            raise _Unusable

    try:
        return benchmark_version(card, counted()), strata, spool
    except _Unusable:
        return "", strata, spool


class _Unusable(Exception):
    """No version can be made of these samples."""


class _Bad:
    """Bad records, by line."""

    def __init__(self) -> None:
        self.problems: list[tuple[int, str]] = []
        self.ambiguous = False

    def refuse(self, path: Path) -> None:
        """Raise ``DataError`` if there are any."""
        if not self.problems:
            return
        shown = [f"line {line}: {problem}" for line, problem in sorted(self.problems)[:_SHOWN]]
        more = len(self.problems) - _SHOWN
        shown += [f"and {more} more"] if more > 0 else []
        raise DataError(f"{path.name}: {len(self.problems)} bad records\n  " + "\n  ".join(shown))


def _samples(
    path: Path, fields: Fields, readings: tuple[str, ...], bad: _Bad | None = None
) -> Iterator[Sample]:
    """Yield the samples, a record at a time; bad records are left out and told to ``bad``.

    ``readings`` are those by which a target that reads in several ways is read; empty: by all.

    Raises:
        DataError: a record is bad and there is no ``bad``.
    """
    told = bad or _Bad()
    for row, (line, record) in enumerate(records(path)):
        if not row:
            _refuse_unknown(record, fields)
        try:
            sample = _sample(record, fields, row, readings)
        except _Ambiguous as cause:
            told.ambiguous = True
            told.problems.append((line, str(cause)))
        except ValueError as cause:
            told.problems.append((line, str(cause)))
        else:
            yield sample
    if bad is None:
        told.refuse(path)


def _find_twins(
    path: Path, fields: Fields, readings: tuple[str, ...], ids: array[int], bad: _Bad
) -> None:
    hashes = np.sort(np.frombuffer(ids, dtype=np.int64)) if ids else np.zeros(0)
    if not (hashes[1:] == hashes[:-1]).any():
        return
    twice = set(hashes[1:][hashes[1:] == hashes[:-1]].tolist())
    first: dict[str, int] = {}
    for row, (line, record) in enumerate(records(path)):
        try:
            name = _sample(record, fields, row, readings).id
        except ValueError:
            continue
        if hash(name) in twice and first.setdefault(name, line) != line:
            bad.problems.append((line, f"id {name!r} is that of line {first[name]}"))


def _readings_of_all(path: Path, fields: Fields) -> tuple[str, ...]:
    """Return the readings that work for every record that can be read at all."""
    whole = set(_READINGS)
    for _, record in records(path):
        try:
            labels, options = _options(_at(record, fields.choices))
            whole &= _readings(_at(record, fields.target), labels, options).keys()
        except ValueError:
            continue
    return tuple(kind for kind in _READINGS if kind in whole)


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


class _Ambiguous(ValueError):
    """A target reads as two options."""


def _sample(record: Record, fields: Fields, row: int, readings: tuple[str, ...]) -> Sample:
    question = _at(record, fields.input)
    if not isinstance(question, str) or not question.strip():
        raise ValueError(f"{fields.input} holds no text")
    answer = _at(record, fields.target)
    target = "" if answer is None else str(answer).strip()
    if not target:
        raise ValueError(f"{fields.target} holds no target")
    options: tuple[str, ...] = ()
    if fields.choices:
        labels, options = _options(_at(record, fields.choices))
    identity = _at(record, fields.id) if fields.id else row
    if identity is None or str(identity) == "":
        raise ValueError(f"{fields.id} holds no id")
    if options:
        target = LETTERS[_meant(target, _readings(answer, labels, options), readings)]
    tags = {}
    for tag in fields.tags:
        value = _at(record, tag)
        if value is not None:
            tags[tag.rpartition(".")[2]] = str(value)
    return Sample(
        id=str(identity), input=(Text(question),), choices=options, target=target, tags=tags
    )


def _meant(target: str, found: dict[str, int], readings: tuple[str, ...]) -> int:
    """Return the option that a target means.

    Raises:
        _Ambiguous: two readings remain.
    """
    values = {found[kind] for kind in readings} if readings else set(found.values())
    if len(values) > 1:
        read = ", or as ".join(f"{kind} {LETTERS[i]}" for kind, i in found.items())
        raise _Ambiguous(f"the target {target!r} reads as {read}")
    return values.pop()


def _at(record: Record, path: str) -> Any:
    if path in record:
        return record[path]
    value: Any = record
    for part in path.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(part)
    return value


def _options(value: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return (labels, texts); labels are the letters where the file has none of its own."""
    if isinstance(value, str):
        value = [part.strip() for part in value.split("|")]
    if isinstance(value, dict) and set(value) == {"label", "text"}:
        value = dict(zip(value["label"], value["text"], strict=True))
    if isinstance(value, dict):
        labels, texts = tuple(map(str, value)), tuple(map(str, value.values()))
    elif isinstance(value, list):
        if {*map(type, value)} == {str} and len(value) <= len(LETTERS):
            labels, texts = _LABELS[len(value)], tuple(value)
        elif value and all(
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
