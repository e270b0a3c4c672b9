"""Opening a pool, and asking it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from benchwright.core.conditions import Conditions
from benchwright.core.content import Media, Text
from benchwright.core.errors import DescriptionError, PoolError
from benchwright.core.response import Failure, Response
from benchwright.core.run import Run
from benchwright.pool import Pool

KEY = "ab" * 16


def test_opening_makes_a_pool_only_if_it_may(tmp_path: Path) -> None:
    with pytest.raises(PoolError, match="there is no pool here; `benchwright run` makes one"):
        Pool.open(tmp_path / "new", create=False)
    with Pool.open(tmp_path / "new"):
        pass
    with Pool.open(str(tmp_path / "new"), create=False) as pool:
        assert pool.path == tmp_path / "new"


def test_a_folder_with_other_things_in_it_is_no_pool(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("")

    with pytest.raises(PoolError, match=r"is no pool \(it has no pool\.json\) and is not empty"):
        Pool.open(tmp_path)


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ('{"schema": 0}', r"older version \(form 0, today's is 1\); run `benchwright pool upgrade"),
        ('{"schema": 2}', r"newer version \(form 2.*install a newer benchwright"),
        ('{"schema": "x"}', r"pool\.json: damaged"),
        ("not JSON", r"pool\.json: damaged"),
    ],
)
def test_a_pool_of_another_form_is_refused_with_what_to_do(tmp_path: Path, about, words) -> None:
    (tmp_path / "pool.json").write_text(about)

    with pytest.raises(PoolError, match=words):
        Pool.open(tmp_path)


def test_importing_the_pool_imports_nothing_heavy() -> None:
    script = "import sys, benchwright.pool; print({'duckdb', 'numpy', 'polars'} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    assert said.stdout.strip() == "set()", said.stderr


def test_conditions_are_kept_once_under_their_digest(pool: Pool) -> None:
    conditions = Conditions(solver="choice@1", options={"labels": "ABCD"}, shots=5, ask="letters")
    pool.save_conditions(conditions)
    pool.save_conditions(conditions)

    assert pool.conditions(conditions.digest()) == conditions
    assert pool.query("select digest, shots, options['labels'], system from conditions").rows == (
        (conditions.digest(), 5, "ABCD", ""),
    )
    with pytest.raises(PoolError, match=r"0000\.json: missing"):
        pool.conditions("0000")


def test_runs_come_back_the_oldest_first_and_the_last_word_counts(pool: Pool) -> None:
    late = Run(id="2026-02 host:1/x", models={"subject": {"name": "m"}}, counts={"asked": 3})
    early = Run(id="2026-01 host:1/x", conditions=["c"], seconds={"asking": 1.5})
    pool.save_run(late)
    pool.save_run(early)
    ended = Run(id="2026-01 host:1/x", status="complete", counts={"asked": 2**40})
    pool.save_run(ended)

    assert pool.runs() == [ended, late]
    assert pool.query(
        "select status, counts['asked'], models['subject']['name'] from runs order by id"
    ).rows == (("complete", 2**40, None), ("running", 3, "m"))
    (pool.path / "runs" / "x.json").write_text("[]")
    with pytest.raises(PoolError, match=r"x\.json: damaged"):
        pool.runs()


def test_media_live_once_and_are_what_was_put(pool: Pool) -> None:
    picture = pool.put_media(b"bytes \0 of a picture", "image/png")

    assert pool.put_media(b"bytes \0 of a picture", "image/png") == picture
    assert pool.media(picture) == b"bytes \0 of a picture"
    assert [path.name for path in (pool.path / "media").iterdir()] == [picture.digest]

    (pool.path / "media" / picture.digest).write_bytes(b"other bytes")
    with pytest.raises(PoolError, match="damaged"):
        pool.media(picture)
    with pytest.raises(PoolError, match="missing"):
        pool.media(Media(digest="0" * 64, mime="", size=1))
    with pytest.raises(PoolError, match="is no digest"):
        pool.media(Media(digest="../pool.json", mime="", size=1))


def test_an_empty_pool_answers_with_no_rows(pool: Pool) -> None:
    for view in (
        "measurements",
        "samples",
        "runs",
        "conditions",
        "responses",
        "attempts",
        "texts",
        "spend",
    ):
        assert pool.query(f"select count(*) from {view}").rows == ((0,),)
    assert "outcome" in pool.query("from measurements").columns


def test_spend_counts_each_key_once_by_model_role_and_run(pool: Pool, asked) -> None:
    with pool.journal("small", KEY) as journal, pool.journal("big", "cd" * 16) as other:
        answer = Response(parts=(Text("B"),), tokens_in=10, tokens_out=2, seconds=0.5)
        for number in range(3):
            journal.put(bytes([number]) * 32, asked(number), answer, "run-1")
        journal.put(bytes([2]) * 32, asked(2), answer, "run-2")
        journal.put(bytes([3]) * 32, asked(3), Failure(kind="not_found", message=""), "run-1")
        other.put(bytes([1]) * 32, asked(1), Response(parts=(Text("?"),)), "run-1")

    spent = pool.query(
        "select model, run, requests, failures, uncounted, tokens_in, tokens_out, seconds "
        "from spend order by model, run"
    )
    assert spent.rows == (
        ("big", "run-1", 1, 0, 1, 0, 0, 0.0),
        ("small", "run-1", 2, 1, 0, 20, 4, 1.0),
        ("small", "run-2", 1, 0, 0, 10, 2, 0.5),
    )


def test_all_responses_of_all_journals_are_rows(pool: Pool, asked) -> None:
    keys = [number.to_bytes(32) for number in range(4100)]
    with pool.journal("small", KEY) as journal:
        for key in keys:
            journal.put(key, asked(), Response(parts=(Text("it's \0 \u2028"),)), "run-1")

    rows = pool.query("select key, response, asked_at from responses order by key").rows
    assert [key for key, _, _ in rows] == [key.hex() for key in keys]
    assert '"it\'s \\u0000 \u2028"' in rows[0][1]
    assert rows[0][2].year > 2000


@pytest.mark.parametrize(
    "sql",
    [
        "copy (select 1) to 'x.csv'",
        "create table x as select 1",
        "attach 'x.db'",
        "select 1; select 2",
        "",
        "selec 1",
        "select nonsense from measurements",
        "select * from read_text('pool.json')",
        "select pool_rows('sqlite_master', 0, 0)",
        "select 'a'::int",
    ],
)
def test_what_is_not_a_question_to_the_pool_is_refused(pool: Pool, sql: str) -> None:
    pool.journal("small", KEY).close()

    with pytest.raises(DescriptionError):
        pool.query(sql)


def test_a_connection_reads_the_pool_and_nothing_else(pool: Pool, measured, tmp_path: Path) -> None:
    pool.measurements.write([measured(0)])
    [part] = pool.measurements.parts()
    before = part.read_bytes()
    outside = tmp_path / "outside.csv"
    outside.write_text("a\n1\n")
    quoted = str(part).replace("'", "''")
    with pool.connect() as connection:
        assert connection.execute("select count(*) from measurements").fetchall() == [(1,)]
        for forbidden in (
            f"select * from '{outside}'",
            f"copy (select 1) to '{tmp_path / 'new.csv'}'",
            f"copy (select 1) to '{quoted}' (format parquet)",
            "set enable_external_access = true",
            "set lock_configuration = false",
            f"attach '{tmp_path / 'x.db'}'",
        ):
            with pytest.raises(duckdb.Error):
                connection.execute(forbidden)
    assert part.read_bytes() == before


def test_a_connection_sees_the_pool_as_it_was_when_parts_are_retired_under_it(
    pool: Pool, measured
) -> None:
    pool.measurements.write([measured(0, value=1.0)])
    with pool.connect() as connection:
        pool.measurements.write([measured(0, value=0.0), measured(1, value=0.0)])
        pool.gc()
        seen = connection.execute("select value from measurements").fetchall()

    assert seen == [(1.0,)]
    assert pool.query("select value from measurements").rows == ((0.0,), (0.0,))


def test_ctrl_c_while_duckdb_computes_is_ctrl_c(pool: Pool) -> None:
    with pytest.raises(KeyboardInterrupt), pool.parquet.reading([], pool.path):
        raise RuntimeError("Query interrupted")  # what DuckDB raises then


def test_a_damaged_journal_is_named_by_a_query(pool: Pool, asked) -> None:
    with pool.journal("small", KEY) as journal:
        journal.put(bytes(32), asked(), Response(parts=(Text("x" * 20_000),)), "run-1")
    whole = journal.path.read_bytes()
    journal.path.write_bytes(whole[:4096] + b"\xff" * 4096 * 8 + whole[4096 * 9 :])

    with pytest.raises(PoolError, match=r"small-abababab\.sqlite: .*damaged.*\.recover"):
        pool.query("select * from responses")
