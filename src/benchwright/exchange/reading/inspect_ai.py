"""inspect_ai: ``.eval`` archives and ``.json`` logs, as ``inspect_ai/log`` (0.3.x) writes them.

An archive holds ``header.json`` (of an interrupted run only ``_journal/start.json``) and one
document per sample and epoch. It is read entry by entry; a ``.json`` log is held in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from benchwright.core.conditions import UNKNOWN, Conditions
from benchwright.core.content import Message, Part, Text
from benchwright.core.errors import DataError
from benchwright.core.measurement import Outcome
from benchwright.core.request import Generation, Request
from benchwright.core.response import Finish, Response
from benchwright.core.sample import Sample
from benchwright.exchange.archive import Archive
from benchwright.exchange.limits import Limits
from benchwright.exchange.log import (
    Aggregate,
    Answered,
    Log,
    Notes,
    Told,
    Verdict,
    conditions_of,
)
from benchwright.exchange.untrusted import (
    decode,
    document,
    encoded,
    head,
    mapping,
    name_of,
    number,
    plain,
    short,
    whole,
)

HARNESS = "inspect_ai"

_LETTERS = {"C": 1.0, "I": 0.0, "P": 0.5, "yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}
"""What ``inspect_ai.scorer.value_to_float`` makes of words."""
_NO_ANSWER = "N"
_FINISH: dict[str, Finish] = {
    "stop": "stop",
    "max_tokens": "length",
    "model_length": "length",
    "tool_calls": "tool_calls",
    "content_filter": "content_filter",
}
_TRANSPORT = frozenset(
    {
        "max_retries", "timeout", "attempt_timeout", "max_connections", "cache", "batch",
        "adaptive_connections", "num_choices", "logprobs", "top_logprobs", "seed",
    }
)  # fmt: skip
_PLAIN_SOLVERS = frozenset(
    {"generate", "multiple_choice", "system_message", "chain_of_thought", "prompt_template"}
)
_HEAD = ("version", "status", "eval", "plan", "results", "stats")
_MEANS = ("accuracy", "mean")
_ROLES = ("system", "user", "assistant", "tool")
_TAG_LENGTH = 64


def sniff(path: Path) -> bool:
    """Return whether ``path`` is a log: an archive with its entries, or JSON that begins as one."""
    if path.suffix not in (".eval", ".json") or not path.is_file():
        return False
    if head(path, 4) == b"PK\x03\x04":
        try:
            with Archive(path, Limits()) as archive:
                return bool({"header.json", "_journal/start.json"} & archive.entries.keys())
        except DataError:
            return path.suffix == ".eval"  # damaged: to be named as such, not passed over
    start = head(path, 1 << 16)
    return all(word in start for word in (b'"version"', b'"status"', b'"eval"', b'"task_id"'))


def read(path: Path, limits: Limits) -> Iterator[Log]:
    """Yield the one log at ``path``.

    Raises:
        DataError: it is damaged, cut off, or more than ``limits`` allow.
    """
    if head(path, 4) == b"PK\x03\x04" or path.suffix == ".eval":
        with Archive(path, limits) as archive:
            name = "header.json" if "header.json" in archive.entries else "_journal/start.json"
            top = decode(archive.read(name), f"{path}, {name}", limits)
        answers = partial(_from_archive, path, limits)
    else:
        top = document(path, limits)
        answers = partial(_from_document, top)
    if not isinstance(top, dict) or not isinstance(top.get("eval"), dict):
        raise DataError(f"{path}: not a log of inspect_ai: it does not say which evaluation it is.")
    spec, results = mapping(top["eval"]), mapping(top.get("results"))
    status = plain(top.get("status", "started"))
    dataset = mapping(spec.get("dataset"))
    yield Log(
        harness=HARNESS,
        task=name_of(spec.get("task")),
        version=name_of(spec.get("task_version", UNKNOWN)),
        model=_model(spec),
        conditions=_conditions(spec, mapping(top.get("plan"))),
        path=path,
        answers=partial(_answers, answers, tuple(_metrics(spec, results)), spec),
        size=whole(dataset.get("samples")) or 0,
        aggregates=tuple(_aggregates(results)),
        counted_wrong=(Outcome.REFUSED,),
        head=encoded({key: top[key] for key in _HEAD if key in top}),
        made_at=plain(spec.get("created")),
        versions={name_of(k): short(v) for k, v in mapping(spec.get("packages")).items()},
        settings={
            "status": status,
            "dataset": short(dataset.get("name")),
            "task_args": short(spec.get("task_args", {})),
            "revision": short(mapping(spec.get("revision")).get("commit")),
        },
        remarks=() if status == "success" else (f"{path}: the run's status is {status!r}.",),
    )


def _model(spec: Mapping[str, Any]) -> Told:
    fields = {
        f"arg {name_of(key)}": short(value)
        for key, value in mapping(spec.get("model_args")).items()
        if "key" not in key.lower() and "token" not in key.lower()
    }
    notes = {"url": short(spec["model_base_url"])} if spec.get("model_base_url") else {}
    return Told(name=name_of(spec.get("model")), fields=fields, notes=notes)


def _conditions(spec: Mapping[str, Any], plan: Mapping[str, Any]) -> Conditions:
    steps = [mapping(step) for step in plan.get("steps") or () if isinstance(step, dict)]
    names = [plain(step.get("solver")) for step in steps]
    parameters = [mapping(step.get("params")) for step in steps]
    system = "\n\n".join(
        plain(given.get("template"))
        for name, given in zip(names, parameters, strict=True)
        if name == "system_message"
    )
    settings = {
        **mapping(plan.get("config")),
        **mapping(spec.get("model_generate_config")),
    }
    known = bool(names) and set(names) <= _PLAIN_SOLVERS
    options = {"solver": short(" > ".join(names))} if names else {}
    options |= {"parameters": short(parameters)} if any(parameters) else {}
    if spec.get("task_args"):
        options["task_args"] = short(spec["task_args"])
    return conditions_of(
        HARNESS,
        ask="generate",
        layout="chat",
        system=system or ("" if known else UNKNOWN),
        options=options,
        generation={
            name_of(key): short(value)
            for key, value in settings.items()
            if value is not None and key not in _TRANSPORT
        },
    )


def _metrics(spec: Mapping[str, Any], results: Mapping[str, Any]) -> Iterator[str]:
    """Yield what every sample was to be scored by: a failed one is failed under each."""
    told: dict[str, None] = {}
    for one in spec.get("scorers") or ():
        scorer, metrics = plain(mapping(one).get("name")), mapping(one).get("metrics")
        if isinstance(metrics, dict) and not any("*" in key for key in metrics):
            told.update(dict.fromkeys(f"{scorer}/{plain(key)}" for key in metrics))
        elif not isinstance(metrics, dict):
            told[scorer] = None
    told.update(dict.fromkeys(_called(mapping(one)) for one in results.get("scores") or ()))
    yield from told


def _called(score: Mapping[str, Any]) -> str:
    name, scorer = plain(score.get("name")), plain(score.get("scorer"))
    return scorer if name == scorer else f"{scorer}/{name}"


def _aggregates(results: Mapping[str, Any]) -> Iterator[Aggregate]:
    for one in results.get("scores") or ():
        score = mapping(one)
        reducer = score.get("reducer")
        for name, metric in mapping(score.get("metrics")).items():
            value = number(mapping(metric).get("value"))
            if value is None or name not in _MEANS or mapping(metric).get("group"):
                continue
            how = "mean" if reducer in (None, "mean") else f"{name} of {plain(reducer)}"
            yield Aggregate(metric=_called(score), value=value, how=how)


def _from_archive(path: Path, limits: Limits) -> Iterator[Mapping[str, Any]]:
    with Archive(path, limits) as archive:
        names = [
            name
            for name in archive.entries
            if name.startswith("samples/") and name.endswith(".json")
        ]
        for name, data in archive.documents(names):
            yield mapping(decode(data, f"{path}, {name}", limits))


def _from_document(top: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from (mapping(sample) for sample in top.get("samples") or ())


def _answers(
    samples: Any, metrics: tuple[str, ...], spec: Mapping[str, Any], notes: Notes
) -> Iterator[Answered]:
    for sample in samples():
        texts = mapping(sample.get("attachments"))
        error = mapping(sample.get("error"))
        verdicts = list(_verdicts(mapping(sample.get("scores")), notes))
        if not verdicts:
            said = plain(error.get("message")) or "the log holds no score of this sample"
            outcome = Outcome.FAILED if error else Outcome.UNJUDGED
            verdicts = [
                Verdict(metric=metric, outcome=outcome, explanation=said)
                for metric in metrics or ("unknown",)
            ]
        output = mapping(sample.get("output"))
        usage = mapping(mapping(sample.get("model_usage")).get(plain(spec.get("model"))))
        epoch = whole(sample.get("epoch"))
        yield Answered(
            sample=_sample(sample, texts),
            repeat=epoch - 1 if epoch else None,
            verdicts=tuple(verdicts),
            asked=tuple(_asked(sample, output, texts)),
            failure="not_recorded" if error else "",
            finish=_finish(output),
            tokens_in=whole(usage.get("input_tokens")),
            tokens_cached=whole(usage.get("input_tokens_cache_read")),
            tokens_out=whole(usage.get("output_tokens")),
            tokens_reasoning=whole(usage.get("reasoning_tokens")),
            seconds=number(output.get("time")) if sample.get("turn_count") == 1 else None,
            cost=number(usage.get("total_cost")),
        )


def _verdicts(scores: Mapping[str, Any], notes: Notes) -> Iterator[Verdict]:
    for scorer, one in scores.items():
        score = mapping(one)
        value = score.get("value")
        parts = (
            {f"{plain(scorer)}/{plain(key)}": part for key, part in value.items()}
            if isinstance(value, dict)
            else {plain(scorer): value}
        )
        for metric, part in parts.items():
            if isinstance(part, (list, dict)):
                notes.counts[f"values of {metric!r} that are no number, left out"] += 1
                continue
            outcome, figure = _valued(part)
            yield Verdict(
                metric=metric,
                value=figure,
                outcome=outcome,
                answer=plain(score["answer"]) if score.get("answer") is not None else None,
                explanation=plain(score.get("explanation")),
            )


def _valued(value: Any) -> tuple[Outcome, float | None]:
    """Return the outcome and number of a score's value, by inspect's own rule for words."""
    figure = number(value)
    if figure is not None:
        return Outcome.SCORED, figure
    if value == _NO_ANSWER:
        return Outcome.REFUSED, None
    if isinstance(value, str):
        found = _LETTERS.get(value, _LETTERS.get(value.lower()))
        try:
            found = number(float(value)) if found is None else found
        except ValueError:
            found = None
        if found is not None:
            return Outcome.SCORED, found
    return Outcome.UNPARSED, None  # NaN, by which inspect says that a sample is not scored


def _sample(sample: Mapping[str, Any], texts: Mapping[str, Any]) -> Sample:
    given, target = sample.get("input"), sample.get("target")
    parts: list[Part] = []
    for turn in given if isinstance(given, list) else [{"role": "user", "content": given}]:
        role = plain(mapping(turn).get("role"))
        text = _text(mapping(turn).get("content"), texts)
        parts.append(Text(text if role == "user" and not parts else f"\n\n[{role}]\n{text}"))
    metadata = mapping(sample.get("metadata"))
    tags = {
        plain(key): plain(value)
        for key, value in metadata.items()
        if isinstance(value, str) and 0 < len(value) <= _TAG_LENGTH and "\n" not in value
    }
    return Sample(
        id=plain(sample.get("id")),
        input=tuple(parts),
        choices=tuple(plain(choice) for choice in sample.get("choices") or ()),
        target=target if isinstance(target, str) else plain(target),
        tags=tags,
        metadata={plain(key): plain(value) for key, value in metadata.items()},
    )


def _text(content: Any, texts: Mapping[str, Any]) -> str:
    """Return the text of a message; what is no text is named in its place."""
    if isinstance(content, list):
        return "".join(_piece(mapping(part), texts) for part in content)
    text = plain(content)
    if text.startswith("attachment://"):
        return plain(texts.get(text.removeprefix("attachment://"), text))
    return text


def _piece(part: Mapping[str, Any], texts: Mapping[str, Any]) -> str:
    kind = plain(part.get("type"))
    if kind == "text":
        return _text(part.get("text"), texts)
    return "" if kind == "reasoning" else f"<{kind} {short(part.get(kind), 100)}>"


def _asked(
    sample: Mapping[str, Any], output: Mapping[str, Any], texts: Mapping[str, Any]
) -> Iterator[tuple[Request, Response]]:
    """Yield the last exchange: the conversation up to the answer, and the answer."""
    turns = [mapping(turn) for turn in sample.get("messages") or ()]
    if not output.get("choices") or not turns:
        return
    before: Iterable[Mapping[str, Any]] = turns
    if turns[-1].get("role") == "assistant":
        before = turns[:-1]
    messages = tuple(
        Message(role=turn["role"], parts=(Text(_text(turn.get("content"), texts)),))
        for turn in before
        if turn.get("role") in _ROLES
    )
    if not messages:
        return
    message = mapping(mapping(output["choices"][0]).get("message"))
    content = message.get("content")
    thinking = [
        plain(mapping(part).get("reasoning"))
        for part in (content if isinstance(content, list) else ())
        if mapping(part).get("type") == "reasoning"
    ]
    yield (
        Request(messages=messages, generation=Generation(max_tokens=0)),
        Response(
            parts=(Text(_text(content, texts)),),
            reasoning="\n".join(thinking),
            finish=_finished(output),
            served_model=plain(output.get("model")),
        ),
    )


def _finish(output: Mapping[str, Any]) -> str:
    choices = output.get("choices")
    return _finished(output) if isinstance(choices, list) and choices else ""


def _finished(output: Mapping[str, Any]) -> Finish:
    choices = output.get("choices")
    first = mapping(choices[0]) if isinstance(choices, list) and choices else {}
    return _FINISH.get(plain(first.get("stop_reason")), "other")
