from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.benchmarks.stability import (
    FIGURES,
    Confusion,
    confusion,
    determination,
    materials,
    most_stable,
    unique,
)
from benchwright.core.benchmark import Row
from benchwright.core.content import Text
from benchwright.core.measurement import Outcome
from benchwright.core.response import said
from benchwright.core.sample import Sample
from benchwright.scorers.hull_distance import SCORER
from benchwright.scorers.hull_distance_paper import SCORER as PAPER

FIGURE = {figure.name: figure.of for figure in FIGURES}
TRUE = (-0.1, -0.05, 0.02, 0.1, 0.3, -0.2, 0.0, 0.4)
PREDICTED = (-0.2, 0.01, -0.03, 0.2, None, -0.1, -0.01, 0.5)


def rows(true: tuple[float, ...], predicted: tuple[float | None, ...], scorer=SCORER) -> list[Row]:
    found = []
    for number, (distance, guess) in enumerate(zip(true, predicted, strict=True)):
        sample = Sample(
            id=f"wbm-1-{number}",
            input=(Text("?"),),
            target="-1.0",
            tags={"stable": "stable" if distance <= 0 else "unstable", "prototype": "unique"},
            metadata={"hull": repr(distance)},
        )
        score = scorer(sample, said("" if guess is None else repr(guess - distance - 1)))
        found.append(
            Row(
                sample=sample.id,
                tags=sample.tags,
                outcome=Outcome.EMPTY if score.value is None else Outcome.SCORED,
                value=score.value,
                answer=score.answer,
                target=sample.target,
            )
        )
    return found


def test_the_protocols_example_comes_out() -> None:
    given_ = rows(TRUE, PREDICTED)
    assert confusion(unique(materials(given_))) == Confusion(3, 1, 3, 1)
    expected = {"F1": 0.75, "precision": 0.75, "recall": 0.75, "accuracy": 0.75, "DAF": 1.5}
    for name, value in expected.items():
        assert FIGURE[name](given_) == pytest.approx(value)


def test_errors_leave_missing_predictions_out() -> None:
    given_ = rows(TRUE, PREDICTED)
    errors = [p - t for t, p in zip(TRUE, PREDICTED, strict=True) if p is not None]
    assert FIGURE["MAE"](given_) == pytest.approx(sum(map(abs, errors)) / 7)
    assert FIGURE["RMSE"](given_) == pytest.approx(math.sqrt(sum(e * e for e in errors) / 7))
    assert FIGURE["R2"](given_) == pytest.approx(
        determination([(p, t) for t, p in zip(TRUE, PREDICTED, strict=True) if p is not None])
    )


def test_materials_just_above_the_hull_are_stable_only_by_the_papers_rounding() -> None:
    given_ = ((0.0004, 0.2), (0.0003, 0.2))
    assert confusion(materials(rows(*given_))).true_negative == 2
    assert confusion(materials(rows(*given_, scorer=PAPER))).true_positive == 1


def test_the_papers_acceleration_divides_by_the_unrounded_prevalence() -> None:
    given_ = rows((0.0004, -0.1, 0.3, 0.3), (0.0, -0.1, 0.3, 0.3), scorer=PAPER)
    assert FIGURE["precision"](given_) == 1
    assert FIGURE["DAF"](given_) == pytest.approx(1 / 0.25)


def test_the_most_stable_are_unique_ranked_by_prediction_and_missing_ones_come_last() -> None:
    given_ = rows(TRUE, PREDICTED)
    ranked = [material.predicted for material in most_stable(materials(given_))]
    assert ranked[:3] == pytest.approx([-0.2, -0.1, -0.03])
    assert ranked[-1] is None


def test_figures_are_undefined_rather_than_zero_where_nothing_is_predicted_stable() -> None:
    given_ = rows((-0.1, 0.2), (0.3, 0.3))
    assert FIGURE["precision"](given_) is None
    assert FIGURE["F1"](given_) is None
    assert FIGURE["recall"](given_) == 0


@given(
    st.lists(
        st.tuples(
            st.floats(-1, 1).map(lambda e: round(e, 3)),
            st.none() | st.floats(-1, 1).map(lambda e: round(e, 3)),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_counts_add_up_and_the_harmonic_mean_lies_between(pairs) -> None:
    true, predicted = zip(*pairs, strict=True)
    given_ = rows(true, predicted)
    found = confusion(materials(given_))
    assert found.total == len(pairs)
    assert found.prevalence == pytest.approx(sum(e <= 0 for e in true) / len(true))
    if found.f1 is not None and found.precision and found.recall:
        low, high = sorted((found.precision, found.recall))
        assert low - 1e-12 <= found.f1 <= high + 1e-12
