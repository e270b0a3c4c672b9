"""A model behind the messages API, as the engine sees it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from benchwright.core.model import Ability, Identity, Inbox
from benchwright.core.request import Request
from benchwright.core.response import Response
from benchwright.models.anthropic.answers import Draft
from benchwright.models.anthropic.asking import body_of, output_format, settings_of
from benchwright.models.serving.adapting import Adapting, cut_at
from benchwright.models.serving.endpoint import Endpoint, Line, Patience
from benchwright.models.serving.failures import AskFailed, Refused
from benchwright.models.serving.loop import Places, ReadMedia, serve

_DROPPABLE = ("top_k", "top_p", "stop_sequences", "temperature")


class Manner(Struct, frozen=True, kw_only=True):
    """How the API is asked."""

    stream: bool = True
    """Whether answers are streamed, so that the time to the first token is real."""
    effort: str = ""
    """How much the model is to spend; empty leaves the API's own."""
    thinking: str = "off"
    """``off``, ``adaptive``, or the most tokens to think with."""
    patience: Patience = Patience()
    """How long a request may take."""
    places: Places = Places()
    """How many requests go out at once."""


class AnthropicModel:
    """A model that is asked over the messages API."""

    def __init__(
        self,
        name: str,
        model: str,
        endpoints: Sequence[Endpoint],
        manner: Manner,
        identity: Identity,
    ) -> None:
        """Ask ``model`` at ``endpoints`` in this ``manner``, shown as ``name``."""
        self.name = name
        self.concurrency = manner.places.window
        self.identity = identity
        self.template = "the server's own"
        self.abilities: frozenset[Ability] = frozenset({"generate", "chat", "images", "tools"})
        self._model = model
        self._endpoints = endpoints
        self._manner = manner
        self._adapting = Adapting(_DROPPABLE, renamed={})

    def serve(self, inbox: Inbox) -> None:
        """Answer what comes into ``inbox`` until it is closed."""
        serve(inbox, self._endpoints, self.answer, self._manner.places)

    def close(self) -> None:
        """Do nothing: connections live as long as ``serve`` does."""

    async def answer(self, line: Line, request: Request, read_media: ReadMedia) -> Response:
        """Ask one request.

        Raises:
            AskFailed, Refused, OSError, h11.ProtocolError, httpx.HTTPError: what went wrong.
        """
        generation = request.generation
        if generation is None or not request.messages:
            raise AskFailed("unsupported", "the messages API takes chat turns and generates")
        body = {"model": self._model, **body_of(request, read_media), **self._extras(request)}
        settings = settings_of(generation)
        while True:
            adapted = self._adapting.adapt(settings)
            draft = Draft()
            try:
                whole = await line.post("/messages", {**body, **adapted.settings}, draft.event)
            except Refused as refused:
                # Each turn of the loop sends one setting less, so it ends.
                if self._adapting.learn(refused.refusal, adapted.settings):
                    continue
                raise
            if whole or not self._manner.stream:
                draft.whole(whole)
            response = draft.response()
            if response.served_model != self._model:
                raise AskFailed(
                    "wrong_model", f"{self._model} was asked, {response.served_model!r} answered"
                )
            if "stop_sequences" in settings and "stop_sequences" not in adapted.settings:
                response = cut_at(response, generation.stop)
            return replace(response, deviations=adapted.deviations + _not_taken(request))

    def _extras(self, request: Request) -> dict[str, Any]:
        extras: dict[str, Any] = {"stream": True} if self._manner.stream else {}
        if self._manner.thinking == "adaptive":
            extras["thinking"] = {"type": "adaptive"}
        elif self._manner.thinking != "off":
            budget = int(self._manner.thinking)
            extras["thinking"] = {"type": "enabled", "budget_tokens": budget}
        output = {"effort": self._manner.effort} if self._manner.effort else {}
        if request.generation and request.generation.response_format:
            output |= output_format(request.generation)
        return extras | ({"output_config": output} if output else {})


def _not_taken(request: Request) -> tuple[str, ...]:
    """Return what was asked for and this API has no name for."""
    generation = request.generation
    if generation is None:
        return ()
    missing = []
    if generation.seed is not None:
        missing.append(f"seed={generation.seed} was not sent: this API takes none")
    if generation.logprobs:
        missing.append(f"logprobs={generation.logprobs} was not sent: this API gives none")
    return tuple(missing)
