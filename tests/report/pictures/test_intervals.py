from __future__ import annotations

import math
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchwright.analysis.ranking.result import Ranked
from benchwright.report.pictures.intervals import ALL, FIRST, PANEL, intervals
from report.pictures.drawn import HOSTILE, assert_sound, marks, starts, titles, words


def line(place: int, score: float, **other: Any) -> Ranked:
    fields: dict[str, Any] = {
        "model": f"model-{place}", "score": score, "low": score - 0.02, "high": score + 0.02,
        "rank": place, "rank_low": max(place - 1, 1), "rank_high": place + 1,
        "claim_low": max(place - 2, 1), "claim_high": place + 2, "tier": 1 + place // 3,
        "n": 100, "coverage": 1.0,
    }  # fmt: skip
    return Ranked(**{**fields, **other})


def descending(count: int) -> list[Ranked]:
    return [line(place, 0.9 - 0.8 * place / count) for place in range(1, count + 1)]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.floats(-50, 50), min_size=1, max_size=30))
def test_points_stand_in_the_order_of_the_scores_and_every_model_once(scores: list[float]) -> None:
    ordered = sorted(scores, reverse=True)
    lines = [line(place, score) for place, score in enumerate(ordered, 1)]
    picture = intervals(lines)
    score, rank = (starts(mark.get("d", "")) for mark in marks("spot", *picture.drawn))
    across = [x for x, _ in score]
    assert across == sorted(across, reverse=True)
    assert [y for _, y in score] == sorted(y for _, y in score)
    assert [x for x, _ in rank] == sorted(x for x, _ in rank)
    shown = words(*picture.drawn)
    assert all(shown.count(one.model) == 1 for one in lines)
    assert_sound(picture)


def test_a_bar_reaches_from_one_end_of_the_interval_to_the_other() -> None:
    picture = intervals([line(1, 0.5, low=0.0, high=1.0), line(2, 0.25, low=0.25, high=0.25)])
    bars = marks("range", *picture.drawn)[0].get("d", "")
    ((left, right), (same, also)) = [
        (float(low), float(high)) for low, high in re.findall(r"M([\d.]+) [\d.]+H([\d.]+)", bars)
    ]
    points = [x for x, _ in starts(marks("spot", *picture.drawn)[0].get("d", ""))]
    assert left < points[0] < right
    assert math.isclose(points[0] - left, right - points[0], abs_tol=0.2)
    assert same == also == points[1] and math.isclose(same - left, (right - left) / 4, abs_tol=0.2)


def test_a_row_says_score_rank_tier_and_what_it_rests_on() -> None:
    (said,) = titles(*intervals([line(3, 0.5, coverage=0.25)]).drawn)
    assert said == (
        "model-3: 50.0 (48.0 … 52.0); rank 3, by itself 2–4, among all 1–5; tier 2; "
        "100 observations, 25% of the items"
    )


def test_a_band_is_drawn_for_each_tier() -> None:
    picture = intervals(descending(8))
    bands = marks("band", *picture.drawn)
    assert [float(band.get("height", "0")) for band in bands] == [44, 66, 66]
    assert [("plain" in band.get("class", "")) for band in bands] == [False, True, False]


def test_the_phone_shows_the_same_models() -> None:
    picture = intervals(descending(12))
    assert {w for w in words(*picture.narrow) if w.startswith("model-")} == {
        f"model-{place}" for place in range(1, 13)
    }


def test_a_model_of_which_nothing_can_be_said_has_a_row_without_marks() -> None:
    nothing = line(2, math.nan, low=math.nan, high=math.nan)
    picture = intervals([line(1, 0.5), nothing])
    assert len(starts(marks("spot", *picture.drawn)[0].get("d", ""))) == 1
    assert "model-2" in words(*picture.drawn) and "–" in words(*picture.drawn)
    assert "nothing can be said" in titles(*picture.drawn)[1]
    assert_sound(picture)


def test_a_score_without_an_interval_is_hollow_and_the_caption_says_why() -> None:
    unsure = line(2, 0.4, low=-math.inf, high=math.inf)
    picture = intervals([line(1, 0.5), unsure])
    assert len(starts(marks("core", *picture.drawn)[0].get("d", ""))) == 1
    assert "A hollow point has no interval" in picture.caption
    assert "hollow" not in intervals([line(1, 0.5)]).caption
    assert_sound(picture)


@pytest.mark.parametrize("count", [0, 1, PANEL, PANEL + 1])
def test_long_rankings_come_in_pieces_with_their_own_scales(count: int) -> None:
    picture = intervals(descending(count))
    assert len(picture.drawn) == math.ceil(count / PANEL)
    assert all("score, %" in words(piece) for piece in picture.drawn)
    assert_sound(picture)


def test_of_a_thousand_models_the_first_are_drawn_and_the_caption_says_so() -> None:
    picture = intervals(descending(1000))
    assert sum(word.startswith("model-") for word in words(*picture.drawn)) == FIRST < ALL
    assert "the first 100 of 1,000 models" in picture.caption
    assert len(picture.table.rows) == 1000
    assert len(picture.html()) < 200_000


def test_models_that_nothing_ties_together_stand_apart() -> None:
    lines = [line(1, 0.9), line(2, 0.8), line(1, 0.7, component=1, model="other")]
    picture = intervals(lines)
    assert "component 1: 2 models" in words(picture.drawn[0])
    assert "component 2: 1 model" in words(picture.drawn[1])
    assert "share no scale" in picture.caption
    assert "component 1: 2 models" not in words(*intervals(lines[:2]).drawn)


def test_hostile_names_are_shown_as_the_text_they_are() -> None:
    picture = intervals([line(n, 0.5, model=name) for n, name in enumerate(HOSTILE, 1)])
    assert_sound(picture)
    assert "<script>alert(1)</script>" in words(*picture.drawn)
    assert "\\u202egnp.elif\\u202c" in words(*picture.drawn)
    longest = max(words(*picture.drawn), key=len)
    assert len(longest) < 45 and "…" in longest


def test_the_same_ranking_gives_the_same_picture() -> None:
    assert intervals(descending(9)) == intervals(descending(9))
