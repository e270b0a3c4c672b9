from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchwright.analysis.responses.linkage import FIRM, linkage, weak_links
from benchwright.analysis.responses.table import Group, Responses, Scale, from_matrix

NAN = float("nan")


def table(answered: np.ndarray, group: list[int] | None = None) -> Responses:
    """Make a table in which what is answered scores 1."""
    places = group or [0] * answered.shape[1]
    groups = [Group(name=f"g{n}", scale=Scale.BINARY) for n in range(max(places) + 1)]
    return from_matrix(np.where(answered, 1.0, NAN), groups=groups, group=places)


def components_by_search(answered: np.ndarray) -> set[frozenset[str]]:
    found = []
    left = set(range(len(answered)))
    while left:
        some = {left.pop()}
        grown = True
        while grown:
            items = answered[list(some)].any(axis=0)
            more = {m for m in left if (answered[m] & items).any()}
            grown = bool(more)
            some |= more
            left -= more
        found.append(frozenset(map(str, some)))
    return set(found)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 8), st.integers(1, 12), st.integers(0, 2**32 - 1), st.floats(0.02, 0.6))
def test_components_are_those_of_a_search(models: int, items: int, seed: int, share: float) -> None:
    answered = np.random.default_rng(seed).random((models, items)) < share

    found = linkage(table(answered)).components

    assert {frozenset(names) for names in found} == components_by_search(answered)
    assert [len(names) for names in found] == sorted(map(len, found), reverse=True)


def test_a_long_chain_of_pairs_is_one_component() -> None:
    models = 400
    answered = np.zeros((models, models - 1), dtype=bool)
    for item in range(models - 1):
        answered[[item, item + 1], item] = True
    order = np.random.default_rng(5).permutation(models)

    assert len(linkage(table(answered[order])).components) == 1


def test_models_that_share_nothing_are_said_to_have_no_rank_between_them() -> None:
    answered = np.zeros((5, 6), dtype=bool)
    answered[:2, :3], answered[2:4, 3:5], answered[4, 5] = True, True, True

    found = linkage(table(answered))

    assert found.components == (("0", "1"), ("2", "3"), ("4",))
    assert any("2, 3 share no item with 0, 1" in said for said in found.weak)
    assert any("4" in said and "no rank among the others" in said for said in found.weak)


def test_overlap_counts_models_by_their_smaller_number_of_items() -> None:
    answered = np.ones((6, 20), dtype=bool)
    answered[4:, 11:] = False  # two models have one item only of the second group

    (link,) = linkage(table(answered, [0] * 10 + [1] * 10)).links

    weights = np.array([10, 10, 10, 10, 1, 1])
    assert link.models == 6
    assert link.overlap == pytest.approx(weights.sum() ** 2 / (weights**2).sum())


def bridged(bridge: int, models: int = 24, items: int = 40) -> np.ndarray:
    """Half of the models have one group, half the other, and ``bridge`` of them both."""
    answered = np.zeros((models, 2 * items), dtype=bool)
    answered[: (models + bridge) // 2, :items] = True
    answered[(models - bridge) // 2 :, items:] = True
    return answered


@pytest.mark.parametrize(("bridge", "weak"), [(2, True), (4, True), (6, False), (24, False)])
def test_a_weak_tie_is_named_where_some_model_rests_on_it(bridge: int, weak: bool) -> None:
    found = linkage(table(bridged(bridge), [0] * 40 + [1] * 40))

    assert bool(found.weak) is weak
    assert len(weak_links(found)) == weak
    assert found.links[0].overlap == bridge
    assert (bridge < FIRM) is weak


def test_few_models_that_answered_everything_are_not_weakly_tied() -> None:
    found = linkage(table(np.ones((2, 6), dtype=bool), [0, 0, 1, 1, 2, 2]))

    assert found.weak == ()


def test_a_firm_way_by_a_third_group_makes_a_thin_direct_tie_harmless() -> None:
    answered = np.zeros((20, 30), dtype=bool)
    answered[:10, :10] = True
    answered[:, 10:20] = True
    answered[9:, 20:] = True

    found = linkage(table(answered, [0] * 10 + [1] * 10 + [2] * 10))

    assert {(link.a, link.b): link.models for link in found.links} == {
        ("g0", "g1"): 10, ("g0", "g2"): 1, ("g1", "g2"): 11,
    }  # fmt: skip
    assert found.weak == ()


def test_the_thinner_the_tie_the_worse_the_ranking() -> None:
    from benchwright.analysis.agreement.correlation import kendall
    from benchwright.analysis.estimators.choice import fit

    def tau(bridge: int, seed: int) -> float:
        """Rank models of which the stronger half was asked the harder group."""
        rng = np.random.default_rng(seed)
        ability = np.sort(rng.normal(0, 0.7, (24, 1)), axis=0)
        own = rng.normal(0, 0.35, (24, 2)).repeat(40, axis=1)
        harder = 1.5 * (np.arange(80) >= 40)
        chance = 1 / (1 + np.exp(-(ability + own - rng.normal(0, 1, 80) - harder)))
        scores = (rng.random((24, 80)) < chance).astype(float)
        thinned = from_matrix(
            np.where(bridged(bridge), scores, NAN),
            groups=[Group(name=f"g{n}", scale=Scale.BINARY) for n in range(2)],
            group=[0] * 40 + [1] * 40,
        )
        return float(kendall(fit(thinned, "rasch")[0].scores, chance.mean(axis=1)))

    mean = [np.mean([tau(bridge, seed) for seed in range(12)]) for bridge in (1, 5, 12)]

    assert mean[0] + 0.08 < mean[1] < mean[2] - 0.05
