"""Which way of evaluating tokens together is right for a model: measured, not guessed.

Not every architecture takes positions, masks and attention as they are given, and its name does
not tell. So a few short texts are evaluated together and alone when a model is opened: first with
attention in groups, then with the model's own attention and one mask; a model that gives other
log-probabilities both ways is evaluated text by text, which is right and slow.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from benchwright.models.decoding.engine import Engine, EngineFailed, TokenBatch
from benchwright.models.hf.attention import GROUPED, register
from benchwright.models.hf.engine import PlainEngine, SharedEngine

SHARED_LAYERS = frozenset({"full_attention", "sliding_attention"})
"""Kinds of layers whose tokens can be told what to look at."""

NOISE = {"float32": 0.01, "float16": 0.25, "bfloat16": 0.5}
"""Largest difference of a log-probability alone and shared, in nats, that is still rounding."""

Logprobs = npt.NDArray[np.float64]


def choose_engine(
    model: Any, plain: PlainEngine, cells: int, dtype: str, *, alone: bool
) -> tuple[SharedEngine | None, str]:
    """Return what evaluates tokens of several requests together, and how, in words.

    Args:
        model: The model of transformers.
        plain: The same, text by text.
        cells: Tokens that the cache is to hold.
        dtype: The model's format.
        alone: Whether the user wants every request by itself.

    Returns:
        The engine, and ``shared, within … nats``; or None, and ``alone: `` with the reason.
    """
    if alone:
        return None, "alone: as asked"
    kinds = set(getattr(model.config.get_text_config(), "layer_types", None) or ()) - SHARED_LAYERS
    if kinds:
        return None, f"alone: layers of kind {', '.join(sorted(kinds))}"
    register()
    reason = ""
    for attention in (GROUPED, plain.attention):
        engine = SharedEngine(model, cells, attention)
        try:
            noise = _noise(engine, plain)
        except EngineFailed as error:
            reason = reason or str(error)
            continue
        if noise <= NOISE[dtype]:
            how = f"shared, within {noise:.1e} nats"
            return engine, f"{how} (one mask: {reason})" if reason else how
        reason = reason or f"shared evaluation differs by {noise:.2g} nats"
    return None, f"alone: {reason}"


def _noise(engine: SharedEngine, plain: PlainEngine) -> float:
    """Return the largest difference of a log-probability alone and shared, in nats.

    Three short texts of fixed random tokens with a common beginning, evaluated both ways, in two
    batches: the second sees what the first evaluated only through the cache.
    """
    draw = np.random.default_rng(0)
    vocabulary = engine.vocabulary
    shared, *tails = (draw.integers(vocabulary, size=n).tolist() for n in (9, 4, 5, 6))
    engine.clear()
    found = _evaluated(engine, {0: shared + tails[0]}, 0)
    for sequence in (1, 2):
        engine.fork(0, sequence, len(shared))
    found |= _evaluated(engine, {1: tails[1], 2: tails[2]}, len(shared))
    engine.clear()
    worst = 0.0
    for sequence, tail in enumerate(tails):
        plain.clear()
        right = _evaluated(plain, {0: shared + tail}, 0)[0][-len(tail) :]
        worst = max(worst, float(np.abs(found[sequence][-len(tail) :] - right).max()))
    plain.clear()
    return worst


def _evaluated(engine: Engine, texts: dict[int, list[int]], begin: int) -> dict[int, Logprobs]:
    """Return, by sequence, the log-probabilities after each token, (tokens, vocabulary)."""
    batch = TokenBatch()
    places = {
        sequence: [
            batch.add(token, position, [sequence], wanted=True)
            for position, token in enumerate(tokens, begin)
        ]
        for sequence, tokens in texts.items()
    }
    engine.decode(batch)
    return {
        sequence: _logprobs(np.stack([engine.row(place) for place in those]))
        for sequence, those in places.items()
    }


def _logprobs(logits: npt.NDArray[np.float32]) -> Logprobs:
    apart = logits.astype(np.float64) - logits.max(-1, keepdims=True)
    found: Logprobs = apart - np.log(np.exp(apart).sum(-1, keepdims=True))
    return found
