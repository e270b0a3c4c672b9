"""A stand-in for the Anthropic messages API that is strict about the form of a question."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from benchwright.testing.servers import toy
from benchwright.testing.servers.openai import prompt_of
from benchwright.testing.servers.standin import Utterance
from benchwright.testing.servers.wire import Received, Reply

_STOPS = {
    "stop": "end_turn",
    "length": "max_tokens",
    "content_filter": "refusal",
    "tool_calls": "tool_use",
}


class _Source(Struct, forbid_unknown_fields=True):
    type: Literal["base64"]
    media_type: Literal["image/png", "image/jpeg", "image/gif", "image/webp"]
    data: str


class _Text(Struct, forbid_unknown_fields=True, tag="text"):
    text: Annotated[str, Meta(min_length=1)]


class _Image(Struct, forbid_unknown_fields=True, tag="image"):
    source: _Source


class _ToolUse(Struct, forbid_unknown_fields=True, tag="tool_use"):
    id: str
    name: str
    input: dict[str, Any]


class _ToolResult(Struct, forbid_unknown_fields=True, tag="tool_result"):
    tool_use_id: str
    content: str
    is_error: bool = False


class _Turn(Struct, forbid_unknown_fields=True):
    role: Literal["user", "assistant"]
    content: str | list[_Text | _Image | _ToolUse | _ToolResult]


class _Tool(Struct, forbid_unknown_fields=True):
    name: Annotated[str, Meta(pattern=r"^[a-zA-Z0-9_-]{1,128}$")]
    input_schema: dict[str, Any]
    description: str = ""


class _Thinking(Struct, forbid_unknown_fields=True):
    type: Literal["enabled", "adaptive"]
    budget_tokens: int = 1024


class _Question(Struct, forbid_unknown_fields=True):
    """The fields of a question that this stand-in knows; any other is refused."""

    model: str
    max_tokens: Annotated[int, Meta(ge=1)]
    messages: Annotated[list[_Turn], Meta(min_length=1)]
    system: str = ""
    temperature: Annotated[float, Meta(ge=0, le=1)] = 1.0
    top_p: float | None = None
    top_k: int | None = None
    stop_sequences: list[str] = []
    stream: bool = False
    tools: list[_Tool] = []
    thinking: _Thinking | None = None
    output_config: dict[str, Any] = {}


class AnthropicProvider:
    """The protocol of the messages API, with answers that are a hash of the prompt."""

    def __init__(
        self, *, model: str = "stand-in", answer: str = "letter", latency: float = 0.0
    ) -> None:
        """Serve ``model``; ``stand-in-latest`` is an alias of any."""
        self.model = model
        self._kind = answer
        self._latency = latency

    def look(self, path: str) -> Reply:
        """Answer what one model's name stands for."""
        name = path.removeprefix("/v1/models/")
        if name not in (self.model, "stand-in-latest"):
            return self.error(404, f"there is no {name}")
        return Reply.json({"type": "model", "id": self.model, "display_name": "Stand-in"})

    def answer(self, received: Received) -> Reply:
        """Answer a well-formed question, by hash of its prompt; refuse any other."""
        if received.path != "/v1/messages":
            return self.error(404, f"there is nothing at {received.path}")
        if not received.headers.get("x-api-key"):
            return self.error(401, "x-api-key header is required")
        if received.headers.get("anthropic-version") != "2023-06-01":
            return self.error(400, "anthropic-version: header is required")
        try:
            question = msgspec.convert(received.body, _Question)
        except msgspec.ValidationError as error:
            return self.error(400, str(error))
        if problem := _problem(question):
            return self.error(400, problem)
        if question.model != self.model:
            return self.error(404, f"model: {question.model}")
        reasoning = "Let me see." if question.thinking else ""
        text = toy.answer(prompt_of(received), self._kind)
        return self.say(received, Utterance(text=text, reasoning=reasoning))

    def say(self, received: Received, said: Utterance) -> Reply:
        """Answer with ``said``, streamed where the client wants that."""
        blocks: list[dict[str, Any]] = []
        if said.reasoning:
            blocks.append({"type": "thinking", "thinking": said.reasoning, "signature": "x"})
        if said.text:
            blocks.append({"type": "text", "text": said.text})
        if said.tool:
            blocks.append({"type": "tool_use", "id": "t1", "name": said.tool, "input": {"x": 1}})
        prompt = prompt_of(received)
        usage = {
            "input_tokens": len(toy.tokens(prompt)),
            "cache_read_input_tokens": 2,
            "output_tokens": len(toy.tokens(said.reasoning + said.text)),
        }
        message = {
            "id": f"msg_{received.number}",
            "type": "message",
            "role": "assistant",
            "model": said.model or self.model,
            "content": blocks,
            "stop_reason": _STOPS[said.finish],
            "stop_sequence": None,
            "usage": usage,
        }
        delay = self._latency * (0.5 + toy.share(prompt, "latency"))
        streamed = isinstance(received.body, dict) and received.body.get("stream")
        reply = _streamed(message) if streamed else Reply.json(message)
        return Reply(chunks=reply.chunks, streamed=reply.streamed, delay=delay)

    def error(self, status: int, message: str) -> Reply:
        """Return an error in the API's form."""
        kinds = {401: "authentication_error", 404: "not_found_error", 429: "rate_limit_error"}
        kind = kinds.get(status, "api_error" if status >= 500 else "invalid_request_error")
        return Reply.json(
            {"type": "error", "error": {"type": kind, "message": message}}, status=status
        )


def _problem(question: _Question) -> str:
    turns = [turn.role for turn in question.messages]
    if turns[0] != "user":
        return "messages: first message must use the user role"
    if any(turns[place] == turns[place - 1] for place in range(1, len(turns))):
        return "messages: roles must alternate"
    if question.thinking and question.temperature != 1.0:
        return "`temperature` may only be set to 1 when thinking is enabled."
    if not all(map(str.strip, question.stop_sequences)):
        return "stop_sequences: each stop sequence must contain non-whitespace"
    if question.top_p is not None:
        return "`temperature` and `top_p` cannot both be specified for this model."
    return ""


def _streamed(message: dict[str, Any]) -> Reply:
    usage = message["usage"]
    start = message | {"content": [], "stop_reason": None, "usage": usage | {"output_tokens": 1}}
    events: list[dict[str, Any]] = [{"type": "message_start", "message": start}, {"type": "ping"}]
    for place, block in enumerate(message["content"]):
        begun, deltas = _pieces(block)
        events.append({"type": "content_block_start", "index": place, "content_block": begun})
        events += [
            {"type": "content_block_delta", "index": place, "delta": delta} for delta in deltas
        ]
        events.append({"type": "content_block_stop", "index": place})
    end = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    output = {"output_tokens": usage["output_tokens"]}
    events.append({"type": "message_delta", "delta": end, "usage": output})
    return Reply.events(*events, {"type": "message_stop"}, names=True, done=False)


def _pieces(block: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    if block["type"] == "text":
        words = toy.tokens(block["text"])
        return block | {"text": ""}, [{"type": "text_delta", "text": word} for word in words]
    if block["type"] == "thinking":
        thoughts = toy.tokens(block["thinking"])
        deltas = [{"type": "thinking_delta", "thinking": word} for word in thoughts]
        return {"type": "thinking", "thinking": "", "signature": ""}, deltas
    written = ('{"x"', ": 1}")
    return block | {"input": {}}, [
        {"type": "input_json_delta", "partial_json": part} for part in written
    ]
