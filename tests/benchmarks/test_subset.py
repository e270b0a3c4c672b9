from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from benchwright.analysis.selecting.calibration import calibrate
from benchwright.analysis.selecting.file import SubsetFile, read_subset, to_file, write_subset
from benchwright.analysis.selecting.methods import select
from benchwright.benchmarks.subset import drawn_of
from benchwright.cli import cli
from benchwright.core.errors import DataError, DescriptionError
from benchwright.evaluation.result import RunResult
from benchwright.evaluation.run import run
from benchwright.evaluation.settings import FileFields
from benchwright.pool import Pool

NUMBER = 12
FIELDS = FileFields(input="q", target="a", choices="o", id="id")


def chosen(*benchmarks: str, k: int = 5, method: str = "random") -> SubsetFile:
    """A subset of benchmarks whose samples are q0 … q11."""
    scores = np.random.default_rng(0).random((6, NUMBER * len(benchmarks))).round()
    table = calibrate(
        scores,
        items=[f"q{n}" for n in range(NUMBER)] * len(benchmarks),
        groups=[name for name in benchmarks for _ in range(NUMBER)],
    )
    return to_file(table, select(table, k, method=method))


class Plan:
    """One plan over a file of questions, of which a subset is asked."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "mine.jsonl"
        self.pool = folder / "pool"
        self.file = folder / "subset.json"
        records = [
            {"id": f"q{n}", "q": f"What is {n} + 1?", "o": ["x", "y"], "a": "A"}
            for n in range(NUMBER)
        ]
        self.path.write_text("".join(json.dumps(one) + "\n" for one in records), "utf-8")

    def run(self, **settings: Any) -> RunResult:
        return run(
            f"file:{self.path}",
            **{"model": "scripted:one", "pool": self.pool, "fields": FIELDS, **settings},
        )

    def asked(self) -> set[str]:
        with Pool.open(self.pool, create=False) as pool, pool.connect() as connection:
            rows = connection.execute("select distinct sample from measurements").fetchall()
        return {sample for (sample,) in rows}

    def version(self) -> str:
        [version] = self.run(pool=self.pool.with_name("other")).run.benchmarks.values()
        return version


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    monkeypatch.setenv("BENCHWRIGHT_CACHE", str(tmp_path / "cache"))
    return Plan(tmp_path)


def test_exactly_the_samples_of_the_file_are_asked(plan: Plan) -> None:
    file = chosen(plan.version())
    write_subset(file, plan.file)

    result = plan.run(subset=plan.file)

    assert plan.asked() == set(file.parts[0].samples)
    assert result.run.counts["rows"] == 5
    assert "5 samples chosen by random" in result.remarks[-1]
    assert result.next_command.startswith("benchwright select --estimate ")


def test_a_rerun_asks_nothing_and_the_whole_asks_the_rest(plan: Plan) -> None:
    write_subset(chosen(plan.version()), plan.file)
    plan.run(subset=plan.file)

    again, whole = plan.run(subset=plan.file), plan.run()

    assert (again.run.counts["requests"], again.run.counts["rows"]) == (0, 0)
    assert whole.run.counts["rows"] == NUMBER - 5


def test_the_plan_is_named_by_the_samples_and_not_by_the_path(plan: Plan) -> None:
    version = plan.version()
    plans = []
    for name, k in (("a.json", 5), ("b.json", 5), ("b.json", 6)):
        write_subset(chosen(version, k=k), plan.file.with_name(name))
        plans.append(plan.run(subset=plan.file.with_name(name)).run.settings["plan"])

    assert plans[0] == plans[1] != plans[2]
    assert plan.run().run.settings["plan"] not in plans


def test_another_version_of_the_benchmark_is_refused_with_both_named(plan: Plan) -> None:
    version = plan.version()
    name = version.partition("@")[0]
    write_subset(chosen(f"{name}@1-000000000000"), plan.file)

    with pytest.raises(DescriptionError, match=f"{name}@1-000000000000.*{version}"):
        plan.run(subset=plan.file)

    assert not plan.pool.exists()


def test_a_draw_and_a_subset_contradict_each_other(plan: Plan) -> None:
    write_subset(chosen(plan.version()), plan.file)

    with pytest.raises(DescriptionError, match="--take"):
        plan.run(subset=plan.file, take="3")


def test_the_command_line_takes_a_subset(plan: Plan) -> None:
    write_subset(chosen(plan.version()), plan.file)
    fields = ["--input", "q", "--target", "a", "--choices", "o", "--id", "id"]
    said = ["--subset", str(plan.file), *fields]

    done = CliRunner().invoke(
        cli,
        ["run", f"file:{plan.path}", "--model", "scripted:one", "--pool", str(plan.pool), *said],
    )

    assert done.exit_code == 0, done.output
    assert len(plan.asked()) == 5


def test_a_file_of_two_benchmarks_gives_each_its_own() -> None:
    file = chosen("a@1-x", "b@1-y", k=9)
    there = {f"q{n}" for n in range(NUMBER)}

    parts = [drawn_of(file, version, there) for version in ("a@1-x", "b@1-y")]

    assert sum(map(len, parts)) == 9
    assert parts == [frozenset(part.samples) for part in file.parts]


def test_a_subset_without_versions_holds_for_the_benchmark_of_that_name() -> None:
    file = chosen("a")

    assert drawn_of(file, "a@1-x", {f"q{n}" for n in range(NUMBER)})
    with pytest.raises(DescriptionError, match="no samples q"):
        drawn_of(file, "a@1-x", {"other"})
    with pytest.raises(DescriptionError, match="no samples of b@1, only of a"):
        drawn_of(file, "b@1", {"q1"})


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"form": 1}', "\x00\xff", "nonsense"])
def test_what_is_no_subset_file_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(text, "utf-8")

    with pytest.raises(DataError, match="not a subset file"):
        read_subset(path)


def test_a_file_that_contradicts_itself_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    write_subset(chosen("a@1", "b@1"), path)
    said = json.loads(path.read_bytes())
    for part, message in [
        ({"form": 2}, "form 2"),
        ({"parts": [said["parts"][0]]}, "one place"),
        ({"weights": {"shape": [2], "as": "f8", "all": 0.5}}, "do not fit"),
        ({"weights": {"shape": [-1], "as": "f8", "all": 0.5}}, "no arrays"),
        ({"weights": {"shape": [10**12], "as": "f8", "all": 0.5}}, "too large"),
    ]:
        path.write_text(json.dumps(said | part), "utf-8")
        with pytest.raises(DataError, match=message):
            read_subset(path)
