from __future__ import annotations

import pytest

from benchwright.analysis.adaptive.estimate import Estimate
from benchwright.analysis.adaptive.goal import Rival, judged, read_goal
from benchwright.core.errors import DescriptionError


def estimate(value: float, half: float, n: int = 100, size: int = 1000) -> Estimate:
    return Estimate(
        value=value, low=value - half, high=value + half, how="design", n=n, size=size,
        error=half / 2, df=99.0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "half", "margin"),
    [("2pt", 0.02, 0.01), ("2%", 0.02, 0.01), (".5", 0.5, 0.01), ("rank", None, 0.01),
     ("rank:2pt", None, 0.02), ("RANK:0.03", None, 0.03)],
)  # fmt: skip
def test_goals_read_as_points_units_or_rank(text: str, half: float | None, margin: float) -> None:
    goal = read_goal(text)
    assert goal.half == half
    assert goal.margin == margin


@pytest.mark.parametrize(
    "text", ["", "rank:", "2 points", "0pt", "-1pt", "ranks", "pt", "nan", "1e400"]
)
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(DescriptionError, match="--until"):
        read_goal(text)


def test_a_width_from_few_answers_is_not_believed() -> None:
    assert not judged(read_goal("2pt"), estimate(0.5, 0.01, n=20)).met
    assert judged(read_goal("2pt"), estimate(0.5, 0.01, n=30)).met
    assert not judged(read_goal("2pt"), estimate(0.5, 0.021)).met
    assert judged(read_goal("2pt"), estimate(0.5, 0.5, n=1000)).met


def test_a_place_is_settled_when_all_others_are_apart_or_equal_within_the_margin() -> None:
    goal = read_goal("rank:3pt")
    apart = [Rival(name="a", value=0.9), Rival(name="b", value=0.1)]
    verdict = judged(goal, estimate(0.5, 0.02), apart)
    assert verdict.met
    assert "place 2 of 3" in verdict.why
    near = [*apart, Rival(name="c", value=0.51)]
    assert not judged(goal, estimate(0.5, 0.04), near).met
    settled = judged(goal, estimate(0.5, 0.01), near)
    assert settled.met
    assert "equal within 0.03 with c" in settled.why


def test_more_rivals_want_more_evidence() -> None:
    goal = read_goal("rank")
    few = [Rival(name="a", value=0.545)]
    assert judged(goal, estimate(0.5, 0.04), few).met
    many = [*few, *(Rival(name=str(n), value=0.9) for n in range(30))]
    assert not judged(goal, estimate(0.5, 0.04), many).met


def test_an_unsure_rival_is_harder_to_be_apart_from() -> None:
    goal = read_goal("rank")
    assert judged(goal, estimate(0.5, 0.02), [Rival(name="a", value=0.53)]).met
    assert not judged(goal, estimate(0.5, 0.02), [Rival(name="a", value=0.53, error=0.02)]).met
