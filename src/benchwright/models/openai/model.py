"""A model behind an OpenAI-compatible server, as the engine sees it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from benchwright.core.model import Ability, Identity, Inbox
from benchwright.core.request import Request
from benchwright.core.response import Response
from benchwright.models.openai.answers import Draft
from benchwright.models.openai.asking import chat_body, settings_of
from benchwright.models.openai.completion import PATH, completer
from benchwright.models.openai.identity import Resolved
from benchwright.models.openai.loglikelihood import Ways, score
from benchwright.models.serving.adapting import Adapting, cut_at
from benchwright.models.serving.endpoint import Endpoint, Line, Patience
from benchwright.models.serving.failures import AskFailed, Refused
from benchwright.models.serving.loop import Places, ReadMedia, serve

_DROPPABLE = (
    "top_p",
    "top_k",
    "min_p",
    "repeat_penalty",
    "repetition_penalty",
    "seed",
    "stop",
    "top_logprobs",
    "logprobs",
    "stream_options",
    "temperature",
)


class Manner(Struct, frozen=True, kw_only=True):
    """How a server is asked."""

    chat: bool = True
    """Whether in chat turns."""
    raw: bool = False
    """Whether in raw prompts."""
    loglikelihood: bool = False
    """Whether log-likelihoods are wanted, and the server's are to be checked."""
    stream: bool = True
    """Whether answers are streamed, so that the time to the first token is real."""
    split_thinking: bool = True
    """Whether ``<think>…</think>`` in an answer is thinking."""
    effort: str = ""
    """How hard a reasoning model is to think; empty leaves the server's own."""
    resolve: str = "list"
    """How the server is asked what the name stands for: ``list``, ``ask`` or ``off``."""
    patience: Patience = Patience()
    """How long a request may take."""
    places: Places = Places()
    """How many requests go out at once."""


class OpenAIModel:
    """A model that is asked over HTTP."""

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        resolved: Resolved,
        manner: Manner,
        ways: Ways,
        identity: Identity,
    ) -> None:
        """Ask ``resolved`` at ``endpoints`` in this ``manner``; ``ways`` are those that passed."""
        self.name = resolved.label
        self.concurrency = manner.places.window
        self.identity = identity
        self.template = "the server's own" if manner.chat else "none"
        self._ways = ways
        self.endpoints = endpoints
        self._resolved = resolved
        self._manner = manner
        self._adapting = Adapting(
            _DROPPABLE,
            renamed={"max_tokens": "max_completion_tokens"},
            silent=frozenset({"stream_options"}),
        )

    @property
    def abilities(self) -> frozenset[Ability]:
        """What can be asked of it, as far as the server tells."""
        abilities: set[Ability] = {"generate", "logprobs"}
        if self._manner.chat:
            abilities |= {"chat", "tools"}
            if self._resolved.images:
                abilities.add("images")
        if self._manner.raw:
            abilities.add("raw")
        if self._ways.top or self._ways.echo:
            abilities.add("loglikelihood")
        return frozenset(abilities)

    def serve(self, inbox: Inbox) -> None:
        """Answer what comes into ``inbox`` until it is closed."""
        serve(inbox, self.endpoints, self.answer, self._manner.places)

    def close(self) -> None:
        """Do nothing: connections live as long as ``serve`` does."""

    async def answer(self, line: Line, request: Request, read_media: ReadMedia) -> Response:
        """Ask one request.

        Raises:
            AskFailed, Refused, OSError, h11.ProtocolError, httpx.HTTPError: what went wrong.
        """
        if request.generation is None:
            return await self._score(line, request)
        chat = bool(request.messages)
        if not (self._manner.chat if chat else self._manner.raw):
            raise AskFailed("unsupported", f"{self.name} is not asked in this form here")
        body = chat_body(request, read_media) if chat else {"prompt": request.prompt_text}
        if self._manner.effort and chat:
            body["reasoning_effort"] = self._manner.effort
        settings = settings_of(request.generation, chat=chat, neutral=dict(self._resolved.neutral))
        if self._manner.stream:
            settings |= {"stream": True, "stream_options": {"include_usage": True}}
        return await self._generate(line, "/chat/completions" if chat else PATH, body, settings)

    async def _generate(
        self, line: Line, path: str, body: dict[str, Any], settings: dict[str, Any]
    ) -> Response:
        while True:
            adapted = self._adapting.adapt(settings)
            draft = Draft(split=path != PATH and self._manner.split_thinking)
            try:
                whole = await line.post(
                    path,
                    {"model": self._resolved.model, **body, **adapted.settings},
                    draft.event,
                )
            except Refused as refused:
                # Each turn of the loop sends one setting less, so it ends.
                if self._adapting.learn(refused.refusal, adapted.settings):
                    continue
                if _filtered(refused):
                    return Response(finish="content_filter", deviations=adapted.deviations)
                raise
            if whole or not self._manner.stream:
                draft.whole(whole)
            response = draft.response()
            self._resolved.refuse_other(response.served_model)
            if "stop" in settings and "stop" not in adapted.settings:
                response = cut_at(response, settings["stop"])
            return replace(response, deviations=adapted.deviations)

    async def _score(self, line: Line, request: Request) -> Response:
        if "loglikelihood" not in self.abilities:
            raise AskFailed("unsupported", "; ".join(self._ways.findings) or "it was not checked")
        begun = time.perf_counter()
        complete = completer(line, self._resolved)
        response = await score(complete, self._ways, request)
        return replace(response, seconds=time.perf_counter() - begun)


def _filtered(refused: Refused) -> bool:
    words = f"{refused.refusal.code} {refused.refusal.message}"
    return refused.refusal.status == 400 and "content_filter" in words
