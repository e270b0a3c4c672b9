from __future__ import annotations

import pytest

from benchwright import catalog
from benchwright.core.model import ModelSettings
from benchwright.evaluation.session import open_models
from benchwright.evaluation.settings import RunSettings

from .toy import ToyModel


def test_the_format_and_the_wish_for_likelihoods_are_the_subjects_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: dict[str, ModelSettings] = {}

    def opened(name: str, settings: ModelSettings) -> ToyModel:
        seen[name] = settings
        return ToyModel()

    monkeypatch.setattr(catalog, "model", opened)
    open_models(
        RunSettings(benchmarks=("b",), models=("toy:a",), judge="toy:judge", format="f16"),
        loglikelihood=True,
    )
    assert {name: one.format for name, one in seen.items()} == {"toy:a": "f16", "toy:judge": ""}
    assert {name: one.wants_loglikelihood for name, one in seen.items()} == {
        "toy:a": True,
        "toy:judge": False,
    }
