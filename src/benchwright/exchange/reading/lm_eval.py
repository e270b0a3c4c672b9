"""lm-evaluation-harness: ``samples_<task>_<date>.jsonl`` and the ``results_<date>.json`` beside it.

Written by ``lm_eval/loggers/evaluation_tracker.py`` and ``lm_eval/evaluator.py`` (0.4.x) where
``--log_samples`` is given. A line is one sample under one filter; what the run was stands in the
results file alone, so without it the conditions are unknown.
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
from benchwright.core.response import ContinuationScore, Response
from benchwright.core.sample import Sample
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
from benchwright.exchange.reading.descent import (
    aggregations,
    arguments,
    moment,
    secret,
    without_addresses,
)
from benchwright.exchange.untrusted import (
    as_written,
    document,
    encoded,
    first_line,
    lines,
    mapping,
    name_of,
    number,
    plain,
    short,
    whole,
)

HARNESS = "lm_eval"

_NAME = re.compile(
    r"samples_(?P<task>.+)_(?P<date>\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d(?:\.\d+)?)\.jsonl"
)
_OWN = frozenset(
    {
        "doc_id", "doc", "target", "arguments", "resps", "filtered_resps", "filter", "metrics",
        "doc_hash", "prompt_hash", "target_hash", "schema_version", "outcomes",
    }
)  # fmt: skip
_TRANSPORT = frozenset(
    {
        "batch_size", "max_batch_size", "device", "num_concurrent", "max_retries", "timeout",
        "parallelize", "tensor_parallel_size", "data_parallel_size", "gpu_memory_utilization",
        "trust_remote_code", "cache_dir", "verify_certificate", "api_key", "auth_token", "header",
    }
)  # fmt: skip
"""Arguments that say how a model was reached, not what it is; keys are never kept."""
_PROMPT = (
    "description", "doc_to_text", "doc_to_target", "doc_to_choice", "target_delimiter",
    "fewshot_delimiter", "process_docs", "gen_prefix", "use_prompt", "fewshot_config",
)  # fmt: skip
"""Fields of a task's configuration that make its prompts."""
_BY_TASK = ("results", "configs", "versions", "n-shot", "higher_is_better", "n-samples")
_RUN = (
    "model_source", "model_name", "model_name_sanitized", "system_instruction",
    "system_instruction_sha", "fewshot_as_multiturn", "chat_template", "chat_template_sha", "date",
    "git_hash", "lm_eval_version", "transformers_version", "total_evaluation_time_seconds",
)  # fmt: skip
_INVALID = "[invalid]"
_QUESTIONS = frozenset(
    {
        "question", "query", "prompt", "input", "text", "answer", "target", "context", "sentence",
        "premise", "hypothesis", "goal", "label",
    }
)  # fmt: skip
"""Fields that make no tag, however short they are."""
_TAG_LENGTH = 40
_MOST_TAGS = 8


def sniff(path: Path) -> bool:
    """Return whether ``path`` is a file of samples: its first line has a sample's fields."""
    if path.suffix != ".jsonl" or not path.is_file():
        return False
    found = first_line(path) or {}
    told = {"doc_id", "doc", "target", "arguments", "resps", "filtered_resps", "doc_hash"}
    return (
        told <= found.keys()
        and isinstance(found["arguments"], (dict, list))
        and ("prompt_hash" in found or "filter" in found)
    )


def read(path: Path, limits: Limits) -> Iterator[Log]:
    """Yield the one log of a file of samples.

    Raises:
        DataError: the results file beside it is damaged.
    """
    named = _NAME.fullmatch(path.name)
    task = named["task"] if named else path.stem.removeprefix("samples_")
    beside = _results(path, named["date"] if named else "")
    results = document(beside, limits) if beside else {}
    config = mapping(mapping(results.get("configs")).get(task))
    conditions = _conditions(task, results, config)
    sizes = mapping(mapping(results.get("n-samples")).get(task))
    better = mapping(mapping(results.get("higher_is_better")).get(task))
    lacking = f"{path}: there is no results file beside it: model and conditions are unknown."
    yield Log(
        harness=HARNESS,
        task=name_of(task),
        version=name_of(mapping(results.get("versions")).get(task, UNKNOWN)),
        model=_model(results, path),
        conditions=conditions,
        path=path,
        answers=partial(_answers, path, limits, _fallbacks(config)),
        size=whole(sizes.get("original")) or 0,
        aggregates=tuple(_aggregates(mapping(mapping(results.get("results")).get(task)), config)),
        lower_is_better=tuple(str(name) for name, higher in better.items() if higher is False),
        made_at=moment(named["date"] if named else ""),
        versions={
            package: plain(results[f"{package}_version"])
            for package in ("lm_eval", "transformers")
            if isinstance(results.get(f"{package}_version"), str)
        },
        settings={
            key: short(value)
            for key, value in mapping(results.get("config")).items()
            if key in ("limit", "random_seed", "numpy_seed", "torch_seed", "fewshot_seed")
        }
        | ({"git_hash": plain(results["git_hash"])} if results.get("git_hash") else {}),
        counted_wrong=(Outcome.UNPARSED,),
        beside=(beside,) if beside else (),
        head=encoded(_head(results, task)),
        remarks=() if beside else (lacking,),
    )


def _head(results: Mapping[str, Any], task: str) -> dict[str, Any]:
    """Return what the results say of this task and of the run, without other tasks and secrets."""
    head: dict[str, Any] = {}
    for key in _RUN:
        if key in results:
            head[key] = results[key]
    for key in _BY_TASK:
        if task in mapping(results.get(key)):
            head[key] = {task: results[key][task]}
    config = dict(mapping(results.get("config")))
    said = config.get("model_args")
    if isinstance(said, str):
        kept = [part for part in said.split(",") if not secret(part.partition("=")[0])]
        config["model_args"] = ",".join(kept)
    elif isinstance(said, dict):
        config["model_args"] = arguments(config)
    return {**head, "config": config} if results else {}


def _fallbacks(config: Mapping[str, Any]) -> Mapping[str, frozenset[str]]:
    """Return by filter what stands for an answer that its patterns did not find."""
    found: dict[str, frozenset[str]] = {}
    for one in map(mapping, config.get("filter_list") or ()):
        steps = [mapping(step) for step in one.get("filter") or ()]
        regex = [step for step in steps if "regex" in plain(step.get("function"))]
        words = frozenset(plain(step.get("fallback", _INVALID)) for step in regex)
        found[plain(one.get("name"))] = words
    return found


def _results(path: Path, date: str) -> Path | None:
    """Return the results file of the same run: of the same date, else the only one there is."""
    same = path.with_name(f"results_{date}.json")
    if date and same.is_file():
        return same
    others = sorted(path.parent.glob("results*.json"))
    return others[0] if len(others) == 1 and not date else None


def _model(results: Mapping[str, Any], path: Path) -> Told:
    config = mapping(results.get("config"))
    said = arguments(config)
    kept: dict[str, str] = {}
    notes: dict[str, str] = {}
    for key, value in said.items():
        (notes if key in _TRANSPORT else kept)[f"arg {name_of(key)}"] = short(value)
    for key in ("model_sha", "model_dtype", "peft_sha", "delta_sha"):
        if config.get(key):
            kept[key] = short(config[key])
    if results.get("chat_template_sha"):
        kept["template"] = f"sha256:{plain(results['chat_template_sha'])[:16]}"
    for key in ("batch_size", "device"):
        if config.get(key) is not None:
            notes[key] = short(config[key])
    backend = config.get("model") or results.get("model_source")
    if backend:
        kept["backend"] = short(backend)
    # Without arguments that name a model, the harness draws a name at random: not an identity.
    named = results.get("model_name") if said else backend
    if not results:
        named = path.parent.name
        kept["folder"] = path.parent.name
    return Told(name=name_of(named), fields=kept, notes=notes)


def _conditions(task: str, results: Mapping[str, Any], config: Mapping[str, Any]) -> Conditions:
    if not config:
        return conditions_of(HARNESS)
    shots = mapping(results.get("n-shot")).get(task)
    shots = shots if whole(shots) is not None else config.get("num_fewshot")
    shots = UNKNOWN_SHOTS if whole(shots) is None else int(shots or 0)
    generates = config.get("output_type") == "generate_until"
    settings = dict(mapping(config.get("generation_kwargs"))) if generates else {}
    asked = mapping(mapping(results.get("config")).get("gen_kwargs"))
    settings |= asked if generates else {}
    if "chat_template" in results:
        layout = "chat" if results["chat_template"] else "raw"
        layout += " multiturn" if results["chat_template"] and results.get(
            "fewshot_as_multiturn"
        ) else ""  # fmt: skip
    else:
        layout = UNKNOWN
    system = plain(results.get("system_instruction"))
    prompt = {key: without_addresses(config[key]) for key in _PROMPT if key in config}
    prompt.pop("fewshot_config", None)
    options = {"prompt": digest(plain(prompt).encode(), 8)}
    data = [plain(config[key]) for key in ("dataset_path", "dataset_name") if config.get(key)]
    options |= {"data": "/".join(data)} if data else {}
    options |= {"split": plain(config["test_split"])} if config.get("test_split") else {}
    options |= {"repeats": plain(config["repeats"])} if config.get("repeats", 1) != 1 else {}
    return conditions_of(
        HARNESS,
        ask=plain(config.get("output_type") or UNKNOWN),
        layout=layout,
        system=system if "system_instruction" in results else UNKNOWN,
        shots=shots,
        shots_source=_shots_source(results, config) if shots > 0 else "",
        shots_digest=UNKNOWN if shots > 0 else "",
        options=options,
        generation={name_of(key): short(value) for key, value in settings.items()},
    )


def _shots_source(results: Mapping[str, Any], config: Mapping[str, Any]) -> str:
    split = config.get("fewshot_split") or mapping(config.get("fewshot_config")).get("split")
    sampler = mapping(config.get("fewshot_config")).get("sampler", "default")
    seed = mapping(results.get("config")).get("fewshot_seed", UNKNOWN)
    return f"{plain(split or UNKNOWN)}, sampler {plain(sampler)}, seed {plain(seed)}"


def _aggregates(results: Mapping[str, Any], config: Mapping[str, Any]) -> Iterator[Aggregate]:
    how = aggregations(config)
    for name, value in results.items():
        metric = name.partition(",")[0]
        figure = number(value)
        if figure is None or "," not in name or metric.endswith("_stderr"):
            continue
        made = how.get(metric, "mean")
        plainly = made in ("mean", "nanmean")
        yield Aggregate(metric=name, value=figure, how="mean" if plainly else made)


def _answers(
    path: Path, limits: Limits, fallbacks: Mapping[str, frozenset[str]], notes: Notes
) -> Iterator[Answered]:
    for _, line in lines(path, limits, notes):
        filtered = plain(line.get("filter", "none")) or "none"
        lost = fallbacks.get(filtered, frozenset({_INVALID}))
        metrics = line.get("metrics")
        names = metrics if isinstance(metrics, list) else [k for k in line if k not in _OWN]
        answer = _answer(line.get("filtered_resps"))
        verdicts = []
        for metric in map(plain, names):
            if metric not in line:
                continue
            value = number(line[metric])
            if value is None and isinstance(line[metric], (list, dict, str)):
                notes.counts[f"values of {metric!r} that are no number, left out"] += 1
                continue
            verdicts.append(_verdict(f"{metric},{filtered}", value, answer, lost, line))
        yield Answered(
            sample=_sample(line),
            verdicts=tuple(verdicts),
            asked=tuple(_asked(line)),
        )


def _verdict(
    metric: str,
    value: float | None,
    answer: str | None,
    lost: frozenset[str],
    line: Mapping[str, Any],
) -> Verdict:
    """Return the verdict; a 0 for an answer that the filter did not find is no score.

    Logs that were exported from a pool say under ``outcomes`` why a value is missing.
    """
    said = mapping(line.get("outcomes")).get(metric.rpartition(",")[0])
    if said in list(Outcome) and value is None:
        return Verdict(metric=metric, outcome=Outcome(said), answer=answer)
    if value == 0 and answer in lost:
        return Verdict(metric=metric, outcome=Outcome.UNPARSED, answer=answer)
    if value is None:
        return Verdict(metric=metric, outcome=Outcome.UNJUDGED, answer=answer)
    return Verdict(metric=metric, value=value, answer=answer)


def _sample(line: Mapping[str, Any]) -> Sample:
    doc = line.get("doc")
    fields = mapping(doc)
    shown = "\n".join(f"{plain(k)}: {plain(v)}" for k, v in fields.items()) or plain(doc)
    tags = {
        plain(key): value
        for key, value in fields.items()
        if isinstance(value, str) and 0 < len(value) <= _TAG_LENGTH and "\n" not in value
        if key not in _QUESTIONS
    }
    return Sample(
        id=plain(line.get("doc_id")),
        input=(Text(shown),),
        target=plain(line.get("target")),
        tags={key: plain(tags[key]) for key in list(tags)[:_MOST_TAGS]},
        metadata={"doc": as_written(doc)},
    )


def _answer(filtered: Any) -> str | None:
    """Return what the filter left of a generated answer; log-likelihoods are no answer."""
    first = filtered[0] if isinstance(filtered, list) and filtered else filtered
    return plain(first) if isinstance(first, str) else None


def _asked(line: Mapping[str, Any]) -> Iterator[tuple[Request, Response]]:
    """Yield the prompts and answers: options after one context are one request."""
    given_all = [list(mapping(one).values()) for one in mapping(line.get("arguments")).values()]
    said = line.get("resps")
    answers = said if isinstance(said, list) else []
    contexts: dict[str, list[tuple[str, ContinuationScore]]] = {}
    for given, replies in zip(given_all, answers, strict=False):
        context = plain(given[0]) if given else ""
        for reply in replies if isinstance(replies, list) else [replies]:
            score = _score(reply)
            if score is not None and len(given) > 1 and isinstance(given[1], str):
                text = plain(given[1])
                size = len(text.encode())
                contexts.setdefault(context, []).append(
                    (
                        text,
                        ContinuationScore(logprob=score[0], tokens=0, bytes=size, greedy=score[1]),
                    )
                )
            elif isinstance(reply, str):
                settings = given[1] if len(given) > 1 else None
                yield (
                    Request(prompt=(context,), generation=_generation(mapping(settings))),
                    Response(parts=(Text(plain(reply)),), finish="other"),
                )
    for context, scored in contexts.items():
        yield (
            Request(prompt=(context,), continuations=tuple(text for text, _ in scored)),
            Response(continuations=tuple(score for _, score in scored), finish="scored"),
        )


def _score(reply: Any) -> tuple[float, bool] | None:
    """Return (log-probability, greedy) of a reply, which the harness writes as texts."""
    if not isinstance(reply, list) or len(reply) != 2:
        return None
    try:
        return float(reply[0]), str(reply[1]) == "True"
    except (TypeError, ValueError):
        return None


def _generation(settings: Mapping[str, Any]) -> Generation:
    """Return the settings of a request; 0 new tokens stand for a number that nobody wrote down."""
    stop = settings.get("until") or ()
    stop = (stop,) if isinstance(stop, str) else stop
    most = settings.get("max_gen_toks", settings.get("max_new_tokens", settings.get("max_tokens")))
    return Generation(
        max_tokens=whole(most) or 0,
        temperature=number(settings.get("temperature")) or 0.0,
        stop=tuple(plain(one) for one in stop) if isinstance(stop, (list, tuple)) else (),
    )
