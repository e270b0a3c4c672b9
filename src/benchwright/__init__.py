"""Benchwright: measure once, sample by sample; ask any question of the measurements afterwards.

    from benchwright import run

    result = run("mmlu", model="llama:smollm2.gguf", take="5/subject")

The verbs and nouns below are imported when they are first used, so that ``import benchwright``
costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchwright.analysis.compare import compare as compare
    from benchwright.analysis.leaderboard import leaderboard as leaderboard
    from benchwright.analysis.ranking.rank import rank as rank
    from benchwright.analysis.responses.reading import read_responses as read_responses
    from benchwright.core.benchmark import Asking as Asking
    from benchwright.core.benchmark import Benchmark as Benchmark
    from benchwright.core.benchmark import Card as Card
    from benchwright.core.benchmark import Metric as Metric
    from benchwright.core.benchmark import Perturbation as Perturbation
    from benchwright.core.benchmark import ReferenceScore as ReferenceScore
    from benchwright.core.benchmark import Scorer as Scorer
    from benchwright.core.benchmark import Solver as Solver
    from benchwright.core.benchmark import Source as Source
    from benchwright.core.conditions import Conditions as Conditions
    from benchwright.core.content import Message as Message
    from benchwright.core.content import Text as Text
    from benchwright.core.errors import BenchwrightError as BenchwrightError
    from benchwright.core.errors import DescriptionError as DescriptionError
    from benchwright.core.flow import Flow as Flow
    from benchwright.core.flow import ask as ask
    from benchwright.core.flow import ask_all as ask_all
    from benchwright.core.flow import drive as drive
    from benchwright.core.measurement import Measurement as Measurement
    from benchwright.core.measurement import Outcome as Outcome
    from benchwright.core.measurement import Score as Score
    from benchwright.core.model import Model as Model
    from benchwright.core.model import ModelSettings as ModelSettings
    from benchwright.core.request import Generation as Generation
    from benchwright.core.request import Request as Request
    from benchwright.core.response import Failure as Failure
    from benchwright.core.response import RequestFailed as RequestFailed
    from benchwright.core.response import Response as Response
    from benchwright.core.sample import Presentation as Presentation
    from benchwright.core.sample import Sample as Sample
    from benchwright.core.sample import Variant as Variant
    from benchwright.core.table import Table as Table
    from benchwright.evaluation.rescore import score as score
    from benchwright.evaluation.result import RunResult as RunResult
    from benchwright.evaluation.run import run as run
    from benchwright.evaluation.settings import FileFields as FileFields
    from benchwright.exchange.exporting import export as export
    from benchwright.exchange.importing import import_logs as import_logs
    from benchwright.pool.opening import open_pool as open_pool
    from benchwright.report.html import write_report as write_report

_HOMES = {
    "analysis.compare": ("compare",),
    "analysis.leaderboard": ("leaderboard",),
    "analysis.ranking.rank": ("rank",),
    "analysis.responses.reading": ("read_responses",),
    "core.benchmark": (
        "Asking",
        "Benchmark",
        "Card",
        "Metric",
        "Perturbation",
        "ReferenceScore",
        "Scorer",
        "Solver",
        "Source",
    ),
    "core.conditions": ("Conditions",),
    "core.content": ("Message", "Text"),
    "core.errors": ("BenchwrightError", "DescriptionError"),
    "core.flow": ("Flow", "ask", "ask_all", "drive"),
    "core.measurement": ("Measurement", "Outcome", "Score"),
    "core.model": ("Model", "ModelSettings"),
    "core.request": ("Generation", "Request"),
    "core.response": ("Failure", "RequestFailed", "Response"),
    "core.sample": ("Presentation", "Sample", "Variant"),
    "core.table": ("Table",),
    "evaluation.rescore": ("score",),
    "evaluation.result": ("RunResult",),
    "evaluation.run": ("run",),
    "evaluation.settings": ("FileFields",),
    "exchange.exporting": ("export",),
    "exchange.importing": ("import_logs",),
    "pool.opening": ("open_pool",),
    "report.html": ("write_report",),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME)  # noqa: PLE0605 - the names above, once


def __getattr__(name: str) -> object:
    """Import a public name when it is first used."""
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(importlib.import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names."""
    return __all__
