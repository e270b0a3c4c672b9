"""``replay:FILE``: recorded outputs, matched to requests by the sample they came from.

The file is JSONL, CSV or JSON (``.gz`` read through), one record per sample. What was recorded is
declared, never guessed: ``kind=texts`` (what a model wrote) or ``kind=verdicts`` (what somebody
else read from it). Options come as settings or in the name: ``replay:FILE?id=idx&output=text``,
where nothing is escaped.

| option | meaning | default |
|---|---|---|
| ``id`` | field with the sample's id | ``id`` |
| ``id_pattern`` | regular expression in that field whose groups, joined by ``/``, are the id | |
| ``count`` | instead of ``id``: a field whose value, ``/`` and how many records had it before | |
| ``output`` | field with the output; of a list, item r answers repeat r | ``output`` |
| ``model`` | column of a wide table, one column per model: names the model, replaces ``output`` | |
| ``benchmark`` | field with the benchmark's name, where a file holds several | |
| ``kind`` | ``texts`` or ``verdicts`` | ``texts`` |
| ``name`` | display name, and what scorers see as the model's name | column or file |
| ``source`` | name of the collection, for the conditions ``recorded:<source>`` | the file's name |
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import msgspec

from benchwright.core.content import Text
from benchwright.core.errors import DataError, DescriptionError, UnknownName
from benchwright.core.model import Ability, Identity, Inbox, ModelSettings
from benchwright.core.request import Request
from benchwright.core.response import Failure, Response
from benchwright.models.records import records

OPTIONS = ("id", "id_pattern", "count", "output", "model", "benchmark", "kind", "name", "source")
_ABILITIES: frozenset[Ability] = frozenset(
    {"generate", "chat", "raw", "images", "audio", "video", "tools"}
)


def open_model(rest: str, settings: ModelSettings) -> ReplayModel:
    """Open recorded outputs.

    Raises:
        DescriptionError: an option is unknown or wrong, or the file or a field is not there.
        DataError: the file is malformed, or two of its records have the same id.
    """
    location, options = _parsed(rest, settings.options)
    if settings.format:
        raise DescriptionError("replay: the numeric format was that of the recorded model.")
    path = Path(location)
    if not path.is_file():
        raise DescriptionError(f"replay: there is no file {location}.")
    return ReplayModel(path, {**options, "name": settings.name} if settings.name else options)


class ReplayModel:
    """Answers what was recorded, and says ``not_recorded`` of everything else; a ``Model``."""

    def __init__(self, path: Path, options: dict[str, str]) -> None:
        """Read the whole file."""
        self._benchmark = options.get("benchmark", "")
        self._outputs = _outputs(path, options)
        column = options.get("model", "")
        stem = path.name.removesuffix(".gz").rpartition(".")[0]
        self._name = options.get("name") or column or stem
        fields = {name: options[name] for name in OPTIONS if options.get(name)}
        fields["digest"] = _digest(path)
        fields["kind"] = options.get("kind", "texts")
        fields["source"] = options.get("source") or path.name
        self._identity = Identity(kind="recorded", fields=fields, notes={"path": str(path)})

    @property
    def name(self) -> str:
        """Display name."""
        return self._name

    @property
    def identity(self) -> Identity:
        """The file's digest and the fields read from it."""
        return self._identity

    @property
    def abilities(self) -> frozenset[Ability]:
        """Whatever generation was recorded; log-likelihoods are not."""
        return _ABILITIES

    @property
    def template(self) -> str:
        """What was recorded does not say."""
        return "recorded"

    @property
    def concurrency(self) -> int:
        """A batch's size."""
        return 256

    def serve(self, inbox: Inbox) -> None:
        """Answer what comes into ``inbox`` until it is closed."""
        while not inbox.closed:
            for asked in inbox.take(self.concurrency):
                inbox.answer(asked, self.recorded(asked.request))

    def recorded(self, request: Request) -> Response | Failure:
        """Return what was recorded for the request's origin."""
        if request.generation is None:
            return Failure(kind="unsupported", message="replay: log-likelihoods are not recorded")
        origin = request.origin
        key = (origin.benchmark if self._benchmark else "", origin.sample)
        outputs = self._outputs.get(key) if not origin.variant and not origin.step else None
        if outputs is None or origin.repeat >= len(outputs):
            what = f"{origin.benchmark} {origin.sample} {origin.variant} repeat {origin.repeat}"
            return Failure(kind="not_recorded", message=f"replay: {what}: not in the file")
        text = outputs[origin.repeat]
        return Response(parts=(Text(text),) if text else (), served_model=self._name)

    def close(self) -> None:
        """Drop what was read."""
        self._outputs = {}


def _parsed(rest: str, given: dict[str, str]) -> tuple[str, dict[str, str]]:
    location, mark, query = rest.partition("?")
    if mark and Path(rest).exists():
        location, query = rest, ""
    pairs = (part.partition("=") for part in query.split("&") if part)
    options = {**{name: value for name, _, value in pairs}, **given}
    for option in options:
        if option not in OPTIONS:
            raise UnknownName("option of replay", option, OPTIONS)
    problems = []
    if options.get("kind", "texts") not in {"texts", "verdicts"}:
        problems.append(f"replay: kind is texts or verdicts, not {options['kind']!r}.")
    if options.get("output") and options.get("model"):
        problems.append("replay: either output or model names the column, not both.")
    if options.get("count") and (options.get("id") or options.get("id_pattern")):
        problems.append("replay: either count or id says which sample a record is of, not both.")
    try:
        if re.compile(options.get("id_pattern", "()")).groups < 1:
            problems.append("replay: id_pattern needs a group round the id.")
    except re.error as cause:
        problems.append(f"replay: id_pattern is no regular expression: {cause}.")
    if problems:
        raise DescriptionError(*problems)
    return location, options


def _outputs(path: Path, options: dict[str, str]) -> dict[tuple[str, str], tuple[str, ...]]:
    id_field = options.get("count") or options.get("id") or "id"
    counts: dict[str, int] | None = {} if options.get("count") else None
    output_field = options.get("model") or options.get("output") or "output"
    benchmark_field = options.get("benchmark", "")
    pattern = re.compile(options["id_pattern"]) if options.get("id_pattern") else None
    outputs: dict[tuple[str, str], tuple[str, ...]] = {}
    for number, record in records(path):
        wanted = [id_field, output_field, *([benchmark_field] if benchmark_field else [])]
        absent = [field for field in wanted if field not in record]
        if absent:
            raise DescriptionError(
                f"replay: {path.name}, record {number} has no field {', '.join(absent)}; it has "
                f"{', '.join(map(str, record))}. Say which with the options id, output or model."
            )
        sample = _text(record[id_field])
        if pattern:
            match = pattern.search(sample)
            if match is None:
                raise DataError(
                    f"replay: {path.name}, record {number}: id {sample!r} does not match"
                )
            sample = "/".join(match.groups(""))
        if counts is not None:
            counts[sample] = counts.get(sample, -1) + 1
            sample = f"{sample}/{counts[sample]}"
        key = (_text(record[benchmark_field]) if benchmark_field else "", sample)
        if key in outputs:
            raise DataError(f"replay: {path.name}, record {number}: id {sample!r} comes twice")
        said = record[output_field]
        outputs[key] = tuple(map(_text, said)) if isinstance(said, list) else (_text(said),)
    return outputs


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else msgspec.json.encode(value).decode()


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
