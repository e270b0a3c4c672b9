from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from benchwright.cache import cache_folder
from benchwright.core.errors import BatchDiffers
from benchwright.core.model import Identity, Limited, Metered, Probed
from benchwright.core.response import ContinuationScore, Response
from benchwright.evaluation.probe import (
    BOUNDS,
    DEFAULT_BOUND,
    TEXTS,
    check,
    compare,
    format_of,
    margin,
    probe,
)

from .toy import ToyModel


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCHWRIGHT_CACHE", str(tmp_path / "cache"))


def test_the_toy_offers_all_that_a_local_model_may_offer() -> None:
    assert isinstance(ToyModel(), Probed)
    assert isinstance(ToyModel(), Limited)
    assert isinstance(ToyModel(), Metered)


def test_an_exact_model_differs_by_nothing_and_every_text_is_compared() -> None:
    difference, values = compare(ToyModel())
    assert difference == pytest.approx(0.0, abs=1e-9)
    assert values == sum(len(continuations) for _, continuations in TEXTS) + 2


def test_the_largest_difference_is_found() -> None:
    assert compare(ToyModel(nats=0.013))[0] == pytest.approx(0.013)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("answers of neighbours", "differ by"),
        ("one place off", "differ by"),
        ("one answer less", "got 13 answers"),
        ("one score less", "and got 3"),
        ("not a number", "nan, which is none"),
        ("above zero", "0.5, which is none"),
        ("nothing told", "got 0 log-probabilities"),
    ],
)
def test_what_is_broken_stops_the_run_before_anything_is_asked(fault: str, said: str) -> None:
    model = ToyModel(fault)
    with pytest.raises(BatchDiffers, match=said):
        check(model, plain=False, fresh=False)
    assert model.served == 0
    assert not list(cache_folder().glob("probes/*")), "a failure is not remembered"


@pytest.mark.parametrize(("form", "bound"), [*BOUNDS.items(), ("q3_k", DEFAULT_BOUND)])
def test_the_bound_is_that_of_the_format(form: str, bound: float) -> None:
    found = probe(ToyModel(nats=0.99 * bound, form=form), fresh=False)
    assert found is not None
    assert (found.bound, found.format) == (bound, form)
    with pytest.raises(BatchDiffers, match=form):
        probe(ToyModel(nats=1.01 * bound, form=form), fresh=True)


def test_weights_as_stored_are_judged_by_what_they_are_where_the_model_tells() -> None:
    fields = {"format": "as stored"}
    assert format_of(Identity(kind="local", fields=fields)) == "as stored"
    told = Identity(kind="local", fields=fields, notes={"stored": "BF16"})
    assert format_of(told) == "BF16"
    assert format_of(Identity(kind="local", fields={})) == "unknown format"
    model = ToyModel(nats=0.3, form="as stored")
    assert check(model, plain=False, fresh=False).parity is not None
    model.identity = replace(model.identity, notes={"stored": "F16"})
    with pytest.raises(BatchDiffers, match=r"0\.1 are allowed \(F16\)"):
        check(model, plain=False, fresh=False)


def test_a_second_run_does_not_pay_again_and_a_changed_setting_does() -> None:
    model = ToyModel(nats=0.01)
    first, second = probe(model, fresh=False), probe(model, fresh=False)
    assert len(model.trials) == 3  # together, alone, and the generated tokens alone
    assert first is not None
    assert second is not None
    assert (first.remembered, second.remembered) == (False, True)
    assert second.difference == first.difference
    assert "measured before" in str(second)
    probe(model, fresh=True)
    assert len(model.trials) == 6
    model.identity = replace(model.identity, notes={"threads": "1", "path": "somewhere"})
    probe(model, fresh=False)
    assert len(model.trials) == 9
    model.identity = replace(model.identity, notes={"threads": "1", "path": "elsewhere"})
    probe(model, fresh=False)
    assert len(model.trials) == 9, "the same weights in another folder are the same"


def test_a_damaged_memory_is_measured_again() -> None:
    model = ToyModel()
    probe(model, fresh=False)
    [kept] = cache_folder().glob("probes/*.json")
    kept.write_text(json.dumps({"difference": "much"}))
    again = probe(model, fresh=False)
    assert again is not None
    assert not again.remembered


def test_a_cache_that_cannot_be_written_costs_time_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.write_text("")
    monkeypatch.setenv("BENCHWRIGHT_CACHE", str(file))
    assert probe(ToyModel(), fresh=False) is not None


def test_plain_runs_and_other_kinds_of_models_say_what_was_checked() -> None:
    model = ToyModel("one place off")
    assert "no batch to be checked" in check(model, plain=True, fresh=False).words
    assert model.trials == []
    notes = {"loglikelihood": "the top 20 tokens are right; echo is right"}
    for kind, said in (("served", "when it was opened: the top 20"), ("scripted", "")):
        model.identity = Identity(kind=kind, fields={}, notes=notes)  # type: ignore[arg-type]
        assert said in check(model, plain=False, fresh=False).words
        assert bool(said) == bool(check(model, plain=False, fresh=False).words)


def test_a_local_model_without_a_trial_is_said_to_be_unchecked() -> None:
    class Untried:
        name = "untried"
        identity = Identity(kind="local", fields={})
        abilities = frozenset({"raw", "loglikelihood"})

    found = check(Untried(), plain=False, fresh=False)  # type: ignore[arg-type]
    assert "offers no trial" in found.words
    assert found.noise == 0.0


@given(st.lists(st.floats(-50, 0), min_size=0, max_size=10))
def test_the_margin_is_the_distance_of_the_two_best(values: list[float]) -> None:
    scores = [ContinuationScore(logprob=v, tokens=1, bytes=1, greedy=False) for v in values]
    ranked = sorted(values, reverse=True)
    expected = ranked[0] - ranked[1] if len(ranked) > 1 else None
    assert margin(Response(continuations=tuple(scores))) == expected
