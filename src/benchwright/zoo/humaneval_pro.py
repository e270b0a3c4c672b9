"""HumanEval Pro: HumanEval's functions, each with a harder one to be solved by calling it."""

from __future__ import annotations

from benchwright.benchmarks.self_invoking import self_invoking
from benchwright.core.benchmark import Card, Metric, ReferenceScore, Source

CARD = Card(
    name="humaneval_pro",
    version="1",
    title="HumanEval Pro",
    summary="HumanEval's functions, each with a harder one to be solved by calling it.",
    paper="Yu et al. 2024, arXiv:2412.21199",
    licence="MIT",
    size=164,
    runtimes=("python",),
    stratum="solution",
    sources=(
        Source(
            kind="folder",
            location="codeeval_pro",
            files={"test": "humaneval_pro.json"},
            digests={
                "humaneval_pro.json": (
                    "d67ad94366d8182804d8cb59de558d211072493b13a6c23ddda42a2e1367dc7a"
                )
            },
            note="CodeEval-Pro/CodeEval-Pro@36f292e, dataset/; licence by its readme.",
        ),
        Source(
            kind="hub",
            location="CodeEval-Pro/humaneval-pro",
            revision="cd078f93d57d1902b5c3e4ae330166b2ca0e0e80",
            files={"test": "humaneval_pro.json"},
            note="Revision as public projects pin it; file name and digest unverified.",
        ),
    ),
    metric=Metric(name="pass@1"),
    reference_scores=(
        ReferenceScore(
            model="o1-mini",
            score=0.762,
            setting="not stated there",
            read_at="arXiv:2412.21199, abstract",
        ),
    ),
    notes="Both functions must come back. A program passes if every test of the second holds "
    "within 30 seconds (the authors run pass@k with 3, error statistics with 30). In raw text "
    "the authors' prompt goes on with the first problem's head; here the whole block is written.",
)

BENCHMARK = self_invoking(CARD, "HumanEvalPro")
