"""From logits to text: the choice of the next token, and the answer as it grows."""

from __future__ import annotations

import random
from typing import Any

import torch

from benchwright.core.request import Generation
from benchwright.core.response import Finish, TokenLogprob

REPLACEMENT = "\ufffd"
"""What a tokenizer writes for bytes that are not yet, or never, a character."""


def choose(logits: Any, generation: Generation, chance: random.Random) -> int:
    """Return the next token: the most probable, or one drawn at the temperature.

    Temperature first, then the ``top_k`` best, then the fewest of these whose probabilities reach
    ``top_p``; the draw inverts the cumulative distribution in the order of the vocabulary.
    """
    if generation.temperature <= 0:
        return int(logits.argmax())
    share = (logits.double() / generation.temperature).softmax(-1)
    if 0 < generation.top_k < len(share):
        keep = share.topk(generation.top_k).indices
        share = torch.zeros_like(share).scatter_(0, keep, share[keep])
        share /= share.sum()
    if generation.top_p < 1:
        ordered, places = share.sort(descending=True)
        before = ordered.cumsum(0) - ordered
        share[places[before >= max(generation.top_p, 1e-12)]] = 0
    reached = share.cumsum(0)
    drawn = torch.tensor(chance.random(), dtype=reached.dtype, device=reached.device)
    token = int(torch.searchsorted(reached, drawn * reached[-1], right=True))
    return min(token, int(share.nonzero()[-1]))


class Draft:
    """An answer as it grows, token by token."""

    def __init__(
        self,
        tokenizer: Any,
        prompt: list[int],
        generation: Generation,
        *,
        room: int,
        ends: frozenset[int],
        chance: random.Random,
    ) -> None:
        """Answer ``prompt`` in at most ``room`` tokens, or until one of the tokens ``ends``."""
        self._tokenizer = tokenizer
        self._generation = generation
        self._room = room
        self._ends = ends
        self._chance = chance
        # The end of the prompt is decoded along, or a tokenizer that drops the space at the
        # beginning of a text would drop it from the answer.
        self._ids = prompt[-6:]
        self._from = 0
        self._read = len(self._ids)
        self.text = ""
        self.tokens = 0
        self.logprobs: list[TokenLogprob] = []
        self.finish: Finish | None = None
        """Why it ended; None while it grows."""

    def take(self, logits: Any) -> int:
        """Choose the next token from ``logits`` (vocabulary,), write it down and return it."""
        token = choose(logits, self._generation, self._chance)
        self.tokens += 1
        if self._generation.logprobs:
            self._note(logits, token)
        ended = token in self._ends
        if not ended:
            self._ids.append(token)
        full = self.tokens >= self._room
        if self._write(last=ended or full) or ended:
            self.finish = "stop"
        elif full:
            self.finish = "length"
        return token

    def _write(self, *, last: bool) -> bool:
        """Write down what can be read by now; return whether a stop text ended it."""
        known = self._decoded(self._ids[self._from : self._read])
        whole = self._decoded(self._ids[self._from :])
        if whole.endswith(REPLACEMENT) and not last:
            return False
        self._from, self._read = self._read, len(self._ids)
        before = len(self.text)
        self.text += whole[len(known) :]
        found = [
            at
            for stop in self._generation.stop
            if stop and (at := self.text.find(stop, max(0, before - len(stop) + 1))) >= 0
        ]
        if found:
            self.text = self.text[: min(found)]
        return bool(found)

    def _note(self, logits: Any, token: int) -> None:
        logprobs = logits.log_softmax(-1)
        values, rivals = logprobs.topk(min(self._generation.logprobs, len(logprobs)))
        top = zip(map(self._shown, rivals.tolist()), values.tolist(), strict=True)
        self.logprobs.append(
            TokenLogprob(token=self._shown(token), logprob=float(logprobs[token]), top=tuple(top))
        )

    def _shown(self, token: int) -> str:
        shown: str = self._tokenizer.decode([token])
        return shown

    def _decoded(self, ids: list[int]) -> str:
        text: str = self._tokenizer.decode(
            ids, skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return text
