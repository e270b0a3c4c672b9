"""BigCodeBench-Lite Pro: tasks that use libraries, each with a harder one that calls it."""

from __future__ import annotations

from benchwright.benchmarks.self_invoking import self_invoking
from benchwright.core.benchmark import Card, Metric, Source

PACKAGES = (
    "dateutil",
    "holidays",
    "matplotlib",
    "numpy",
    "pandas",
    "pytz",
    "regex",
    "scipy",
    "seaborn",
    "sklearn",
    "statsmodels",
)

CARD = Card(
    name="bigcodebench_lite_pro",
    version="1",
    title="BigCodeBench-Lite Pro",
    summary="Tasks that use libraries, each with a harder one that calls it.",
    paper="Yu et al. 2024, arXiv:2412.21199",
    licence="MIT",
    size=57,
    runtimes=(f"python[{','.join(PACKAGES)}]",),
    stratum="solution",
    sources=(
        Source(
            kind="folder",
            location="codeeval_pro",
            files={"test": "bigcodebench_lite_pro.json"},
            digests={
                "bigcodebench_lite_pro.json": (
                    "1a9e818a7ecece6346f47673276bfc47ab2bb34efd8cda26e0b819eb13bb6ec3"
                )
            },
            note="CodeEval-Pro/CodeEval-Pro@36f292e, dataset/; licence by its readme.",
        ),
        Source(
            kind="hub",
            location="CodeEval-Pro/bigcodebench-lite-pro",
            revision="f70ee47b5701ae8b240c64bd4d4077e46b4c9278",
            files={"test": "bigcodebench_lite_pro.json"},
            note="Revision as public projects pin it; file name and digest unverified.",
        ),
    ),
    metric=Metric(name="pass@1"),
    notes="Both functions must come back. A program passes if every test of the second holds "
    "within 30 seconds (the authors run pass@k with 3, error statistics with 30). In raw text "
    "the authors' prompt goes on with the first problem's head; here the whole block is written. "
    "Three reference solutions fail here as elsewhere: 201 (a read-only array, with the pandas "
    "tried), 551 (expects 28801 where UTC gives another number) and 679 (frames unequal).",
)

BENCHMARK = self_invoking(
    CARD, "BigCodeBenchLitePro", objects="the functions make arrays, frames and plots"
)
