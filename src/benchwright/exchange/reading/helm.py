"""HELM: a run's folder with ``run_spec.json``, ``per_instance_stats.json`` and what is beside them.

Written by ``helm/benchmark/runner.py``. Which metrics matter stands in HELM's schema, not in the
folder, so every statistic of an instance becomes a row but for the counts of tokens and seconds,
which become the row's own.
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
from benchwright.core.sample import LETTERS, Sample
from benchwright.exchange.limits import Limits
from benchwright.exchange.log import Aggregate, Answered, Log, Notes, Told, Verdict, conditions_of
from benchwright.exchange.untrusted import (
    document,
    listing,
    mapping,
    name_of,
    number,
    plain,
    short,
    whole,
)

HARNESS = "helm"

_COUNTS = re.compile(
    r"num_(references|instances|completion_tokens|train_trials|train_instances|prompt_tokens|prompt_characters|output_tokens"
    r"|completions|bytes|perplexity_tokens|requests|tokens)|prompt_truncated|max_num_\w+"
    r"|finish_reason_\w+|inference_\w+|training_\w+|batch_size|logprob|estimated_num_tokens_cost"
)
_SHOWN = (
    "instructions", "input_prefix", "input_suffix", "reference_prefix", "reference_suffix",
    "output_prefix", "output_suffix", "instance_prefix", "global_prefix", "global_suffix",
    "substitutions", "multi_label", "chain_of_thought_prefix", "chain_of_thought_suffix",
)  # fmt: skip
_SETTINGS = ("temperature", "max_tokens", "stop_sequences", "num_outputs", "random")

Key = tuple[str, str, int]
"""(instance, perturbation, trial)."""


def sniff(path: Path) -> bool:
    """Return whether ``path`` is the folder of one run."""
    return path.is_dir() and all(
        (path / name).is_file() for name in ("run_spec.json", "per_instance_stats.json")
    )


def read(path: Path, limits: Limits) -> Iterator[Log]:
    """Yield the one log of a run's folder.

    Raises:
        DataError: a file of it is damaged.
    """
    spec = document(path / "run_spec.json", limits)
    adapter = mapping(spec.get("adapter_spec"))
    model = adapter.get("model") or adapter.get("model_deployment")
    deployment = adapter.get("model_deployment")
    stats = listing(path / "stats.json", limits) if (path / "stats.json").is_file() else []
    yield Log(
        harness=HARNESS,
        task=name_of(_task(plain(spec.get("name")))),
        model=Told(
            name=name_of(model), fields={"deployment": short(deployment)} if deployment else {}
        ),
        conditions=_conditions(spec, adapter),
        path=path,
        answers=partial(_answers, path, limits, plain(adapter.get("method"))),
        aggregates=tuple(_aggregates(stats)),
        settings={"run_spec": plain(spec.get("name")), "groups": short(spec.get("groups", []))},
    )


def _task(name: str) -> str:
    """Return the run's name without the model in it."""
    scenario, colon, rest = name.partition(":")
    parts = [part for part in rest.split(",") if not part.startswith("model")]
    return f"{scenario}:{','.join(parts)}" if colon and parts else scenario


def _conditions(spec: Mapping[str, Any], adapter: Mapping[str, Any]) -> Conditions:
    scenario = mapping(spec.get("scenario_spec"))
    shown = {key: adapter[key] for key in _SHOWN if key in adapter}
    most = whole(adapter.get("max_train_instances"))
    return conditions_of(
        HARNESS,
        ask=plain(adapter.get("method") or UNKNOWN),
        shots=UNKNOWN_SHOTS if most is None else most,
        shots_source=f"train split, at most {most}" if most else "",
        shots_digest=UNKNOWN if most else "",
        options={
            "prompt": digest(plain(shown).encode(), 8),
            "scenario": f"{plain(scenario.get('class_name'))} {short(scenario.get('args', {}))}",
        },
        generation={key: short(adapter[key]) for key in _SETTINGS if key in adapter},
        perturbation=short(spec["data_augmenter_spec"])
        if mapping(spec.get("data_augmenter_spec")).get("perturbation_specs")
        else "",
    )


def _metric(name: Mapping[str, Any]) -> str:
    split = plain(name.get("split"))
    return plain(name.get("name")) + (f"/{split}" if split not in ("", "test") else "")


def _aggregates(stats: list[Any]) -> Iterator[Aggregate]:
    for stat in map(mapping, stats):
        name, mean = mapping(stat.get("name")), number(stat.get("mean"))
        if mean is None or name.get("perturbation") or _COUNTS.fullmatch(plain(name.get("name"))):
            continue
        yield Aggregate(metric=_metric(name), value=mean)


def _answers(path: Path, limits: Limits, method: str, notes: Notes) -> Iterator[Answered]:
    state = path / "scenario_state.json"
    states = document(state, limits).get("request_states") if state.is_file() else ()
    requests = [mapping(one) for one in states or ()]
    asked, failed = _asked(requests)
    instances = _instances(path, limits, requests)
    grouped: dict[Key, list[Mapping[str, Any]]] = {}
    for entry in map(mapping, listing(path / "per_instance_stats.json", limits)):
        key = _key(entry.get("instance_id"), entry.get("perturbation"), entry)
        grouped.setdefault(key, []).extend(map(mapping, entry.get("stats") or ()))
    if not instances:
        notes.say(f"{path}: there are no instances beside the scores: the questions are unknown.")
    for key, stats in grouped.items():
        counts = {
            plain(mapping(stat.get("name")).get("name")): number(stat.get("mean")) for stat in stats
        }
        said = failed.get(key, "")
        seconds = counts.get("inference_runtime")
        yield Answered(
            sample=_sample(key[0], instances.get(key[0], {}), method),
            repeat=key[2],
            variant=f"helm:{key[1]}" if key[1] else "",
            verdicts=tuple(_verdicts(stats, said)),
            asked=asked.get(key, ()),
            failure="not_recorded" if said else "",
            tokens_in=_count(counts.get("num_prompt_tokens")),
            tokens_out=_count(counts.get("num_output_tokens")),
            seconds=seconds if seconds is not None and seconds >= 0 else None,
        )


def _verdicts(stats: list[Mapping[str, Any]], said: str) -> Iterator[Verdict]:
    told: set[str] = set()
    for stat in stats:
        name = mapping(stat.get("name"))
        metric = _metric(name)
        if _COUNTS.fullmatch(plain(name.get("name"))) or metric in told:
            continue
        told.add(metric)
        value = number(stat.get("mean"))
        if said:
            yield Verdict(metric=metric, outcome=Outcome.FAILED, explanation=said)
        elif value is None:
            yield Verdict(metric=metric, outcome=Outcome.UNPARSED)
        else:
            yield Verdict(metric=metric, value=value)


def _key(instance: Any, perturbation: Any, entry: Mapping[str, Any]) -> Key:
    name = plain(mapping(perturbation).get("name"))
    if name:
        name += f"~{digest(plain(perturbation).encode(), 4)}"
    return plain(instance), name, whole(entry.get("train_trial_index")) or 0


def _instances(
    path: Path, limits: Limits, requests: list[Mapping[str, Any]]
) -> dict[str, Mapping[str, Any]]:
    """Return the instances as they are by id: from a file of their own, else from the requests."""
    file = path / "instances.json"
    listed = listing(file, limits) if file.is_file() else [one.get("instance") for one in requests]
    found: dict[str, Mapping[str, Any]] = {}
    for instance in map(mapping, listed):
        if not instance.get("perturbation"):
            found.setdefault(plain(instance.get("id")), instance)
    return found


def _sample(ident: str, instance: Mapping[str, Any], method: str) -> Sample:
    given = instance.get("input")
    text = plain(mapping(given).get("text", given if isinstance(given, str) else ""))
    references = [mapping(one) for one in instance.get("references") or ()]
    outputs = [_output(one) for one in references]
    right = [place for place, one in enumerate(references) if "correct" in (one.get("tags") or ())]
    choices = tuple(outputs) if method.startswith("multiple_choice") else ()
    letter = choices and len(right) == 1 and len(choices) <= len(LETTERS)
    target = LETTERS[right[0]] if letter else " | ".join(outputs[place] for place in right)
    split = plain(instance.get("split"))
    sub_split = plain(instance.get("sub_split"))
    tags = {"split": split, "sub_split": sub_split}
    return Sample(
        id=ident,
        input=(Text(text),) if text else (),
        choices=choices,
        target=target,
        tags={key: value for key, value in tags.items() if value},
    )


def _output(reference: Mapping[str, Any]) -> str:
    output = reference.get("output")
    return plain(mapping(output).get("text", output if isinstance(output, str) else ""))


def _asked(
    requests: list[Mapping[str, Any]],
) -> tuple[dict[Key, tuple[tuple[Request, Response], ...]], dict[Key, str]]:
    """Return the exchanges of every answer, and why there is none where a request failed."""
    asked: dict[Key, tuple[tuple[Request, Response], ...]] = {}
    failed: dict[Key, str] = {}
    for state in requests:
        instance, request = mapping(state.get("instance")), mapping(state.get("request"))
        result = mapping(state.get("result"))
        key = _key(instance.get("id"), instance.get("perturbation"), state)
        if result.get("success") is False:
            failed[key] = plain(result.get("error")) or "the request failed"
            continue
        for completion in map(mapping, result.get("completions") or ()):
            temperature = number(request.get("temperature")) or 0.0
            most = whole(request.get("max_tokens")) or 0
            exchange = (
                Request(
                    prompt=(plain(request.get("prompt")),),
                    generation=Generation(max_tokens=most, temperature=temperature),
                ),
                Response(parts=(Text(plain(completion.get("text"))),), finish="other"),
            )
            asked[key] = (*asked.get(key, ()), exchange)
    return asked, failed


def _count(value: float | None) -> int | None:
    return int(value) if value is not None and 0 <= value < 1 << 62 else None
