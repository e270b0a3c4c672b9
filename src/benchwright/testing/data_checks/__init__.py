"""Data checks: what is odd about a benchmark's samples, in numbers.

Every file with a ``check`` is one; all have one signature. None changes anything, and what they
find in an authors' data is no defect of the benchmark here: it is what a reader of its scores must
know. Only ``scoring`` can break a contract.
"""

from __future__ import annotations

from benchwright.testing.data_checks import (
    answers_in_questions,
    duplicates,
    encoding,
    lengths,
    letters,
    options,
    scoring,
)
from benchwright.testing.data_checks.finding import Check

QUICK: dict[str, Check] = {
    "duplicates": duplicates.check,
    "answers in questions": answers_in_questions.check,
    "options": options.check,
    "letters": letters.check,
    "lengths": lengths.check,
    "encoding": encoding.check,
}
"""What ``benchwright check`` makes of every benchmark, in seconds."""

ALL: dict[str, Check] = {**QUICK, "scoring": scoring.check}
"""What ``benchwright check --all`` makes of it: every sample is scored, too."""
