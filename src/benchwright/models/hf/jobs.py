"""One request in work: what must be evaluated for it, and what has come of it so far."""

from __future__ import annotations

import time
from typing import Any

from benchwright.core.canonical import canonical_request, digest
from benchwright.core.content import Text
from benchwright.core.model import Asked
from benchwright.core.request import Request
from benchwright.core.response import ContinuationScore, Response
from benchwright.core.seeds import generator
from benchwright.models.hf.sampling import Draft
from benchwright.models.hf.tokens import Split, Template, Tokens, refused
from benchwright.models.hf.tree import Sequence
from benchwright.models.serving.thinking import split_thinking


class Scoring:
    """A log-likelihood request: the inputs of its continuations, each distinct one once."""

    def __init__(self, asked: Asked, splits: list[Split]) -> None:
        """Ask for the tokens of ``splits``, one per continuation."""
        self.asked = asked
        self.seconds = 0.0
        self.evaluated: set[int] = set()
        """Places of the context that were evaluated for this request."""
        self.targets: dict[tuple[Sequence, int], list[tuple[int, int]]] = {}
        """(sequence, place) → the (continuation, token) whose probability stands there."""
        self._splits = splits
        self._logprobs = [0.0] * len(splits)
        self._greedy = [True] * len(splits)
        inputs: dict[tuple[int, ...], Sequence] = {}
        for number, split in enumerate(splits):
            tokens = tuple(split.tokens[:-1])
            sequence = inputs.setdefault(tokens, Sequence(tokens, split.start - 1))
            sequence.wanted = min(sequence.wanted, split.start - 1)
            for place in range(split.start - 1, len(tokens)):
                wanted = self.targets.setdefault((sequence, place), [])
                wanted.append((number, split.tokens[place + 1]))
        self.sequences = list(inputs.values())
        self._missing = len(self.targets)

    def read(self, targets: list[tuple[int, int]], found: list[tuple[float, bool]]) -> bool:
        """Add what was ``found`` at one place; return whether that was the last."""
        for (number, _), (logprob, greedy) in zip(targets, found, strict=True):
            self._logprobs[number] += logprob
            self._greedy[number] &= greedy
        self._missing -= 1
        return not self._missing

    def response(self) -> Response:
        """Return the scores."""
        lengths = [len(split.tokens) - split.start for split in self._splits]
        context = self._splits[0].start
        texts = self.asked.request.continuations
        return Response(
            continuations=tuple(
                ContinuationScore(
                    logprob=logprob, tokens=length, bytes=len(text.encode()), greedy=greedy
                )
                for logprob, length, text, greedy in zip(
                    self._logprobs, lengths, texts, self._greedy, strict=True
                )
            ),
            boundary_merged=any(split.merged for split in self._splits),
            finish="scored",
            tokens_in=context,
            tokens_cached=context - sum(place < context for place in self.evaluated),
            tokens_out=sum(lengths),
            seconds=self.seconds,
        )


class Writing:
    """A generation request: its prompt, and the answer that grows behind it."""

    def __init__(self, asked: Asked, prompt: list[int], draft: Draft, room: int) -> None:
        """Continue ``prompt`` by at most ``room`` tokens."""
        self.asked = asked
        self.prompt = prompt
        self.draft = draft
        self.room = room
        self.seconds = 0.0
        self.evaluated: set[int] = set()
        """Places of the prompt and answer that were evaluated for this request."""
        self.sequence = Sequence(prompt, len(prompt) - 1, room=len(prompt) + room)
        self._began = time.monotonic()
        self._first: float | None = None

    def take(self, logits: Any) -> bool:
        """Choose the next token; return whether the answer goes on."""
        token = self.draft.take(logits)
        if self._first is None:
            self._first = time.monotonic() - self._began
        if self.draft.finish is not None:
            return False
        self.sequence.tokens.append(token)
        return True

    def response(self) -> Response:
        """Return the answer."""
        draft, count = self.draft, len(self.prompt)
        text, thinking = draft.text, ""
        if self.asked.request.messages:
            text, thinking = split_thinking(text)
        generation = self.asked.request.generation
        short = generation is not None and self.room < generation.max_tokens
        return Response(
            parts=(Text(text),) if text else (),
            reasoning=thinking,
            finish=draft.finish or "other",
            logprobs=tuple(draft.logprobs),
            tokens_in=count,
            tokens_cached=count - sum(place < count for place in self.evaluated),
            tokens_out=draft.tokens,
            seconds=self.seconds,
            first_token_seconds=self._first,
            deviations=(f"max_tokens: the context left room for {self.room}",)
            if short and draft.finish == "length"
            else (),
        )


class Desk:
    """Turns requests into jobs."""

    def __init__(self, tokens: Tokens, template: Template, ends: frozenset[int], longest: int):
        """Read texts of at most ``longest`` tokens; answers end at the tokens ``ends``."""
        self.tokens = tokens
        self.template = template
        self.longest = longest
        self._ends = ends

    def job(self, asked: Asked) -> Scoring | Writing:
        """Return what must be done for ``asked``.

        Raises:
            RequestFailed: it cannot be asked of this model.
        """
        request = asked.request
        if request.tools:
            raise refused("unsupported", "this model is offered no tools")
        text = request.prompt_text if request.prompt else self.template.render(request.messages)
        if request.generation is None:
            return self._scoring(asked, text)
        return self._writing(asked, text)

    def _scoring(self, asked: Asked, text: str) -> Scoring:
        splits = [self.tokens.split(text, each) for each in asked.request.continuations]
        self._check(max(len(split.tokens) - 1 for split in splits))
        return Scoring(asked, splits)

    def _writing(self, asked: Asked, text: str) -> Writing:
        generation = asked.request.generation
        if generation is None or generation.max_tokens < 1:
            raise refused("invalid_request", "max_tokens must be at least 1")
        if generation.response_format:
            raise refused("unsupported", "this model cannot be held to a response format")
        prompt = self.tokens.prompt(text)
        self._check(len(prompt))
        room = min(generation.max_tokens, self.longest - len(prompt) + 1)
        draft = Draft(
            self.tokens.tokenizer,
            prompt,
            generation,
            room=room,
            ends=self._ends,
            chance=generator(generation.seed or 0, "sampling", _purpose(asked.request)),
        )
        return Writing(asked, prompt, draft, room)

    def _check(self, length: int) -> None:
        if length > self.longest:
            raise refused("input_too_long", f"{length} tokens, and the model reads {self.longest}")


def _purpose(request: Request) -> str:
    # The request's own content seeds its draws, so that neither its place in a batch nor what
    # else is asked can change them; two repeats of one prompt are two requests.
    return digest(canonical_request(request))
