from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.selecting.matrices import answers, table
from benchwright.analysis.agreement.correlation import kendall
from benchwright.analysis.selecting.calibration import calibrate
from benchwright.analysis.selecting.evaluate import (
    estimated,
    evaluate,
    expected_error,
    family_rule,
    first_word,
    fitting,
    folds,
    to_table,
)
from benchwright.analysis.selecting.methods import METHODS
from benchwright.core.errors import DescriptionError, UnknownName


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("Meta-Llama-3-8B", "meta"),
        ("qwen1.5-7b", "qwen"),
        ("GPT4", "gpt"),
        ("gpt-4o+cot", "gpt"),
        ("01-ai/yi", "01-ai/yi"),
        ("", ""),
    ],
)
def test_a_family_is_the_word_that_a_name_begins_with(name: str, family: str) -> None:
    assert first_word(name) == family


def test_a_family_rule_is_an_expression_a_function_or_none() -> None:
    assert family_rule(r"(llama|qwen)-?\d")("my-llama-3-ft") == "llama"
    assert family_rule(r"llama")("gpt") == "gpt"
    assert family_rule("none")("a-1") == family_rule(None)("a-1") == "a-1"
    assert family_rule(lambda name: name[0])("xyz") == "x"
    with pytest.raises(DescriptionError, match="no regular expression"):
        family_rule("(")


@given(st.lists(st.sampled_from("abcdefg"), min_size=2, max_size=40), st.integers(2, 6))
@settings(max_examples=40, deadline=None)
def test_folds_hold_every_model_once_and_no_family_twice(kin: list[str], count: int) -> None:
    names = [f"{family}-{number}" for number, family in enumerate(kin)]
    if len(set(kin)) < 2:
        with pytest.raises(DescriptionError, match="one family"):
            folds(names, count)
        return

    found = folds(names, count, seed=1)

    assert sorted(np.concatenate(found).tolist()) == list(range(len(names)))
    families = [{kin[place] for place in fold} for fold in found]
    assert sum(map(len, families)) == len(set(kin))


def test_every_method_is_scored_and_all_items_have_no_error() -> None:
    learned = table(models=18, items=20)

    found = evaluate(learned, sizes=(5, 20), parts=3)

    assert {line.method for line in found} == {*METHODS, "fluid_adaptive"} == set(fitting(learned))
    for line in found:
        assert line.models == 18
        assert list(line.errors) == sorted(line.errors)
        assert line.mae <= line.rmse
        if line.k == 20:
            assert line.mae < 1e-6
            assert line.tau == pytest.approx(1)
    assert len(to_table(found).rows) == len(found)


def test_errors_shrink_with_items_and_seeds_add_estimates() -> None:
    learned = table(models=24, items=80)

    few, many = evaluate(learned, sizes=(8, 60), methods=("stratified",), seeds=(0, 1, 2))

    assert few.models == many.models == 72
    assert many.mae < few.mae
    assert many.tau > few.tau


def test_scores_without_bounds_are_scored_by_the_methods_that_fit() -> None:
    learned = calibrate(answers(12, 15) * 30, models=[f"{'abcdef'[n % 6]}{n}" for n in range(12)])

    found = evaluate(learned, sizes=(6,), parts=3)

    assert {"random", "stratified", "c_optimal"} < {line.method for line in found}
    assert "fluid" not in {line.method for line in found}


def test_the_expected_error_covers_new_models() -> None:
    scores = answers(220, 80, seed=4)
    names = [f"kin{'abcdefghij'[n % 10]}-{n}" for n in range(220)]
    learned = calibrate(scores[:120], models=names[:120])
    expected = expected_error(learned, 20, method="c_optimal")
    new = scores[120:][:, learned.place]

    estimates = estimated(learned, new, (20,), method="c_optimal")[20]

    error = np.abs(estimates - new.mean(axis=1))
    assert expected.half_width is not None
    assert 0.88 <= float((error <= expected.half_width).mean()) <= 1
    assert expected.tau == pytest.approx(kendall(estimates, new.mean(axis=1)), abs=0.15)


def test_with_few_held_out_models_no_width_is_claimed() -> None:
    assert expected_error(table(models=12), 9, method="random").half_width is None


def test_a_draw_tells_its_own_error() -> None:
    scores = answers(20, 400, seed=3)
    learned = calibrate(scores[:10], groups=[f"g{n % 4}" for n in range(400)])
    new = scores[10:][:, learned.place].astype(float)
    inside = []
    for seed in range(60):
        subset = METHODS["stratified"](learned, 60, seed=seed)
        given = new[:, subset.chosen]
        errors = subset.errors(given)
        assert errors is not None
        inside.append(np.abs(subset.estimates(given) - new.mean(axis=1)) <= 2.0 * errors)

    assert 0.93 <= np.mean(inside) <= 0.985


def test_a_draw_is_right_on_average_whatever_the_new_model_is_like() -> None:
    scores = answers(12, 300, seed=6)
    learned = calibrate(scores)
    strange = 1 - learned.scores[:1].astype(float)  # right where others are wrong
    found = []
    for seed in range(200):
        subset = METHODS["stratified"](learned, 40, seed=seed)
        found.append(float(subset.estimates(strange[:, subset.chosen])[0]))

    assert np.mean(found) == pytest.approx(strange.mean(), abs=0.02)


def test_a_control_variate_makes_a_draw_surer() -> None:
    scores = answers(40, 300, seed=7, spread=2.5)
    learned = calibrate(scores[:20])
    new = scores[20:][:, learned.place].astype(float)
    error: dict[str, list[float]] = {"random": [], "stratified": []}
    for seed in range(30):
        for method, kept in error.items():
            subset = METHODS[method](learned, 40, seed=seed)
            kept.append(np.abs(subset.estimates(new[:, subset.chosen]) - new.mean(axis=1)).mean())

    assert np.mean(error["stratified"]) < 0.85 * np.mean(error["random"])


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(UnknownName, match="fluid"):
        evaluate(table(), sizes=(3,), methods=("flued",))
