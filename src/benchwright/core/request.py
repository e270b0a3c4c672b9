"""What is asked: a frozen value that holds everything deciding the answer except the model."""

from __future__ import annotations

import math
from typing import Literal

from msgspec import Struct
from msgspec.structs import force_setattr

from benchwright.core.content import Audio, Image, Media, Message, Part, Text, Video

Role = Literal["subject", "judge", "helper"]
"""Who is asked: the model under test, a model that judges, or one that makes material."""


class Generation(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """How a text is to be generated. Defaults never change after release: keys rest on them."""

    max_tokens: int = 1024
    """Most new tokens, thinking included."""
    temperature: float = 0.0
    """Sampling temperature; 0 is greedy."""
    top_p: float = 1.0
    """Nucleus sampling threshold."""
    top_k: int = 0
    """Candidates kept before sampling; 0 keeps all."""
    stop: tuple[str, ...] = ()
    """Texts that end the answer; they are not part of it."""
    seed: int | None = None
    """Sampling seed, where the model takes one."""
    response_format: str = ""
    """JSON schema (as text) that the answer must follow, or empty."""
    logprobs: int = 0
    """Top log-probabilities wanted per generated token; 0 wants none."""

    def __post_init__(self) -> None:
        """Give numbers their declared type, so that 0 and 0.0 are one key."""
        for field in ("temperature", "top_p"):
            value = getattr(self, field)
            if type(value) is not float:
                force_setattr(self, field, float(value))
            if not math.isfinite(getattr(self, field)):
                raise ValueError(f"{field} must be a finite number, not {value!r}")


class Tool(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A tool offered to the model."""

    name: str
    """The name that the model calls it by."""
    description: str = ""
    """What it does, for the model to read."""
    parameters: str = "{}"
    """JSON schema of its arguments, as text."""


class Origin(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """Where a request came from: for replaying, logs and errors; never part of a key."""

    benchmark: str = ""
    """Name of the benchmark."""
    sample: str = ""
    """Id of the sample."""
    variant: str = ""
    """Name of the variant; empty for the sample as it is."""
    repeat: int = 0
    """Which outer repeat."""
    step: int = 0
    """Which request of the flow, counted from 0."""


class Request(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One thing asked, complete.

    Exactly one of ``messages`` and ``prompt`` is given, and exactly one of ``generation`` and
    ``continuations``. Text may come in several pieces (``prompt`` is their concatenation, and so
    are adjacent text parts of a message): put what many requests share, such as shots, into
    pieces of its own, and the pool keeps it once.
    """

    messages: tuple[Message, ...] = ()
    """Chat turns; the model's template, if any, renders them."""
    prompt: tuple[str, ...] = ()
    """Raw text, in pieces, that no template ever touches."""
    generation: Generation | None = None
    """How to generate an answer."""
    continuations: tuple[str, ...] = ()
    """Texts whose log-likelihood after the prompt is wanted."""
    tools: tuple[Tool, ...] = ()
    """Tools offered."""
    repeat: tuple[int, int] = (0, 0)
    """(outer repeat set by the engine, inner draw set by the flow)."""
    role: Role = "subject"
    """Who is asked; never part of a key."""
    origin: Origin = Origin()
    """Where it came from; never part of a key."""

    def __post_init__(self) -> None:
        """Refuse a request that asks nothing, or two things."""
        if bool(self.messages) == bool(self.prompt):
            raise ValueError("a request has either messages or a prompt")
        if (self.generation is None) == (not self.continuations):
            raise ValueError("a request has either generation settings or continuations")

    @property
    def prompt_text(self) -> str:
        """The raw prompt as one text; empty for a chat request."""
        return "".join(self.prompt)


def media_of(request: Request) -> list[Media]:
    """Return the media that ``request`` shows, in order."""
    return [
        part.media
        for message in request.messages
        for part in message.parts
        if isinstance(part, (Image, Audio, Video))
    ]


def transcript(request: Request) -> str:
    """Return the request as readable text, for people: turns headed by their role."""
    if request.prompt:
        return request.prompt_text
    turns = []
    for message in request.messages:
        shown = "".join(_shown(part) for part in message.parts)
        turns.append(f"[{message.role}]\n{shown}")
    return "\n\n".join(turns)


def _shown(part: Part) -> str:
    if isinstance(part, Text):
        return part.text
    if isinstance(part, Image):
        return f"<image {part.media.digest[:12]} {part.media.mime} {part.media.size} B>"
    return f"<{type(part).__name__.lower()} {part}>"
