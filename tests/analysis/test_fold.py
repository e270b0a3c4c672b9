from __future__ import annotations

import pytest

from benchwright.analysis.fold import checked
from benchwright.analysis.leaderboard import standings
from benchwright.core.errors import UnknownName
from benchwright.core.measurement import Outcome

GROUPS: dict[str, list[float | None]] = {
    "right": [1.0, 1.0, 1.0],
    "half": [1.0, 1.0, 0.0],
    "shy": [0.0, 1.0, 0.0],
    "never": [0.0, 0.0, 0.0],
}


@pytest.fixture
def folded(pool, row):  # type: ignore[no-untyped-def]
    """Return what the groups fold to, by sample count and value."""

    def fold(name: str, groups: dict[str, list[float | None]] = GROUPS):  # type: ignore[no-untyped-def]
        conditions = pool.save_conditions(perturbation="rotate_choices@1")
        pool.add(
            row(
                sample,
                value,
                variant=f"rotate:{place}" if place else "",
                conditions=conditions,
                outcome=Outcome.FAILED if value is None else Outcome.SCORED,
                failure="timeout" if value is None else "",
            )
            for sample, values in groups.items()
            for place, value in enumerate(values)
        )
        lines = standings(pool, folds=(checked(name),))
        return next(line for line in lines if line.fold.startswith(name + "("))

    return fold


@pytest.mark.parametrize(
    ("fold", "expected"),
    [
        ("all", 1 / 4),
        ("mean", (3 + 2 + 1 + 0) / 12),
        ("min", 1 / 4),
        ("vote", 2 / 4),
        ("gap", ((1 - 1) + (1 - 0.5) + (0 - 0.5) + (0 - 0)) / 4),
    ],
)
def test_folds_make_one_value_of_a_group(folded, fold: str, expected: float) -> None:  # type: ignore[no-untyped-def]
    assert folded(fold).estimate.value == pytest.approx(expected)


def test_a_fold_names_its_perturbation_and_scorer(folded) -> None:  # type: ignore[no-untyped-def]
    assert folded("all").fold == "all(rotate_choices; choice@1)"


@pytest.mark.parametrize(
    ("fold", "n"), [("all", 1), ("min", 1), ("mean", 0), ("gap", 0), ("vote", 1)]
)
def test_an_incomplete_group_counts_only_if_a_member_decides_it(  # type: ignore[no-untyped-def]
    folded, fold: str, n: int
) -> None:
    # One group is decided by its wrong members, the other is not by its right one.
    groups: dict[str, list[float | None]] = {"decided": [0.0, 0.0, None], "open": [1.0, None, None]}
    score = folded(fold, groups).estimate
    assert score.n == n
    assert score.incomplete
    assert score.value == (0.0 if n else None)


def test_a_member_that_was_never_asked_is_missed(pool, row) -> None:  # type: ignore[no-untyped-def]
    conditions = pool.save_conditions(perturbation="rotate_choices@1")
    for model, variants in (("ada", 3), ("bob", 2)):
        pool.add(
            row(
                "s1",
                variant=f"rotate:{place}" if place else "",
                conditions=conditions,
                model=model,
                model_key=model * 4,
            )
            for place in range(variants)
        )
    scores = {line.model: line.estimate for line in standings(pool) if line.fold.startswith("all(")}
    assert scores["ada"].value == 1.0
    assert scores["bob"].value is None


def test_the_plain_score_stands_beside_the_circular_one(folded, pool) -> None:  # type: ignore[no-untyped-def]
    folded("all")
    by_fold = {line.fold: line.estimate for line in standings(pool)}
    assert by_fold["plain"].value == pytest.approx(2 / 4)
    assert by_fold["plain"].n == by_fold["all(rotate_choices; choice@1)"].n == 4


def test_an_unknown_fold_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="Did you mean vote"):
        checked("votes")
