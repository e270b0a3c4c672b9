"""Likely wrong keys against people's labels: MMLU-Redux 2.0, and MMLU's questions in MMLU-Pro.

``python performance/wrong_keys.py DATA``

DATA is the folder of real benchmark data (``BENCHWRIGHT_DATA`` in the tests). Printed are, of the
questions whose key MMLU-Redux's annotators found wrong (``wrong_groundtruth``), how many stand
among the first suspects, beside the expectation of a random order:

1. MMLU-Redux: 5,700 questions, 100 a subject, as 14 models answered them (the recorded predictions
   of the file), by their answers and by their scores alone; with all models, the weakest seven and
   the weakest three;
2. the same per subject: among the subject's first ten, and where the first hundred of all fall;
3. the questions that MMLU-Pro took over without mending the key, by other and weaker models: the 14
   whose letters are recorded there. They have up to ten options there, nine of them wrong.

Goal: at least three times as many as a random order.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchwright.analysis.agreement.keys import wrong_keys
from benchwright.analysis.responses.table import Responses, from_matrix
from benchwright.core.table import Table

WRONG, FINE = "wrong_groundtruth", "ok"
FIRST = 10
GOAL = 3.0
DEPTHS = (10, 25, 50, 100, 200)


class Questions(NamedTuple):
    """Questions that people labelled and models answered."""

    responses: Responses
    answers: list[str | None]
    options: np.ndarray
    label: list[str]
    subject: list[str]


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    begun = time.process_time()
    redux = read_redux(folder)
    order = np.argsort(
        [redux.responses.score[redux.responses.model == m].mean() for m in range(14)]
    )
    print(table("MMLU-Redux 2.0, 14 models", redux))
    for count in (7, 3):
        print(table(f"MMLU-Redux 2.0, its {count} weakest models", only(redux, order[:count])))
    print(per_subject(redux))
    print(table("MMLU's questions in MMLU-Pro, 14 models", read_pro(folder, redux)))
    print(f"\n{time.process_time() - begun:.1f} CPU s")


def table(title: str, questions: Questions) -> str:
    """Say how many wrong keys are among the first suspects."""
    wrong = np.array([label == WRONG for label in questions.label])
    flawed = np.array([label != FINE for label in questions.label])
    rows: list[tuple[Any, ...]] = []
    for name, answers in (("answers", questions.answers), ("scores alone", None)):
        places = suspects(questions, answers)
        for depth in DEPTHS:
            found = int(wrong[places[:depth]].sum())
            chance = depth * float(wrong.mean())
            any_flaw = int(flawed[places[:depth]].sum())
            rows.append((name, depth, found, chance, f"{found / chance:.1f}×", any_flaw))
    count = f"{wrong.sum()} of {len(wrong)} keys are wrong, {flawed.sum()} questions have some flaw"
    columns = ("by", "first", "wrong keys", "random order", "ratio", "any flaw")
    return f"\n{title}\n" + str(Table(columns=columns, rows=tuple(rows), caption=f"{count}."))


def per_subject(questions: Questions) -> str:
    """Say the same of every subject that has a wrong key."""
    wrong = np.array([label == WRONG for label in questions.label])
    subject = np.array(questions.subject)
    ranked = {
        "answers": suspects(questions, questions.answers),
        "scores": suspects(questions, None),
    }
    rows: list[tuple[Any, ...]] = []
    for name in sorted({s for s, bad in zip(subject, wrong, strict=True) if bad}):
        own = subject == name
        heads = {by: places[own[places]][:FIRST] for by, places in ranked.items()}
        overall = ranked["answers"][:100]
        rows.append(
            (
                name,
                int(wrong[own].sum()),
                int(wrong[heads["answers"]].sum()),
                int(wrong[heads["scores"]].sum()),
                FIRST * float(wrong[own].mean()),
                int(own[overall].sum()),
                int(wrong[overall][own[overall]].sum()),
            )
        )
    sums = [sum(row[place] for row in rows) for place in range(1, 7)]
    rows.append(("all of these", *sums))
    columns = (
        "subject", "wrong", "by answers", "by scores", "random", "of the first 100", "wrong there",
    )  # fmt: skip
    without = [sum(row[at] for row in rows[:-1] if row[0] != "virology") for at in (2, 3, 4)]
    caption = (
        f"By answers, by scores, random: wrong keys among each subject's first {FIRST} suspects."
        f" In all {sums[1] / sums[3]:.1f}× and {sums[2] / sums[3]:.1f}× as many as by chance;"
        f" without virology {without[0] / without[2]:.1f}× and {without[1] / without[2]:.1f}×."
        f" Goal {GOAL:.0f}×."
    )
    return "\nPer subject\n" + str(Table(columns=columns, rows=tuple(rows), caption=caption))


def suspects(questions: Questions, answers: Sequence[str | None] | None) -> np.ndarray:
    found = wrong_keys(questions.responses, answers=answers, options=questions.options, limit=None)
    return np.array([one.place for one in found])


def only(questions: Questions, models: Sequence[int]) -> Questions:
    """Return the questions as some of the models answered them."""
    whole, kept = questions.responses, sorted(models)
    scores = whole.dense(slice(0, len(whole.group))).T[kept]
    # Every model answered everything, so observations stand in rows of all models.
    rows = range(0, len(whole), len(whole.models))
    return questions._replace(
        responses=from_matrix(scores, models=[whole.models[place] for place in kept]),
        answers=[questions.answers[begin + place] for begin in rows for place in kept],
    )


# Reading


def read_redux(folder: Path) -> Questions:
    rows = lines(folder / "mmlu_redux" / "mmlu_redux_2.jsonl.gz")
    names = sorted({row["subject"] for row in lines(folder / "mmlu" / "test_final_14042.jsonl.gz")})
    models = sorted(rows[0]["preds"])
    scores = np.array([[row["preds"][m] == row["answer"] for row in rows] for m in models])
    return Questions(
        responses=from_matrix(scores.astype(np.float32), models=models),
        answers=[row["preds"][model] or None for row in rows for model in models],
        options=np.array([len(row["choices"]) for row in rows]),
        label=[row["error_type"] for row in rows],
        # A hundred questions a subject, in the order of the subjects' names.
        subject=[names[place // 100] for place in range(len(rows))],
    )


def read_pro(folder: Path, redux: Questions) -> Questions:
    labelled = {
        plain(row["question"]): (row, subject)
        for row, subject in zip(
            lines(folder / "mmlu_redux" / "mmlu_redux_2.jsonl.gz"), redux.subject, strict=True
        )
    }
    with gzip.open(
        folder / "mmlu_pro" / "model_predictions.csv.gz", "rt", encoding="utf-8"
    ) as text:
        letters = {row["question_id"]: row for row in csv.DictReader(io.StringIO(text.read()))}
    models = [name for name in next(iter(letters.values())) if name != "question_id"]
    scores, answers, options, label, subject = [], [], [], [], []
    for row in lines(folder / "mmlu_pro" / "test.jsonl.gz"):
        there = labelled.get(plain(row["question"]))
        given = letters.get(str(row["question_id"]))
        if there is None or given is None:
            continue
        old, name = there
        if plain(row["options"][row["answer_index"]]) != plain(
            old["choices"]["ABCD".index(old["answer"])]
        ):
            continue  # MMLU-Pro has another key
        said = [given[model] or None for model in models]
        scores.append([float(letter == row["answer"]) for letter in said])
        answers += said
        options.append(max(len(row["options"]), 2))
        label.append(old["error_type"])
        subject.append(name)
    return Questions(
        responses=from_matrix(np.array(scores).T, models=models),
        answers=answers,
        options=np.array(options),
        label=label,
        subject=subject,
    )


def lines(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as text:
        # U+2028 may stand inside strings: only line feeds end a line.
        return [json.loads(line) for line in text.read().split("\n") if line]


def plain(text: str) -> str:
    return re.sub(r"\W+", "", text.lower())


if __name__ == "__main__":
    main()
