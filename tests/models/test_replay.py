from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from benchwright.core.errors import DataError, DescriptionError, UnknownName
from benchwright.core.model import ModelSettings
from benchwright.core.request import Generation, Origin, Request
from benchwright.core.response import Failure, Response
from benchwright.models.replay import ReplayModel, open_model

SETTINGS = ModelSettings()


def question(sample: str, **origin: Any) -> Request:
    return Request(
        prompt=("?",),
        generation=Generation(),
        origin=Origin(benchmark=origin.pop("benchmark", "b"), sample=sample, **origin),
    )


def jsonl(path: Path, *records: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    return path


def said(model: ReplayModel, sample: str, **origin: Any) -> str | None:
    result = model.recorded(question(sample, **origin))
    return result.text if isinstance(result, Response) else None


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    return jsonl(
        tmp_path / "recorded.jsonl",
        {"id": "a", "output": "The answer is B."},
        {"id": "b", "output": ["first", "second"]},
        {"id": "c", "output": ""},
        {"id": 7, "output": 3},
        {"id": "d", "output": None},
    )


def test_outputs_are_found_by_the_sample_they_came_from(recorded: Path) -> None:
    model = open_model(str(recorded), SETTINGS)
    assert said(model, "a") == "The answer is B."
    assert said(model, "7") == "3"
    assert (said(model, "c"), said(model, "d")) == ("", "")


def test_what_was_not_recorded_is_a_failure_that_another_file_may_mend(recorded: Path) -> None:
    model = open_model(str(recorded), SETTINGS)
    for request in (
        question("A"),
        question("a", variant="rotate:1"),
        question("a", repeat=1),
        question("a", step=1),
    ):
        result = model.recorded(request)
        assert isinstance(result, Failure)
        assert result.kind == "not_recorded"
        assert not result.permanent


def test_of_a_list_of_outputs_every_repeat_takes_its_own(recorded: Path) -> None:
    model = open_model(str(recorded), SETTINGS)
    assert [said(model, "b", repeat=r) for r in range(3)] == ["first", "second", None]


def test_log_likelihoods_are_not_recorded(recorded: Path) -> None:
    model = open_model(str(recorded), SETTINGS)
    result = model.recorded(Request(prompt=("?",), continuations=(" A",)))
    assert isinstance(result, Failure)
    assert result.kind == "unsupported"
    assert "loglikelihood" not in model.abilities


def test_every_request_through_the_inbox_is_answered(recorded: Path, ask) -> None:
    model = open_model(str(recorded), SETTINGS)
    results = ask(model, [question("a"), question("x"), question("c")])
    assert [type(result).__name__ for result in results] == ["Response", "Failure", "Response"]


def test_a_wide_table_holds_one_model_per_column(tmp_path: Path) -> None:
    path = tmp_path / "letters.csv.gz"
    with gzip.open(path, "wt", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([["question_id", "m1", "m2"], ["70", "A", ""]])
    options = {"id": "question_id", "kind": "verdicts"}
    one = open_model(f"{path}?model=m1", ModelSettings(options=options))
    two = open_model(f"{path}?model=m2", ModelSettings(options=options))
    assert (one.name, said(one, "70")) == ("m1", "A")
    assert (two.name, said(two, "70")) == ("m2", "")
    assert one.identity.key() != two.identity.key()
    assert one.identity.fields["source"] == two.identity.fields["source"] == "letters.csv.gz"


def test_ids_are_read_out_of_longer_ones_by_a_pattern(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "o.jsonl", {"id": "gsm8k-main-test-#12", "output": "x"})
    settings = ModelSettings(options={"id_pattern": r"(test)-#(\d+)$"})
    assert said(open_model(str(path), settings), "test/12") == "x"
    in_the_name = open_model(f"{path}?id_pattern=(test)-#(\\d+)$&source=Z", SETTINGS)
    assert said(in_the_name, "test/12") == "x"
    assert in_the_name.identity.fields["source"] == "Z"
    with pytest.raises(DataError, match="does not match"):
        open_model(str(path), ModelSettings(options={"id_pattern": r"^(\d+)$"}))


def test_records_without_ids_are_counted_within_a_field(tmp_path: Path) -> None:
    tasks = ("x", "y", "x")
    records = [{"task": task, "output": f"{task}{row}"} for row, task in enumerate(tasks)]
    path = jsonl(tmp_path / "out.jsonl", *records)
    model = open_model(f"{path}?count=task", SETTINGS)
    assert [said(model, sample) for sample in ("x/0", "y/0", "x/1", "x/2")] == [
        "x0",
        "y1",
        "x2",
        None,
    ]
    with pytest.raises(DescriptionError, match="either count or id"):
        open_model(f"{path}?count=task&id=task", SETTINGS)


def test_a_file_of_several_benchmarks_is_told_apart(tmp_path: Path) -> None:
    path = jsonl(
        tmp_path / "o.jsonl",
        {"id": "1", "benchmark": "x", "output": "of x"},
        {"id": "1", "benchmark": "y", "output": "of y"},
    )
    model = open_model(f"{path}?benchmark=benchmark", SETTINGS)
    assert said(model, "1", benchmark="y") == "of y"
    with pytest.raises(DataError, match="'1' comes twice"):
        open_model(str(path), SETTINGS)


def test_the_identity_is_the_file_and_the_fields_read(recorded: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy" / recorded.name
    copy.parent.mkdir()
    copy.write_bytes(recorded.read_bytes())
    here, there = open_model(str(recorded), SETTINGS), open_model(str(copy), SETTINGS)
    assert here.identity.kind == "recorded"
    assert here.identity.key() == there.identity.key()
    copy.write_text('{"id": "a", "output": "other"}\n', "utf-8")
    assert open_model(str(copy), SETTINGS).identity.key() != here.identity.key()
    verdicts = open_model(f"{recorded}?kind=verdicts", SETTINGS)
    assert verdicts.identity.key() != here.identity.key()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"kind": "guess"}, "texts or verdicts"),
        ({"output": "x", "model": "y"}, "not both"),
        ({"id_pattern": "("}, "no regular expression"),
        ({"id_pattern": "a+"}, "needs a group"),
        ({"output": "text"}, "has no field text; it has id, output"),
    ],
)
def test_a_wrong_option_is_a_wrong_description(
    recorded: Path, options: dict[str, str], said: str
) -> None:
    with pytest.raises(DescriptionError, match=said):
        open_model(str(recorded), ModelSettings(options=options))


def test_an_unknown_option_suggests_the_nearest(recorded: Path) -> None:
    with pytest.raises(UnknownName, match="output"):
        open_model(f"{recorded}?outptu=x", SETTINGS)


def test_a_numeric_format_is_refused_because_it_was_recorded(recorded: Path) -> None:
    with pytest.raises(DescriptionError, match="that of the recorded model"):
        open_model(str(recorded), ModelSettings(format="f16"))


def test_a_missing_and_a_malformed_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(DescriptionError, match="no file"):
        open_model(str(tmp_path / "none.jsonl"), SETTINGS)
    broken = tmp_path / "broken.jsonl"
    broken.write_text("{", "utf-8")
    with pytest.raises(DataError, match="line 1"):
        open_model(str(broken), SETTINGS)
