from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchwright.models.decoding.engine import Engine, EngineFailed, TokenBatch

torch = pytest.importorskip("torch", reason="needs the extra [hf]")
transformers = pytest.importorskip("transformers", reason="needs the extra [hf]")

pytestmark = pytest.mark.hf

CELLS = 120
NOISE = 1e-4
"""Nats by which a log-probability in float32 may differ between batches."""


@pytest.fixture(scope="module")
def loaded(folder: Path) -> Any:
    from benchwright.models.hf.attention import register

    register()
    return transformers.AutoModelForCausalLM.from_pretrained(folder).eval()


@pytest.fixture(scope="module", params=["benchwright_grouped", "sdpa", "eager"])
def engine(loaded: Any, request: pytest.FixtureRequest) -> Any:
    from benchwright.models.hf.engine import SharedEngine

    return SharedEngine(loaded, CELLS, request.param)


@pytest.fixture(scope="module")
def alone(loaded: Any) -> Callable[[list[int]], Any]:
    """Return ``alone(tokens)``: the log-probabilities after the last, by transformers itself."""

    def logprobs(tokens: list[int]) -> Any:
        loaded.set_attn_implementation("sdpa")
        with torch.no_grad():
            return loaded(torch.tensor([tokens])).logits[0, -1].log_softmax(-1).numpy()

    return logprobs


def logprobs(row: Any) -> Any:
    apart = row.astype(np.float64) - row.max()
    return apart - np.log(np.exp(apart).sum())


def evaluate(engine: Engine, parts: list[tuple[list[int], int, list[int]]]) -> list[Any]:
    """Evaluate (sequences, first position, tokens) in one batch; the last row of each part."""
    batch = TokenBatch()
    ends = []
    for sequences, begin, tokens in parts:
        places = [
            batch.add(token, place, sequences, wanted=place == begin + len(tokens) - 1)
            for place, token in enumerate(tokens, begin)
        ]
        ends.append(places[-1])
    engine.decode(batch)
    return [logprobs(engine.row(place)) for place in ends]


steps = st.lists(
    st.lists(
        st.tuples(
            st.integers(0, 5),  # which of the texts so far it goes on from
            st.floats(0, 1),  # after how much of it
            st.lists(st.integers(0, 399), min_size=1, max_size=5),
        ),
        min_size=1,
        max_size=4,
    ),
    min_size=1,
    max_size=4,
)


@settings(deadline=None, max_examples=12, suppress_health_check=list(HealthCheck))
@given(steps)
def test_a_random_trie_in_batches_gives_what_every_text_gives_alone(
    engine: Any, alone: Any, steps: list[list[tuple[int, float, list[int]]]]
) -> None:
    engine.clear()
    texts: dict[int, list[int]] = {}
    numbers = itertools.count()
    for step in steps:
        parts = []
        known = list(texts)
        for source, share, tokens in step:
            begun: list[int] = []
            number = next(numbers)
            if known:
                source = known[source % len(known)]
                begun = texts[source][: int(share * len(texts[source]))]
                if begun:
                    engine.fork(source, number, len(begun))
            texts[number] = begun + tokens
            parts.append(([number], len(begun), tokens))
        for (held, _, _), found in zip(parts, evaluate(engine, parts), strict=True):
            assert np.abs(found - alone(texts[held[0]])).max() < NOISE
        if len(texts) > 3:
            dropped = min(texts)
            engine.cut(dropped, 0)
            del texts[dropped]


def test_tokens_shared_within_a_batch_are_evaluated_once(engine: Any, alone: Any) -> None:
    engine.clear()
    parts = [([0, 1], 0, [5, 6, 7]), ([0], 3, [8]), ([1], 3, [9, 10])]

    shared, one, other = evaluate(engine, parts)

    assert np.abs(shared - alone([5, 6, 7])).max() < NOISE
    assert np.abs(one - alone([5, 6, 7, 8])).max() < NOISE
    assert np.abs(other - alone([5, 6, 7, 9, 10])).max() < NOISE
    assert (engine._users > 0).sum() == 6


def test_cells_that_nobody_holds_are_used_again(engine: Any, alone: Any) -> None:
    engine.clear()
    for turn in range(5):
        text = [turn + place for place in range(CELLS // 2)]
        (found,) = evaluate(engine, [([0], 0, text)])
        engine.fork(0, 1, 10)
        engine.cut(0, 0)
        (again,) = evaluate(engine, [([1], 10, [7])])
        engine.cut(1, 0)
        assert np.abs(found - alone(text)).max() < NOISE
        assert np.abs(again - alone([*text[:10], 7])).max() < NOISE
    assert not engine._users.any()


def test_a_full_cache_and_a_gap_are_failures(engine: Any) -> None:
    engine.clear()
    with pytest.raises(EngineFailed, match="full"):
        evaluate(engine, [([0], 0, [1] * (CELLS + 1))])
    with pytest.raises(EngineFailed, match="follow"):
        evaluate(engine, [([0], 3, [1])])


def test_attention_that_asks_for_more_is_refused_not_ignored(loaded: Any) -> None:
    from benchwright.core.errors import ModelError
    from benchwright.models.hf.attention import GROUPED

    attend = transformers.AttentionInterface()[GROUPED]
    layer = loaded.model.layers[0].self_attn
    one = torch.zeros(1, 4, 1, 8)
    for asked in ({"softcap": 50.0}, {"s_aux": one}, {"is_causal": False}, {"sliding_window": 4}):
        with pytest.raises(ModelError, match="attention asks for"):
            attend(layer, one, one, one, torch.zeros(1, 1, 1, 1), **asked)
