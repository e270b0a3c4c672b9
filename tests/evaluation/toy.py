"""A local model made of a hash, exact alone and in the batch unless it is told to be broken."""

from __future__ import annotations

import math
from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from msgspec.structs import replace

from benchwright.core.content import Text
from benchwright.core.model import Ability, Identity, Inbox, Work
from benchwright.core.request import Request
from benchwright.core.response import ContinuationScore, Response, TokenLogprob

ALPHABET = "abcdefgh "


def next_logprobs(context: str) -> np.ndarray:
    seed = blake2b(context.encode(), digest_size=8).digest()
    draws = np.random.default_rng(int.from_bytes(seed, "little")).normal(scale=3.0, size=256)
    return draws - np.log(np.exp(draws).sum())


def place(character: str) -> int:
    return ALPHABET.index(character) if character in ALPHABET else 9 + ord(character) % 247


class ToyModel:
    """A character is a token; ``fault`` says what is wrong, in the batch or everywhere."""

    name = "toy"
    template = "none"
    concurrency = 8
    abilities: frozenset[Ability] = frozenset({"generate", "loglikelihood", "raw", "logprobs"})

    def __init__(self, fault: str = "", *, nats: float = 0.0, form: str = "f32") -> None:
        self.identity = Identity(
            kind="local",
            fields={"engine": "toy", "weights": "w", "format": form},
            notes={"threads": "2", "path": "somewhere"},
        )
        self.fault = fault
        self.nats = nats
        self.trials: list[bool] = []
        self.served = 0
        self.limits = iter([100.0])

    @property
    def work(self) -> Work:
        return Work(tokens=10 * self.served, batches=self.served, seconds=0.0)

    def limit(self) -> float:
        return next(self.limits)

    def trial(self, requests: Sequence[Request], *, plain: bool) -> list[Response]:
        self.trials.append(plain)
        answers = [self.answer(request, batched=not plain) for request in requests]
        if self.fault == "one answer less" and not plain:
            return answers[:-1]
        if self.fault == "answers of neighbours" and not plain:
            alike = [n for n, one in enumerate(requests) if len(one.continuations) == 2]
            moved = list(answers)
            for here, there in zip(alike, alike[1:] + alike[:1], strict=True):
                moved[here] = answers[there]
            return moved
        return answers

    def answer(self, request: Request, *, batched: bool) -> Response:
        context = request.prompt_text
        if request.generation is not None:
            best = int(next_logprobs(context)[: len(ALPHABET)].argmax())
            logprob = float(next_logprobs(context)[best])
            told = (
                () if self.fault == "nothing told" else (TokenLogprob(token="t", logprob=logprob),)
            )
            return Response(parts=(Text(ALPHABET[best]),), logprobs=told)
        scores = [self.score(context, text, batched) for text in request.continuations]
        if self.fault == "one score less" and batched:
            scores = scores[1:]
        asked = len(context)
        return Response(continuations=tuple(scores), tokens_in=asked, tokens_cached=0, tokens_out=1)

    def score(self, context: str, text: str, batched: bool) -> ContinuationScore:
        total = 0.0
        for number, character in enumerate(text):
            before = context + text[:number]
            if self.fault == "one place off":
                before = before[:-1]
            total += float(next_logprobs(before)[place(character)])
        score = ContinuationScore(
            logprob=total, tokens=len(text), bytes=len(text.encode()), greedy=False
        )
        if not batched:
            return score
        if self.fault == "not a number":
            return replace(score, logprob=math.nan)
        if self.fault == "above zero":
            return replace(score, logprob=0.5)
        return replace(score, logprob=total - self.nats)

    def serve(self, inbox: Inbox) -> None:
        while not inbox.closed:
            for asked in inbox.take(8):
                self.served += 1
                inbox.answer(asked, self.answer(asked.request, batched=True))

    def close(self) -> None:
        pass
