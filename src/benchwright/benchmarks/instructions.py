"""What IFEval and its kin share: reading records of instructions, and the authors' figures.

A record has ``key``, ``prompt``, ``instruction_id_list`` and, in the same order, ``kwargs``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchwright.benchmarks.layout import Layout
from benchwright.core.benchmark import Figure, Row
from benchwright.core.content import Text
from benchwright.core.errors import DataError
from benchwright.core.measurement import Outcome
from benchwright.core.sample import Sample
from benchwright.models.records import records
from benchwright.scorers._instructions.verdicts import verifier
from benchwright.scorers.instructions_kept import BROKEN, KEPT, LOOSELY

PROMPT_ALONE = Layout(name="the prompt alone", lead="", cue="", strip=False, shown="target")
"""The prompt as the authors wrote it, nothing around it."""

NO_CANONICAL = "instructions on form have no one right answer; any text that keeps them is one"


def read_instructions(path: Path, language: str) -> Iterator[Sample]:
    """Yield one language's samples; the target names the kinds of instruction.

    Raises:
        DataError: the file is malformed or has an instruction that nothing verifies.
    """
    for line, record in records(path):
        kinds = [str(kind) for kind in record["instruction_id_list"]]
        arguments = record["kwargs"]
        if len(kinds) != len(arguments):
            raise DataError(f"{path}: line {line}: {len(kinds)} kinds, {len(arguments)} kwargs")
        named = [
            kind if kind.startswith(f"{language}:") else f"{language}:{kind}" for kind in kinds
        ]
        for kind in named:
            try:
                verifier(kind)
            except KeyError as cause:
                raise DataError(f"{path}: line {line}: nothing verifies {kind!r}") from cause
        plain = [kind.removeprefix(f"{language}:") for kind in named]
        groups = {kind.partition(":")[0] for kind in plain}
        given = [{k: v for k, v in one.items() if v is not None} for one in arguments]
        yield Sample(
            id=f"{language}/{record['key']}",
            input=(Text(record["prompt"]),),
            target="; ".join(plain),
            tags={
                "language": language,
                "instructions": str(len(kinds)),
                "group": groups.pop() if len(groups) == 1 else "several",
            },
            metadata={
                "instructions": json.dumps(
                    list(zip(named, given, strict=True)), ensure_ascii=False, sort_keys=True
                )
            },
        )


def _verdicts(rows: Sequence[Row]) -> list[list[str]]:
    """Return each row's verdicts, one per instruction; all broken where there is no score."""
    asked = [row for row in rows if row.outcome is not Outcome.UNSUPPORTED]
    if not any(_told(row) for row in asked):
        return []
    return [_told(row) or [BROKEN] * len(row.target.split("; ")) for row in asked]


def _told(row: Row) -> list[str]:
    if row.outcome is not Outcome.SCORED or not row.answer:
        return []
    verdicts = [part.rpartition(": ")[2] for part in row.answer.split("; ")]
    return verdicts if {*verdicts} <= {KEPT, LOOSELY, BROKEN} else []


def _share(verdicts: Sequence[bool]) -> float | None:
    return sum(verdicts) / len(verdicts) if verdicts else None


def _prompt_loose(rows: Sequence[Row]) -> float | None:
    return _share([BROKEN not in verdicts for verdicts in _verdicts(rows)])


def _instruction_strict(rows: Sequence[Row]) -> float | None:
    return _share([verdict == KEPT for verdicts in _verdicts(rows) for verdict in verdicts])


def _instruction_loose(rows: Sequence[Row]) -> float | None:
    return _share([verdict != BROKEN for verdicts in _verdicts(rows) for verdict in verdicts])


_PAPER = "Zhou et al. 2023, section 3"
FIGURES = (
    Figure(
        name="prompt-level loose",
        about=f"Share of prompts all of whose instructions a loosened answer keeps ({_PAPER}).",
        of=_prompt_loose,
    ),
    Figure(
        name="instruction-level strict",
        about=f"Share of all instructions that are kept as they stand ({_PAPER}).",
        of=_instruction_strict,
    ),
    Figure(
        name="instruction-level loose",
        about=f"Share of all instructions that a loosened answer keeps ({_PAPER}).",
        of=_instruction_loose,
    ),
)
"""The authors' numbers beside the prompt-level strict accuracy, which is the score's mean."""
