"""JavaBench: 45 classes of four object-oriented Java projects, completed and tested."""

from __future__ import annotations

from benchwright.benchmarks.java_projects import FIGURES, canonical, header, read
from benchwright.benchmarks.layout import Layout
from benchwright.benchmarks.open_answer import OpenAnswer
from benchwright.core.benchmark import Card, Metric, Source
from benchwright.core.request import Generation
from benchwright.scorers.javabench import SCORER

CARD = Card(
    name="javabench",
    version="1",
    title="JavaBench",
    summary="Completing a class of a student's Java project so that the project's tests hold.",
    paper="Cao et al. 2024, arXiv:2406.12902",
    licence="unstated in the repository (java-bench/JavaBench)",
    size=45,
    runtimes=("java",),
    sources=(
        Source(
            kind="folder",
            location="javabench",
            files={
                "test": "datasets/selective-context/data-{project}.jsonl",
                "skeleton": "projects/{project}/src/main/java/{target}",
                "solution": "projects/{project}-Solution/src",
            },
            note="A checkout of java-bench/JavaBench@0551d7b; digests unverified. JUnit 5, Mockito "
            "and JetBrains' annotations as Debian installs them (junit5, libmockito-java, "
            "libjetbrains-annotations-java).",
        ),
    ),
    metric=Metric(name="pass", average="macro:project"),
    stratum="project",
    notes="Selective context, holistic synthesis, judged class by class: a class passes where all "
    "tests of its project hold with it in place. The released figures stand beside: completion, "
    "compilation, and the mean share of tests. What an answer imports is imported; the released "
    "script drops it (javabench_paper). Judging test by test puts several answers together and is "
    "not offered. PA20 has tests that draw at random: its reference once failed one of 49.",
)
BENCHMARK = OpenAnswer(
    card=CARD,
    read=read,
    official=SCORER,
    layout=Layout(
        name="javabench",
        header=header,
        lead="Complete the code and give the complete class.\n",
        strip=False,
        cue="",
    ),
    generation=Generation(max_tokens=4096),
    raw_stop=(),
    canonical=canonical,
    figures=FIGURES,
)
