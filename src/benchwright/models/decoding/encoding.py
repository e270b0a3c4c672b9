"""From a request to a job: templates, tokens, BOS, and where the continuation begins.

Raw prompts are text: whatever looks like a control token in them is read as its characters. In a
rendered chat only the template's own control tokens count; what a turn's text spells is kept apart
from them, and so is a continuation.
"""

from __future__ import annotations

import re
from functools import cached_property

import numpy as np

from benchwright.core.canonical import canonical_request, digest
from benchwright.core.content import Text, text_of
from benchwright.core.errors import ModelError
from benchwright.core.model import Asked
from benchwright.core.request import Generation, Request
from benchwright.core.response import Failure, FailureKind
from benchwright.core.seeds import derive
from benchwright.models.decoding.job import Continuation, Job, Read, Track
from benchwright.models.decoding.words import Chat, Words
from benchwright.models.decoding.writing import Writing

_STAND_IN = 0x10_0000
"""First character of the second private-use plane: stands for a control token spelt in a text."""


class Unanswerable(Exception):
    """A request that cannot be asked of this model."""

    def __init__(self, kind: FailureKind, message: str) -> None:
        """Carry the failure that will be the answer."""
        self.failure = Failure(kind=kind, message=message)
        super().__init__(message)


class Encoder:
    """Makes jobs of requests."""

    def __init__(self, words: Words, template: Chat | None, context: int) -> None:
        """Encode for a vocabulary, a template (None: no chat), and ``context`` tokens at most."""
        self._words = words
        self._template = template
        self._context = context

    def job(self, asked: Asked) -> Job:
        """Return ``asked`` as paths of tokens.

        Raises:
            Unanswerable: the request asks for what this model cannot do, or is too long.
        """
        request = asked.request
        try:
            prompt, chat = self._prompt(request)
            if request.generation is not None:
                return self._generation(asked, self._begin(prompt, chat=chat), request.generation)
            return self._continuations(asked, prompt, chat=chat)
        except UnicodeEncodeError as error:
            raise Unanswerable(
                "invalid_request", f"the text holds half a surrogate pair ({error.reason})"
            ) from error

    def _prompt(self, request: Request) -> tuple[str, bool]:
        if request.tools:
            raise Unanswerable("unsupported", "a local model is offered no tools")
        if not request.messages:
            return request.prompt_text, False
        if self._template is None:
            raise Unanswerable("unsupported", "no chat template is in force; give a raw prompt")
        if request.messages[-1].role == "assistant":
            raise Unanswerable("unsupported", "the last turn is the model's own")
        turns = []
        for message in request.messages:
            if not all(isinstance(part, Text) for part in message.parts):
                raise Unanswerable("unsupported", "this model reads text only")
            turns.append({"role": message.role, "content": self._hidden(text_of(message.parts))})
        try:
            return self._template.render(turns), True
        except ModelError as error:
            raise Unanswerable("invalid_request", str(error)) from error

    def _begin(self, text: str, *, chat: bool) -> list[int]:
        """Return the tokens of a context, opened exactly once where the model wants it."""
        opening = self._words.opening
        tokens = self._encode(text, chat=chat)
        if not tokens:
            return opening or [self._words.before_nothing]
        size = len(opening)
        if not size:
            return tokens
        # A template may open the text itself.
        tokens = tokens if tokens[:size] == opening else [*opening, *tokens]
        if tokens[size : 2 * size] == opening:
            raise Unanswerable("invalid_request", "the chat template writes BOS more than once")
        return tokens

    def _continuations(self, asked: Asked, prompt: str, *, chat: bool) -> Job:
        context = prompt.rstrip()
        moved = prompt[len(context) :]
        before = self._begin(context, chat=chat)
        job = Job(asked, len(before))
        tracks: dict[bytes, Track] = {}
        for number, text in enumerate(asked.request.continuations):
            whole = self._joined(context, moved + text, chat=chat)
            job.merged |= whole[: len(before)] != before
            if len(whole) <= len(before):
                raise Unanswerable(
                    "invalid_request",
                    f"continuation {number} ({text[:40]!r}) has no token of its own after the "
                    "context, so it has no log-likelihood",
                )
            self._check_length(len(whole) - 1)
            path = np.array(whole[:-1], np.int32)
            track = tracks.get(path.tobytes())
            if track is None:
                track = tracks[path.tobytes()] = Track(job, path)
            track.reads += [
                Read(track, position, number, whole[position + 1])
                for position in range(len(before) - 1, len(path))
            ]
            job.continuations.append(Continuation(len(text.encode())))
        job.tracks = list(tracks.values())
        for track in job.tracks:
            track.reads.sort(key=lambda read: read.position)
        return job

    def _joined(self, context: str, continuation: str, *, chat: bool) -> list[int]:
        if not context:
            # Nothing to be tokenised together with: the stand-in for an empty context, then the
            # continuation as a text of its own.
            return [*self._begin("", chat=chat), *self._encode(continuation, chat=False)]
        if chat:
            continuation = self._hidden(continuation)
        return self._begin(context + continuation, chat=chat)

    def _generation(self, asked: Asked, tokens: list[int], generation: Generation) -> Job:
        if generation.response_format:
            raise Unanswerable("unsupported", "a local model enforces no response format")
        if generation.max_tokens < 1 or generation.temperature < 0 or "" in generation.stop:
            raise Unanswerable(
                "invalid_request",
                "max_tokens must be at least 1, temperature at least 0, and no stop text empty",
            )
        self._check_length(len(tokens) + 1)
        job = Job(asked, len(tokens))
        track = Track(job, np.array(tokens, np.int32))
        seed = derive(generation.seed or 0, digest(canonical_request(asked.request)), "sampling")
        room = self._context - len(tokens)
        track.writing = Writing(generation, seed, self._words, room)
        track.reads = [Read(track, len(tokens) - 1, 0, -1)]
        job.tracks = [track]
        return job

    def _check_length(self, length: int) -> None:
        if length > self._context:
            raise Unanswerable(
                "input_too_long",
                f"{length} tokens are more than the context of {self._context}; if the model was "
                "trained for more, give --model-option context=N",
            )

    def _encode(self, text: str, *, chat: bool) -> list[int]:
        if not chat:
            return self._words.encode(text, special=False)
        if not any(ord(character) >= _STAND_IN for character in set(text)):
            return self._words.encode(text, special=True)
        # Some turn spells a control token. Cut at the template's own, and read the rest as text.
        tokens: list[int] = []
        for index, piece in enumerate(self._control.split(text)):
            own = bool(index % 2)
            tokens += self._words.encode(piece if own else self._shown(piece), special=own)
        return tokens

    def _hidden(self, text: str) -> str:
        """Return ``text`` with a stand-in for every control token that it spells."""
        if any(ord(character) >= _STAND_IN for character in set(text)):
            raise Unanswerable("invalid_request", "a turn uses characters of private-use plane 16")
        if not self._words.controls:
            return text
        return self._control.sub(
            lambda found: chr(_STAND_IN + self._words.controls.index(found[0])), text
        )

    def _shown(self, text: str) -> str:
        return "".join(
            self._words.controls[ord(character) - _STAND_IN]
            if ord(character) >= _STAND_IN
            else character
            for character in text
        )

    @cached_property
    def _control(self) -> re.Pattern[str]:
        return re.compile(f"({'|'.join(map(re.escape, self._words.controls))})")
