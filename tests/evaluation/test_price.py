from __future__ import annotations

from pathlib import Path

import pytest

from benchwright.core.errors import DescriptionError
from benchwright.core.request import Generation, Request
from benchwright.core.response import Response
from benchwright.evaluation.price import Price, Spent, read_budget, read_price, worst_case


def test_a_price_is_dollars_per_million_tokens() -> None:
    price = read_price("0.5, 2", "any")
    assert price == Price(tokens_in=0.5, tokens_out=2.0)
    assert price is not None
    assert price.of(Response(tokens_in=1_000_000, tokens_out=500_000)) == pytest.approx(1.5)


def test_cached_tokens_have_their_own_price_where_there_is_one() -> None:
    answer = Response(tokens_in=1_000_000, tokens_cached=400_000, tokens_out=0)
    assert Price(tokens_in=1.0, tokens_out=1.0).of(answer) == pytest.approx(1.0)
    assert Price(tokens_in=1.0, tokens_out=1.0, cached=0.1).of(answer) == pytest.approx(0.64)


def test_unknown_tokens_cost_an_unknown_amount_never_nothing() -> None:
    assert Price(tokens_in=1.0, tokens_out=1.0).of(Response(tokens_in=10)) is None


def test_a_price_file_names_its_models(tmp_path: Path) -> None:
    file = tmp_path / "prices.toml"
    file.write_text('["m-1"]\nin = 1\nout = 2\ndate = 2026-11-01\n')
    assert read_price(str(file), "m-1") == Price(tokens_in=1.0, tokens_out=2.0)
    assert read_price(str(file), "m-2") is None
    file.write_text('["m-1"]\nin = 1\n')
    with pytest.raises(DescriptionError, match=r"prices\.toml: m-1"):
        read_price(str(file), "m-1")


def test_a_wrong_price_says_what_it_must_be() -> None:
    with pytest.raises(DescriptionError, match="IN,OUT in dollars"):
        read_price("cheap", "m")


def test_budgets_are_read_and_every_wrong_one_is_named() -> None:
    budget = read_budget(["2usd", "500 requests", "1e6tokens", "30min"])
    assert (budget.usd, budget.requests, budget.tokens, budget.minutes) == (2, 500, 1e6, 30)
    with pytest.raises(DescriptionError) as caught:
        read_budget(["2eur", "much"])
    assert len(caught.value.problems) == 2


def test_a_budget_names_the_bound_that_is_passed() -> None:
    budget = read_budget(["2usd"])
    assert budget.exceeded_by(Spent(usd=2.0)) == ""
    assert budget.exceeded_by(Spent(usd=2.01)) == "usd"
    assert budget.exceeded_by(Spent(requests=1e9)) == ""


def test_the_worst_case_is_no_less_than_any_answer_can_take() -> None:
    request = Request(prompt=("ä" * 50,), generation=Generation(max_tokens=7))
    assert worst_case(request, None).tokens >= 100 + 7
