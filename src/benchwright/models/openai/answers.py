"""From what an OpenAI-compatible server says, whole or streamed, to a response."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from benchwright.core.content import Part, Text, ToolCall
from benchwright.core.response import Finish, Response, TokenLogprob
from benchwright.models.serving.failures import AskFailed, Refused, refusal_from
from benchwright.models.serving.reading import Count, decoded
from benchwright.models.serving.thinking import split_thinking

_FINISHES: Mapping[str, Finish] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
}


class _Function(Struct):
    name: str | None = None
    arguments: str | None = None


class _Call(Struct):
    index: int = 0
    id: str | None = None
    function: _Function = msgspec.field(default_factory=_Function)


class _Delta(Struct):
    content: str | list[dict[str, Any]] | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    refusal: str | None = None
    tool_calls: list[_Call] | None = None


class _Choice(Struct):
    index: int = 0
    delta: _Delta | None = None
    message: _Delta | None = None
    text: str | None = None
    finish_reason: str | None = None
    logprobs: dict[str, Any] | None = None


class _Details(Struct):
    cached_tokens: Count | None = None
    reasoning_tokens: Count | None = None


class _Usage(Struct):
    prompt_tokens: Count | None = None
    completion_tokens: Count | None = None
    prompt_tokens_details: _Details | None = None
    completion_tokens_details: _Details | None = None


class _Reply(Struct):
    model: str | None = None
    system_fingerprint: str | None = None
    choices: list[_Choice] | None = None
    usage: _Usage | None = None
    error: Any = None


_decoder = msgspec.json.Decoder(_Reply)


class Draft:
    """An answer while it arrives: fed with JSON, in one piece or in many."""

    def __init__(self, *, split: bool) -> None:
        """Begin; ``split`` says whether ``<think>`` in the text is thinking."""
        self._split = split
        self._begun = time.perf_counter()
        self._first_token: float | None = None
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._refusal: list[str] = []
        self._calls: dict[int, tuple[list[str], list[str], list[str]]] = {}
        self._logprobs: list[TokenLogprob] = []
        self._finish: str | None = None
        self._usage = _Usage()
        self._model = ""
        self._fingerprint = ""

    def whole(self, data: bytes) -> None:
        """Take an answer that came in one piece."""
        self.event(data)
        if self._finish is None:
            self._finish = "other"

    def event(self, data: bytes) -> None:
        """Take the data of one event of a stream.

        Raises:
            AskFailed: it is not what this API says.
            Refused: it is an error.
        """
        if data.strip() == b"[DONE]":
            self._finish = self._finish or "other"
            return
        reply = decoded(_decoder, data)
        if reply.error:
            raise Refused(refusal_from(0, reply.error, {}))
        if reply.choices is None:
            raise AskFailed("garbled", "the answer has no choices")
        self._model = self._model or reply.model or ""
        self._fingerprint = reply.system_fingerprint or self._fingerprint
        self._usage = reply.usage or self._usage
        for choice in reply.choices:
            if choice.index == 0:
                self._take(choice)

    def response(self) -> Response:
        """Return the finished answer.

        Raises:
            AskFailed: it never finished.
        """
        if self._finish is None:
            raise AskFailed("connection", "the stream ended before the answer did")
        text, reasoning = "".join(self._text), "".join(self._reasoning)
        if self._split and not reasoning:
            text, reasoning = split_thinking(text)
        refusal = "".join(self._refusal)
        finish: Finish = "refusal" if refusal else _FINISHES.get(self._finish, "other")
        parts: list[Part] = [Text(text or refusal)] if text or refusal else []
        parts += [
            ToolCall(id="".join(id_), name="".join(name), arguments="".join(arguments))
            for _, (id_, name, arguments) in sorted(self._calls.items())
        ]
        usage = self._usage
        prompt, completion = usage.prompt_tokens_details, usage.completion_tokens_details
        return Response(
            parts=tuple(parts),
            reasoning=reasoning,
            finish=finish,
            logprobs=tuple(self._logprobs),
            tokens_in=usage.prompt_tokens,
            tokens_cached=prompt.cached_tokens if prompt else None,
            tokens_out=usage.completion_tokens,
            tokens_reasoning=completion.reasoning_tokens if completion else None,
            seconds=time.perf_counter() - self._begun,
            first_token_seconds=self._first_token,
            served_model=self._model,
            fingerprint=self._fingerprint,
        )

    def _take(self, choice: _Choice) -> None:
        delta = choice.delta or choice.message or _Delta(content=choice.text)
        text, thought = _said(delta)
        self._text.append(text)
        self._reasoning.append(thought)
        self._refusal.append(delta.refusal or "")
        for call in delta.tool_calls or ():
            # Servers that stream no index send each call whole, so a new id is a new call.
            place = call.index
            while call.id and place in self._calls and "".join(self._calls[place][0]) != call.id:
                place += 1
            pieces = self._calls.setdefault(place, ([], [], []))
            if not pieces[0] and call.id:
                pieces[0].append(call.id)
            pieces[1].append(call.function.name or "")
            pieces[2].append(call.function.arguments or "")
        if choice.message is None and (text or thought or delta.tool_calls):
            self._first_token = self._first_token or time.perf_counter() - self._begun
        if choice.logprobs:
            self._logprobs += token_logprobs(choice.logprobs)
            if any(math.isnan(entry.logprob) for entry in self._logprobs):
                raise AskFailed("garbled", "a generated token came without its log-probability")
        self._finish = choice.finish_reason or self._finish


def _said(delta: _Delta) -> tuple[str, str]:
    """Return (text, thinking) of a delta or message."""
    reasoning = delta.reasoning_content or delta.reasoning or ""
    if not isinstance(delta.content, list):
        return delta.content or "", reasoning
    text = "".join(str(part.get("text", "")) for part in delta.content)
    thoughts = (part.get("thinking") or () for part in delta.content)
    inner = (piece.get("text", "") for thought in thoughts for piece in thought)
    return text, reasoning + "".join(inner)


def token_logprobs(value: dict[str, Any]) -> list[TokenLogprob]:
    """Return log-probabilities in either of the API's forms; NaN stands for one not given.

    Raises:
        AskFailed: they are in neither form.
    """
    try:
        if "content" in value:
            return [
                TokenLogprob(
                    token=entry["token"],
                    logprob=float(entry["logprob"]),
                    top=tuple((e["token"], float(e["logprob"])) for e in entry["top_logprobs"]),
                )
                for entry in value["content"] or ()
            ]
        tops = value.get("top_logprobs") or [None] * len(value["tokens"])
        return [
            TokenLogprob(
                token=token,
                logprob=math.nan if logprob is None else float(logprob),
                top=tuple(sorted((top or {}).items(), key=lambda item: (-item[1], item[0]))),
            )
            for token, logprob, top in zip(
                value["tokens"], value["token_logprobs"], tops, strict=True
            )
        ]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise AskFailed("garbled", f"the log-probabilities cannot be read: {error!r}") from None
