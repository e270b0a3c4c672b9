from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchwright.benchmarks.file import file_benchmark
from benchwright.benchmarks.loading import locate
from benchwright.core.benchmark import Benchmark
from benchwright.core.errors import DataError, DescriptionError
from benchwright.core.sample import Sample
from benchwright.testing.checks import check_benchmark


def jsonl(path: Path, *records: Any) -> Path:
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), "utf-8")
    return path


def loaded(benchmark: Benchmark) -> list[Sample]:
    return list(benchmark.samples(locate(benchmark.card)))


@pytest.mark.parametrize(
    ("options", "answer", "letter"),
    [
        (["red", "green"], "B", "B"),
        (["red", "green"], 1, "B"),
        (["red", "green"], "green", "B"),
        ("red | green", "A", "A"),
        ({"x": "red", "y": "green"}, "y", "B"),
        ({"label": ["1", "2"], "text": ["red", "green"]}, "2", "B"),
        ([{"label": "i", "text": "red"}, {"label": "ii", "text": "green"}], "ii", "B"),
        ([3, 4, 5], 4, "B"),
    ],
)
def test_options_and_targets_come_in_many_forms(
    tmp_path: Path, options: Any, answer: Any, letter: str
) -> None:
    path = jsonl(tmp_path / "my.jsonl", {"q": "Which?", "o": options, "a": answer})
    benchmark = file_benchmark(path, input="q", choices="o", target="a")
    assert loaded(benchmark)[0].target == letter


def test_a_file_of_questions_without_options_is_answered_freely(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "my.jsonl", {"q": "6 · 7?", "a": 42}, {"q": "2 + 2?", "a": 4})
    benchmark = file_benchmark(path, input="q", target="a")
    assert benchmark.asks == ("generate",)
    check_benchmark(benchmark, locate(benchmark.card))


def test_nested_fields_ids_and_tags_are_reached_by_dotted_paths(tmp_path: Path) -> None:
    record = {
        "data": {"question": {"stem": "Which\u2028one?"}, "options": ["a1", "b1"]},
        "key": "a1",
        "meta": {"id": 7, "level": "easy"},
    }
    path = jsonl(tmp_path / "my questions.jsonl", record)
    benchmark = file_benchmark(
        path,
        input="data.question.stem",
        choices="data.options",
        target="key",
        id="meta.id",
        tags=("meta.level",),
    )
    (sample,) = loaded(benchmark)
    assert (sample.id, sample.text, sample.tags) == ("7", "Which\u2028one?", {"level": "easy"})
    assert (benchmark.card.name, benchmark.card.stratum) == ("my-questions", "level")
    check_benchmark(benchmark, locate(benchmark.card))


def test_csv_and_json_files_are_read_too(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text('q,o,a\n"One,\ntwo?",x|y,y\n', "utf-8")
    whole = tmp_path / "t.json"
    whole.write_text(json.dumps([{"q": "One,\ntwo?", "o": ["x", "y"], "a": "B"}]), "utf-8")
    one = loaded(file_benchmark(table, input="q", choices="o", target="a"))
    other = loaded(file_benchmark(whole, input="q", choices="o", target="a"))
    assert one == other


def test_a_target_that_reads_in_two_ways_is_settled_by_the_whole_file(tmp_path: Path) -> None:
    records = [{"q": f"{n}?", "o": ["1", "2", "3"], "a": str(n)} for n in (1, 2, 3)]
    benchmark = file_benchmark(
        jsonl(tmp_path / "m.jsonl", *records), input="q", choices="o", target="a"
    )
    assert [sample.target for sample in loaded(benchmark)] == ["A", "B", "C"]


def test_a_target_that_stays_ambiguous_is_refused(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "m.jsonl", {"q": "?", "o": ["1", "2", "3"], "a": "1"})
    with pytest.raises(DataError, match="'1' reads as text A, or as index B"):
        file_benchmark(path, input="q", choices="o", target="a")


def test_bad_records_are_listed_with_their_lines_all_at_once(tmp_path: Path) -> None:
    good = {"q": "?", "o": ["x", "y"], "a": "x", "i": "1"}
    path = jsonl(
        tmp_path / "m.jsonl",
        good,
        {**good, "a": "z", "i": "2"},
        {**good, "q": " ", "i": "3"},
        {**good, "o": ["x"], "i": "4"},
        {**good, "o": ["x", "x"], "i": "5"},
        {**good},
        {**good, "a": None, "i": "7"},
        {**good, "o": 5, "i": "8"},
    )
    with pytest.raises(DataError) as caught:
        file_benchmark(path, input="q", choices="o", target="a", id="i")
    lines = str(caught.value).splitlines()
    assert lines[0] == "m.jsonl: 7 bad records"
    assert [line.split(":")[0].strip() for line in lines[1:]] == [f"line {n}" for n in range(2, 9)]
    assert "id '1' is that of line 1" in lines[5]


def test_unknown_fields_are_all_named_with_those_there_are(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "m.jsonl", {"question": "?", "answer": "x"})
    with pytest.raises(DescriptionError) as caught:
        file_benchmark(path, input="q", choices="options", target="answer")
    assert len(caught.value.problems) == 2
    assert "it has: question, answer" in caught.value.problems[0]


def test_a_line_that_is_not_json_is_named(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    path.write_text('{"q": "?", "a": "x"}\n{"q": \n', "utf-8")
    with pytest.raises(DataError, match=r"m\.jsonl, line 2: not JSON"):
        file_benchmark(path, input="q", target="a")


def test_a_file_that_changes_between_description_and_reading_is_refused(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "m.jsonl", {"q": "?", "a": "x"})
    benchmark = file_benchmark(path, input="q", target="a")
    jsonl(path, {"q": "?", "a": "y"})
    with pytest.raises(DataError, match="not the file"):
        loaded(benchmark)


def test_a_missing_file_is_a_wrong_description(tmp_path: Path) -> None:
    with pytest.raises(DescriptionError, match="no file"):
        file_benchmark(tmp_path / "none.jsonl", input="q", target="a")
