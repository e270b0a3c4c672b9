"""A pool of many models: items are chosen, the width comes from models held out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from benchwright.analysis.adaptive.reading import recompute
from benchwright.core.measurement import Measurement
from benchwright.evaluation import choices
from benchwright.evaluation.result import RunResult
from benchwright.evaluation.run import run
from benchwright.evaluation.settings import FileFields
from benchwright.pool import Pool

NUMBER, MODELS = 160, 120
FIELDS = FileFields(input="q", target="a", choices="o", id="id")


class Crowd:
    """A pool in which many models answered what ``scripted:one`` is to be asked."""

    def __init__(self, folder: Path) -> None:
        self.pool = folder / "pool"
        path = folder / "mine.jsonl"
        rows = [
            {"id": f"q{n:03}", "q": f"What is {n}?", "o": ["x", "y"], "a": "AB"[n % 2]}
            for n in range(NUMBER)
        ]
        path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
        self.questions = f"file:{path}"
        self.score = 0.0
        self._fill()

    def run(self, **settings: Any) -> RunResult:
        given = {"model": "scripted:one", "until": "7pt", "pool": self.pool, **settings}
        return run(self.questions, fields=FIELDS, **given)

    def _fill(self) -> None:
        """Let the others find hard what the asked model has wrong; forget its own answers."""
        self.run(until="")
        with Pool.open(self.pool) as pool:
            mine = list(_rows(pool))
            self.score = float(np.mean([row.value or 0.0 for row in mine]))
            draw = np.random.default_rng(0)
            hard = draw.uniform(-1.5, 0, NUMBER) + 1.5 * np.array([row.value == 0 for row in mine])
            others = []
            for number in range(MODELS):
                ability = draw.normal(0, 1)
                right = draw.random(NUMBER) < 1 / (1 + np.exp(5 * (hard - ability)))
                others += [
                    msgspec.structs.replace(
                        row, model_key=f"{number:032x}", model=f"m{number}", value=float(value)
                    )
                    for row, value in zip(mine, right, strict=True)
                ]
            pool.measurements.write(others)
        with Pool.open(self.pool) as pool:
            pool.forget(model="one")


def _rows(pool: Pool) -> list[Measurement]:
    fields = ", ".join(Measurement.__struct_fields__)
    table = pool.query(f"select {fields} from measurements order by sample")
    return [
        msgspec.convert({**line, "tags": dict(line["tags"] or {})}, Measurement)
        for line in table.records()
    ]


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Crowd:
    return Crowd(tmp_path_factory.mktemp("crowd"))


def test_chosen_items_with_probes_reach_the_width_of_models_held_out(crowd: Crowd) -> None:
    result = crowd.run()
    (line,) = result.table.records()
    assert line["chosen"] == "two-stage"
    assert "models held out" in line["stopped by"]
    assert "models held out" in result.table.caption
    assert line["low"] <= crowd.score <= line["high"]
    assert line["n"] == result.run.counts["requests"] < NUMBER / 2
    with Pool.open(crowd.pool) as pool:
        (record,) = choices.records(pool)
        assert recompute(pool, record) == record.estimate
    stages = [choice.stage for choice in record.chosen]
    assert stages.count("shared") == 15
    assert stages.count("probe") >= 0.2 * len(stages)
    assert len(record.plan.calibration) + len(record.plan.held_out) == MODELS
    again = crowd.run()
    assert again.run.counts["requests"] == 0
    assert again.table.rows == result.table.rows


def test_a_finer_goal_than_chosen_items_reach_goes_on_at_random(crowd: Crowd) -> None:
    crowd.run()
    finer = crowd.run(until="1pt")
    (line,) = finer.table.records()
    assert line["chosen"] == "two-stage, then random"
    assert "FELL BACK" in finer.table.caption
    assert line["low"] - 1e-9 <= crowd.score <= line["high"] + 1e-9
    with Pool.open(crowd.pool) as pool:
        (record,) = choices.records(pool)
        assert recompute(pool, record) == record.estimate
