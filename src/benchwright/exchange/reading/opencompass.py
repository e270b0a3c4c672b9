"""OpenCompass: ``predictions/<model>/<dataset>.json`` and ``results/<model>/<dataset>.json``.

Written by ``icl_inferencer/icl_base_inferencer.py`` and ``tasks/openicl_eval.py``. Which answer
was right stands only in ``details`` of the results, which are there where the run was started with
``--dump-eval-details``; without them the answers are taken over unjudged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from benchwright.core.content import Message, Text
from benchwright.core.measurement import Outcome
from benchwright.core.request import Generation, Request
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.exchange.limits import Limits
from benchwright.exchange.log import Aggregate, Answered, Log, Notes, Told, Verdict, conditions_of
from benchwright.exchange.untrusted import document, head, mapping, name_of, number, peek, plain

HARNESS = "opencompass"

_ROLES = {"HUMAN": "user", "BOT": "assistant", "SYSTEM": "system"}
_SCORE = "accuracy"


def sniff(path: Path) -> bool:
    """Return whether ``path`` holds numbered predictions with their prompts."""
    if path.suffix != ".json" or b'"origin_prompt"' not in head(path, 1 << 20):
        return False
    found = peek(path)
    if not isinstance(found, dict) or not found:
        return False
    return all(
        name.isdecimal() and isinstance(one, dict) and {"prediction", "origin_prompt"} <= one.keys()
        for name, one in found.items()
    )


def read(path: Path, limits: Limits) -> Iterator[Log]:
    """Yield the one log of a file of predictions and of the results that belong to it.

    Raises:
        DataError: one of the two is damaged.
    """
    predictions = document(path, limits)
    beside = _results(path)
    results = document(beside, limits) if beside else {}
    details = _details(results)
    remarks = []
    if not beside:
        remarks.append(f"{path}: there are no results beside the predictions: nothing is judged.")
    elif not details:
        remarks.append(f"{beside}: holds no details, so which answer was right is unknown; run "
                       "OpenCompass with --dump-eval-details.")  # fmt: skip
    judged = any("correct" in one for one in details.values())
    known = path.parent.parent.name == "predictions"
    yield Log(
        harness=HARNESS,
        task=name_of(path.stem),
        model=Told(name=name_of(path.parent.name if known else "")),
        conditions=conditions_of(HARNESS),
        path=path,
        answers=partial(_answers, predictions, details),
        aggregates=tuple(_aggregates(results, judged=judged)),
        made_at=_made_at(path),
        beside=(beside,) if beside else (),
        remarks=tuple(remarks),
    )


def _results(path: Path) -> Path | None:
    if path.parent.parent.name != "predictions":
        return None
    beside = path.parent.parent.parent / "results" / path.parent.name / path.name
    return beside if beside.is_file() else None


def _made_at(path: Path) -> str:
    """Return the time that the folder of a run is named after, as in 20261121_170000."""
    day, _, clock = path.parent.parent.parent.name.partition("_")
    if not (len(day) == 8 and len(clock) == 6 and (day + clock).isdecimal()):
        return ""
    return f"{day[:4]}-{day[4:6]}-{day[6:]}T{clock[:2]}:{clock[2:4]}:{clock[4:]}"


def _details(results: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the details by number, whether they were written as a list or by their numbers."""
    details = results.get("details")
    numbered = enumerate(details) if isinstance(details, list) else mapping(details).items()
    return {str(name): mapping(one) for name, one in numbered if isinstance(one, dict)}


def _aggregates(results: Mapping[str, Any], *, judged: bool) -> Iterator[Aggregate]:
    for name, value in results.items():
        figure = number(value)
        if figure is None:
            continue
        if name == _SCORE and judged:
            yield Aggregate(metric=_SCORE, value=figure, scale=100.0)
        else:
            yield Aggregate(metric=plain(name), value=figure, how="the evaluator's own")


def _answers(
    predictions: Mapping[str, Any], details: Mapping[str, Mapping[str, Any]], notes: Notes
) -> Iterator[Answered]:
    for ident, one in predictions.items():
        entry, detail = mapping(one), details.get(ident, {})
        gold = entry.get("gold", detail.get("references", detail.get("answer")))
        yield Answered(
            sample=Sample(
                id=plain(ident),
                input=tuple(
                    Text(text) for text in (_question(entry.get("origin_prompt")),) if text
                ),
                target=plain(gold),
            ),
            repeat=0,
            verdicts=(_verdict(detail, notes),),
            asked=tuple(_asked(entry)),
        )


def _verdict(detail: Mapping[str, Any], notes: Notes) -> Verdict:
    correct = detail.get("correct")
    read_as = detail.get("predictions", detail.get("pred"))
    answer = None if read_as is None else plain(read_as)
    value = number(correct)
    if value is None and correct is not None:
        notes.counts["verdicts that are no number, taken as unjudged"] += 1
    if value is None:
        return Verdict(metric=_SCORE, outcome=Outcome.UNJUDGED, answer=answer)
    return Verdict(metric=_SCORE, value=value, answer=answer)


def _question(prompt: Any) -> str:
    """Return the last thing that was asked; worked examples are turns before it."""
    if isinstance(prompt, list):
        turns = [mapping(turn) for turn in prompt if mapping(turn).get("role") == "HUMAN"]
        return plain(turns[-1].get("prompt")) if turns else ""
    return plain(prompt)


def _asked(entry: Mapping[str, Any]) -> Iterator[tuple[Request, Response]]:
    prompt, reply = entry.get("origin_prompt"), entry.get("prediction")
    if not isinstance(reply, str):
        return
    generation = Generation(max_tokens=0)
    turns = [mapping(turn) for turn in prompt] if isinstance(prompt, list) else []
    messages = tuple(
        Message(role=_ROLES[turn["role"]], parts=(Text(plain(turn.get("prompt"))),))  # type: ignore[arg-type]
        for turn in turns
        if turn.get("role") in _ROLES and turn.get("prompt")
    )
    request = (
        Request(messages=messages, generation=generation)
        if messages
        else Request(prompt=(plain(prompt),), generation=generation)
    )
    yield request, Response(parts=(Text(plain(reply)),), finish="other")
