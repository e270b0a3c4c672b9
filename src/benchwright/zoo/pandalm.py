"""PandaLM's test set: the model under test judges which of two responses is better."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial

from benchwright.benchmarks.layout import Layout
from benchwright.benchmarks.open_answer import OpenAnswer
from benchwright.benchmarks.shares import per_label
from benchwright.core.benchmark import Card, Data, Figure, Metric, ReferenceScore, Row, Source
from benchwright.core.content import Text
from benchwright.core.errors import DataError
from benchwright.core.request import Generation
from benchwright.core.sample import Sample
from benchwright.models.records import records
from benchwright.scorers._verdicts import judge_prompt
from benchwright.scorers.pandalm_verdict import SCORER

_PUBLISHED = {  # recorded verdicts: (agreement, macro precision, macro recall, macro F1)
    "pandalm-7b": (0.6677, 0.5738, 0.5750, 0.5743),
    "gpt-3.5-turbo": (0.6977,),
}
FIGURES = ("agreement", "macro precision", "macro recall", "macro F1")

CARD = Card(
    name="pandalm",
    version="1",
    title="PandaLM test set",
    summary="Agreement of a judge with the majority of three people on pairs of responses.",
    paper="Wang et al. 2023, arXiv:2306.05087",
    licence="Apache-2.0",
    size=999,
    sources=(
        Source(
            kind="folder",
            location="pandalm",
            files={"test": "data/testset-v1.json"},
            digests={
                "data/testset-v1.json": (
                    "cc154f9067c7382d7ea86f8f246511a5e1ac87e1fddd845c5938d789505b07a4"
                )
            },
            note="WeOpenML/PandaLM@3871806.",
        ),
    ),
    metric=Metric(name="agreement", average="micro"),
    reference_scores=tuple(
        ReferenceScore(
            model=model,
            score=score,
            setting=f"{figure}; the judge's own prompt, an unreadable verdict is wrong",
            read_at=f"WeOpenML/PandaLM@3871806 data/{model}-testset-v1.json, recomputed; the "
            "paper's own figures are of other outputs",
        )
        for model, scores in _PUBLISHED.items()
        for figure, score in zip(FIGURES, scores, strict=False)
    ),
    notes="Targets: 1 or 2 for the better response, or tie (0 in the file). The prompt is ours: "
    "the authors' is the one their judge was trained on. The released code counts an "
    "unreadable verdict as a tie (scorer pandalm_verdict_paper); here it is unparsed and wrong.",
)


_TARGETS = {"0": "tie", "1": "1", "2": "2"}


def _read(data: Data, split: str) -> Iterator[Sample]:
    for _, record in records(data.path(split)):
        votes = [str(record[f"annotator{number}"]) for number in (1, 2, 3)]
        (majority, count), *_ = Counter(votes).most_common(1)
        if count < 2:
            raise DataError(f"pandalm: entry {record['idx']} has no majority: {votes}")
        responses = record["response1"], record["response2"]
        text = judge_prompt(record["instruction"], record["input"], *responses)
        yield Sample(
            id=str(record["idx"]),
            input=(Text(text),),
            target=_TARGETS[majority],
            tags={"majority": _TARGETS[majority], "pair": record["cmp_key"]},
            metadata={"annotators": ",".join(votes)},
        )


def _macro(which: int, rows: Sequence[Row]) -> float | None:
    found = per_label(rows, _TARGETS.values())
    return found[which] if found else None


BENCHMARK = OpenAnswer(
    card=CARD,
    read=_read,
    official=SCORER,
    layout=Layout(name="pairwise verdict", lead="", cue="", shown="target"),
    generation=Generation(max_tokens=256),
    raw_stop=("\n\n",),
    figures=tuple(
        Figure(
            name=name,
            about=f"{name.capitalize()} over the verdicts 1, 2 and tie, 0 to 1 (Wang et al. 2023)",
            of=partial(_macro, which),
        )
        for which, name in enumerate(FIGURES[1:])
    ),
)
