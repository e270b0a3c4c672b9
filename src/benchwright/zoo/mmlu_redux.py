"""MMLU-Redux 2.0: 100 MMLU questions of each subject, checked for errors by people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from benchwright.benchmarks.shares import macro
from benchwright.core.benchmark import Card, Data, Figure, Metric, ReferenceScore, Row, Source
from benchwright.core.content import Text
from benchwright.core.errors import DataError
from benchwright.core.sample import LETTERS, Sample
from benchwright.models.records import Record, records
from benchwright.zoo.mmlu import BENCHMARK as MMLU
from benchwright.zoo.mmlu import CATEGORIES

_EACH = 100
_PUBLISHED = {  # model: (all, without the flagged, the flagged only), in percent
    "anthropic_claude-3-5-sonnet-20240620": (86.47, 88.59, 59.64),
    "anthropic_claude-3-opus-20240229": (84.42, 86.46, 62.28),
    "meta_llama-3.1-405b-instruct-turbo": (84.40, 86.70, 56.39),
    "openai_gpt-4o-2024-05-13": (84.00, 86.15, 58.11),
    "qwen_qwen2.5-72b-instruct-turbo": (83.35, 85.41, 59.72),
    "google_gemini-1.5-pro-001": (83.04, 85.16, 56.11),
    "openai_gpt-4-0613": (82.72, 84.99, 54.64),
    "qwen_qwen2-72b-instruct": (82.18, 84.44, 55.59),
    "writer_palmyra-x-004": (81.40, 83.51, 57.09),
    "openai_gpt-4-turbo-2024-04-09": (81.16, 83.30, 53.46),
}
FIGURES = ("accuracy", "accuracy, unflagged", "accuracy, flagged")

CARD = Card(
    name="mmlu_redux",
    version="1",
    title="MMLU-Redux 2.0",
    summary="MMLU's 57 subjects, 100 questions each, and what people found wrong in them.",
    paper="Gema et al. 2024, arXiv:2406.04127",
    licence="CC-BY-4.0",
    size=5_700,
    sources=(
        Source(
            kind="folder",
            location="mmlu_redux",
            files={"test": "mmlu_redux_2.jsonl.gz"},
            digests={
                "mmlu_redux_2.jsonl.gz": (
                    "ef2168a9081352cec3a4a9fd0f1390387984026cb4f169e64c5e52308e9d1980"
                ),
            },
            note="aryopg/mmlu-redux@4563cfa, outputs/multi_expert_helm/all.csv: questions, keys, "
            "labels and 14 models' letters. The corrected keys are not in it.",
        ),
        Source(
            kind="hub",
            location="edinburgh-dawg/mmlu-redux-2.0",
            revision="refs/convert/parquet",
            files={"test": "{subject}/test/0000.parquet"},
            note="The hub's own conversion; revision, paths and digests unverified.",
        ),
    ),
    metric=Metric(name="accuracy", average="micro"),
    stratum="subject",
    reference_scores=tuple(
        ReferenceScore(
            model=model,
            score=round(score / 100, 4),
            setting=f"{figure}; 5-shot letters as HELM asks MMLU",
            read_at="aryopg/mmlu-redux@4563cfa, outputs/multi_expert_helm, "
            "mmlu-redux-2-em_concat_all_subjects_EM_per_error.csv, rows All",
        )
        for model, scores in _PUBLISHED.items()
        for figure, score in zip(FIGURES, scores, strict=True)
    ),
    notes="The key is MMLU's, right or wrong; the tag `label` says what people found (`ok`, "
    "`wrong_groundtruth`, `no_correct_answer`, `multiple_correct_answers`, `bad_question_clarity`, "
    "`bad_options_clarity`, `expert`), and `flagged` whether it is anything but `ok`: 370 "
    "questions are. The authors' correct subset is `ok`, and its accuracy the mean over subjects: "
    "the figure `accuracy, unflagged`. Asked as `mmlu`, but 0-shot: MMLU's dev questions are no "
    "part of this set.",
)


def _read(data: Data, split: str) -> Iterator[Sample]:
    if data.source.kind == "hub":
        for subject in sorted(CATEGORIES):
            for row, (_, record) in enumerate(records(data.path(split, subject=subject))):
                yield _sample(subject, row, record)
        return
    found = [record for _, record in records(data.path(split))]
    if len(found) != _EACH * len(CATEGORIES):
        raise DataError(f"mmlu_redux: {len(found)} questions; a subject is told by the row")
    for number, record in enumerate(found):
        yield _sample(sorted(CATEGORIES)[number // _EACH], number % _EACH, record)


def _sample(subject: str, row: int, record: Record) -> Sample:
    key, label = record["answer"], record["error_type"]
    return Sample(
        id=f"{subject}/{row}",
        input=(Text(record["question"]),),
        choices=tuple(record["choices"]),
        target=key if isinstance(key, str) else LETTERS[key],
        tags={
            "subject": subject,
            "category": CATEGORIES[subject],
            "label": label,
            "flagged": "no" if label == "ok" else "yes",
        },
    )


def _unflagged(rows: Sequence[Row]) -> float | None:
    return macro([row for row in rows if row.tags.get("flagged") == "no"], "subject")


def _flagged(rows: Sequence[Row]) -> float | None:
    return macro([row for row in rows if row.tags.get("flagged") == "yes"], "subject")


_ABOUT = "Mean over subjects of the accuracy on questions {} (0 to 1; Gema et al. 2024)."
BENCHMARK = replace(
    MMLU,
    card=CARD,
    read=_read,
    shots=0,
    shots_source="",
    figures=(
        Figure(name=FIGURES[1], about=_ABOUT.format("without a flaw"), of=_unflagged),
        Figure(name=FIGURES[2], about=_ABOUT.format("with one"), of=_flagged),
    ),
)
