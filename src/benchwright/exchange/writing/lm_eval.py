"""lm-evaluation-harness's form: ``samples_<task>_<date>.jsonl`` and ``results_<date>.json``.

What an imported log said of its run is written out again; of other runs, what the form has a
place for. An outcome other than a score has none there: it is told in a field of our own,
``outcomes``, which the harness's tools pass over.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import defaultdict
from pathlib import Path
from typing import Any

from benchwright.core.content import text_of
from benchwright.core.errors import DescriptionError
from benchwright.core.measurement import Measurement, Outcome
from benchwright.core.request import Request, transcript
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.exchange.taking import HEAD
from benchwright.exchange.writing.bundles import Bundle, Group, groups, own_id
from benchwright.pool import Pool
from benchwright.pool.disk import slug

HARNESS = "lm_eval"
_ASKS = {"generate": "generate_until", "letters": "multiple_choice", "options": "multiple_choice"}

Values = dict[str, list[float]]
"""``metric,filter`` → the scored values."""


def write(pool: Pool, to: Path, where: str) -> tuple[list[Path], int, list[str]]:
    """Write a folder per model and return the files, the number of rows, and what is lost.

    Raises:
        DescriptionError: ``where`` is no condition, or ``to`` cannot be written.
    """
    files: list[Path] = []
    heads: dict[Path, dict[str, Any]] = {}
    owners: dict[Path, str] = {}
    count = unscored = variants = 0
    try:
        for group, bundles in groups(pool, where):
            folder = to / slug(group.first.model.replace("/", "__"))
            if owners.setdefault(folder, group.first.model_key) != group.first.model_key:
                folder = to / f"{folder.name}__{group.first.model_key[:8]}"
            folder.mkdir(parents=True, exist_ok=True)
            date = (group.run.started_at or "1970-01-01T00:00:00").partition("+")[0]
            date = date.replace(":", "-")
            task = _task(group)
            path = folder / f"samples_{slug(task)}_{date}.jsonl"
            values: Values = defaultdict(list)
            with path.open("w", encoding="utf-8") as file:
                for bundle in bundles:
                    variants += bool(bundle.first.variant)
                    for line in _lines(bundle, values):
                        file.write(json.dumps(line, ensure_ascii=False) + "\n")
                    count += len(bundle.rows)
                    unscored += sum(not _told(row) for row in bundle.rows)
            files.append(path)
            results = folder / f"results_{date}.json"
            _merge(heads.setdefault(results, {}), _head(group, task, values, whole=not where))
        for path, head in heads.items():
            path.write_text(json.dumps(head, indent=2, ensure_ascii=False), encoding="utf-8")
            files.append(path)
    except OSError as cause:
        raise DescriptionError(f"{to}: cannot be written ({cause.strerror}).") from cause
    return files, count, _said(unscored, variants)


def _said(unscored: int, variants: int) -> list[str]:
    said = []
    if unscored:
        said.append(f"{unscored:,} rows have no score; lm_eval has no place for that, so their "
                    "outcome stands in a field of our own.")  # fmt: skip
    if variants:
        said.append(f"{variants:,} answers are to variants, which lm_eval does not know: they "
                    "stand as further samples.")  # fmt: skip
    return said


def _task(group: Group) -> str:
    name = group.first.benchmark.partition("@")[0]
    return name.partition(":")[2] if name.startswith(f"{HARNESS}:") else name.replace(":", "_")


def _lines(bundle: Bundle, values: Values) -> list[dict[str, Any]]:
    """Return a line per filter: the verdicts of one answer, and the answer itself."""
    by_filter: dict[str, list[tuple[str, Measurement]]] = defaultdict(list)
    for row in bundle.rows:
        metric, name = _metric(row.scorer)
        by_filter[name].append((metric, row))
    doc = _doc(bundle.sample, bundle.first)
    arguments, replies = _exchange(bundle)
    target = bundle.first.target
    lines = []
    for name, verdicts in by_filter.items():
        answer = verdicts[0][1].answer
        line: dict[str, Any] = {
            "doc_id": _doc_id(bundle.first),
            "doc": doc,
            "target": target,
            "arguments": arguments,
            "resps": replies,
            "filtered_resps": [one[0] for one in replies] if answer is None else [answer],
            "filter": name,
            "metrics": [metric for metric, _ in verdicts],
            "doc_hash": _hash(json.dumps(doc, indent=2, ensure_ascii=False)),
            "prompt_hash": _hash(_prompt(bundle.asked[0][0]) if bundle.asked else ""),
            "target_hash": _hash(target),
        }
        lost = {m: row.outcome.value for m, row in verdicts if not _told(row)}
        line |= {metric: row.value if row.value is not None or metric in lost else 0.0
                 for metric, row in verdicts}  # fmt: skip
        line |= {"outcomes": lost} if lost else {}
        lines.append(line)
        for metric, row in verdicts:
            counted = values[f"{metric},{name}"]
            if row.value is not None:
                counted.append(row.value)
    return lines


def _metric(scorer: str) -> tuple[str, str]:
    """Return metric and filter of a scorer: of an imported one, those of its log."""
    if scorer.startswith(f"{HARNESS}:"):
        metric, _, name = scorer.partition(":")[2].rpartition("@")[0].partition(",")
        return metric, name or "none"
    return scorer.replace(",", ";"), "none"


def _told(row: Measurement) -> bool:
    """Whether the form itself can tell this outcome: a score, or what its filter did not find."""
    lost = row.outcome is Outcome.UNPARSED and row.answer is not None
    return row.outcome is Outcome.SCORED or (lost and row.scorer.startswith(f"{HARNESS}:"))


def _doc_id(row: Measurement) -> int | str:
    ident = own_id(row.sample)
    if row.variant or not ident.isdecimal() or len(ident) > 15:
        return f"{ident} ({row.variant})" if row.variant else ident
    return int(ident)


def _doc(sample: Sample | None, row: Measurement) -> Any:
    if sample is None:
        return {"id": row.sample}
    if "doc" in sample.metadata:
        try:
            return json.loads(sample.metadata["doc"])
        except ValueError:
            return sample.metadata["doc"]
    choices = {"choices": list(sample.choices)} if sample.choices else {}
    return {"id": sample.id, "question": sample.text, **choices, **sample.tags}


def _exchange(bundle: Bundle) -> tuple[dict[str, Any], list[list[Any]]]:
    arguments: dict[str, Any] = {}
    replies: list[list[Any]] = []
    for request, response in bundle.asked:
        prompt = _prompt(request)
        if response.continuations and request is not None:
            for text, score in zip(request.continuations, response.continuations, strict=False):
                arguments[f"gen_args_{len(arguments)}"] = {"arg_0": prompt, "arg_1": text}
                replies.append([[str(score.logprob), str(score.greedy)]])
            continue
        settings: dict[str, Any] = {}
        if request is not None and request.generation is not None:
            made = request.generation
            settings = {"until": list(made.stop)} if made.stop else {}
            settings |= {"max_gen_toks": made.max_tokens} if made.max_tokens else {}
            settings |= {"temperature": made.temperature} if made.temperature else {}
        arguments[f"gen_args_{len(arguments)}"] = {"arg_0": prompt, "arg_1": settings}
        replies.append([_text(response)])
    return arguments, replies


def _prompt(request: Request | None) -> str:
    if request is None:
        return ""
    return request.prompt_text if request.prompt else transcript(request)


def _text(response: Response) -> str:
    return text_of(response.parts)


def _head(group: Group, task: str, values: Values, *, whole: bool) -> dict[str, Any]:
    kept = group.run.settings.get(HEAD, "")
    head: dict[str, Any] = {}
    if kept and group.first.benchmark.startswith(f"{HARNESS}:"):
        head = json.loads(kept)
    else:
        head = _described(group, task)
    if not (whole and head.get("results")):
        head["results"] = {task: {"alias": task, **_figures(values)}}
    counts = {"original": group.size, "effective": max(map(len, values.values()), default=0)}
    head.setdefault("n-samples", {task: counts})
    return head


def _described(group: Group, task: str) -> dict[str, Any]:
    """Return what the form has a place for, of a run that was not lm_eval's."""
    conditions, first = group.conditions, group.first
    unknown = conditions.unknown()
    config: dict[str, Any] = {
        "task": task,
        "output_type": _ASKS.get(conditions.ask, conditions.ask),
    }
    config |= {} if "shots" in unknown else {"num_fewshot": conditions.shots}
    config |= {"generation_kwargs": conditions.generation} if conditions.generation else {}
    config["metadata"] = {"version": first.benchmark.partition("@")[2]}
    head: dict[str, Any] = {
        "configs": {task: config},
        "versions": {task: first.benchmark.partition("@")[2]},
        "config": {"model": "benchwright", "model_args": {"identity": first.model_key}},
        "model_source": "benchwright",
        "model_name": first.model,
    }
    if "shots" not in unknown:
        head["n-shot"] = {task: conditions.shots}
    if "system" not in unknown:
        head["system_instruction"] = conditions.system or None
    if conditions.layout.startswith("raw"):
        head["chat_template"] = None
    return head


def _figures(values: Values) -> dict[str, float]:
    figures: dict[str, float] = {}
    for name, numbers in values.items():
        if not numbers:
            continue
        mean = sum(numbers) / len(numbers)
        figures[name] = mean
        if len(numbers) > 1:
            spread = sum((one - mean) ** 2 for one in numbers) / (len(numbers) - 1)
            metric, _, last = name.partition(",")
            figures[f"{metric}_stderr,{last}"] = math.sqrt(spread / len(numbers))
    return figures


def _merge(into: dict[str, Any], head: dict[str, Any]) -> None:
    for key, value in head.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict) and key != "config":
            into[key] |= value
        else:
            into[key] = value


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
