"""The limit of the machine: the same backend, full batches, and nothing around them."""

from __future__ import annotations

import time
from typing import Any

import torch

from benchwright.core.errors import ModelError, boundary
from benchwright.models.hf.engine import attend

ROWS = (1, 2, 4)
"""Into how many texts a batch is divided: fewer texts attend to more, more texts to less."""

ROUNDS = 2


def raw_speed(model: Any, attention: str, width: int) -> float:
    """Return the tokens a second of ``model``'s forward pass over ``width`` distinct tokens.

    ``attention`` is the model's own, as transformers calls it.

    Each batch begins with an empty cache and reads the last logits of each text; the fastest of
    ``ROWS`` divisions and ``ROUNDS`` rounds counts, after one batch that does not.

    Raises:
        ModelError: torch failed.
    """
    draw = torch.Generator().manual_seed(0)
    vocabulary = model.config.get_text_config().vocab_size
    best = 0.0
    attend(model, attention)
    with boundary(ModelError, "transformers"), torch.inference_mode():
        for turn in range(-1, ROUNDS):
            for rows in ROWS if turn >= 0 else ROWS[:1]:
                shape = (rows, max(1, width // rows))
                tokens = torch.randint(vocabulary, shape, generator=draw).to(model.device)
                began = time.perf_counter()
                # Copied, so that a graphics card has finished.
                model(tokens, use_cache=False, logits_to_keep=1).logits.cpu()
                if turn >= 0:
                    best = max(best, tokens.numel() / (time.perf_counter() - began))
    return best
