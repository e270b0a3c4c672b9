from __future__ import annotations

import signal
import threading

import pytest

from benchwright.core.errors import PoolError
from benchwright.core.measurement import Measurement
from benchwright.core.request import Request
from benchwright.core.response import Response
from benchwright.evaluation.engine import Limits
from benchwright.evaluation.row_writer import RowWriter
from evaluation.bench import Bench, FunctionModel, said, sample

PATIENCE = 60.0
"""Seconds after which a test that would wait for ever fails."""


@pytest.fixture
def rows(bench: Bench) -> list[Measurement]:
    return bench.run(FunctionModel(lambda _: said("1")), [sample(n) for n in range(4)])


def test_blocks_are_written_in_the_order_given(rows: list[Measurement]) -> None:
    written: list[Measurement] = []
    writer = RowWriter(written.extend)
    writer.put(rows[:1])
    writer.put([])
    writer.put(rows[1:])
    writer.wait()
    assert written == rows
    assert writer.cpu > 0


def test_one_block_is_written_and_one_waits_at_most(rows: list[Measurement]) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def write(block: list[Measurement]) -> None:
        begun.set()
        assert may_end.wait(PATIENCE)

    writer = RowWriter(write)
    writer.put(rows[:1])
    assert begun.wait(PATIENCE)  # `put` is back while the block is being written
    second = threading.Thread(target=writer.put, args=(rows[1:],))
    begun.clear()
    second.start()
    assert not begun.is_set()
    may_end.set()
    second.join(PATIENCE)
    writer.wait()
    assert begun.is_set()


def test_a_block_that_cannot_be_written_is_told_once(rows: list[Measurement]) -> None:
    def write(block: list[Measurement]) -> None:
        raise PoolError("the disk is full")

    writer = RowWriter(write)
    writer.put(rows)
    with pytest.raises(PoolError, match="full"):
        writer.put(rows)
    writer.wait()


def test_ctrl_c_is_raised_when_the_block_is_written(rows: list[Measurement]) -> None:
    ended = threading.Event()

    def write(block: list[Measurement]) -> None:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        sum(range(1_000_000))
        ended.set()

    writer = RowWriter(write)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            try:
                writer.put(rows)  # Ctrl-C comes here or below
            finally:
                writer.wait()
    finally:
        signal.signal(signal.SIGINT, before)
    assert ended.is_set()


def test_the_model_is_asked_while_rows_are_written(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchwright.evaluation.engine.ROWS_PER_PART", 1)
    second = threading.Event()
    waited: list[bool] = []

    def answer(request: Request) -> Response:
        if request.prompt_text.endswith("1"):
            second.set()
        return said("1")

    def write(block: list[Measurement]) -> None:
        waited.append(second.wait(PATIENCE))

    model = FunctionModel(answer)
    bench.run(model, [sample(n) for n in range(2)], limits=Limits(window=1), write=write)
    assert waited == [True, True]
