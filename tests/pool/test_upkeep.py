"""Parts are joined, and what no one needs is deleted."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path

import msgspec
import pytest

from benchwright.core.content import Image, Message, Text
from benchwright.core.request import Generation, Request
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.pool import Pool
from benchwright.pool.owner import Owner
from benchwright.pool.upkeep import compact

DEAD = msgspec.structs.replace(Owner.me(), started="1")


def test_small_parts_of_a_benchmark_are_joined_and_no_row_changes(pool: Pool, measured) -> None:
    for number in range(4):
        pool.measurements.write([measured(number), measured(number, benchmark="gsm8k@1")])
    before = sorted(pool.measurements.rows(), key=repr)

    done = pool.compact()

    assert (done.parts_before, done.parts_after) == (8, 2)
    assert sorted(pool.measurements.rows(), key=repr) == before
    assert sorted(path.parent.name for path in pool.measurements.parts()) == ["gsm8k@1", "mmlu@1"]
    assert (pool.compact().parts_before, pool.compact().parts_after) == (2, 2)


def test_parts_are_joined_up_to_a_size(pool: Pool, measured) -> None:
    for number in range(7):
        pool.measurements.write([measured(2 * number), measured(2 * number + 1)])

    assert compact(pool, small=4, large=6).parts_after == 3
    assert sorted(part.rows for part in pool.manifest.read().parts.values()) == [2, 6, 6]


def test_what_was_retired_or_left_behind_is_deleted(pool: Pool, measured) -> None:
    pool.measurements.write([measured(0)])
    pool.measurements.write([measured(0, value=0.0)])
    left = pool.path / "staging" / str(DEAD) / "x"
    left.mkdir(parents=True)
    (left / "half.part").write_bytes(b"half")
    (pool.path / "runs").mkdir()
    (pool.path / "runs" / ".tmp-0123").write_bytes(b"half")

    collected = pool.gc()

    assert collected.files == 3
    assert collected.bytes > 8
    assert not (pool.path / "retired").exists() or not list((pool.path / "retired").rglob("*.*"))
    assert not left.exists()
    assert [row.value for row in pool.measurements.rows()] == [0.0]
    assert pool.gc().files == 0


def test_what_a_living_process_is_writing_is_left_alone(pool: Pool) -> None:
    own = pool.parquet.staged(".part")
    own.write_bytes(b"half")

    pool.gc()

    assert own.exists()


def test_claims_of_dead_processes_are_dropped(pool: Pool) -> None:
    with pool.journal("small", "ab" * 16) as journal:
        journal.claim([bytes(32)])
        with sqlite3.connect(journal.path) as raw:
            raw.execute("insert into claims values (?, ?)", (bytes([1]) * 32, str(DEAD)))
            raw.execute("insert into claims values (?, 'no owner')", (bytes([2]) * 32,))
        raw.close()

        assert pool.gc().claims == 2
        assert journal.claim([bytes(32)]) == {bytes(32)}


def test_media_that_nothing_names_are_deleted_when_nobody_else_is_there(pool: Pool) -> None:
    asked, sampled, orphan = (pool.put_media(data, "image/png") for data in (b"1", b"2", b"3"))
    message = Message(role="user", parts=(Text("?"), Image(asked)))
    with pool.journal("small", "ab" * 16) as journal:
        request = Request(messages=(message,), generation=Generation())
        journal.put(bytes(32), request, Response(), "run-1")
    pool.save_samples("vqa@1", [Sample(id="0", input=(Image(sampled),))])

    with Pool.open(pool.path) as other:
        assert not other.gc().media_checked
        assert pool.media(orphan) == b"3"

    collected = pool.gc()
    assert collected.media_checked
    assert collected.files == 1
    assert {path.name for path in (pool.path / "media").iterdir()} == {asked.digest, sampled.digest}


def test_a_pool_that_may_only_be_read_can_be_read(
    tmp_path: Path, measured, asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Pool.open(tmp_path / "pool") as pool:
        pool.measurements.write([measured(0)])
        with pool.journal("small", "ab" * 16) as journal:
            journal.put(bytes(32), asked(), Response(), "run-1")

    def refused(*_: object) -> int:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(os, "open", refused)
    monkeypatch.setattr(os, "access", lambda *_: False)
    with Pool.open(tmp_path / "pool") as again:
        assert again.query("select run from spend").rows == (("run-1",),)
        assert len(list(again.measurements.rows())) == 1
        assert again.query("select count(*) from measurements").rows == ((1,),)
        with again.presence.alone() as alone:
            assert not alone
