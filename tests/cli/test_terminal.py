from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.cli.terminal import FORMATS, clean, one_line, say_table
from benchwright.core.table import Table

TRAP = "\x1b]0;owned\x07\x1b[2Jfine[red]not markup[/red]"


@given(st.text())
def test_no_text_can_steer_a_terminal(text: str) -> None:
    shown = clean(text)

    assert not any(ord(c) < 0x20 and c not in "\n\t" for c in shown)
    assert not any(0x7F <= ord(c) < 0xA0 for c in shown)
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    shown.encode()


@given(st.text(st.characters(whitelist_categories=["L", "N", "P", "S", "Zs", "M"])))
def test_text_of_any_language_stays_as_it_is(text: str) -> None:
    assert clean(text) == text


def test_an_escape_sequence_is_shown_not_sent() -> None:
    assert clean("\x1b[31mred\x9b0m\x7f\r") == "␛[31mred\\u009b0m␡␍"


def test_text_that_reads_backwards_is_shown_as_it_is_written() -> None:
    assert clean("abc\u202edef") == "abc\\u202edef"


def test_half_a_surrogate_pair_does_not_break_printing() -> None:
    assert clean("a\ud800b") == "a\\ud800b"


def test_one_line_shows_line_ends_as_signs() -> None:
    assert one_line("one\r\ntwo\n\tthree") == "one⏎two⏎ three"


@pytest.mark.parametrize("form", FORMATS)
def test_no_form_of_a_table_lets_model_text_through(
    form: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)

    say_table(Table(columns=("answer", "n"), rows=((TRAP, 1),), caption=TRAP), form)

    printed = capsys.readouterr().out
    assert "\x1b]" not in printed
    assert "\x1b[2J" not in printed
    assert "\x07" not in printed


def test_rich_markup_in_a_cell_is_text_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)

    say_table(Table(columns=("[b]answer",), rows=(("[red]plain[/red]",),)), "table")

    printed = capsys.readouterr().out
    assert "[red]plain[/red]" in printed
    assert "[b]answer" in printed


def test_a_file_gets_csv_with_the_bytes_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    say_table(Table(columns=("answer",), rows=(("a\x1bb\nc",),)), "csv")

    assert capsys.readouterr().out == 'answer\n"a\x1bb\nc"\n'


def test_json_keeps_numbers_unrounded(capsys: pytest.CaptureFixture[str]) -> None:
    say_table(Table(columns=("score",), rows=((1 / 3,),), caption="c"), "json")

    assert json.loads(capsys.readouterr().out) == {"caption": "c", "rows": [{"score": 1 / 3}]}
