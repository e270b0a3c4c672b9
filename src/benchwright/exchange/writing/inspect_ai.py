"""inspect_ai's form: one ``.eval`` archive per model, benchmark and way of asking.

``inspect_ai.log.read_eval_log`` and its viewer read them. What an imported log said of its run is
written out again. A refusal is inspect's ``N``, any other missing verdict its NaN, a failed answer
a sample with an error.
"""

from __future__ import annotations

import json
import math
import zipfile
from collections import defaultdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchwright.core.canonical import digest
from benchwright.core.content import text_of
from benchwright.core.errors import DescriptionError
from benchwright.core.measurement import Measurement, Outcome
from benchwright.core.sample import Sample
from benchwright.exchange.taking import HEAD
from benchwright.exchange.writing.bundles import Bundle, Group, groups, own_id
from benchwright.pool import Pool
from benchwright.pool.disk import slug

HARNESS = "inspect_ai"
_STOPS = {"stop": "stop", "length": "max_tokens", "tool_calls": "tool_calls",
          "content_filter": "content_filter"}  # fmt: skip
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of every entry: the same measurements give the same bytes."""


def write(pool: Pool, to: Path, where: str) -> tuple[list[Path], int, list[str]]:
    """Write the logs and return the files, the number of rows, and what is lost.

    Raises:
        DescriptionError: ``where`` is no condition, or ``to`` cannot be written.
    """
    files: list[Path] = []
    count = variants = 0
    try:
        to.mkdir(parents=True, exist_ok=True)
        for group, bundles in groups(pool, where):
            task = _task(group)
            ident = digest("\0".join(_names(group)).encode(), 11)
            day = (group.run.started_at or "1970-01-01T00:00:00").replace(":", "-")
            path = to / f"{day.partition('+')[0]}_{slug(task)}_{ident}.eval"
            log = _Log(group, ident)
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                for bundle in bundles:
                    variants += bool(bundle.first.variant)
                    count += len(bundle.rows)
                    sample = log.sample(bundle)
                    name = f"samples/{sample['id']}_epoch_{sample['epoch']}.json"
                    _put(archive, name.replace("\\", "/"), sample)
                _put(archive, "header.json", log.header(whole=not where))
            files.append(path)
    except OSError as cause:
        raise DescriptionError(f"{to}: cannot be written ({cause.strerror}).") from cause
    said = []
    if variants:
        said.append(f"{variants:,} answers are to variants, which inspect does not know: they "
                    "stand as further samples.")  # fmt: skip
    return files, count, said


def _put(archive: zipfile.ZipFile, name: str, value: Any) -> None:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, json.dumps(value, ensure_ascii=False))


def _names(group: Group) -> tuple[str, str, str]:
    return group.first.benchmark, group.first.model_key, group.first.conditions


def _task(group: Group) -> str:
    name = group.first.benchmark.partition("@")[0]
    return name.partition(":")[2] if name.startswith(f"{HARNESS}:") else name


def _scorer(row: Measurement) -> tuple[str, str]:
    """Return scorer and, where a scorer gives several values, which of them."""
    if not row.scorer.startswith(f"{HARNESS}:"):
        return row.scorer, ""
    name = row.scorer.partition(":")[2].rpartition("@")[0]
    scorer, _, part = name.partition("/")
    return scorer, part


class _Log:
    """Collects, sample by sample, what the header tells of all of them."""

    def __init__(self, group: Group, ident: str) -> None:
        self._group = group
        self._ident = ident
        self._values: dict[tuple[str, str], dict[str, list[float]]] = {}
        self._unscored: dict[tuple[str, str], int] = defaultdict(int)
        self._ids: dict[str, None] = {}
        self._samples = self._failed = self._epochs = 0

    def sample(self, bundle: Bundle) -> dict[str, Any]:
        """Return one sample as inspect writes it."""
        first, sample = bundle.first, bundle.sample
        ident = _ident(first)
        self._ids[ident] = None
        self._samples += 1
        self._epochs = max(self._epochs, first.repeat + 1)
        completion = text_of(bundle.asked[-1][1].parts) if bundle.asked else first.answer or ""
        written: dict[str, Any] = {
            "id": ident,
            "epoch": first.repeat + 1,
            "input": _input(sample),
            "choices": list(sample.choices) if sample and sample.choices else None,
            "target": first.target,
            "messages": _messages(bundle),
            "output": _output(first, completion),
            "scores": self._scores(bundle),
            "metadata": _metadata(sample),
            "model_usage": _usage(first),
            "turn_count": 1 if first.seconds is not None else None,
        }
        failed = next((row for row in bundle.rows if row.outcome is Outcome.FAILED), None)
        if failed is not None:
            self._failed += 1
            said = failed.explanation or failed.failure or "failed"
            written["error"] = {"message": said, "traceback": "", "traceback_ansi": ""}
        return {key: value for key, value in written.items() if value is not None}

    def header(self, *, whole: bool) -> dict[str, Any]:
        """Return what stands above the samples."""
        kept = self._group.run.settings.get(HEAD, "")
        imported = kept and self._group.first.benchmark.startswith(f"{HARNESS}:")
        head = json.loads(kept) if imported else self._described()
        if not (whole and head.get("results")):
            head["results"] = self._results()
        return head

    def _scores(self, bundle: Bundle) -> dict[str, Any]:
        scores: dict[str, Any] = {}
        for row in bundle.rows:
            scorer, part = _scorer(row)
            values = self._values.setdefault((scorer, part), {})
            if row.outcome is Outcome.FAILED:
                continue
            value = _value(row)
            if row.value is None:
                self._unscored[scorer, part] += 1
            else:
                values.setdefault(row.sample + row.variant, []).append(row.value)
            told = {"answer": row.answer, "explanation": row.explanation or None}
            score = scores.setdefault(scorer, {"value": {} if part else value, **told})
            if part:
                score["value"][part] = value
        return scores

    def _results(self) -> dict[str, Any]:
        scores = []
        for (scorer, part), by_sample in self._values.items():
            means = [sum(values) / len(values) for values in by_sample.values()]
            if not means:
                continue
            metric = {"name": "mean", "value": sum(means) / len(means), "params": {}}
            scores.append(
                {
                    "name": part or scorer,
                    "scorer": scorer,
                    "scored_samples": len(means),
                    "unscored_samples": self._unscored[scorer, part],
                    "params": {},
                    "metrics": {"mean": metric},
                }
            )
        done = self._samples - self._failed
        return {"total_samples": self._samples, "completed_samples": done, "scores": scores}

    def _described(self) -> dict[str, Any]:
        """Return what the form has a place for, of a run that was not inspect's."""
        first, run = self._group.first, self._group.run
        conditions = self._group.conditions
        created = run.started_at or "1970-01-01T00:00:00+00:00"
        created += "" if "+" in created or created.endswith("Z") else "+00:00"
        return {
            "version": 2,
            "status": "success",
            "eval": {
                "eval_id": self._ident,
                "run_id": run.id,
                "created": created,
                "task": _task(self._group),
                "task_id": self._ident,
                "task_version": first.benchmark.partition("@")[2],
                "dataset": {
                    "name": first.benchmark,
                    "samples": self._group.size,
                    "sample_ids": list(self._ids),
                    "shuffled": False,
                },
                "model": first.model,
                "model_args": {"identity": first.model_key},
                "config": {"epochs": self._epochs},
                "packages": _packages(),
                "metadata": {"asked": first.asked, "conditions": first.conditions},
            },
            "plan": {
                "name": "plan",
                "steps": [{"solver": conditions.solver, "params": dict(conditions.options)}],
                "config": {},
            },
            "stats": {"started_at": created, "completed_at": created},
        }


def _packages() -> dict[str, str]:
    try:
        return {"benchwright": version("benchwright")}
    except PackageNotFoundError:
        return {}


def _ident(row: Measurement) -> str:
    ident = own_id(row.sample)
    return f"{ident} ({row.variant})" if row.variant else ident


def _value(row: Measurement) -> float | str:
    if row.outcome is Outcome.REFUSED:
        return "N"
    return math.nan if row.value is None else row.value


def _input(sample: Sample | None) -> str:
    return sample.text if sample is not None else ""


def _metadata(sample: Sample | None) -> dict[str, str]:
    if sample is None:
        return {}
    return {**sample.tags, **{k: v for k, v in sample.metadata.items() if k != "doc"}}


def _messages(bundle: Bundle) -> list[dict[str, Any]]:
    if not bundle.asked:
        return []
    request, response = bundle.asked[-1]
    turns: list[dict[str, Any]] = []
    if request is not None and request.messages:
        turns = [{"role": turn.role, "content": text_of(turn.parts)} for turn in request.messages]
        turns = [turn for turn in turns if turn["role"] != "tool"]
    elif request is not None:
        turns = [{"role": "user", "content": request.prompt_text}]
    return [*turns, {"role": "assistant", "content": text_of(response.parts), "source": "generate"}]


def _output(row: Measurement, completion: str) -> dict[str, Any]:
    if row.outcome is Outcome.FAILED:
        return {"model": row.model, "choices": [], "completion": ""}
    message = {"role": "assistant", "content": completion, "source": "generate"}
    stop = _STOPS.get(row.finish, "unknown")
    output: dict[str, Any] = {
        "model": row.model,
        "choices": [{"message": message, "stop_reason": stop}],
        "completion": completion,
    }
    return output | ({"time": row.seconds} if row.seconds is not None else {})


def _usage(row: Measurement) -> dict[str, Any]:
    if row.tokens_in is None or row.tokens_out is None:
        return {}
    usage = {
        "input_tokens": row.tokens_in,
        "output_tokens": row.tokens_out,
        "total_tokens": row.tokens_in + row.tokens_out,
    }
    if row.tokens_cached is not None:
        usage["input_tokens_cache_read"] = row.tokens_cached
    if row.tokens_reasoning is not None:
        usage["reasoning_tokens"] = row.tokens_reasoning
    return {row.model: usage}
