from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchwright.core.model import ModelSettings
from benchwright.core.request import Generation, Request
from benchwright.models.hf import open_model

pytest.importorskip("torch", reason="needs the extra [hf]")
pytest.importorskip("transformers", reason="needs the extra [hf]")

pytestmark = pytest.mark.hf

SMALL = {
    "vocab_size": 400,
    "hidden_size": 32,
    "num_attention_heads": 4,
    "num_hidden_layers": 2,
    "initializer_range": 0.3,
    "bos_token_id": 0,
    "eos_token_id": 1,
    "pad_token_id": 1,
}
GROUPED = {
    **SMALL,
    "intermediate_size": 64,
    "num_key_value_heads": 2,
    "max_position_embeddings": 160,
}
LAYERED = {**GROUPED, "head_dim": 8, "sliding_window": 6}
KINDS: dict[str, dict[str, Any]] = {
    "mistral": {**GROUPED, "sliding_window": 6},
    "gemma3_text": {**LAYERED, "layer_types": ["sliding_attention", "full_attention"]},
    "qwen2": {**LAYERED, "use_sliding_window": True, "max_window_layers": 1},
    "qwen3": {**GROUPED, "head_dim": 8},
    "gpt2": {**SMALL, "n_positions": 160},
    "gpt_neox": {**SMALL, "intermediate_size": 64, "max_position_embeddings": 160},
}
"""Grouped heads, sliding windows in all and in some layers, learned and partial positions."""

PROMPT = "Question: What is the capital of France?\nA. Rome\nB. Paris\n"
REQUESTS = [
    *(
        Request(prompt=(PROMPT, f"{n} Answer:"), continuations=(" A", " B", " Paris fox"))
        for n in range(4)
    ),
    *(Request(prompt=(PROMPT, f"{n} the"), generation=Generation(max_tokens=10)) for n in range(3)),
]


@pytest.mark.parametrize("kind", KINDS)
def test_sharing_changes_nothing_in(
    kind: str, make: Callable[..., Path], ask: Callable[..., list[Any]]
) -> None:
    folder = make(kind, **KINDS[kind])
    shared = open_model(str(folder), ModelSettings(options={"batch": "24"}))
    plain = open_model(str(folder), ModelSettings(plain=True))

    assert shared.sharing.startswith("shared")
    for one, other in zip(ask(shared, REQUESTS), ask(plain, REQUESTS), strict=True):
        assert one.text == other.text
        for left, right in zip(one.continuations, other.continuations, strict=True):
            assert left.logprob == pytest.approx(right.logprob, abs=2e-4)


def test_a_model_that_places_tokens_by_their_order_in_memory_is_asked_text_by_text(
    make: Callable[..., Path], ask: Callable[..., list[Any]]
) -> None:
    bloom = {**SMALL, "n_head": 4, "n_layer": 2, "max_position_embeddings": 160}
    folder = make("bloom", **bloom)
    model = open_model(str(folder), ModelSettings())
    plain = open_model(str(folder), ModelSettings(plain=True))

    assert model.sharing.startswith("alone: ")
    for one, other in zip(ask(model, REQUESTS), ask(plain, REQUESTS), strict=True):
        assert one.text == other.text
        assert one.continuations == other.continuations


def test_a_model_with_a_memory_of_its_own_kind_is_asked_text_by_text(
    make: Callable[..., Path], ask: Callable[..., list[Any]]
) -> None:
    folder = make("lfm2", **GROUPED, layer_types=["conv", "full_attention"])
    model = open_model(str(folder), ModelSettings())

    assert model.sharing == "alone: layers of kind conv"
    assert {answer.finish for answer in ask(model, REQUESTS)} <= {"scored", "stop", "length"}
