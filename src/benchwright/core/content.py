"""What messages are made of: typed parts, with media named by digest.

Values of which there is one or more a sample say ``gc=False``: they hold texts, numbers and one
another, never a cycle, and the collector need not look at a million of them.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class Media(Struct, frozen=True, gc=False, kw_only=True):
    """A picture, sound or film, named by its content; the bytes live once in the pool."""

    digest: str
    """blake2b-256 of the bytes, in hexadecimal."""
    mime: str
    """MIME type, for example ``image/png``: the model sees it, so it is part of the key."""
    size: int
    """Length in bytes."""


class Text(Struct, frozen=True, gc=False, tag="text"):
    """A piece of text; adjacent pieces are one text, however they are cut."""

    text: str
    """The text as it is, never normalised."""


class Image(Struct, frozen=True, tag="image"):
    """A picture."""

    media: Media
    """Which picture."""


class Audio(Struct, frozen=True, tag="audio"):
    """A sound."""

    media: Media
    """Which sound."""


class Video(Struct, frozen=True, tag="video"):
    """A film."""

    media: Media
    """Which film."""


class ToolCall(Struct, frozen=True, kw_only=True, tag="tool_call"):
    """A model's wish to call a tool."""

    id: str
    """The call's id, as the model gave it."""
    name: str
    """The tool's name."""
    arguments: str
    """The arguments as the model wrote them: JSON text, possibly malformed."""


class ToolResult(Struct, frozen=True, kw_only=True, tag="tool_result"):
    """What a called tool answered."""

    id: str
    """The id of the call that this answers."""
    text: str
    """The tool's output."""
    error: bool = False
    """Whether the tool failed."""


Part = Text | Image | Audio | Video | ToolCall | ToolResult


class Message(Struct, frozen=True, gc=False, kw_only=True):
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant", "tool"]
    """Who speaks."""
    parts: tuple[Part, ...]
    """What is said, in order."""


def text_of(parts: tuple[Part, ...]) -> str:
    """Return the text parts of ``parts`` joined; other parts are left out."""
    texts = [part.text for part in parts if isinstance(part, Text)]
    return texts[0] if len(texts) == 1 else "".join(texts)


def user(*parts: Part | str) -> Message:
    """Return a user's turn of ``parts``; a string stands for a text part."""
    return Message(
        role="user", parts=tuple(Text(part) if isinstance(part, str) else part for part in parts)
    )
