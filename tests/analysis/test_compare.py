from __future__ import annotations

import numpy as np
import pytest

from benchwright.analysis.compare import compare
from benchwright.core.benchmark import Metric
from benchwright.core.errors import DescriptionError, Incomparable, UnknownName


def answers(row, name: str, values, **fields):  # type: ignore[no-untyped-def]
    return [
        row(f"s{i}", value, model=name, model_key=name[0] * 32, **fields)
        for i, value in enumerate(values)
    ]


def test_the_difference_is_paired_by_sample(pool, row) -> None:  # type: ignore[no-untyped-def]
    conditions = pool.save_conditions(ask="letters")
    pool.add(answers(row, "ada", [1.0, 1, 1, 0, 1, 1, 1, 1], conditions=conditions))
    pool.add(answers(row, "bob", [1.0, 0, 1, 0, 1, 0], conditions=conditions))
    (line,) = compare(pool, "ada", "bob").lines
    assert line.value == pytest.approx(2 / 6)
    assert (line.n, line.only_a, line.only_b, line.wins, line.losses) == (6, 2, 0, 2, 0)
    assert (line.score_a, line.score_b) == (pytest.approx(5 / 6), pytest.approx(3 / 6))
    assert line.p_exact == pytest.approx(0.5)  # two discordant pairs, both one way: 2 × (1/2)²


def test_the_p_value_of_differences_is_students(pool, row) -> None:  # type: ignore[no-untyped-def]
    conditions = pool.save_conditions()
    one, other = [3.0, 5.5, 2.0, 9.0], [2.0, 3.0, 2.5, 5.0]
    pool.save_card({"": 4}, Metric())
    pool.add(answers(row, "ada", one, conditions=conditions))
    pool.add(answers(row, "bob", other, conditions=conditions))
    (line,) = compare(pool, "ada", "bob").lines
    away = np.array(one) - other
    t = away.mean() / (away.std(ddof=1) / 2)
    assert line.p_exact is None
    # t = 1.807 with 3 degrees of freedom: the tables give 0.1 at 2.353 and 0.2 at 1.638.
    assert t == pytest.approx(1.807, abs=1e-3)
    assert line.p is not None and 0.16 < line.p < 0.19


def test_swapping_the_models_swaps_the_sign(pool, row) -> None:  # type: ignore[no-untyped-def]
    conditions = pool.save_conditions()
    pool.add(answers(row, "ada", [1.0, 0, 1, 1], conditions=conditions))
    pool.add(answers(row, "bob", [1.0, 1, 0, 0], conditions=conditions))
    (there,), (back,) = compare(pool, "ada", "bob").lines, compare(pool, "bob", "ada").lines
    assert there.value == pytest.approx(-back.value)  # type: ignore[operator]
    assert there.p == pytest.approx(back.p)


def test_variants_and_repeats_are_averaged_within_their_sample(pool, row) -> None:  # type: ignore[no-untyped-def]
    conditions = pool.save_conditions()
    for repeat in range(4):
        pool.add(answers(row, "ada", [1.0, 1.0], conditions=conditions, repeat=repeat))
        pool.add(answers(row, "bob", [1.0, 0.0], conditions=conditions, repeat=repeat))
    (line,) = compare(pool, "ada", "bob").lines
    assert (line.n, line.wins, line.p_exact) == (2, 1, pytest.approx(1.0))


def test_other_conditions_are_refused_with_the_difference_named(pool, row) -> None:  # type: ignore[no-untyped-def]
    zero, five = (pool.save_conditions(ask="letters", shots=shots) for shots in (0, 5))
    pool.add(answers(row, "ada", [1.0, 1], conditions=zero))
    pool.add(answers(row, "bob", [1.0, 0], conditions=five, scorer="choice@2"))
    with pytest.raises(Incomparable) as refused:
        compare(pool, "ada", "bob", on="quiz")
    assert "shots (none and '5')" in str(refused.value)
    assert "scorer ('choice@1' and 'choice@2')" in str(refused.value)


def test_anyway_compares_and_flags_it(pool, row) -> None:  # type: ignore[no-untyped-def]
    zero, five = (pool.save_conditions(ask="letters", shots=shots) for shots in (0, 5))
    pool.add(answers(row, "ada", [1.0, 1], conditions=zero))
    pool.add(answers(row, "bob", [1.0, 0], conditions=five))
    found = compare(pool, "ada", "bob", anyway=True)
    assert found.lines[0].value == pytest.approx(0.5)
    assert "NOT COMPARABLE" in found.to_table().caption


def test_a_named_contrast_may_differ_and_nothing_else(pool, row) -> None:  # type: ignore[no-untyped-def]
    zero, five = (pool.save_conditions(ask="letters", shots=shots) for shots in (0, 5))
    pool.add(answers(row, "ada", [1.0, 1], conditions=zero))
    pool.add(answers(row, "bob", [1.0, 0], conditions=five))
    found = compare(pool, "ada", "bob", contrast="shots")
    assert found.lines[0].forbidden == {}
    assert "shots (none and '5')" in found.to_table().caption
    with pytest.raises(Incomparable, match="differ in ask"):
        compare(pool, "ada", "bob", contrast="ask")


def test_ways_of_asking_are_contrasted_within_a_model(pool, row) -> None:  # type: ignore[no-untyped-def]
    letters = pool.save_conditions(ask="letters", layout="raw: mmlu")
    generate = pool.save_conditions(
        ask="generate", layout="chat: mmlu", generation={"max_tokens": "9"}
    )
    pool.add(answers(row, "ada", [1.0, 1, 0], conditions=letters, scorer="likeliest@1"))
    pool.add(answers(row, "ada", [1.0, 0, 0], conditions=generate, scorer="choice@1"))
    (line,) = compare(pool, "ada", contrast="ask=letters,generate").lines
    assert line.value == pytest.approx(1 / 3)
    assert (line.a, line.b) == ("ada (letters)", "ada (generate)")


def test_circular_and_plain_are_contrasted_within_a_model(pool, row) -> None:  # type: ignore[no-untyped-def]
    conditions = pool.save_conditions(perturbation="rotate@1")
    pool.add(answers(row, "ada", [1.0, 1, 0], conditions=conditions))
    pool.add(answers(row, "ada", [1.0, 0, 0], conditions=conditions, variant="rotate:1"))
    (line,) = compare(pool, "ada", contrast="fold=plain,all").lines
    assert (line.score_a, line.score_b) == (pytest.approx(2 / 3), pytest.approx(1 / 3))


def test_variants_are_contrasted_by_name(pool, row) -> None:  # type: ignore[no-untyped-def]
    conditions = pool.save_conditions(perturbation="rotate@1")
    pool.add(answers(row, "ada", [1.0, 1, 0], conditions=conditions))
    pool.add(answers(row, "ada", [0.0, 0, 0], conditions=conditions, variant="rotate:1"))
    (line,) = compare(pool, "ada", contrast="variant=,rotate:1").lines
    assert line.value == pytest.approx(2 / 3)


def test_another_version_of_the_benchmark_is_another_benchmark(pool, row) -> None:  # type: ignore[no-untyped-def]
    conditions = pool.save_conditions()
    pool.save_card({"": 5}, Metric(), name="quiz@2-xyz")
    pool.add(answers(row, "ada", [1.0], conditions=conditions))
    pool.add(answers(row, "bob", [1.0], conditions=conditions, benchmark="quiz@2-xyz"))
    with pytest.raises(Incomparable, match=r"quiz@1-abc.*quiz@2-xyz"):
        compare(pool, "ada", "bob")


def test_a_name_that_two_models_bear_is_refused_with_both(pool, row) -> None:  # type: ignore[no-untyped-def]
    conditions = pool.save_conditions()
    pool.add([row("s1", conditions=conditions), row("s1", model_key="b" * 32)])
    with pytest.raises(DescriptionError, match=r"ada#aaaaaa, ada#bbbbbb"):
        compare(pool, "ada", "ada")
    pool.add(answers(row, "cat", [1.0, 1], conditions=conditions))
    (line,) = compare(pool, "ada#aaaa", "cat").lines
    assert line.a == "ada#aaaaaa"
    assert compare(pool, "aaaaaaaa", "cat").lines == (line,)


def test_unknown_names_suggest_the_nearest(pool, row) -> None:  # type: ignore[no-untyped-def]
    pool.add(answers(row, "ada", [1.0]) + answers(row, "bob", [1.0]))
    with pytest.raises(UnknownName, match="ada"):
        compare(pool, "adda", "bob")
    with pytest.raises(UnknownName, match="quiz"):
        compare(pool, "ada", "bob", on="quizz")
    with pytest.raises(UnknownName, match="shots"):
        compare(pool, "ada", "bob", contrast="shot")


def test_a_model_is_not_compared_with_itself_without_a_contrast(pool, row) -> None:  # type: ignore[no-untyped-def]
    pool.add(answers(row, "ada", [1.0], conditions=pool.save_conditions()))
    with pytest.raises(Incomparable, match="name another model, or a contrast"):
        compare(pool, "ada")


def test_each_benchmark_has_its_line(pool, row) -> None:  # type: ignore[no-untyped-def]
    conditions = pool.save_conditions()
    pool.save_card({"": 5}, Metric(), name="exam@1-x")
    for name in ("ada", "bob"):
        pool.add(answers(row, name, [1.0, 0], conditions=conditions))
        pool.add(answers(row, name, [0.0, 0], conditions=conditions, benchmark="exam@1-x"))
    assert len(compare(pool, "ada", "bob").lines) == 2
    assert len(compare(pool, "ada", "bob", on="exam").lines) == 1


def test_what_has_no_value_on_one_side_is_no_pair(pool, row) -> None:  # type: ignore[no-untyped-def]
    conditions = pool.save_conditions()
    pool.add(answers(row, "ada", [1.0, 1], conditions=conditions))
    pool.add(answers(row, "bob", [0.0], conditions=conditions))
    pool.add(
        [row("s1", None, model="bob", model_key="b" * 32, conditions=conditions,
             outcome="failed", failure="timeout")]
    )  # fmt: skip
    found = compare(pool, "ada", "bob")
    assert (found.lines[0].n, found.lines[0].pending) == (1, 1)
    assert "INCOMPLETE" in str(found)


def three(pool, row) -> None:  # type: ignore[no-untyped-def]
    conditions = pool.save_conditions()
    pool.save_card({"": 200}, Metric())
    random = np.random.default_rng(0)
    difficulty = random.random(60)
    for name, able in (("ada", 0.9), ("bob", 0.6), ("cat", 0.55)):
        values = (difficulty < able).astype(float)
        values[:4] = random.integers(0, 2, 4)
        pool.add(answers(row, name, values.tolist(), conditions=conditions))


def test_three_models_are_compared_pair_by_pair_with_intervals_that_hold_at_once(pool, row) -> None:  # type: ignore[no-untyped-def]
    three(pool, row)
    found = compare(pool, "ada", "bob", "cat")
    assert [(line.a, line.b) for line in found.lines] == [
        ("ada", "bob"),
        ("ada", "cat"),
        ("bob", "cat"),
    ]
    assert 0.95 < found.level < 0.985  # wider than alone, narrower than Bonferroni's
    for line in found.lines:
        (alone,) = compare(pool, line.a, line.b).lines
        assert (line.value, line.p) == pytest.approx((alone.value, alone.p))
        assert line.low < alone.low and alone.high < line.high
        assert line.p <= line.p_all <= min(1, 3 * line.p)
    assert "p all" in found.to_table().columns
    assert "all 3 lines at once" in found.to_table().caption


def test_several_models_are_compared_the_same_way_every_time(pool, row) -> None:  # type: ignore[no-untyped-def]
    three(pool, row)
    one, again = (compare(pool, "ada", "bob", "cat") for _ in range(2))
    assert one.level == again.level
    assert [line.p_all for line in one.lines] == pytest.approx([line.p_all for line in again.lines])


def test_a_pair_without_common_samples_is_left_out_of_many_and_named(pool, row) -> None:  # type: ignore[no-untyped-def]
    three(pool, row)
    pool.save_card({"": 5}, Metric(), "exam@1")
    pool.add(answers(row, "dan", [1.0, 0, 1], conditions="c0", benchmark="exam@1"))
    found = compare(pool, "ada", "bob", "dan", on="quiz")
    assert [(line.a, line.b) for line in found.lines] == [("ada", "bob")]
    assert any("dan" in note for note in found.notes)


def test_a_model_named_twice_among_several_is_refused(pool, row) -> None:  # type: ignore[no-untyped-def]
    three(pool, row)
    with pytest.raises(DescriptionError, match="more than once: ada"):
        compare(pool, "ada", "bob", "ada")


def test_the_power_of_a_comparison_is_that_of_its_samples(pool, row) -> None:  # type: ignore[no-untyped-def]
    three(pool, row)
    found = compare(pool, "bob", "cat")
    (line,) = found.power().records()
    assert line["difference"] == pytest.approx(abs(found.lines[0].value))
    assert line["needed"] > line["n"] == 60
    (planned,) = found.power(0.3, chance=0.9).records()
    assert planned["chance"] > line["chance"]
    assert planned["needed"] < line["needed"]
