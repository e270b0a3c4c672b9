"""evalscope: ``reviews/<model>/<dataset>_<subset>.jsonl``, with the report and the settings.

Written by ``evalscope/api/evaluator/cache.py`` (1.x). A review is one answer with its scores; the
report (``reports/<model>/<dataset>.json``) tells the aggregates, ``configs/task_config.yaml`` how
the questions were asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from benchwright.core.conditions import UNKNOWN, UNKNOWN_SHOTS, Conditions
from benchwright.core.content import Message, Text
from benchwright.core.measurement import Outcome
from benchwright.core.request import Generation, Request
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.exchange.limits import MIB, Limits
from benchwright.exchange.log import Aggregate, Answered, Log, Notes, Told, Verdict, conditions_of
from benchwright.exchange.untrusted import (
    document,
    first_line,
    head,
    lines,
    mapping,
    name_of,
    number,
    plain,
    short,
    whole,
)

HARNESS = "evalscope"

_USABLE = ("success", "fallback", "degraded")
_ROLES = ("system", "user", "assistant", "tool")
_GENERATION = (
    "max_tokens", "temperature", "top_p", "top_k", "n", "stop_seqs", "seed", "do_sample",
    "repetition_penalty", "presence_penalty", "frequency_penalty", "reasoning_effort",
)  # fmt: skip
_LINE = re.compile(r"(?P<indent> *)(?P<key>[A-Za-z_][\w.-]*):(?: (?P<value>.*))?")
_PLAIN_SCALAR = re.compile(r"[\w.+/@:-]+(?: [\w.+/@:-]+)*")


def sniff(path: Path) -> bool:
    """Return whether ``path`` is a file of reviews."""
    if path.suffix != ".jsonl" or not path.is_file():
        return False
    found = first_line(path) or {}
    score = mapping(mapping(found.get("sample_score")).get("score"))
    return "index" in found and isinstance(score.get("value"), dict)


def read(path: Path, limits: Limits) -> Iterator[Log]:
    """Yield the one log of a file of reviews.

    Raises:
        DataError: the report beside it is damaged.
    """
    root, model = path.parent.parent.parent, path.parent.name
    placed = path.parent.parent.name == "reviews"
    reports = sorted((root / "reports" / model).glob("*.json")) if placed else []
    beside = max(
        (one for one in reports if path.stem.startswith(f"{one.stem}_")),
        key=lambda one: len(one.stem),
        default=None,
    )
    dataset = beside.stem if beside else path.stem
    subset = path.stem.removeprefix(dataset).removeprefix("_")
    config = root / "configs" / "task_config.yaml"
    settings = scalars(head(config, MIB).decode("utf-8", "replace")) if placed else {}
    report = document(beside, limits) if beside else {}
    found = [one for one in (beside, config if settings else None) if one is not None]
    lacking = f"{path}: there is no task_config.yaml of its run, so how it was asked is unknown."
    version = settings.get(f"evaluation_identity.benchmarks.{dataset}.evaluation_version", UNKNOWN)
    yield Log(
        harness=HARNESS,
        task=name_of(f"{dataset}/{subset}" if subset else dataset),
        version=name_of(version),
        model=_model(report, model if placed else "", settings),
        conditions=_conditions(dataset, settings),
        path=path,
        answers=partial(_answers, path, limits),
        aggregates=tuple(_aggregates(report, subset)),
        counted_wrong=(Outcome.UNPARSED, Outcome.EMPTY),
        beside=tuple(found),
        made_at=_made_at(root.name) if placed else "",
        versions={"evalscope": settings["evalscope_version"]}
        if "evalscope_version" in settings
        else {},
        remarks=() if settings else (lacking,),
    )


def scalars(text: str) -> dict[str, str]:
    """Return the plain scalars of a YAML document by their dotted paths.

    Nested mappings of plain words and numbers only: quoted, folded and listed values are left out,
    and so is everything within them. That is all that is needed here, and nothing is evaluated.
    """
    found: dict[str, str] = {}
    open_keys: list[tuple[int, str]] = []
    for line in text.splitlines():
        match = _LINE.fullmatch(line)
        if match is None:
            continue
        indent = len(match["indent"])
        while open_keys and open_keys[-1][0] >= indent:
            open_keys.pop()
        if indent and not open_keys:
            continue
        value = (match["value"] or "").strip()
        path = ".".join([key for _, key in open_keys] + [match["key"]])
        # What stands below a value of its own is no mapping but the rest of that value.
        closed = bool(open_keys) and open_keys[-1][1].endswith("\0")
        open_keys.append((indent, match["key"] if not value and not closed else "\0"))
        if value and not closed and "\0" not in path and _PLAIN_SCALAR.fullmatch(value):
            found[path] = value
    return found


def _made_at(folder: str) -> str:
    match = re.fullmatch(r"(\d{4})(\d\d)(\d\d)_(\d\d)(\d\d)(\d\d)", folder)
    return "{}-{}-{}T{}:{}:{}".format(*match.groups()) if match else ""


def _model(report: Mapping[str, Any], folder: str, settings: Mapping[str, str]) -> Told:
    fields = {
        f"arg {key.removeprefix('model_args.')}": value
        for key, value in settings.items()
        if key.startswith("model_args.") and "key" not in key and "token" not in key
    }
    for key in ("model", "chat_template"):
        if settings.get(key, "null") != "null":
            fields[key] = settings[key]
    notes = {"url": settings["api_url"]} if settings.get("api_url", "null") != "null" else {}
    return Told(name=name_of(report.get("model_name") or folder), fields=fields, notes=notes)


def _conditions(dataset: str, settings: Mapping[str, str]) -> Conditions:
    if not settings:
        return conditions_of(HARNESS)
    own = f"resolved_benchmarks.{dataset}."
    shots = settings.get(f"{own}few_shot_num", "")
    system = settings.get(f"{own}system_prompt")
    options = {
        key.removeprefix(own): value
        for key, value in settings.items()
        if key.startswith(own) and value != "null"
        and key.removeprefix(own) in ("aggregation", "eval_split", "dataset_revision", "shuffle")
    }  # fmt: skip
    fingerprint = settings.get(f"evaluation_identity.benchmarks.{dataset}.fingerprint")
    options |= {"fingerprint": fingerprint} if fingerprint else {}
    count = int(shots) if shots.isdecimal() and len(shots) < 6 else UNKNOWN_SHOTS
    return conditions_of(
        HARNESS,
        ask="generate",
        layout="chat",
        system="" if system == "null" else system or UNKNOWN,
        shots=count,
        shots_source=settings.get(f"{own}train_split", UNKNOWN) if count > 0 else "",
        shots_digest=UNKNOWN if count > 0 else "",
        options=options,
        generation={
            key: settings[f"generation_config.{key}"]
            for key in _GENERATION
            if settings.get(f"generation_config.{key}", "null") != "null"
        },
    )


def _aggregates(report: Mapping[str, Any], subset: str) -> Iterator[Aggregate]:
    for metric in map(mapping, report.get("metrics") or ()):
        identity = mapping(metric.get("identity"))
        name = plain(identity.get("name") or metric.get("name"))
        if identity.get("dimensions"):
            continue  # of several figures of one name, the reviews call each by another name
        made = plain(identity.get("aggregation") or "mean")
        how = "mean of rows" if made in ("mean", "identity") else made
        for category in map(mapping, metric.get("categories") or ()):
            for part in map(mapping, category.get("subsets") or ()):
                score = number(part.get("score"))
                if score is not None and plain(part.get("name")) == subset:
                    yield Aggregate(metric=name, value=score, how=how, decimals=4)


def _answers(path: Path, limits: Limits, notes: Notes) -> Iterator[Answered]:
    for _, line in lines(path, limits, notes):
        sample_score = mapping(line.get("sample_score"))
        score = mapping(sample_score.get("score"))
        turns = [mapping(turn) for turn in line.get("messages") or ()]
        told = mapping(turns[-1].get("perf_metrics")) if turns else {}
        group = sample_score.get("group_id")
        repeat = whole(sample_score.get("generation_index"))
        errors = mapping(mapping(score.get("metadata")).get("metric_errors"))
        if errors:
            notes.counts[
                f"answers on which {', '.join(map(plain, errors))} failed in evalscope"
            ] += 1
        yield Answered(
            sample=_sample(line, plain(line.get("index") if group is None else group), turns),
            repeat=repeat,
            verdicts=tuple(_verdicts(score)),
            asked=tuple(_asked(turns)),
            tokens_in=whole(told.get("input_tokens")),
            tokens_out=whole(told.get("output_tokens")),
            seconds=number(told.get("latency")),
        )


def _verdicts(score: Mapping[str, Any]) -> Iterator[Verdict]:
    answer, said = score.get("extracted_prediction"), plain(score.get("explanation"))
    reply = plain(score.get("prediction"))
    read_as = None if answer is None else plain(answer)
    usable = plain(score.get("status") or "success") in _USABLE
    if not usable:
        said = plain(mapping(score.get("judge_summary")).get("error") or score.get("status"))
    values = mapping(score.get("value"))
    for metric, value in (values or ({} if usable else {"unknown": None})).items():
        figure = number(value)
        outcome = Outcome.SCORED if figure is not None else Outcome.UNPARSED
        if not usable:
            outcome = Outcome.UNJUDGED
        elif figure == 0 and answer == "":
            # evalscope counts an answer in which it found none as wrong, as it may; not as read.
            outcome = Outcome.UNPARSED if reply.strip() else Outcome.EMPTY
        yield Verdict(
            metric=plain(metric),
            value=figure if outcome is Outcome.SCORED else None,
            outcome=outcome,
            answer=read_as or None,
            explanation=said,
        )


def _sample(line: Mapping[str, Any], ident: str, turns: list[Mapping[str, Any]]) -> Sample:
    asked = [_text(turn) for turn in turns if turn.get("role") == "user"]
    target = line.get("target")
    targets = [plain(one) for one in target] if isinstance(target, list) else [plain(target)]
    metadata = mapping(mapping(line.get("sample_score")).get("sample_metadata"))
    return Sample(
        id=ident,
        input=(Text(asked[0]),) if asked else (),
        target=targets[0] if len(targets) == 1 else plain(targets),
        tags={
            plain(key): plain(value)
            for key, value in metadata.items()
            if isinstance(value, str) and 0 < len(value) <= 40 and "\n" not in value and key != "id"
        },
        metadata={plain(key): plain(value) for key, value in metadata.items()},
    )


def _text(turn: Mapping[str, Any]) -> str:
    content = turn.get("content")
    if isinstance(content, list):
        parts = [mapping(part) for part in content]
        return "".join(
            plain(part.get("text"))
            if part.get("type") == "text"
            else f"<{plain(part.get('type'))} {short(part, 100)}>"
            for part in parts
            if part.get("type") != "reasoning"
        )
    return plain(content)


def _asked(turns: list[Mapping[str, Any]]) -> Iterator[tuple[Request, Response]]:
    if not turns or turns[-1].get("role") != "assistant":
        return
    messages = tuple(
        Message(role=turn["role"], parts=(Text(_text(turn)),))
        for turn in turns[:-1]
        if turn.get("role") in _ROLES
    )
    if messages:
        yield (
            Request(messages=messages, generation=Generation(max_tokens=0)),
            Response(parts=(Text(_text(turns[-1])),), finish="other"),
        )
