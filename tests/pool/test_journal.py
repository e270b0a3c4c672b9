"""What was asked is kept, and no two processes ask the same."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from benchwright.core.content import Text
from benchwright.core.errors import PoolError
from benchwright.core.request import Origin, Request
from benchwright.core.response import ContinuationScore, Failure, Response
from benchwright.pool import Journal, Pool

KEY = "ab" * 16
ANSWER = Response(parts=(Text("B"),), tokens_in=7, tokens_cached=3, tokens_out=2, seconds=0.5)
GONE = Failure(kind="not_found", message="no such model")
LATE = Failure(kind="timeout", message="60 s")
KEYS = [bytes([number]) * 32 for number in range(3)]

CLAIM = """
import sys
from benchwright.pool import Pool
journal = Pool.open(sys.argv[1]).journal("small", "ab" * 16)
claimed = journal.claim([bytes([number]) * 32 for number in range(2)])
print(len(claimed), flush=True)
input()
"""


@pytest.fixture
def journal(pool: Pool):
    """Begin the journal of a model."""
    opened = pool.journal("small", KEY)
    yield opened
    opened.close()


def test_an_answer_is_found_before_and_after_it_is_committed(journal: Journal, pool, asked) -> None:
    journal.put(KEYS[0], asked(0), ANSWER, "run-1")
    journal.put(KEYS[1], asked(1), GONE, "run-1")
    known = {KEYS[0]: ANSWER, KEYS[1]: GONE}

    assert journal.kept(KEYS) == known
    assert journal.pending() == 2
    assert pool.query("select count(*) from responses").rows == ((0,),)

    journal.commit()

    assert journal.kept(KEYS) == known
    assert journal.pending() == 0
    with pool.journal("small", KEY) as again:
        assert again.kept(KEYS) == known
        assert again.request(KEYS[0]) == asked(0)
        assert again.request(KEYS[2]) is None


def test_more_keys_than_one_statement_takes_are_found(journal: Journal, asked) -> None:
    keys = [number.to_bytes(32) for number in range(1300)]
    for key in keys:
        journal.put(key, asked(), ANSWER, "run-1")
    journal.commit()

    assert journal.kept(keys).keys() == set(keys)
    assert journal.claim(keys) == set()
    assert journal.claim(keys, again=True) == set(keys)


def test_a_failure_that_may_pass_is_an_attempt_and_never_an_answer(journal, pool, asked) -> None:
    journal.attempt(KEYS[0], "run-1", LATE)
    journal.commit()

    assert journal.kept(KEYS) == {}
    assert pool.query("select kind, message, run from attempts").rows == (
        ("timeout", "60 s", "run-1"),
    )
    with pytest.raises(ValueError, match="may pass"):
        journal.put(KEYS[0], asked(), LATE, "run-1")


def test_a_later_answer_replaces_a_kept_failure(journal: Journal, pool, asked) -> None:
    journal.put(KEYS[0], asked(), GONE, "run-1")
    journal.commit()
    journal.put(KEYS[0], asked(), ANSWER, "run-2")
    journal.commit()

    assert journal.kept(KEYS) == {KEYS[0]: ANSWER}
    assert pool.query("select run, failure from responses").rows == (("run-2", None),)


def test_an_answered_key_cannot_be_claimed_and_its_claim_is_gone(journal, asked) -> None:
    assert journal.claim(KEYS) == set(KEYS)
    journal.put(KEYS[0], asked(), ANSWER, "run-1")

    assert journal.claim(KEYS) == set(KEYS[1:])

    journal.commit()
    with sqlite3.connect(journal.path) as raw:
        assert {key for (key,) in raw.execute("select key from claims")} == set(KEYS[1:])
    raw.close()


def test_what_another_living_process_asks_is_left_to_it_until_it_dies(
    journal: Journal, pool
) -> None:
    other = subprocess.Popen(
        [sys.executable, "-c", CLAIM, str(pool.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with other:
        assert other.stdout is not None
        assert other.stdout.readline() == "2\n"

        assert journal.claim(KEYS) == {KEYS[2]}
        journal.release(KEYS)
        assert journal.claim(KEYS) == {KEYS[2]}

        other.kill()
        other.wait()
        assert journal.claim(KEYS) == set(KEYS)


def test_closing_commits_and_gives_up_claims(pool: Pool, asked) -> None:
    journal = pool.journal("small", KEY)
    journal.claim(KEYS)
    journal.put(KEYS[0], asked(), ANSWER, "run-1")
    journal.close()
    journal.close()

    with sqlite3.connect(journal.path) as raw:
        assert raw.execute("select count(*) from claims").fetchone() == (0,)
        assert raw.execute("select count(*) from responses").fetchone() == (1,)
    raw.close()


def test_a_full_disk_loses_nothing_and_says_how_to_go_on(journal: Journal, asked) -> None:
    journal.put(KEYS[0], asked(), ANSWER, "run-1")
    journal.commit()
    pages = journal._connection.execute("PRAGMA page_count").fetchone()[0]
    journal._connection.execute(f"PRAGMA max_page_count = {pages}")
    long = Response(parts=(Text("long " * 10_000),))
    journal.put(KEYS[1], asked(1, shots="Other shots. " * 1000), long, "run-1")

    with pytest.raises(PoolError, match=r"sqlite: the disk is full.*run the same command again"):
        journal.commit()

    assert journal.pending() == 1
    journal._connection.execute("PRAGMA max_page_count = 1000000")
    journal.commit()
    assert journal.kept(KEYS) == {KEYS[0]: ANSWER, KEYS[1]: long}
    assert journal.request(KEYS[1]) == asked(1, shots="Other shots. " * 1000)


def test_texts_that_another_process_removed_are_written_again(journal: Journal, asked) -> None:
    journal.put(KEYS[0], asked(0), ANSWER, "run-1")
    journal.commit()
    with sqlite3.connect(journal.path) as raw:
        raw.execute("delete from texts")
    raw.close()

    journal.put(KEYS[1], asked(1), ANSWER, "run-1")
    journal.commit()

    assert journal.request(KEYS[1]) == asked(1)


def test_a_lost_text_is_an_error_that_names_the_file(journal: Journal, asked) -> None:
    journal.put(KEYS[0], asked(0), ANSWER, "run-1")
    journal.commit()
    with sqlite3.connect(journal.path) as raw:
        raw.execute("delete from texts")
    raw.close()

    with pytest.raises(PoolError, match=r"small-abababab\.sqlite: holds a damaged row"):
        journal.request(KEYS[0])


@pytest.mark.parametrize(
    "damage", ["not a database at all " * 300, "SQLite format 3\0 and no more"]
)
def test_a_damaged_journal_is_named_with_what_to_do(pool: Pool, damage: str) -> None:
    journal = pool.journal("small", KEY)
    journal.close()
    journal.path.write_text(damage)

    with pytest.raises(PoolError, match=r"small-abababab\.sqlite: .*damaged.*\.recover"):
        pool.journal("small", KEY)


def test_a_journal_belongs_to_a_key_whatever_the_model_is_called(pool: Pool, asked) -> None:
    first = pool.journal("org/model name", KEY)
    first.put(KEYS[0], asked(), ANSWER, "run-1")
    first.close()
    second = pool.journal("renamed", KEY)
    other = pool.journal("renamed", KEY[:-1] + "0")

    assert second.path == first.path
    assert second.kept(KEYS) == {KEYS[0]: ANSWER}
    assert other.path != first.path
    assert other.kept(KEYS) == {}
    assert [(info.model, info.model_key) for info in pool.journals()] == [
        ("org/model name", KEY),
        ("renamed", KEY[:-1] + "0"),
    ]
    second.close()
    other.close()


@pytest.mark.parametrize(("fsync", "level"), [(False, 1), (True, 2)])
def test_fsync_makes_commits_survive_a_loss_of_power(tmp_path: Path, fsync, level) -> None:
    with Pool.open(tmp_path / "pool", fsync=fsync) as pool, pool.journal("m", KEY) as journal:
        assert journal._connection.execute("PRAGMA synchronous").fetchone() == (level,)
        assert journal._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_five_shot_answer_takes_at_most_two_kilobytes(pool: Pool) -> None:
    score = ContinuationScore(logprob=-12.345678901234567, tokens=1, bytes=2, greedy=False)
    scored = Response(continuations=(score,) * 4, tokens_in=612, tokens_out=4, seconds=0.123456789)
    shots = tuple(f"Worked example {shot}. {'A sentence. ' * 40}" for shot in range(5))
    rows = 500
    with pool.journal("small", KEY) as journal:
        for number in range(rows):
            request = Request(
                prompt=("About law.", *shots, f"{'A long question. ' * 24}{number}", "Answer:"),
                continuations=(" A", " B", " C", " D"),
                origin=Origin(benchmark="mmlu", sample=f"professional_law/{number}"),
            )
            journal.put(os.urandom(32), request, scored, "20260101T120000-host-1")

    assert journal.path.stat().st_size / rows < 1900
