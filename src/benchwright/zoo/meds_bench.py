"""MedS-Bench: eleven families of clinical tasks; here the recorded sample of 300 rationales."""

from __future__ import annotations

from benchwright.benchmarks.layout import Layout
from benchwright.benchmarks.medicine import FIGURES, read
from benchwright.benchmarks.open_answer import OpenAnswer
from benchwright.core.benchmark import Card, Metric, ReferenceScore, Source
from benchwright.core.request import Generation
from benchwright.core.sample import Sample
from benchwright.scorers.meds_bench import SCORER

_GPT_4 = {
    "MCQA": 0.753,
    "Information extraction": 0.7692,
    "NER": 0.5952,
    "Diagnosis": 0.5813,
    "Treatment planning": 0.8473,
    "Clinical outcome prediction": 0.5980,
    "Text classification (F1)": 0.6806,
}
_CLAUDE = {"Rationale, BLEU-1": 0.4626, "Rationale, ROUGE": 0.3697, "Treatment planning": 0.9293}

CARD = Card(
    name="meds_bench",
    version="1",
    title="MedS-Bench",
    summary="Clinical tasks beyond multiple choice: summaries, explanations, entities, diagnoses.",
    paper="Wu et al., npj Digital Medicine, doi:10.1038/s41746-024-01390-4, arXiv:2408.12547",
    licence="CC-BY-SA (repository); the sets gathered keep their own licences",
    languages=("en", "zh", "fr", "ja", "ru", "es"),
    size=300,
    sources=(
        Source(
            kind="folder",
            location="meds_bench",
            files={
                "test": "eval_results_MMedS-Llama3_medqa.csv.gz",
                "shots": "eval_results_MMedS-Llama3_medqa.csv.gz",
            },
            subset="300-rationales",
            digests={
                "eval_results_MMedS-Llama3_medqa.csv.gz": (
                    "c3f56ebab6a2f5c4df016e091fa125073c0207b95645e3dcb7697cd44dc3f9d2"
                )
            },
            note="MAGIC-AI4Med/MedS-Ins@185cfc0, examples/: 50 rationales in each of six languages "
            "with their references, of about 0.3 million samples. Worked examples are those that "
            "stand in the recorded prompts and are asked nowhere.",
        ),
        Source(
            kind="folder",
            location="MedS-Bench",
            files={"test": "{family}/{task}.json", "shots": "{family}/{task}.json"},
            subset="tasks-found",
            note="A snapshot of the hub's Henrychur/MedS-Bench: every task*_*.json in the folders "
            "of the families (Diagnosis, Explanation, MCQA, NER, …). Revision and digests "
            "unverified; never loaded by us. Sets that need credentials are not on the hub.",
        ),
    ),
    metric=Metric(name="accuracy, F1 or BLEU-1", average="macro:family/task"),
    stratum="task",
    reference_scores=tuple(
        ReferenceScore(
            model=model,
            score=score,
            setting=f"{family}; 3-shot, mean of the family's tasks",
            read_at="henrychur.github.io/MedS-Bench, overview table",
        )
        for model, scores in (("GPT-4", _GPT_4), ("Claude-3.5", _CLAUDE))
        for family, score in scores.items()
    ),
    notes="The authors report families apart: accuracy, entity or class F1, BLEU-1 / ROUGE-L. One "
    "mean over all of them is ours. `meds_bench_paper` keeps the released rules (an answer is "
    "right if the target occurs anywhere in it). Words of Chinese and Japanese are characters; the "
    "authors' come from the dictionaries of jieba and janome. Prompts are the authors' definition "
    "with three examples before the question; the released script draws them among the "
    "questions, its own included.",
)


def _header(sample: Sample) -> str:
    return f"{sample.metadata['definition']}\n\n"


BENCHMARK = OpenAnswer(
    card=CARD,
    read=read,
    official=SCORER,
    shots=3,
    shots_tag="task",
    shots_source="the task's examples in the recorded prompts",
    layout=Layout(
        name="meds_bench",
        header=_header,
        lead="Input:\n",
        cue="\nOutput:",
        shown="target",
        gap="\n",
        turns=False,
    ),
    generation=Generation(max_tokens=1000),
    raw_stop=("\nInput:",),
    figures=FIGURES,
)
