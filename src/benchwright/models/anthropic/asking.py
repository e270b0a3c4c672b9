"""From a request to the body that the messages API takes."""

from __future__ import annotations

import base64
from typing import Any

import msgspec

from benchwright.core.content import Image, Message, Part, Text, ToolCall, ToolResult, text_of
from benchwright.core.request import Generation, Request, Tool
from benchwright.models.serving.failures import AskFailed
from benchwright.models.serving.loop import ReadMedia


def settings_of(generation: Generation) -> dict[str, Any]:
    """Return the sampling settings of a request, in the API's names.

    Only what differs from sampling everything is sent beside the temperature: newer models take
    one of temperature and top-p, not both.
    """
    settings: dict[str, Any] = {
        "max_tokens": generation.max_tokens,
        "temperature": generation.temperature,
    }
    if generation.top_p != 1.0:
        settings["top_p"] = generation.top_p
    if generation.top_k:
        settings["top_k"] = generation.top_k
    if generation.stop:
        settings["stop_sequences"] = list(generation.stop)
    return settings


def body_of(request: Request, read_media: ReadMedia) -> dict[str, Any]:
    """Return system prompt, turns and tools of a chat request.

    Raises:
        AskFailed: a part, a schema or a tool cannot be put into this API's form.
    """
    systems = [text_of(message.parts) for message in request.messages if message.role == "system"]
    turns: list[dict[str, Any]] = []
    for message in request.messages:
        if message.role == "system":
            continue
        role = "assistant" if message.role == "assistant" else "user"
        blocks = _blocks(message, read_media)
        # Roles must alternate: adjacent turns of one speaker, such as tool results, are one turn.
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"] += blocks
        else:
            turns.append({"role": role, "content": blocks})
    body: dict[str, Any] = {"messages": turns}
    if systems:
        body["system"] = "\n\n".join(systems)
    if request.tools:
        body["tools"] = [_tool(tool) for tool in request.tools]
    return body


def output_format(generation: Generation) -> dict[str, Any]:
    """Return the output format that a response schema asks for.

    Raises:
        AskFailed: the schema is not a JSON object.
    """
    schema = _object(generation.response_format, "the response format")
    return {"format": {"type": "json_schema", "schema": schema}}


def _blocks(message: Message, read_media: ReadMedia) -> list[dict[str, Any]]:
    # Adjacent text parts are one text, however they are cut, and empty blocks are refused.
    blocks: list[dict[str, Any]] = []
    for part in message.parts:
        if not isinstance(part, Text):
            blocks.append(_block(part, read_media))
        elif blocks and blocks[-1]["type"] == "text":
            blocks[-1]["text"] += part.text
        elif part.text:
            blocks.append({"type": "text", "text": part.text})
    return blocks


def _block(part: Part, read_media: ReadMedia) -> dict[str, Any]:
    if isinstance(part, Image):
        data = base64.b64encode(read_media(part.media)).decode()
        source = {"type": "base64", "media_type": part.media.mime, "data": data}
        return {"type": "image", "source": source}
    if isinstance(part, ToolCall):
        arguments = _object(part.arguments, f"the arguments of call {part.id}")
        return {"type": "tool_use", "id": part.id, "name": part.name, "input": arguments}
    if isinstance(part, ToolResult):
        result = {"type": "tool_result", "tool_use_id": part.id, "content": part.text}
        return result | ({"is_error": True} if part.error else {})
    raise AskFailed("unsupported", f"{type(part).__name__.lower()} cannot be sent to this API")


def _tool(tool: Tool) -> dict[str, Any]:
    schema = _object(tool.parameters, f"the parameters of tool {tool.name}")
    described = {"description": tool.description} if tool.description else {}
    return {"name": tool.name, "input_schema": schema, **described}


def _object(text: str, what: str) -> msgspec.Raw:
    try:
        msgspec.json.decode(text, type=dict)
    except msgspec.DecodeError as error:
        raise AskFailed("invalid_request", f"{what}: not a JSON object: {error}") from None
    return msgspec.Raw(text.encode())
