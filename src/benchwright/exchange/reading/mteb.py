"""mteb: one task's results, ``<model>/<revision>/<Task>.json``.

mteb keeps no answers: a score is that of a split of a subset. These are the rows, so that the
tasks of many models stand in one pool; no interval within a task can be had from them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from benchwright.core.conditions import UNKNOWN
from benchwright.core.sample import Sample
from benchwright.exchange.limits import Limits
from benchwright.exchange.log import Answered, Log, Notes, Told, Verdict, conditions_of
from benchwright.exchange.untrusted import document, mapping, name_of, number, peek, plain, short

HARNESS = "mteb"

_BESIDE = frozenset({"hf_subset", "languages", "mteb_version", "evaluation_time"})
_TOLD = ("task_name", "dataset_revision", "scores", "mteb_version")


def sniff(path: Path) -> bool:
    """Return whether ``path`` is the result of one task, in the form since mteb 1.11."""
    if path.suffix != ".json" or path.name == "model_meta.json":
        return False
    found = peek(path)
    return isinstance(found, dict) and all(name in found for name in _TOLD) and isinstance(
        found["scores"], dict
    )  # fmt: skip


def read(path: Path, limits: Limits) -> Iterator[Log]:
    """Yield the one log of a task's result.

    Raises:
        DataError: the file is damaged.
    """
    found = document(path, limits)
    beside = path.with_name("model_meta.json")
    meta = document(beside, limits) if beside.is_file() else {}
    name = meta.get("name") or path.parent.parent.name.replace("__", "/")
    revision = meta.get("revision") or path.parent.name
    version = plain(found.get("mteb_version") or UNKNOWN)
    date = number(found.get("date"))
    kept = "mteb keeps no answers: a row is the score of one split of one subset."
    unsaid = f"{path}: no model_meta.json beside it; the folders' names say which model it is."
    yield Log(
        harness=HARNESS,
        task=name_of(found.get("task_name")),
        version=name_of(found.get("dataset_revision")),
        model=Told(name=name_of(name), fields={"revision": short(revision)}),
        # Prompts, pooling and length belong to the model in mteb; nothing else can be set.
        conditions=conditions_of(HARNESS, ask="embed", shots=0, generation={}),
        path=path,
        answers=partial(_answers, mapping(found["scores"])),
        made_at=datetime.fromtimestamp(date, UTC).isoformat() if date and date < 1e11 else "",
        versions={"mteb": version},
        settings={"evaluation_time": short(found.get("evaluation_time"))},
        beside=(beside,) if meta else (),
        remarks=(kept,) if meta else (kept, unsaid),
    )


def _answers(scores: Mapping[str, Any], notes: Notes) -> Iterator[Answered]:
    for split, subsets in scores.items():
        for subset in map(mapping, subsets if isinstance(subsets, list) else ()):
            verdicts = []
            for metric, value in subset.items():
                figure = number(value)
                if metric in _BESIDE:
                    continue
                if figure is None:
                    notes.counts[f"values of {plain(metric)!r} that are no number, left out"] += 1
                    continue
                verdicts.append(Verdict(metric=plain(metric), value=figure))
            languages = subset.get("languages")
            yield Answered(
                sample=Sample(
                    id=f"{plain(split)}/{plain(subset.get('hf_subset'))}",
                    input=(),
                    tags={"languages": short(" ".join(map(plain, languages)))}
                    if isinstance(languages, list)
                    else {},
                ),
                repeat=0,
                verdicts=tuple(verdicts),
            )
