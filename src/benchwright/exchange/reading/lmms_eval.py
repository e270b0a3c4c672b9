"""lmms-eval: ``<date>_samples_<task>.jsonl`` and ``<date>_results.json`` beside it.

Written by ``lmms_eval/loggers/evaluation_tracker.py`` where ``--log_samples`` is given. The form
began as lm-evaluation-harness's, and left the questions out: a digest names each of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from benchwright.core.canonical import digest
from benchwright.core.conditions import UNKNOWN, UNKNOWN_SHOTS, Conditions
from benchwright.core.content import Text
from benchwright.core.measurement import Outcome
from benchwright.core.request import Generation, Request
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.exchange.limits import Limits
from benchwright.exchange.log import Aggregate, Answered, Log, Notes, Told, Verdict, conditions_of
from benchwright.exchange.reading.descent import (
    aggregations,
    arguments,
    moment,
    without_addresses,
)
from benchwright.exchange.untrusted import (
    document,
    first_line,
    lines,
    mapping,
    name_of,
    number,
    plain,
    short,
    whole,
)

HARNESS = "lmms_eval"

_NAME = re.compile(r"(?P<date>\d{8}_\d{6}|\d{4}-\d\d-\d\dT[\d.-]+)_samples_(?P<task>.+)\.jsonl")
_OWN = frozenset(
    {
        "doc_id", "doc", "target", "input", "arguments", "resps", "filtered_resps", "doc_hash",
        "filter", "prompt_hash", "target_hash", "token_counts", "schema_version", "input_media",
    }
)  # fmt: skip
_PROMPT = ("doc_to_text", "doc_to_visual", "doc_to_messages", "description", "target_delimiter")


def sniff(path: Path) -> bool:
    """Return whether ``path`` is a file of samples: a digest and an input, but no document."""
    if path.suffix != ".jsonl" or not path.is_file():
        return False
    found = first_line(path) or {}
    told = {"doc_id", "target", "filtered_resps", "doc_hash", "input"} <= found.keys()
    return told and "arguments" not in found


def read(path: Path, limits: Limits) -> Iterator[Log]:
    """Yield the one log of a file of samples.

    Raises:
        DataError: the results file beside it is damaged.
    """
    named = _NAME.fullmatch(path.name)
    date = named["date"] if named else ""
    task = named["task"] if named else path.stem
    beside = path.with_name(f"{date}_results.json")
    results = document(beside, limits) if date and beside.is_file() else {}
    config = mapping(mapping(results.get("configs")).get(task))
    sizes = mapping(mapping(results.get("n-samples")).get(task))
    better = mapping(mapping(results.get("higher_is_better")).get(task))
    name, fields = _model(results, path)
    lacking = f"{path}: there is no results file beside it, so how it was asked is unknown."
    yield Log(
        harness=HARNESS,
        task=name_of(task),
        version=name_of(mapping(results.get("versions")).get(task, UNKNOWN)),
        model=Told(name=name, fields=fields),
        conditions=_conditions(task, results, config),
        path=path,
        answers=partial(_answers, path, limits),
        size=whole(sizes.get("original")) or 0,
        aggregates=tuple(_aggregates(mapping(mapping(results.get("results")).get(task)), config)),
        lower_is_better=tuple(plain(key) for key, higher in better.items() if higher is False),
        made_at=_made_at(date),
        settings={"git_hash": short(results["git_hash"])} if results.get("git_hash") else {},
        beside=(beside,) if results else (),
        remarks=() if results else (lacking,),
    )


def _made_at(date: str) -> str:
    if re.fullmatch(r"\d{8}_\d{6}", date):
        return f"{date[:4]}-{date[4:6]}-{date[6:8]}T{date[9:11]}:{date[11:13]}:{date[13:]}"
    return moment(date)


def _model(results: Mapping[str, Any], path: Path) -> tuple[str, dict[str, str]]:
    config = mapping(results.get("config"))
    fields = {
        f"arg {name_of(key)}": short(value)
        for key, value in arguments(config).items()
        if key not in ("batch_size", "device", "device_map")
    }
    backend = config.get("model") or results.get("model_source")
    if backend:
        fields["backend"] = short(backend)
    if not results:
        fields["folder"] = path.parent.name
    return name_of(results.get("model_name") or backend or path.parent.name), fields


def _conditions(task: str, results: Mapping[str, Any], config: Mapping[str, Any]) -> Conditions:
    if not config:
        return conditions_of(HARNESS)
    shots = mapping(results.get("n-shot")).get(task, config.get("num_fewshot"))
    shots = UNKNOWN_SHOTS if whole(shots) is None else int(shots or 0)
    prompt = {
        key: without_addresses(config[key])
        for key in (*_PROMPT, "lmms_eval_specific_kwargs")
        if key in config
    }
    settings = mapping(config.get("generation_kwargs"))
    options = {"prompt": digest(plain(prompt).encode(), 8)}
    if config.get("dataset_path"):
        options["data"] = plain(config["dataset_path"])
    return conditions_of(
        HARNESS,
        ask=plain(config.get("output_type") or UNKNOWN),
        system=plain(results.get("system_instruction"))
        if "system_instruction" in results
        else UNKNOWN,
        shots=shots,
        shots_digest=UNKNOWN if shots > 0 else "",
        options=options,
        generation={name_of(key): short(value) for key, value in settings.items()},
    )


def _aggregates(results: Mapping[str, Any], config: Mapping[str, Any]) -> Iterator[Aggregate]:
    how = aggregations(config)
    for name, value in results.items():
        metric = name.partition(",")[0]
        figure = number(value)
        if (
            figure is None
            or "," not in name
            or metric.rpartition("_")[2] in ("stderr", "clustered")
        ):
            continue
        made = how.get(metric, "mean")
        yield Aggregate(metric=metric, value=figure, how="mean" if made == "mean" else made[:60])


def _answers(path: Path, limits: Limits, notes: Notes) -> Iterator[Answered]:
    for _, line in lines(path, limits, notes):
        replies = line.get("filtered_resps")
        first = replies[0] if isinstance(replies, list) and replies else replies
        answer = plain(first) if isinstance(first, str) else None
        verdicts = []
        for metric, value in line.items():
            if metric in _OWN:
                continue
            figure = number(value)
            if figure is None and value is not None:
                # Most tasks keep what their own code will score at the end: no verdict of a sample.
                notes.counts[f"values of {plain(metric)!r} that are no number, left out"] += 1
                continue
            outcome = Outcome.UNPARSED if figure is None else Outcome.SCORED
            verdicts.append(
                Verdict(metric=plain(metric), value=figure, outcome=outcome, answer=answer)
            )
        ident, content = plain(line.get("doc_id")), plain(line.get("doc_hash"))
        yield Answered(
            # The prompt is the model's own in this harness; the digest says which question it is.
            sample=Sample(
                id=f"{ident}~{content[:8]}" if content else ident,
                input=(),
                target=plain(line.get("target")),
                metadata={"doc_hash": content} if content else {},
            ),
            verdicts=tuple(verdicts),
            asked=tuple(_asked(line)),
        )


def _asked(line: Mapping[str, Any]) -> Iterator[tuple[Request, Response]]:
    given = line.get("input")
    prompt = given[0] if isinstance(given, list) and given else given
    replies = line.get("resps", line.get("filtered_resps"))
    replies = [replies] if isinstance(replies, str) else replies
    while isinstance(replies, list) and replies and isinstance(replies[0], list):
        replies = replies[0]
    for reply in replies if isinstance(replies, list) else ():
        if isinstance(reply, str):
            yield (
                Request(prompt=(plain(prompt),), generation=Generation(max_tokens=0)),
                Response(parts=(Text(plain(reply)),), finish="other"),
            )
