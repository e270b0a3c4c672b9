"""MGSM: 250 grade-school word problems in eleven languages."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from benchwright.benchmarks.layout import Layout
from benchwright.benchmarks.open_answer import OpenAnswer
from benchwright.core.benchmark import Card, Data, Metric, ReferenceScore, Source
from benchwright.core.content import Text
from benchwright.core.errors import DataError
from benchwright.core.request import Generation
from benchwright.core.sample import Sample
from benchwright.scorers.mgsm_number import SCORER

_FRAMES = {  # language → what stands before a question and before its answer, as in exemplars.py
    "bn": ("প্রশ্ন: ", "ধাপে ধাপে উত্তর:"),
    "de": ("Frage: ", "Schritt-für-Schritt-Antwort:"),
    "en": ("Question: ", "Step-by-Step Answer:"),
    "es": ("Pregunta: ", "Respuesta paso a paso:"),
    "fr": ("Question : ", "Réponse étape par étape :"),
    "ja": ("問題：", "ステップごとの答え："),
    "ru": ("Задача: ", "Пошаговое решение:"),
    "sw": ("Swali: ", "Jibu la Hatua kwa Hatua:"),
    "te": ("ప్రశ్న: ", "దశలవారీగా సమాధానం:"),
    "th": ("โจทย์: ", "คำตอบทีละขั้นตอน:"),
    "zh": ("问题：", "逐步解答："),
}
_TESTS = "mgsm_{language}.tsv"
_DIGEST = "1ac61debb4df9d89ee26bbfe18b12bbede1d254e3924daeca9ef205fde3c085c"

CARD = Card(
    name="mgsm",
    version="1",
    title="Multilingual Grade School Math",
    summary="250 problems of GSM8K, translated by people into ten languages, and in English.",
    paper="Shi et al. 2022, arXiv:2210.03057",
    licence="CC-BY-4.0",
    languages=tuple(_FRAMES),
    size=2_750,
    sources=(
        Source(
            kind="folder",
            location="mgsm",
            files={"test": _TESTS, "shots": "exemplars.py"},
            digests={
                _TESTS: _DIGEST,
                "exemplars.py": "239dda1557bb2ba76b71e5ef744ddd0b454da0b453e5f8b909498ceff690a919",
            },
            note="google-research/url-nlp@452a21a, folder mgsm, with the authors' worked examples.",
        ),
        Source(
            kind="folder",
            location="mgsm",
            files={"test": _TESTS},
            digests={_TESTS: _DIGEST},
            note="google-research/url-nlp@452a21a, folder mgsm, without worked examples.",
        ),
    ),
    metric=Metric(name="accuracy", average="macro:language"),
    stratum="language",
    reference_scores=(
        ReferenceScore(
            model="PaLM 540B",
            score=0.481,
            setting="few-shot, reasoning in the question's language; mean of ten languages",
            read_at="arXiv:2210.03057, table 3; unverified by us",
        ),
    ),
    notes="Every question stands in the frame of the authors' examples in its language. Asked "
    "without examples by default; with exemplars.py of the authors' repository beside the "
    "questions, --shots 8 (the paper has 6) gives each language its own.",
)


def _read(data: Data, split: str) -> Iterator[Sample]:
    yield from _examples(data) if split == "shots" else _questions(data)


def _questions(data: Data) -> Iterator[Sample]:
    for language, (lead, cue) in _FRAMES.items():
        lines = data.path("test", language=language).read_text("utf-8").rstrip("\n").split("\n")
        for row, line in enumerate(lines):
            question, tab, target = line.rpartition("\t")
            if not tab:
                raise DataError(f"mgsm: {language} row {row} has no tab")
            yield Sample(
                id=f"{language}/{row}",
                input=(Text(f"{lead}{question}\n{cue}"),),
                target=target.strip().replace(",", ""),
                tags={"language": language},
            )


def _examples(data: Data) -> Iterator[Sample]:
    module = ast.parse(data.path("shots").read_text("utf-8"))  # parsed, never run
    values = {n.targets[0].id: n.value for n in module.body if isinstance(n, ast.Assign)}  # type: ignore[attr-defined]
    numbers = ast.literal_eval(values["EXEMPLAR_NUMBER_ANSWERS"])
    for language, examples in ast.literal_eval(values["MGSM_EXEMPLARS"]).items():
        cue = _FRAMES[language][1]
        for number, example in examples.items():
            yield Sample(
                id=f"exemplar/{language}/{number}",
                input=(Text(f"{example['q']}\n{cue}"),),
                target=str(numbers[int(number) - 1]),
                tags={"language": language},
                metadata={"solution": example["a"].removeprefix(cue).strip()},
            )


BENCHMARK = OpenAnswer(
    card=CARD,
    read=_read,
    official=SCORER,
    shots_tag="language",
    shots_source="the authors' worked examples in the question's language",
    layout=Layout(name="mgsm", lead="", strip=False, cue="", shown="solution"),
    generation=Generation(max_tokens=1024),
    raw_stop=tuple(f"\n{lead.strip()}" for lead, _ in _FRAMES.values()),
)
