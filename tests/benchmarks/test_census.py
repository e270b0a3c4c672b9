from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchwright.benchmarks import census, file
from benchwright.benchmarks.file import FileBenchmark, file_benchmark
from benchwright.benchmarks.loading import locate
from benchwright.benchmarks.version import benchmark_version
from benchwright.cache import cache_folder
from benchwright.core.errors import DataError


@pytest.fixture(autouse=True)
def remembering(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCHWRIGHT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(census, "WORTH_KEEPING", 1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "mine.jsonl"
    records = [
        {"q": f"{n}?", "o": ["1", "2", "3"], "a": str(n % 3 + 1), "t": "ab"[n % 2]}
        for n in range(9)
    ]
    path.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    return path


def opened(path: Path) -> FileBenchmark:
    return file_benchmark(path, input="q", choices="o", target="a", tags=("t",))


def refuse_to_count(monkeypatch: pytest.MonkeyPatch) -> None:
    def counted(*arguments: object) -> None:
        raise AssertionError("counted again")

    monkeypatch.setattr(file, "_counted", counted)


def test_a_census_is_what_a_pass_over_the_samples_tells(path: Path) -> None:
    benchmark = opened(path)
    samples = list(benchmark.samples(locate(benchmark.card)))
    assert benchmark.census.size == len(samples) == benchmark.card.size == 9
    assert benchmark.census.strata == {"a": 5, "b": 4}
    assert benchmark.census.version == benchmark_version(benchmark.card, samples)


def test_a_file_counted_once_is_read_the_same_without_counting(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = opened(path)
    refuse_to_count(monkeypatch)
    again = opened(path)
    assert again.census == first.census
    # The targets are ambiguous one by one: how the whole file settles them is remembered, too.
    targets = [sample.target for sample in again.samples(locate(again.card))]
    assert targets == ["A", "B", "C"] * 3


@pytest.mark.parametrize("change", ["byte", "field", "code"])
def test_another_byte_field_or_reader_is_counted_anew(
    path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    opened(path)
    refuse_to_count(monkeypatch)
    if change == "byte":
        path.write_text(path.read_text("utf-8").replace("8?", "9?"), "utf-8")
    if change == "code":
        monkeypatch.setattr(census, "_code", lambda: "another")
    with pytest.raises(AssertionError, match="counted again"):
        file_benchmark(
            path, input="q", choices="o", target="a", tags=() if change == "field" else ("t",)
        )


def test_a_damaged_census_is_taken_again(path: Path) -> None:
    first = opened(path)
    (kept,) = (cache_folder() / "censuses").iterdir()
    kept.write_bytes(b'{"version": 1')
    assert opened(path).census == first.census


def test_a_bad_file_has_no_census(path: Path) -> None:
    path.write_text(path.read_text("utf-8") + '{"q": "?", "o": ["x", "y"], "a": "z"}\n', "utf-8")
    for _ in range(2):
        with pytest.raises(DataError, match="line 10"):
            opened(path)
    assert not (cache_folder() / "censuses").exists()


def test_a_short_file_is_not_remembered(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(census, "WORTH_KEEPING", 10)
    opened(path)
    assert not (cache_folder() / "censuses").exists()


def test_a_file_that_changes_while_it_is_counted_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = file._counted

    def changing(*arguments: object) -> object:
        path.write_text('{"q": "?", "o": ["x", "y"], "a": "x", "t": "a"}\n', "utf-8")
        return count(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(file, "_counted", changing)
    with pytest.raises(DataError, match="changed while it was read"):
        opened(path)
    assert not (cache_folder() / "censuses").exists()
