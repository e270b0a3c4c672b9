"""What the documentation shows works: without our code, and with it."""

from __future__ import annotations

import contextlib
import io
import re
import sqlite3
from pathlib import Path

import duckdb
import pytest

from benchwright.core.content import Text
from benchwright.core.response import Response
from benchwright.pool import Pool

PAGE = Path(__file__).resolve().parents[2] / "docs" / "pool.md"
KEY = "ab" * 16


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, measured, asked) -> Path:
    """Fill a pool named `pool` in the working folder."""
    with Pool.open(tmp_path / "pool") as pool:
        key = bytes(range(32))
        with pool.journal("small", KEY) as journal:
            answer = Response(parts=(Text("B"),), finish="length", tokens_in=9, tokens_out=1)
            journal.put(key, asked("of mine"), answer, "run-1")
        pool.measurements.write([measured(n, request_keys=[key.hex()]) for n in range(4)])
        pool.measurements.write([measured(n, value=0.0) for n in range(2)])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_duckdb_command_counts_every_row_once(here: Path) -> None:
    [sql] = re.findall(r'duckdb -c "(.*?)"', blocks("sh")[0], re.DOTALL)

    rows = duckdb.connect().execute(sql).fetchall()

    assert rows == [("small", "mmlu@1", "scored", 4, 0.5)]


def test_the_sqlite_commands_show_spend_and_answers(here: Path) -> None:
    [journal] = here.glob("pool/responses/*.sqlite")
    spend, answers = re.findall(r'sqlite "(.*?)"', blocks("sh")[1])
    with contextlib.closing(sqlite3.connect(journal)) as connection:
        assert connection.execute(spend).fetchall() == [("subject", "run-1", 1, 9, 1)]
        assert connection.execute(answers).fetchall() == [(bytes(range(32)).hex(), "length")]


def test_a_raw_prompt_is_read_in_one_piece(here: Path, asked) -> None:
    [journal] = here.glob("pool/responses/*.sqlite")
    with contextlib.closing(sqlite3.connect(journal)) as connection:
        [(key, prompt)] = connection.execute(blocks("sql")[0]).fetchall()

    assert key == bytes(range(32)).hex()
    assert prompt == asked("of mine").prompt_text


def test_polars_reads_the_rows(here: Path) -> None:
    pytest.importorskip("polars")
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        exec(blocks("python")[0], {})

    assert "scored" in shown.getvalue()
    assert "0.5" in shown.getvalue()


def test_our_own_way_of_asking_works_as_shown(here: Path) -> None:
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        exec(blocks("python")[1], {})

    assert "scored" in shown.getvalue()
    assert "[('small', 'subject', 1, 9)]" in shown.getvalue()
