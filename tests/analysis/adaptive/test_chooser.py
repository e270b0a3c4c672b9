"""Who chooses: the same choices whatever the order of telling, from a record or in one go."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchwright.analysis.adaptive.chooser import Chooser
from benchwright.analysis.adaptive.planning import ENOUGH, Calibration, plan
from benchwright.analysis.adaptive.population import Population, population, random_order
from benchwright.analysis.adaptive.record import Plan
from benchwright.core.errors import DataError

ITEMS, MODELS = 160, 130


def answers(models: int, seed: int = 0) -> np.ndarray:
    draw = np.random.default_rng(seed)
    ability, hard = draw.normal(0, 1.2, (models, 1)), draw.normal(0, 1.2, ITEMS)
    return (draw.random((models, ITEMS)) < 1 / (1 + np.exp(4 * (hard - ability)))).astype(float)


WHOLE = population([f"q{n:03}" for n in range(ITEMS)], strata=["ab"[n % 2] for n in range(ITEMS)])
ALL = answers(MODELS + 1)
MINE = int(np.argsort(ALL.mean(axis=1))[MODELS // 2])
CALIBRATION = Calibration(
    models=tuple(f"m{n:03}" for n in range(MODELS)), scores=np.delete(ALL, MINE, axis=0)
)
NOBODY = Calibration(models=(), scores=np.zeros((0, ITEMS)))
TRUTH = dict(zip(WHOLE.items, ALL[MINE].tolist(), strict=True))


def planned(
    calibration: Calibration, target: float | None = 0.08, whole: Population = WHOLE
) -> Plan:
    order = random_order(whole, seed=1, benchmark="b")
    return plan(whole, calibration, order=order, seed=1, target=target)


STAGED = planned(CALIBRATION)
DRAWN = planned(NOBODY)


def chooser(settled: Plan, **more: object) -> Chooser:
    calibration = CALIBRATION if settled.calibration else NOBODY
    return Chooser(WHOLE, settled, calibration, seed=1, benchmark="b", **more)  # type: ignore[arg-type]


def asked(one: Chooser, batches: int, truth: Mapping[str, float] = TRUTH) -> Chooser:
    for _ in range(batches):
        one.tell({choice.item: truth[choice.item] for choice in one.batch()})
        one.review()
    return one


def test_many_models_are_asked_chosen_items_and_few_random_ones() -> None:
    assert STAGED.procedure == "two-stage"
    assert set(STAGED.calibration).isdisjoint(STAGED.held_out)
    assert len(STAGED.calibration) + len(STAGED.held_out) == MODELS
    few = Calibration(models=CALIBRATION.models[:50], scores=CALIBRATION.scores[:50])
    assert planned(few).procedure == DRAWN.procedure == "stratified"
    assert str(ENOUGH) in planned(few).why
    assert planned(CALIBRATION, target=None).procedure == "stratified"
    assert planned(CALIBRATION, target=0.0001).procedure == "stratified"


@pytest.mark.parametrize("settled", [STAGED, DRAWN], ids=["two-stage", "stratified"])
def test_a_fifth_is_drawn_at_random_and_probabilities_are_told(settled: Plan) -> None:
    one = asked(chooser(settled), 3)
    probes = [choice for choice in one.chosen if choice.stage == "probe"]
    assert len(probes) >= 0.2 * len(one.chosen)
    assert all(0 < choice.probability < 1 for choice in probes)
    assert all(choice.probability == 1 for choice in one.chosen if choice.stage != "probe")
    order = [WHOLE.items[item] for item in random_order(WHOLE, seed=1, benchmark="b")]
    assert [choice.item for choice in probes] == order[: len(probes)]


@pytest.mark.parametrize("settled", [STAGED, DRAWN], ids=["two-stage", "stratified"])
def test_going_on_from_a_record_gives_the_same_choices_and_estimates(settled: Plan) -> None:
    whole = asked(chooser(settled), 4)
    half = asked(chooser(settled), 2)
    again = chooser(settled, chosen=half.chosen)
    again.tell({choice.item: TRUTH[choice.item] for choice in half.chosen})
    again.review()
    assert again.estimate() == half.estimate()
    asked(again, 2)
    assert again.chosen == whole.chosen
    assert again.estimate() == whole.estimate()


@pytest.mark.parametrize("settled", [STAGED, DRAWN], ids=["two-stage", "stratified"])
@given(order=st.randoms(use_true_random=False))
@settings(max_examples=5, deadline=None)
def test_the_order_in_which_answers_arrive_never_matters(settled: Plan, order) -> None:  # type: ignore[no-untyped-def]
    straight, mixed = asked(chooser(settled), 2), chooser(settled)
    for _ in range(2):
        names = [choice.item for choice in mixed.batch()]
        order.shuffle(names)
        for name in names:
            mixed.tell({name: TRUTH[name]})
        mixed.review()
    assert mixed.chosen == straight.chosen
    assert mixed.batch() == straight.batch()
    assert mixed.estimate() == straight.estimate()


def test_what_was_not_chosen_is_not_used() -> None:
    one, other = asked(chooser(DRAWN), 1), asked(chooser(DRAWN), 1)
    other.tell(TRUTH)
    assert one.estimate() == other.estimate()


@pytest.mark.parametrize("settled", [STAGED, DRAWN], ids=["two-stage", "stratified"])
def test_asked_to_the_end_the_score_is_exact(settled: Plan) -> None:
    one = chooser(settled)
    while not one.exhausted:
        asked(one, 1)
    found = one.by_design()
    assert one.batch() == []
    assert found.value == pytest.approx(ALL[MINE].mean())
    assert found.half == pytest.approx(0, abs=1e-12)
    assert found.n == found.size == ITEMS


def test_a_model_better_than_all_is_asked_random_items_instead() -> None:
    perfect = dict.fromkeys(WHOLE.items, 1.0)
    one = asked(chooser(STAGED), 2, perfect)
    assert "stronger" in one.fallback
    assert one.estimate().how == "design"
    assert {choice.stage for choice in one.chosen if choice.batch == 1} == {"probe"}


def test_a_model_unlike_the_others_is_found_out_by_the_probes() -> None:
    # Right on what the design asks, wrong on what it takes for granted.
    one = chooser(STAGED)
    first = one.batch()
    trick = dict.fromkeys(WHOLE.items, 0.0)
    middle = CALIBRATION.scores.mean(axis=1).argsort()[100]
    for choice in first:
        if choice.stage != "probe":
            trick[choice.item] = float(CALIBRATION.scores[middle][WHOLE.items.index(choice.item)])
    one.tell({choice.item: trick[choice.item] for choice in first})
    for _ in range(6):
        one.review()
        if one.fallback:
            break
        known = {c.item for c in one.chosen}
        for choice in one.batch():
            row = CALIBRATION.scores[middle][WHOLE.items.index(choice.item)]
            trick[choice.item] = 0.0 if choice.stage == "probe" else float(row)
            one.tell({choice.item: trick[choice.item]} if choice.item not in known else {})
    assert "probes" in one.fallback
    assert one.estimate().how == "design"


def test_models_that_choices_were_learnt_from_must_be_there() -> None:
    few = Calibration(models=CALIBRATION.models[:50], scores=CALIBRATION.scores[:50])
    with pytest.raises(DataError, match="not complete"):
        Chooser(WHOLE, STAGED, few, seed=1, benchmark="b")


@pytest.mark.parametrize("wrong", [{"nobody": 1.0}, {"q000": float("nan")}])
def test_answers_to_no_item_and_no_numbers_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(DataError, match="no item, or no score"):
        chooser(DRAWN).tell(wrong)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_models_that_all_answer_alike_are_no_trouble(value: float) -> None:
    alike = Calibration(models=CALIBRATION.models, scores=np.full((MODELS, ITEMS), value))
    settled = planned(alike)
    one = Chooser(WHOLE, settled, alike, seed=1, benchmark="b")
    asked(one, 3)
    found = one.estimate()
    assert found.low <= ALL[MINE].mean() <= found.high


def test_a_benchmark_of_one_item_is_asked_and_done() -> None:
    single = population(["only"])
    nobody = Calibration(models=(), scores=np.zeros((0, 1)))
    one = Chooser(single, planned(nobody, whole=single), nobody, seed=1, benchmark="b")
    assert one.estimate().half == np.inf
    (choice,) = one.batch()
    one.tell({choice.item: 1.0})
    assert one.exhausted
    assert (one.estimate().low, one.estimate().high) == (1.0, 1.0)
