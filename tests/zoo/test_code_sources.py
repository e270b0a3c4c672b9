"""The code sets as their hubs hold them: one record each, made here in the released form."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from benchwright.benchmarks.loading import LocalData
from benchwright.core.benchmark import Benchmark, Source
from benchwright.core.sample import Sample
from benchwright.zoo import cruxeval, humaneval_plus, mbpp, mbpp_plus

ASSERTION = """import numpy as np

def assertion(out, exp, atol):
    if out != exp and atol != 0:
        np.testing.assert_allclose(out, exp, rtol=1e-07, atol=atol)
    else:
        assert out == exp
"""


def released(benchmark: Benchmark, tmp_path: Path, record: dict[str, Any]) -> list[Sample]:
    """The samples of a hub source that holds ``record`` only."""
    (source,) = [s for s in benchmark.card.sources if s.kind == "hub"]
    path = tmp_path / source.files["test"].rpartition("/")[2]
    columns = ", ".join(f"? as {name}" for name in record)
    duckdb.connect().execute(f"create table t as select {columns}", list(record.values())).execute(
        f"copy t to '{path}' (format {'json' if path.suffix == '.jsonl' else 'parquet'})"
    )
    data = LocalData(Source(kind="hub", location="x", files={"test": path.name}), lambda _: path)
    return list(benchmark.samples(data))


def run(sample: Sample, answer: str) -> None:
    """Run checks written above on an answer written above, in this process: no model wrote them."""
    space: dict[str, Any] = {}
    exec(answer, space)
    exec(sample.metadata["checks"], space)


def test_humaneval_plus(tmp_path: Path) -> None:
    prompt = 'def half(x):\n    """Halve."""\n'
    check = "def check(candidate):\n    assertion(candidate(1.0), 0.5, 1e-06)\n"
    record = {
        "task_id": "HumanEval/0",
        "prompt": prompt,
        "canonical_solution": "    return x / 2\n",
        "entry_point": "half",
        "test": f"{ASSERTION}\n{check}",
    }
    (sample,) = released(humaneval_plus.BENCHMARK, tmp_path, record)
    run(sample, f"{prompt}{sample.target}")
    run(sample, f"{prompt}    return x / 2 + 1e-9\n")
    with pytest.raises(AssertionError):
        run(sample, f"{prompt}    return x\n")


def test_mbpp_plus(tmp_path: Path) -> None:
    record = {
        "task_id": 2,
        "code": "import math\ndef half(x):\n    return x / 2\n",
        "prompt": "Write a function to halve.",
        "test_imports": ["import math"],
        "test_list": ["assert half(2) == math.floor(1.0)"],
        "test": f"{ASSERTION}\nfor i, o in [((1.0,), 0.5)]:\n    assertion(half(*i), o, 0)\n",
    }
    (sample,) = released(mbpp_plus.BENCHMARK, tmp_path, record)
    assert (sample.id, sample.metadata["entry_point"]) == ("Mbpp/2", "half")
    assert (
        sample.text == '"""\nWrite a function to halve.\nassert half(2) == math.floor(1.0)\n"""\n'
    )
    run(sample, sample.target)
    with pytest.raises(AssertionError):
        run(sample, "def half(x): return x")


def test_cruxeval(tmp_path: Path) -> None:
    record = {"id": "sample_0", "code": "def f(n):\n    return n", "input": "17", "output": "17"}
    (sample,) = released(cruxeval.BENCHMARK, tmp_path, record)
    assert (sample.text, sample.target) == ("def f(n):\n    return n\nassert f(17) == ??", "17")
    assert sample.tags == {"output": "int"}


@pytest.mark.data
def test_mbpps_worked_examples_are_the_authors(load) -> None:
    benchmark, data = load("mbpp")
    assert benchmark is mbpp.BENCHMARK
    shots = [shot.id for shot in mbpp.BENCHMARK.read(data, "shots")]
    assert shots[:3] == ["mbpp/2", "mbpp/3", "mbpp/4"]
    tested = {sample.id for sample in benchmark.samples(data)}
    assert len(tested) == 500
    assert not tested & set(shots)
