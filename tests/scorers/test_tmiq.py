from __future__ import annotations

import pytest

from benchwright.benchmarks.instruments import FIGURES, position_match
from benchwright.core.benchmark import Row
from benchwright.core.content import Text
from benchwright.core.response import said
from benchwright.core.sample import Sample
from benchwright.scorers._instruments import normal, order
from benchwright.scorers.tmiq import SCORER

FIGURE = {figure.name: figure.of for figure in FIGURES}


def asked(kind: str, target: str) -> Sample:
    return Sample(id="x", input=(Text("?"),), target=target, metadata={"kind": kind})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("MEASure:VOLTage:DC?", "meas:volt:dc?"),
        (":OUTPut:STATe ON", "OUTP:STAT  on"),
        ("SOURce:VOLTage 5.0", "sour:volt 5"),
        ("POWer:LEVel 1e3", "POW:LEV 1000"),
        ("INITiate:IMMediate", "INIT:IMM"),
        ("*idn?", "*IDN?"),
        ("CHANnel1:SCALe 2; :TRIGger:SOURce CHAN1", "CHAN1:SCAL 2;TRIG:SOUR CHAN1"),
    ],
)
def test_long_and_short_forms_are_one_command(one: str, other: str) -> None:
    assert normal(one) == normal(other)
    assert normal(normal(one)) == normal(one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("MEAS:VOLT?", "MEAS:VOLT"),
        ("CHAN1:SCAL 2", "CHAN2:SCAL 2"),
        ("VOLT 5", "VOLT 50"),
        ('DISP:TEXT "on"', 'DISP:TEXT "ON"'),
    ],
)
def test_what_makes_a_difference_to_the_instrument_is_kept(one: str, other: str) -> None:
    assert normal(one) != normal(other)


@pytest.mark.parametrize(
    "answer",
    [
        "MEAS:VOLT:DC?",
        "`MEASure:VOLTage:DC?`",
        "```scpi\nMEAS:VOLT:DC?\n```",
        "To do so, send `*RST` first? No: the command is `MEAS:VOLT:DC?`.",
        "Answer: MEAS:VOLT:DC?",
        '{"command": "MEAS:VOLT:DC?"}',
        "Use this:\nMEAS:VOLT:DC?",
    ],
)
def test_a_command_is_found_in_whatever_dress(answer: str) -> None:
    assert SCORER(asked("command", "MEASure:VOLTage:DC?"), said(answer)).value == 1


def test_prose_without_a_command_is_not_scored() -> None:
    score = SCORER(asked("command", "*RST"), said("I would measure the voltage."))
    assert score.value is None


@pytest.mark.parametrize(
    ("answer", "read"),
    [
        ("C, A, D, B", "CADB"),
        ("C > A > D > B", "CADB"),
        ("1. C\n2. A\n3. D\n4. B", "CADB"),
        ("A lock-in recovers weak signals. Ranking: **C**, A, D, B", "CADB"),
        ("C", "C"),
        ("B. Lead resistance\nA. The current\nC. Capacitance", "BAC"),
        ("(C), (A), (D), (B)", "CADB"),
        ("C is best and A is worst.", ""),
        ("no idea", ""),
    ],
)
def test_orders_are_read(answer: str, read: str) -> None:
    assert order(answer.replace("*", ""), "ABCD") == read


@pytest.mark.parametrize(
    ("answer", "first", "position"),
    [("C, A, D, B", 1, 1), ("A, C, D, B", 0, 2 / 3), ("A, B, D, C", 0, 0), ("A", 0, 0)],
)
def test_the_protocols_examples_come_out(answer: str, first: float, position: float) -> None:
    score = SCORER(asked("ranked", "C, A, D, B"), said(answer))
    row = Row(sample="x", tags={"family": "ranked"}, value=score.value, answer=score.answer)
    assert score.value == first
    assert position_match(row) == pytest.approx(position)


def test_a_command_written_in_full_is_no_match_as_written_where_the_short_form_is_wanted() -> None:
    score = SCORER(asked("command", "OUTP ON"), said("OUTPut ON"))
    row = Row(
        sample="x",
        tags={"family": "command"},
        value=score.value,
        answer=score.answer,
        target="OUTP ON",
    )
    assert FIGURE["command match"]([row]) == 1
    assert FIGURE["command match, as written"]([row]) == 0
    assert FIGURE["position match"]([row]) is None
