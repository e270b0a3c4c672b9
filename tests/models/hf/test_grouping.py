from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from benchwright.models.hf.grouping import Costs, Group, Run, groups, union

FREE = Costs(key=0.0, call=0.0)
CHEAP = Costs(key=8.0, call=3000.0)
DEAR = Costs(key=0.0, call=1e12)


@st.composite
def batches(draw: st.DrawFn) -> list[Run]:
    """Runs behind one another: each goes on from some token of an earlier one, or from nothing."""
    slots = iter(draw(st.permutations(range(200))))
    paths: list[list[int]] = [[next(slots) for _ in range(draw(st.integers(0, 9)))]]
    runs: list[Run] = []
    row = 0
    for _ in range(draw(st.integers(1, 8))):
        before = draw(st.sampled_from([[], *paths]))
        begun = before[: draw(st.integers(0, len(before)))]
        size = draw(st.integers(1, 6))
        paths.append([*begun, *(next(slots) for _ in range(size))])
        runs.append(Run(row, row + size, np.array(paths[-1])))
        row += size
    return runs


def seen(found: list[Group], window: int = 0) -> list[set[int]]:
    """What each row of the batch sees, by its slot."""
    rows: list[set[int]] = []
    for group in found:
        assert group.start == len(rows)
        visible = group.visible(window)
        assert visible.shape == (group.end - group.start, len(group.slots))
        rows += [set(group.slots[row].tolist()) for row in visible]
    return rows


def wanted(runs: list[Run], window: int = 0) -> list[set[int]]:
    rows = []
    for run in runs:
        path = run.path.tolist()
        for place in range(len(path) - (run.end - run.start), len(path)):
            first = max(0, place + 1 - window) if window else 0
            rows.append(set(path[first : place + 1]))
    return rows


@given(batches(), st.sampled_from([FREE, CHEAP, DEAR]), st.integers(0, 5))
def test_every_token_sees_its_own_beginning_and_nothing_else(
    runs: list[Run], costs: Costs, window: int
) -> None:
    assert seen(groups(runs, costs), window) == wanted(runs, window)
    assert seen([union(runs)], window) == wanted(runs, window)


@given(batches(), st.sampled_from([FREE, CHEAP, DEAR]))
def test_a_group_without_a_mask_needs_none(runs: list[Run], costs: Costs) -> None:
    for group in groups(runs, costs):
        size = group.end - group.start
        lower = group.visible().shape == (size, size) and np.array_equal(
            group.visible(), np.tril(np.ones((size, size), bool))
        )
        assert group.causal <= lower


def test_questions_behind_a_long_prefix_are_apart_and_short_options_together() -> None:
    prefix = np.arange(500)
    questions = [
        Run(100 * n, 100 * (n + 1), np.r_[prefix, 500 + 100 * n : 600 + 100 * n]) for n in range(4)
    ]
    options = [Run(4 * n, 4 * (n + 1), np.r_[prefix, 500 + 4 * n : 504 + 4 * n]) for n in range(10)]

    assert [len(group.slots) for group in groups(questions, CHEAP)] == [600] * 4
    assert [len(group.slots) for group in groups(options, CHEAP)] == [540]


def test_where_calls_are_dear_all_is_one_group() -> None:
    runs = [Run(n, n + 1, np.array([n])) for n in range(5)]

    assert len(groups(runs, DEAR)) == 1
    assert len(groups(runs, FREE)) == 5
