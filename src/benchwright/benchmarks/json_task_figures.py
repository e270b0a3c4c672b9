"""BIG-bench's scores of whole tasks, computed from rows, and their mean after normalisation.

Formulas: ``bigbench/api/task_metrics.py`` and ``json_task.py`` of google/BIG-bench (package 1.0.0).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from benchwright.benchmarks.json_tasks import BETWEEN
from benchwright.core.benchmark import Figure, Row
from benchwright.core.measurement import Outcome
from benchwright.scorers._corpus_bleu import corpus_bleu
from benchwright.scorers._rouge import rouge

Option = tuple[float, float]
"""(probability, target score) of one option."""

_OPTION = re.compile(r"\S+ ([0-9.e+-]+) ([0-9.e+-]+)(?:, |$)")
_BINS, _POOLED_BINS = 15, 10


def options_of(row: Row) -> list[Option]:
    """Return the options of a row whose options were compared; empty for any other."""
    if row.value is None or not row.answer or ": " not in row.answer or "chance" not in row.tags:
        return []
    listed = row.answer.partition(": ")[2]
    found = _OPTION.findall(listed)
    whole = len(found) > 1 and len(found) == listed.count(", ") + 1
    return [(float(p), float(t)) for p, t in found] if whole else []


def brier(rows: Iterable[Row]) -> float | None:
    """Return the mean over all options of t (1 - p)² + (1 - t) p², t the normalised score."""
    terms = [
        t * (p - 1) ** 2 + (1 - t) * p**2
        for options in _compared(rows)
        for p, t in _shares(options)
    ]
    return sum(terms) / len(terms) if terms else None


def calibration_error(rows: Iterable[Row]) -> float | None:
    """Return the expected calibration error of the option taken, in 15 bins of its probability."""
    pairs = []
    for options in _compared(rows):
        taken = max(range(len(options)), key=lambda place: options[place][0])
        best = max(range(len(options)), key=lambda place: options[place][1])
        pairs.append((options[taken][0], float(taken == best)))
    return _binned(pairs, _BINS)


def pooled_calibration_error(rows: Iterable[Row]) -> float | None:
    """Return the expected calibration error over every option alike, in 10 bins."""
    return _binned([pair for options in _compared(rows) for pair in _shares(options)], _POOLED_BINS)


def normalised_preferred(rows: Sequence[Row]) -> float | None:
    """Return the mean over tasks, of their subtasks' means, of (raw - low) / (high - low).

    Low is what guessing gets where options are compared, else 0; high is 1.
    """

    def of_subtask(within: Sequence[Row]) -> float | None:
        raw = raw_score(within)
        if raw is None:
            return None
        low = 0.0
        if within[0].tags["preferred"] == "multiple_choice_grade":
            low = sum(float(row.tags["chance"]) for row in within) / len(within)
        return (raw - low) / (1 - low) if low < 1 else None

    return _mean(rows, "task", lambda task: _mean(task, "subtask", of_subtask))


def raw_score(rows: Sequence[Row]) -> float | None:
    """Return the preferred score of one task's rows, from 0 to 1."""
    rows = [row for row in rows if row.outcome is not Outcome.UNSUPPORTED]
    if not rows:
        return None
    preferred = rows[0].tags["preferred"]
    if preferred == "bleu":
        return bleu(rows)
    if preferred == "macro_f1":
        return macro_f1(rows)
    return sum(row.value or 0.0 for row in rows) / len(rows)


def bleu(rows: Iterable[Row]) -> float | None:
    """Return BLEU of all generated answers at once."""
    return corpus_bleu((row.answer or "", row.target.split(BETWEEN)) for row in rows)


def macro_f1(rows: Iterable[Row]) -> float | None:
    """Return the mean F1 over the options that are ever right or taken, by their letters."""
    pairs = [
        ((row.answer or "").partition(":")[0] if row.value is not None else "", row.target)
        for row in rows
    ]
    names = {name for pair in pairs for name in pair if name}
    scores = []
    for name in names:
        hit = sum(taken == right == name for taken, right in pairs)
        all_ = sum(taken == name for taken, _ in pairs) + sum(right == name for _, right in pairs)
        scores.append(2 * hit / all_)
    return sum(scores) / len(scores) if scores else None


def _of_texts(
    metric: str, of: Callable[[Sequence[Row]], float | None]
) -> Callable[[Sequence[Row]], float | None]:
    """Return ``of`` as a mean over tasks that have the metric and whose answers were generated."""

    def figure(rows: Sequence[Row]) -> float | None:
        kept = [
            row
            for row in rows
            if metric in row.tags["metrics"].split(", ") and "chance" not in row.tags
        ]
        return _mean(kept, "task", lambda task: _mean(task, "subtask", of))

    return figure


def _rouge(name: str) -> Callable[[Sequence[Row]], float | None]:
    def of(rows: Sequence[Row]) -> float | None:
        scores = [
            max(rouge(row.answer or "", target)[name] for target in row.target.split(BETWEEN))
            for row in rows
        ]
        return sum(scores) / len(scores) if scores else None

    return of


def _exact(rows: Sequence[Row]) -> float | None:
    right = [(row.answer or "") in row.target.split(BETWEEN) for row in rows]
    return sum(right) / len(right) if right else None


def _compared(rows: Iterable[Row]) -> list[list[Option]]:
    return [options for row in rows if (options := options_of(row))]


def _shares(options: Sequence[Option]) -> list[Option]:
    """Return options with probabilities and scores that each sum to 1."""
    chances = sum(p for p, _ in options) or 1.0
    scores = sum(t for _, t in options) or 1.0
    return [(p / chances, t / scores) for p, t in options]


def _binned(pairs: Sequence[tuple[float, float]], bins: int) -> float | None:
    groups: dict[int, list[tuple[float, float]]] = {}
    for probability, truth in pairs:
        groups.setdefault(min(int(probability * bins), bins - 1), []).append((probability, truth))
    if not pairs:
        return None
    gaps = [abs(sum(p for p, _ in g) - sum(t for _, t in g)) for g in groups.values()]
    return sum(gaps) / len(pairs)


def _mean(
    rows: Iterable[Row], tag: str, of: Callable[[Sequence[Row]], float | None]
) -> float | None:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.tags[tag], []).append(row)
    found = [one for group in groups.values() if (one := of(group)) is not None]
    return sum(found) / len(found) if found else None


FIGURES = (
    Figure(
        name="normalised preferred score",
        about="Mean over tasks of (raw - low) / (high - low) of the preferred score; 0 is guessing "
        "and 1 the best there is, and below 0 is worse than guessing.",
        of=normalised_preferred,
    ),
    Figure(
        name="Brier score",
        about="Mean squared distance of the options' probabilities from their scores, 0 to 1.",
        of=brier,
        lower_is_better=True,
    ),
    Figure(
        name="calibration error",
        about="Expected calibration error of the option taken, 15 bins, 0 to 1.",
        of=calibration_error,
        lower_is_better=True,
    ),
    Figure(
        name="calibration error of all options",
        about="Expected calibration error over every option alike, 10 bins, 0 to 1; ours.",
        of=pooled_calibration_error,
        lower_is_better=True,
    ),
    Figure(
        name="exact match",
        about="Share of generated answers that equal a target exactly, mean over the tasks that "
        "are measured by it.",
        of=_of_texts("exact_str_match", _exact),
    ),
    Figure(
        name="BLEU",
        about="BLEU of all answers of a task at once, 0 to 1, mean over tasks measured by it.",
        of=_of_texts("bleu", bleu),
    ),
    *(
        Figure(
            name=name,
            about="F1 of shared words, the best of the targets, 0 to 1, mean over tasks measured "
            "by ROUGE.",
            of=_of_texts("rouge", _rouge(name)),
        )
        for name in ("rouge1", "rouge2", "rougeLsum")
    ),
)
"""What the authors report of every task, as figures."""
