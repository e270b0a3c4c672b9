"""From what the messages API says, whole or streamed, to a response."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from benchwright.core.content import Part, Text, ToolCall
from benchwright.core.response import Finish, Response
from benchwright.models.serving.failures import AskFailed, Refused, refusal_from
from benchwright.models.serving.reading import Count, decoded

_FINISHES: Mapping[str, Finish] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "refusal",
}


class _Block(Struct):
    type: str = ""
    text: str = ""
    thinking: str = ""
    id: str = ""
    name: str = ""
    input: msgspec.Raw = msgspec.Raw(b"{}")
    partial_json: str = ""


class _Usage(Struct):
    input_tokens: Count | None = None
    cache_read_input_tokens: Count | None = None
    cache_creation_input_tokens: Count | None = None
    output_tokens: Count | None = None


class _Message(Struct):
    model: str = ""
    content: list[_Block] = []
    stop_reason: str | None = None
    usage: _Usage = msgspec.field(default_factory=_Usage)


class _Delta(_Block):
    stop_reason: str | None = None


class _Event(Struct):
    type: str
    index: int = 0
    message: _Message | None = None
    content_block: _Block | None = None
    delta: _Delta | None = None
    usage: _Usage | None = None
    error: Any = None


_message = msgspec.json.Decoder(_Message)
_event = msgspec.json.Decoder(_Event)


class _Growing(Struct):
    """A content block while it arrives."""

    block: _Block
    text: list[str]
    arguments: list[str]


class Draft:
    """An answer while it arrives: fed with a whole message, or with the events of a stream."""

    def __init__(self) -> None:
        """Begin; time is counted from here."""
        self._begun = time.perf_counter()
        self._first_token: float | None = None
        self._blocks: dict[int, _Growing] = {}
        self._stop_reason: str | None = None
        self._usage = _Usage()
        self._model = ""

    def whole(self, data: bytes) -> None:
        """Take an answer that came in one piece.

        Raises:
            AskFailed: it is not what this API says.
        """
        message = decoded(_message, data)
        if message.stop_reason is None:
            raise AskFailed("garbled", "the answer does not say why it ended")
        self._start(message)
        for place, block in enumerate(message.content):
            self._blocks[place] = _Growing(block, [block.text or block.thinking], [])
        self._stop_reason = message.stop_reason

    def event(self, data: bytes) -> None:
        """Take the data of one event of a stream.

        Raises:
            AskFailed: it is not what this API says.
            Refused: it is an error.
        """
        event = decoded(_event, data)
        if event.type == "error":
            raise Refused(refusal_from(0, {"error": event.error}, {}))
        if event.message is not None:
            self._start(event.message)
        if event.content_block is not None:
            block = event.content_block
            self._blocks[event.index] = _Growing(block, [block.text or block.thinking], [])
        if event.type == "content_block_delta" and event.delta is not None:
            self._grow(event.index, event.delta)
        if event.type == "message_delta":
            self._stop_reason = (event.delta and event.delta.stop_reason) or self._stop_reason
            if event.usage is not None and event.usage.output_tokens is not None:
                self._usage.output_tokens = event.usage.output_tokens

    def response(self) -> Response:
        """Return the finished answer.

        Raises:
            AskFailed: it never finished.
        """
        if self._stop_reason is None:
            raise AskFailed("connection", "the stream ended before the answer did")
        parts: list[Part] = []
        thoughts: list[str] = []
        for _, growing in sorted(self._blocks.items()):
            text = "".join(growing.text)
            if growing.block.type == "thinking":
                thoughts.append(text)
            elif growing.block.type == "tool_use":
                parts.append(_call(growing))
            elif growing.block.type == "text" and text:
                parts.append(Text(text))
        usage = self._usage
        read, made = usage.cache_read_input_tokens or 0, usage.cache_creation_input_tokens or 0
        return Response(
            parts=tuple(parts),
            reasoning="\n\n".join(thoughts),
            finish=_FINISHES.get(self._stop_reason, "other"),
            tokens_in=None if usage.input_tokens is None else usage.input_tokens + read + made,
            tokens_cached=usage.cache_read_input_tokens,
            tokens_out=usage.output_tokens,
            seconds=time.perf_counter() - self._begun,
            first_token_seconds=self._first_token,
            served_model=self._model,
        )

    def _start(self, message: _Message) -> None:
        self._model = message.model
        self._usage = message.usage

    def _grow(self, index: int, delta: _Delta) -> None:
        growing = self._blocks.get(index)
        if growing is None:
            raise AskFailed("garbled", f"a delta came for block {index}, which never began")
        growing.text.append(delta.text or delta.thinking)
        growing.arguments.append(delta.partial_json)
        if self._first_token is None and (delta.text or delta.thinking or delta.partial_json):
            self._first_token = time.perf_counter() - self._begun


def _call(growing: _Growing) -> ToolCall:
    written = "".join(growing.arguments) or bytes(growing.block.input).decode()
    return ToolCall(id=growing.block.id, name=growing.block.name, arguments=written)
