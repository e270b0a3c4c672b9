"""What is forgotten is gone from the disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchwright.core.benchmark import Card
from benchwright.core.content import Image, Text
from benchwright.core.errors import DescriptionError, PoolError
from benchwright.core.response import Failure, Response
from benchwright.core.run import Run
from benchwright.core.sample import Sample
from benchwright.pool import Pool

SMALL, BIG = "ab" * 16, "cd" * 16
CARD = Card(name="b", version="1", title="B", summary="", paper="", licence="MIT", size=2)


def key(number: int) -> bytes:
    return bytes([number]) * 32


def on_disk(pool: Pool, words: str) -> list[str]:
    """Return the files that still hold ``words``."""
    return [
        path.name
        for path in pool.path.rglob("*")
        if path.is_file() and words.encode() in path.read_bytes()
    ]


@pytest.fixture
def full(pool: Pool, measured, asked) -> Pool:
    """Fill a pool with two models, two runs and two benchmarks that share a question."""
    for model, model_key in (("small", SMALL), ("big", BIG)):
        with pool.journal(model, model_key) as journal:
            for number, benchmark, run in (
                (0, "mmlu", "run-1"),
                (1, "mmlu", "run-2"),
                (2, "secret", "run-2"),
                (3, "secret", "run-2"),
            ):
                request = asked(
                    f"of {benchmark} {number}", benchmark=benchmark, shots=f"{benchmark} shot " * 40
                )
                answer = Response(parts=(Text(f"{model} answers {number}"),))
                journal.put(key(number), request, answer, run)
            journal.attempt(key(0), "run-1", Failure(kind="timeout", message="late"))
        pool.measurements.write(
            [
                measured(0, model=model, model_key=model_key, request_keys=[key(0).hex()]),
                measured(
                    1, model=model, model_key=model_key, request_keys=[key(1).hex()], run="run-2"
                ),
                # The question of key 3 was asked for `secret` first, and served mmlu, too.
                measured(3, model=model, model_key=model_key, request_keys=[key(3).hex()]),
            ]
        )
        pool.measurements.write(
            [
                measured(
                    n,
                    model=model,
                    model_key=model_key,
                    benchmark="secret@1",
                    request_keys=[key(n).hex()],
                    run="run-2",
                    target="the secret answer",
                )
                for n in (2, 3)
            ]
        )
    picture = pool.put_media(b"a secret picture", "image/png")
    for benchmark in ("mmlu", "secret"):
        question = Sample(
            id="0",
            input=(Text(f"{benchmark} question"), *((Image(picture),) if "s" in benchmark else ())),
        )
        pool.save_samples(f"{benchmark}@1", [question])
        pool.save_card(f"{benchmark}@1", CARD, {"": 1})
    pool.save_run(Run(id="run-1"))
    pool.save_run(Run(id="run-2"))
    return pool


def count(pool: Pool, table: str, where: str = "true") -> int:
    return int(pool.query(f"select count(*) from {table} where {where}").rows[0][0])


def test_a_model_is_forgotten_with_all_it_said(full: Pool) -> None:
    forgotten = full.forget(model="big")

    assert (forgotten.measurements, forgotten.answers) == (5, 4)
    assert [info.model for info in full.journals()] == ["small"]
    assert count(full, "measurements", "model_key = '" + BIG + "'") == 0
    assert count(full, "measurements") == 5
    assert on_disk(full, "big answers") == []
    assert on_disk(full, BIG) == []
    assert len(on_disk(full, "small answers 2")) == 1


def test_a_model_goes_by_its_key_too(full: Pool) -> None:
    full.forget(model=BIG)

    assert {row.model for row in full.measurements.rows()} == {"small"}


def test_a_benchmark_is_forgotten_except_what_another_rests_on(full: Pool) -> None:
    forgotten = full.forget(benchmark="secret")

    assert forgotten.measurements == 4
    assert count(full, "measurements", "benchmark = 'secret@1'") == 0
    assert count(full, "measurements") == 6
    assert full.benchmarks() == ["mmlu@1"]
    assert list(full.samples("secret@1")) == []
    with full.journal("small", SMALL) as journal:
        assert journal.kept([key(n) for n in range(4)]).keys() == {key(0), key(1), key(3)}
        assert journal.request(key(3)) is not None
    assert on_disk(full, "small answers 2") == []
    assert on_disk(full, "secret picture") == []


def test_one_version_is_forgotten_and_the_other_stays(full: Pool, measured, asked) -> None:
    with full.journal("small", SMALL) as journal:
        journal.put(key(9), asked(9, benchmark="secret"), Response(), "run-3")
    full.measurements.write([measured(9, benchmark="secret@2", request_keys=[key(9).hex()])])
    full.save_card("secret@2", CARD, {"": 1})

    full.forget(benchmark="secret@1")

    assert full.benchmarks() == ["mmlu@1", "secret@2"]
    with full.journal("small", SMALL) as journal:
        assert journal.kept([key(2), key(9)]).keys() == {key(9)}


def test_a_run_is_forgotten_except_what_another_rests_on(full: Pool) -> None:
    full.forget(run="run-2")

    assert count(full, "measurements", "run = 'run-2'") == 0
    assert [run.id for run in full.runs()] == ["run-1"]
    with full.journal("small", SMALL) as journal:
        # key 3 belongs to a row of run-1 as well
        assert journal.kept([key(n) for n in range(4)]).keys() == {key(0), key(3)}


def test_what_matches_all_that_is_named_is_forgotten(full: Pool) -> None:
    full.forget(model="small", benchmark="secret@1", run="run-2")

    assert count(full, "measurements") == 8
    assert len(list(full.samples("secret@1"))) == 1
    assert len(full.journals()) == 2
    with full.journal("small", SMALL) as journal:
        assert key(2) not in journal.kept([key(2)])
    with full.journal("big", BIG) as journal:
        assert key(2) in journal.kept([key(2)])


def test_texts_go_and_what_was_answered_and_measured_stays(full: Pool) -> None:
    full.forget(texts_of="secret")

    assert count(full, "measurements") == 10
    assert count(full, "measurements", "target = 'the secret answer'") == 0
    with full.journal("small", SMALL) as journal:
        assert len(journal.kept([key(n) for n in range(4)])) == 4
        assert journal.request(key(2)) is None
        assert journal.request(key(0)) is not None
    assert on_disk(full, "secret shot") == []
    assert on_disk(full, "secret picture") == []
    assert on_disk(full, "secret question") == []
    assert len(on_disk(full, "mmlu shot")) == 2
    assert full.benchmarks() == ["mmlu@1", "secret@1"]


def test_nothing_or_two_things_at_once_are_not_forgotten(full: Pool) -> None:
    with pytest.raises(DescriptionError, match="Say what to forget"):
        full.forget()
    with pytest.raises(DescriptionError, match="Say what to forget"):
        full.forget(model="small", texts_of="mmlu")


def test_nothing_is_forgotten_while_another_has_the_pool_open(full: Pool, tmp_path: Path) -> None:
    with (
        Pool.open(full.path),
        pytest.raises(PoolError, match="another process has the pool open"),
    ):
        full.forget(model="small")

    assert count(full, "measurements") == 10


def test_forgetting_what_is_not_there_changes_nothing(full: Pool) -> None:
    forgotten = full.forget(model="unknown's", benchmark="no such")

    assert (forgotten.measurements, forgotten.answers) == (0, 0)
    assert count(full, "measurements") == 10
