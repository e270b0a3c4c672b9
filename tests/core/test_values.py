from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.core.conditions import Conditions, differences
from benchwright.core.content import Text
from benchwright.core.errors import DataError, DescriptionError, UnknownName, boundary
from benchwright.core.flow import Flow, ask, ask_all, drive
from benchwright.core.measurement import identity
from benchwright.core.request import Generation, Request
from benchwright.core.response import Failure, RequestFailed, Response
from benchwright.core.seeds import derive


def request(text: str) -> Request:
    return Request(prompt=(text,), generation=Generation())


def said(text: str) -> Response:
    return Response(parts=(Text(text),))


def test_a_flow_is_sent_what_it_asked_for() -> None:
    def flow() -> Flow[str]:
        first = yield from ask(request("a"))
        second, third = yield from ask_all([request(first.text), request("c")])
        return first.text + second.text + third.text

    assert drive(flow(), lambda asked: said(asked.prompt_text.upper() + ".")) == "A.A..C."


def test_a_failure_is_thrown_into_the_flow_which_may_go_on() -> None:
    def flow() -> Flow[str]:
        try:
            yield from ask(request("a"))
        except RequestFailed as failed:
            again = yield from ask(request("b"))
            return f"{failed.failure.kind} {again.text}"
        return "answered"

    answers = [Failure(kind="timeout", message="late"), said("second")]
    assert drive(flow(), lambda _: answers.pop(0)) == "timeout second"


def test_an_unhandled_failure_leaves_the_flow() -> None:
    with pytest.raises(RequestFailed, match="timeout: late"):
        drive(ask(request("a")), lambda _: Failure(kind="timeout", message="late"))


def test_the_boundary_names_the_place_and_lets_own_errors_pass() -> None:
    with (
        pytest.raises(DataError, match="mmlu: sample 17: KeyError: 'x'"),
        boundary(DataError, "mmlu: sample 17"),
    ):
        raise KeyError("x")
    with pytest.raises(UnknownName), boundary(DataError, "elsewhere"):
        raise UnknownName("scorer", "exact", ["exact_match"])


def test_an_unknown_name_suggests_the_nearest() -> None:
    assert "Did you mean mmlu" in str(UnknownName("benchmark", "mmul", ["mmlu", "gsm8k"]))
    assert "Known: gsm8k, mmlu" in str(UnknownName("benchmark", "zzz", ["mmlu", "gsm8k"]))


def test_a_description_error_lists_every_problem() -> None:
    assert str(DescriptionError("One.", "Two.")) == "One.\nTwo."


@given(st.lists(st.text(), min_size=2, max_size=2), st.integers())
def test_purposes_of_random_draws_do_not_run_together(parts: list[str], seed: int) -> None:
    joined = "".join(parts)
    assert derive(seed, *parts) != derive(seed, joined)


def test_seeds_are_frozen() -> None:
    assert derive(0, "mmlu", "anatomy/0", "take") == 4549168799164844216


def test_conditions_that_differ_name_the_fields() -> None:
    one = Conditions(solver="multiple_choice@1", ask="letters", shots=5)
    other = Conditions(solver="multiple_choice@1", ask="generate", shots=5)
    assert differences(one, other) == {"ask": ("letters", "generate")}
    assert one.digest() != other.digest()
    assert one.digest() == Conditions(solver="multiple_choice@1", ask="letters", shots=5).digest()


@given(st.text(), st.text())
def test_identities_of_different_samples_differ(one: str, other: str) -> None:
    ids = [identity("k", "b@1", sample, "", 0, "c", "s@1") for sample in (one, other)]
    assert (ids[0] == ids[1]) == (one == other)
