from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from benchwright.benchmarks.loading import LocalData, locate
from benchwright.benchmarks.version import benchmark_version
from benchwright.core.benchmark import Asking, Data
from benchwright.core.flow import drive
from benchwright.core.request import Request
from benchwright.core.response import Response
from benchwright.core.sample import Presentation, Sample
from benchwright.models.records import records
from benchwright.zoo.mmlu import BENCHMARK, CARD

FOLDER, ARCHIVE, HUB, PACKAGE, HELD_OUT = CARD.sources
MATERIAL = Path(__file__).resolve().parents[2] / ".venv" / "material" / "mmlu.jsonl"


def version(data: Data) -> str:
    return benchmark_version(CARD, BENCHMARK.samples(data), subset=data.source.subset)


def asked(data: Data, samples: list[Sample], asking: Asking) -> Iterator[tuple[Sample, Request]]:
    solver = BENCHMARK.solver(asking, data)
    found: list[Request] = []

    def answer(request: Request) -> Response:
        found.append(request)
        return Response()

    for sample in samples:
        drive(solver(sample, Presentation(), 0), answer)
    yield from zip(samples, found, strict=True)


@pytest.fixture
def package_file() -> Path:
    path = Path(os.environ.get("BENCHWRIGHT_MMLU", MATERIAL))
    if not path.is_file():
        pytest.skip("the package's MMLU is not here: run `make material`")
    return path


@pytest.mark.data
def test_prompts_are_those_of_lm_evaluation_harness(data_folder: Path) -> None:
    data = locate(CARD, folder=data_folder)
    samples = [s for s in BENCHMARK.samples(data) if s.id.endswith(("/0", "/37"))]
    assert len(samples) == 114

    def written(question: str, options: list[str]) -> str:
        lines = [f"{letter}. {option}" for letter, option in zip("ABCD", options, strict=True)]
        return question.strip() + "\n" + "\n".join(lines) + "\nAnswer:"

    for sample, request in asked(data, samples, Asking(ask="letters", chat=False)):
        subject = sample.tags["subject"]
        with data.path("shots", subject=subject).open(encoding="utf-8", newline="") as stream:
            shots = "".join(
                f"{written(question, options)} {answer}\n\n"
                for question, *options, answer in csv.reader(stream)
            )
        title = subject.replace("_", " ")
        head = f"The following are multiple choice questions (with answers) about {title}.\n\n"
        expected = head + shots + written(sample.text, list(sample.choices))
        assert request.prompt_text == expected
        assert request.continuations == (" A", " B", " C", " D")
        assert len(request.prompt) == 7


@pytest.mark.data
def test_folder_hub_archive_and_package_hold_the_same_benchmark(
    data_folder: Path, package_file: Path, tmp_path: Path
) -> None:
    folder = locate(CARD, folder=data_folder)
    expected = version(folder)

    parquet = tmp_path / "test.parquet"
    original = folder.path("test")
    duckdb.connect().execute(
        f"copy (from read_json('{original}', format='newline_delimited', "
        f"maximum_object_size=1000000)) to '{parquet}' (format parquet)"
    )
    unpinned = type(HUB)(kind="hub", location=HUB.location, files=HUB.files)
    assert version(LocalData(unpinned, lambda _: parquet)) == expected

    rows: dict[str, list[list[str]]] = {}
    for _, record in records(original):
        row = [record["question"], *record["choices"], "ABCD"[record["answer"]]]
        rows.setdefault(record["subject"], []).append(row)
    (tmp_path / "test").mkdir()
    for subject, lines in rows.items():
        with (tmp_path / "test" / f"{subject}_test.csv").open("w", newline="") as stream:
            csv.writer(stream).writerows(lines)
    archive = locate(CARD, folder=tmp_path)
    assert archive.source == ARCHIVE
    assert version(archive) == expected

    assert version(LocalData(PACKAGE, lambda _: package_file)) == expected


@pytest.mark.data
def test_the_package_with_shots_is_a_declared_subset_with_the_same_ids(
    data_folder: Path, package_file: Path
) -> None:
    whole = {s.id: s for s in BENCHMARK.samples(locate(CARD, folder=data_folder))}
    data = LocalData(HELD_OUT, lambda _: package_file)
    samples = list(BENCHMARK.samples(data))
    assert len(samples) == 14_042 - 5 * 57
    assert all(whole[sample.id] == sample for sample in samples)
    assert version(data).startswith("1+shots-held-out-")
    conditions = BENCHMARK.solver(Asking(ask="letters", chat=False), data).conditions
    assert conditions.shots_source == "test samples held out (shots-held-out)"
    first = [s for s in samples if s.id.endswith("/5")]
    for sample, request in asked(data, first, Asking(ask="letters", chat=False)):
        held_out = [whole[f"{sample.tags['subject']}/{row}"] for row in range(5)]
        for shot, piece in zip(held_out, request.prompt[1:-1], strict=True):
            assert piece.startswith(shot.text.strip())
            assert piece.endswith(f"Answer: {shot.target}\n\n")
