from __future__ import annotations

from collections.abc import Sequence
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchwright.analysis.figures import figures, figures_table, interval
from benchwright.core.benchmark import Figure, Row
from benchwright.core.measurement import Outcome


def share(rows: Sequence[Row]) -> float | None:
    return sum(row.value or 0 for row in rows) / len(rows) if rows else None


def pass_at_2(rows: Sequence[Row]) -> float | None:
    by_sample: dict[str, list[float]] = {}
    for row in rows:
        by_sample.setdefault(row.sample, []).append(row.value or 0.0)
    if min(map(len, by_sample.values())) < 2:
        return None
    return sum(
        1 - comb(len(v) - int(sum(v)), 2) / comb(len(v), 2) for v in by_sample.values()
    ) / len(by_sample)


def whole_triples(rows: Sequence[Row]) -> float | None:
    by_triple: dict[str, list[float]] = {}
    for row in rows:
        by_triple.setdefault(row.tags["triple"], []).append(row.value or 0.0)
    full = [min(values) for values in by_triple.values() if len(values) == 3]
    return sum(full) / len(full) if len(full) == len(by_triple) else None


SHARE = Figure(name="share", about="A share.", of=share)


def rows_of(values: Sequence[float], repeats: int = 1) -> list[Row]:
    return [
        Row(sample=f"s{place // repeats}", repeat=place % repeats, value=value)
        for place, value in enumerate(values)
    ]


@settings(max_examples=8, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.randoms())
def test_an_interval_holds_its_value_whatever_the_order_of_rows(values, random) -> None:  # type: ignore[no-untyped-def]
    rows = rows_of(values)
    value, low, high, _ = interval(SHARE, rows)
    assert value == pytest.approx(np.mean(values))
    if low is not None and high is not None:
        assert low <= value <= high
    random.shuffle(rows)
    again = interval(SHARE, rows)
    assert again[1] == pytest.approx(low)
    assert again[2] == pytest.approx(high)


def test_a_sample_drawn_twice_is_two_samples_and_not_one_with_twice_the_repeats() -> None:
    sizes: list[set[int]] = []

    def watch(rows: Sequence[Row]) -> float | None:
        counts: dict[str, int] = {}
        for row in rows:
            counts[row.sample] = counts.get(row.sample, 0) + 1
        sizes.append(set(counts.values()))
        return pass_at_2(rows)

    rows = rows_of([1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0] * 4, repeats=3)
    value, low, high, draws = interval(Figure(name="pass@2", about="x", of=watch), rows)
    assert (value, draws) == (pytest.approx(5 / 9), 1000)
    assert low is not None
    assert high is not None
    assert all(one == {3} for one in sizes)


def test_questions_judged_together_are_drawn_together() -> None:
    rows = [
        Row(sample=f"{t}/{i}", value=float(t % 2), tags={"triple": str(t)})
        for t in range(12) for i in range(3)
    ]  # fmt: skip
    together = Figure(name="genuine", about="x", of=whole_triples, unit="triple")
    value, low, high, _ = interval(together, rows)
    assert value == pytest.approx(0.5)
    assert low is not None
    assert high is not None
    assert low < 0.35
    assert high > 0.65
    alone = Figure(name="genuine", about="x", of=whole_triples)
    assert interval(alone, rows)[1] is None


def test_what_is_undefined_is_none_and_never_nought() -> None:
    nothing = Figure(name="none", about="x", of=lambda rows: None)
    assert interval(nothing, rows_of([1.0, 0.0]))[:3] == (None, None, None)
    nan = Figure(name="nan", about="x", of=lambda rows: float("nan"))
    assert interval(nan, rows_of([1.0, 0.0]))[0] is None


def test_draws_that_all_agree_give_no_interval() -> None:
    assert interval(SHARE, rows_of([0.0] * 30))[:3] == (0.0, None, None)
    assert interval(SHARE, rows_of([1.0]))[:3] == (1.0, None, None)


def test_of_many_rows_groups_are_left_out_in_turn_instead() -> None:
    values = [1.0, 0.0, 0.0] * 2_000
    value, low, high, draws = interval(SHARE, rows_of(values))
    assert (value, draws) == (pytest.approx(1 / 3), 0)
    assert low is not None
    assert high is not None
    width = 2 * 2.02 * np.std(values) / np.sqrt(len(values))
    assert high - low == pytest.approx(width, rel=0.35)
    assert interval(SHARE, rows_of([0.0] * 6_000))[1] is None


@pytest.mark.parametrize("skew", [0.5, 0.85])
def test_intervals_cover_the_truth(skew: float) -> None:
    rng = np.random.default_rng(3)
    cheap = Figure(name="ratio", about="x", of=lambda rows: sum(r.value for r in rows) / len(rows))  # type: ignore[misc]
    covered, tries = 0, 40
    for _ in range(tries):
        _, low, high, _ = interval(cheap, rows_of((rng.random(40) < skew).astype(float)))
        covered += low is not None and high is not None and low <= skew <= high
    assert covered / tries >= 0.88


def test_figures_are_read_from_rows_without_variants_and_passing_failures(pool, row) -> None:  # type: ignore[no-untyped-def]
    pool.add([
        row("s1", 1.0, answer="3 of 4"),
        row("s1", 0.0, variant="rotate:1"),
        row("s2", 0.0, tags={"subject": "law"}),
        row("s3", None, outcome=Outcome.FAILED, failure="timeout"),
        row("s4", None, model="bob", model_key="b" * 32),
    ])  # fmt: skip
    seen: list[Sequence[Row]] = []

    def of(rows: Sequence[Row]) -> float | None:
        seen.append(rows)
        return share([row for row in rows if row.value is not None])

    figure = Figure(name="share", about="A share of 1.", of=of)
    found = figures(pool, lambda name: (figure,) if name == "quiz" else ())
    assert [(one.model, one.value, one.n) for one in found] == [("ada", 0.5, 2), ("bob", None, 1)]
    first = seen[0]
    assert [(r.sample, r.value) for r in first] == [("s1", 1.0), ("s2", 0.0)]
    assert first[0].answer == "3 of 4"
    assert first[1].tags == {"subject": "law"}
    table = figures_table(found)
    assert table is not None
    assert "`share`: A share of 1" in table.caption
    assert "undefined" in table.caption
    assert figures_table([]) is None
    assert figures(pool, lambda name: ()) == []
