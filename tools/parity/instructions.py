"""Recorded answers to IFEval and M-IFEval, with the authors' verdict on every instruction.

A folder ``<language>_input_response_data_<model>`` holds ``eval_results_strict`` and
``eval_results_loose``. What is published for a model is the mean of its recorded verdicts; every
verdict is given again here, and each that differs is listed with its reason, or counts as
unexplained.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchwright.benchmarks.instructions import read_instructions
from benchwright.models.records import records
from benchwright.scorers._instructions.detecting import detected
from benchwright.scorers._instructions.verdicts import kept, kept_loosely, loosened
from parity.case import Case

_SEEDS = 200
"""Most seeds tried to see whether langdetect is sure."""
_LANGUAGES = {"english": "en", "spanish": "es", "french": "fr"}
_OURS = {
    "es:length_constraints:number_sentences": "the authors take the sentences of spaCy's parser",
    "es:length_constraints:number_words": "the authors take the tokens of spaCy's model",
    "ja:keywords:existence": "the authors look among Janome's words, not in the text",
    "ja:keywords:frequency": "the authors count among Janome's words, not in the text",
    "ja:keywords:forbidden_words": "the authors look among Janome's words, not in the text",
    "ja:detectable_format:nominal_ending": "the authors ask Janome for the part of speech",
}


class Verdict(NamedTuple):
    """One instruction of one answer."""

    sample: str
    kind: str
    arguments: Mapping[str, Any]
    recorded: bool
    ours: bool
    answer: str
    loose: bool


def cases(data: Path) -> Iterator[Case]:
    """Yield four accuracies and the agreement of verdicts for every recorded model."""
    folder = data / "ifeval"
    for recorded in sorted((folder / "evaluations").glob("*_input_response_data_*")):
        yield from model_cases(folder, recorded)


def model_cases(folder: Path, recorded: Path) -> Iterator[Case]:
    """Yield the cases of one recorded model."""
    language, _, model = recorded.name.partition("_input_response_data_")
    for manner, verify in (("strict", kept), ("loose", kept_loosely)):
        for path in sorted(recorded.glob(f"eval_results_{manner}.jsonl*")):
            prompts, left_out = verdicts(folder, language, path, verify)
            yield from _compared(prompts, left_out, model, language, manner)


def verdicts(
    folder: Path, language: str, path: Path, verify: Callable[[str, Mapping[str, Any], str], bool]
) -> tuple[list[list[Verdict]], int]:
    """Return one list of verdicts per prompt, and how many prompts are not in the data."""
    samples = read_instructions(folder / "data" / f"{language}_input_data.jsonl", language)
    asked = {sample.text: sample for sample in samples}
    found: list[list[Verdict]] = []
    left_out, loose = 0, "loose" in path.name
    for _, record in records(path):
        sample = asked.get(record["prompt"])
        if sample is None:
            left_out += 1
            continue
        answer = record["response"] or ""
        stated = json.loads(sample.metadata["instructions"])
        flags = record["follow_instruction_list"]
        found.append(
            [
                Verdict(sample.id, kind, given, flag, verify(kind, given, answer), answer, loose)
                for (kind, given), flag in zip(stated, flags, strict=True)
            ]
        )
    return found, left_out


def reason(verdict: Verdict) -> str:
    """Return why our verdict may differ from the recorded one; empty where nothing is known."""
    letter = str(verdict.arguments.get("letter", "a")).lower()
    if not ("a" <= letter <= "z") and not verdict.kind.startswith("ja:"):
        return f"the released code counts a letter drawn at random in place of {letter!r}"
    wanted = _language(verdict)
    if wanted:
        texts = loosened(verdict.answer) if verdict.loose else [verdict.answer]
        lowered = verdict.kind.endswith(("spanish_capital", "french_capital"))
        forms = {text.lower() if lowered else text for text in texts}
        for form in sorted(form for form in forms if form.strip()):
            if len(told := _guesses(form, wanted)) > 1:
                return f"langdetect says {' or '.join(told)} from seed to seed; theirs is not fixed"
    return _OURS.get(verdict.kind, "")


def _guesses(text: str, wanted: str) -> list[str]:
    """Return what langdetect says with one seed or another, until both answers were heard."""
    heard: set[str] = set()
    for seed in range(_SEEDS):
        heard.add(detected(text, seed=seed) or "none")
        if wanted in heard and len(heard) > 1:
            return sorted(heard)
    return []


def _language(verdict: Verdict) -> str:
    """Return the language that the instruction asks for, if it asks for one."""
    name = verdict.kind.rpartition(":")[2]
    if name == "response_language":
        return str(verdict.arguments["language"])
    return _LANGUAGES.get(name.rpartition("_")[0], "")


def _compared(
    prompts: Sequence[Sequence[Verdict]], left_out: int, model: str, language: str, manner: str
) -> Iterator[Case]:
    every = [verdict for prompt in prompts for verdict in prompt]
    differing = [(one, reason(one)) for one in every if one.recorded != one.ours]
    known = tuple(f"{one.sample} {one.kind}: {why}" for one, why in differing if why)
    explained = known if len(known) == len(differing) else ()
    recorded = [[one.recorded for one in prompt] for prompt in prompts]
    ours = [[one.ours for one in prompt] for prompt in prompts]
    note = f"; {left_out} prompts that are not in the data left out" if left_out else ""
    shared: dict[str, Any] = {
        "benchmark": "ifeval" if language == "en" else "m_ifeval",
        "model": model if language == "en" else f"{model} ({language})",
        "rule": "instructions_kept",
        "source": f"ifeval/evaluations: mean of the recorded verdicts{note}",
    }
    yield Case(
        figure=f"prompt-level {manner}",
        published=_percent([all(prompt) for prompt in recorded]),
        ours=_percent([all(prompt) for prompt in ours]),
        rows=len(prompts),
        explained=explained,
        **shared,
    )
    yield Case(
        figure=f"instruction-level {manner}",
        published=_percent([flag for prompt in recorded for flag in prompt]),
        ours=_percent([flag for prompt in ours for flag in prompt]),
        rows=len(every),
        explained=explained,
        **shared,
    )
    yield Case(
        figure=f"verdicts that agree, {manner}",
        published=100.0,
        ours=_percent([one.recorded == one.ours for one in every]),
        rows=len(every),
        explained=explained,
        **shared,
    )


def _percent(flags: Sequence[bool]) -> float:
    return round(100 * sum(flags) / len(flags), 2) if flags else 0.0
