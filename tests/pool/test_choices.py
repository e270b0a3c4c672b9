from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchwright.core.errors import PoolError
from benchwright.pool import Pool
from benchwright.pool.choices import FOLDER

ASKED = {"model_key": "ab" * 16, "benchmark": "mmlu@1", "conditions": "c0", "scorer": "choice@1"}


def keep(pool: Pool, chosen: int, stage: str = "local", name: str = "one") -> Path:
    """Keep a record as an adaptive run does."""
    path = pool.path / FOLDER / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    record = {
        "asked": ASKED,
        "model": "small",
        "plan": {"procedure": "stratified", "why": "so"},
        "chosen": [{"item": str(number), "stage": stage} for number in range(chosen)],
        "runs": ["run-1"],
    }
    path.write_text(json.dumps(record))
    return path


def test_only_samples_that_were_not_drawn_at_random_count_as_steered(pool: Pool) -> None:
    keep(pool, 2, "probe", "drawn")

    assert pool.steered() == frozenset()
    keep(pool, 2)
    assert pool.steered() == {tuple(ASKED.values())}, "though random samples followed"


def test_merging_keeps_the_record_that_chose_more_whichever_side_it_is_on(
    pool: Pool, tmp_path: Path
) -> None:
    few, many = keep(pool, 1), 3
    with Pool.open(tmp_path / "other") as other:
        keep(other, many)
        pool.merge(other.path)
        assert len(json.loads(few.read_text())["chosen"]) == many
        other.merge(pool.path)
        assert len(json.loads((other.path / FOLDER / "one.json").read_text())["chosen"]) == many


@pytest.mark.parametrize("named", [{"model": "small"}, {"benchmark": "mmlu"}, {"run": "run-1"}])
def test_forgetting_removes_the_choices_of_what_is_forgotten(
    pool: Pool, named: dict[str, str]
) -> None:
    path = keep(pool, 1)

    pool.forget(model="another")
    assert path.exists()
    pool.forget(**named)
    assert not path.exists()


def test_a_damaged_record_is_named(pool: Pool) -> None:
    keep(pool, 1).write_text("{")

    with pytest.raises(PoolError, match=r"one\.json.*Delete it"):
        pool.steered()
