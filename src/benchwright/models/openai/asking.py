"""From a request to the body that an OpenAI-compatible server takes."""

from __future__ import annotations

import base64
from typing import Any

import msgspec

from benchwright.core.content import Image, Message, Part, Text, ToolCall, ToolResult, text_of
from benchwright.core.request import Generation, Request, Tool
from benchwright.models.serving.failures import AskFailed
from benchwright.models.serving.loop import ReadMedia


def settings_of(generation: Generation, *, chat: bool, neutral: dict[str, Any]) -> dict[str, Any]:
    """Return the sampling settings of a request, in the server's names.

    ``neutral`` are values of the server's own that switch off what nobody asked for (a server may
    have defaults for top-k, min-p or a repetition penalty); they are sent where they matter.
    """
    settings: dict[str, Any] = {
        "max_tokens": generation.max_tokens,
        "temperature": generation.temperature,
    }
    if generation.temperature > 0 or generation.top_p != 1.0:
        settings["top_p"] = generation.top_p
    settings |= neutral
    if generation.top_k:
        settings["top_k"] = generation.top_k
    if generation.stop:
        settings["stop"] = list(generation.stop)
    if generation.seed is not None:
        settings["seed"] = generation.seed
    if generation.logprobs:
        top = generation.logprobs
        settings |= {"logprobs": True, "top_logprobs": top} if chat else {"logprobs": top}
    return settings


def chat_body(request: Request, read_media: ReadMedia) -> dict[str, Any]:
    """Return messages, tools and response format of a chat request.

    Raises:
        AskFailed: a part, a schema or a tool cannot be put into this API's form.
    """
    messages: list[dict[str, Any]] = []
    for message in request.messages:
        messages += _messages(message, read_media)
    body: dict[str, Any] = {"messages": messages}
    if request.tools:
        body["tools"] = [_tool(tool) for tool in request.tools]
    if request.generation and request.generation.response_format:
        schema = raw_json(request.generation.response_format, "the response format")
        named = {"name": "answer", "strict": True, "schema": schema}
        body["response_format"] = {"type": "json_schema", "json_schema": named}
    return body


def raw_json(text: str, what: str) -> msgspec.Raw:
    """Return JSON text to be sent as it is.

    Raises:
        AskFailed: ``what`` is not JSON.
    """
    try:
        msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise AskFailed("invalid_request", f"{what} is not JSON: {error}") from None
    return msgspec.Raw(text.encode())


def _messages(message: Message, read_media: ReadMedia) -> list[dict[str, Any]]:
    results = [part for part in message.parts if isinstance(part, ToolResult)]
    if results:
        return [
            {"role": "tool", "tool_call_id": result.id, "content": result.text}
            for result in results
        ]
    calls = [part for part in message.parts if isinstance(part, ToolCall)]
    said = [part for part in message.parts if not isinstance(part, ToolCall)]
    turn: dict[str, Any] = {"role": message.role}
    if all(isinstance(part, Text) for part in said):
        turn["content"] = text_of(tuple(said)) if said or not calls else None
    else:
        turn["content"] = [_part(part, read_media) for part in said]
    if calls:
        turn["tool_calls"] = [_tool_call(call) for call in calls]
    return [turn]


def _part(part: Part, read_media: ReadMedia) -> dict[str, Any]:
    if isinstance(part, Text):
        return {"type": "text", "text": part.text}
    if isinstance(part, Image):
        data = base64.b64encode(read_media(part.media)).decode()
        url = f"data:{part.media.mime};base64,{data}"
        return {"type": "image_url", "image_url": {"url": url}}
    raise AskFailed("unsupported", f"{type(part).__name__.lower()} cannot be sent to this API")


def _tool(tool: Tool) -> dict[str, Any]:
    function = {
        "name": tool.name,
        "description": tool.description,
        "parameters": raw_json(tool.parameters, f"the parameters of tool {tool.name}"),
    }
    return {"type": "function", "function": function}


def _tool_call(call: ToolCall) -> dict[str, Any]:
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": call.id, "type": "function", "function": function}
