"""MBPP Pro: MBPP's functions, each with a harder one to be solved by calling it."""

from __future__ import annotations

from benchwright.benchmarks.self_invoking import self_invoking
from benchwright.core.benchmark import Card, Metric, Source

CARD = Card(
    name="mbpp_pro",
    version="1",
    title="MBPP Pro",
    summary="MBPP's functions, each with a harder one to be solved by calling it.",
    paper="Yu et al. 2024, arXiv:2412.21199",
    licence="MIT",
    size=378,
    runtimes=("python",),
    stratum="solution",
    sources=(
        Source(
            kind="folder",
            location="codeeval_pro",
            files={"test": "mbpp_pro.json"},
            digests={
                "mbpp_pro.json": (
                    "bb2edf4f2da393403083977e94cb4e4bbbe68fcb85495dfdf500885a945e8b3b"
                )
            },
            note="CodeEval-Pro/CodeEval-Pro@36f292e, dataset/; licence by its readme.",
        ),
        Source(
            kind="hub",
            location="CodeEval-Pro/mbpp-pro",
            revision="50f18448e09a8383226e1a5cd3654d2a454fe333",
            files={"test": "mbpp_pro.json"},
            note="Revision as public projects pin it; file name and digest unverified.",
        ),
    ),
    metric=Metric(name="pass@1"),
    notes="Both functions must come back. A program passes if every test of the second holds "
    "within 30 seconds (the authors run pass@k with 3, error statistics with 30). In raw text "
    "the authors' prompt goes on with the first problem's head; here the whole block is written.",
)

BENCHMARK = self_invoking(CARD, "MbppPro")
