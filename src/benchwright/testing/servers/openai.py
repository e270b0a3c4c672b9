"""An OpenAI-compatible stand-in: chat, completions with log-probabilities and echo, models."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, Literal

from benchwright.testing.servers import toy
from benchwright.testing.servers.standin import Utterance
from benchwright.testing.servers.wire import Received, Reply

Echo = Literal["honest", "shifted", "ignored"]
"""What ``echo`` gives: the truth, log-probabilities one place off, or nothing at all."""

Generated = Literal["honest", "shifted", "dropped"]
"""Log-probabilities of generated tokens: the truth, one place off, or null."""

_SHARED = {
    "model": str,
    "max_tokens": int,
    "temperature": float,
    "top_p": float,
    "top_k": int,
    "min_p": float,
    "stop": list,
    "seed": int,
    "stream": bool,
    "stream_options": dict,
}
_CHAT = {
    **_SHARED,
    "messages": list,
    "max_completion_tokens": int,
    "logprobs": bool,
    "top_logprobs": int,
    "tools": list,
    "response_format": dict,
    "reasoning_effort": str,
}
_COMPLETIONS = {**_SHARED, "prompt": str, "logprobs": int, "echo": bool}


class OpenAIProvider:
    """The protocol of an OpenAI-compatible server, with answers that are a hash of the prompt."""

    def __init__(
        self,
        *,
        model: str = "stand-in",
        root: str = "benchwright/stand-in",
        answer: str = "letter",
        latency: float = 0.0,
        refuses: Collection[str] = (),
        echo: Echo = "honest",
        generated: Generated = "honest",
        cached: int | None = None,
        most_logprobs: int = 20,
        completions: bool = True,
    ) -> None:
        """Serve ``model``, whose weights are called ``root`` (empty: the server does not tell).

        ``answer`` is ``letter``, ``number``, ``echo`` or a text; ``latency`` the mean seconds of
        an answer. ``refuses`` names settings that get a 400, as reasoning models give;
        ``cached`` is how many tokens of a prompt it says it had (None: it does not say).
        """
        self.model = model
        self._root = root
        self._kind = answer
        self._latency = latency
        self._refuses = frozenset(refuses)
        self._echo = echo
        self._generated = generated
        self._cached = cached
        self._most_logprobs = most_logprobs
        self._completions = completions

    def look(self, path: str) -> Reply:
        """Answer the list of models."""
        if path != "/v1/models":
            return self.error(404, f"there is nothing at {path}")
        card = {"id": self.model, "object": "model", "owned_by": "benchwright"}
        return Reply.json({"object": "list", "data": [card | self._evidence()]})

    def answer(self, received: Received) -> Reply:
        """Answer a well-formed question, by hash of its prompt; refuse any other."""
        chat = received.path == "/v1/chat/completions"
        if not chat and not (self._completions and received.path == "/v1/completions"):
            return self.error(404, f"there is nothing at {received.path}")
        if refusal := self._refusal(received.body, _CHAT if chat else _COMPLETIONS):
            return refusal
        if received.body["model"] != self.model:
            return self.error(404, f"the model {received.body['model']!r} does not exist")
        if "logprobs" in received.body and not chat:
            return self._score(received)
        return self.say(received, Utterance(text=toy.answer(prompt_of(received), self._kind)))

    def say(self, received: Received, said: Utterance) -> Reply:
        """Answer with ``said``, streamed where the client wants that."""
        prompt = prompt_of(received)
        chat = "messages" in received.body
        usage = {
            "prompt_tokens": len(toy.tokens(prompt)),
            "completion_tokens": len(toy.tokens(said.reasoning + said.text)),
            "completion_tokens_details": {"reasoning_tokens": len(toy.tokens(said.reasoning))},
            **self._details(),
        }
        head = {
            "id": f"answer-{received.number}",
            "created": 0,
            "model": said.model or self.model,
            "system_fingerprint": "stand-in-1",
        }
        if received.body.get("stream"):
            reply = _streamed(head, chat, said, usage)
        else:
            choice = _message(said, received.body.get("top_logprobs", 0)) if chat else {}
            choice |= {"index": 0, "finish_reason": said.finish}
            choice |= {} if chat else {"text": said.text}
            reply = Reply.json({**head, "choices": [choice], "usage": usage})
        return _delayed(reply, self._latency * (0.5 + toy.share(prompt, "latency")))

    def error(self, status: int, message: str) -> Reply:
        """Return an error in the API's form."""
        return Reply.json(
            {"error": {"message": message, "type": "stand_in_error", "param": None, "code": None}},
            status=status,
        )

    def _details(self) -> dict[str, Any]:
        if self._cached is None:
            return {}
        return {"prompt_tokens_details": {"cached_tokens": self._cached}}

    def _evidence(self) -> dict[str, str]:
        return {"root": self._root} if self._root else {}

    def _refusal(self, body: Any, fields: dict[str, type]) -> Reply | None:
        if not isinstance(body, dict):
            return self.error(400, "the body is not a JSON object")
        if "model" not in body or not ("messages" in body or "prompt" in body):
            return self.error(400, "model and messages (or prompt) are required")
        for name, value in body.items():
            if name in self._refuses:
                instead = " Use 'max_completion_tokens' instead." if name == "max_tokens" else ""
                message = f"Unsupported parameter: '{name}' is not supported here.{instead}"
                error = {"message": message, "param": name, "code": "unsupported_parameter"}
                return Reply.json({"error": error}, status=400)
            kind = fields.get(name)
            if kind is None or not isinstance(value, (kind, int) if kind is float else kind):
                return self.error(400, f"{name}={value!r} is unknown or of the wrong type")
        if body.get("logprobs") not in (True, None) and body["logprobs"] > self._most_logprobs:
            return self.error(400, f"logprobs must be at most {self._most_logprobs}")
        return None

    def _score(self, received: Received) -> Reply:
        body = received.body
        prompt: str = body["prompt"]
        said = toy.greedy(prompt, body["max_tokens"])
        prompted = toy.tokens(prompt)
        echoed = prompted if body.get("echo") and self._echo != "ignored" else []
        words = [*echoed, *said]
        begin = len(prompt) if not echoed else 0
        contexts = ["".join([prompt[:begin], *words[:place]]) for place in range(len(words))]
        logprobs = [toy.logprob(*pair) for pair in zip(contexts, words, strict=True)]
        if self._echo == "shifted" and echoed:
            # Each token gets the number of the one before it, as one known server does.
            logprobs = [toy.logprob("", words[0]) - 1, *logprobs[:-1]]
        tops: list[Any] = [
            dict(toy.distribution(context)[: body["logprobs"]]) for context in contexts
        ]
        numbers: list[float | None] = list(logprobs)
        if echoed:
            numbers[0] = tops[0] = None
        choice = {
            "index": 0,
            "text": "".join(words),
            "finish_reason": "length",
            "logprobs": {"tokens": words, "token_logprobs": numbers, "top_logprobs": tops},
        }
        if self._generated == "shifted":
            numbers[len(echoed) :] = [-7.0, *numbers[len(echoed) : -1]]
            tops[len(echoed) :] = [{words[len(echoed)]: -7.0, "z": -8.0}, *tops[len(echoed) : -1]]
        elif self._generated == "dropped":
            numbers[len(echoed) :] = [None] * len(said)
        usage: dict[str, Any] = {
            "prompt_tokens": len(prompted),
            "completion_tokens": len(said),
            **self._details(),
        }
        return Reply.json({"model": self.model, "choices": [choice], "usage": usage})


def prompt_of(received: Received) -> str:
    """Return all that a question says, pictures included, as one text."""
    body = received.body if isinstance(received.body, dict) else {}
    if "prompt" in body:
        return str(body["prompt"])
    messages = body.get("messages", [])
    if len(messages) == 1 and isinstance(messages[0].get("content"), str):
        return str(messages[0]["content"])
    return json.dumps(messages, sort_keys=True)


def _delayed(reply: Reply, seconds: float) -> Reply:
    return Reply(
        status=reply.status,
        headers=reply.headers,
        chunks=reply.chunks,
        streamed=reply.streamed,
        delay=seconds,
    )


def _message(said: Utterance, top: int) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": said.text}
    if said.reasoning:
        message["reasoning_content"] = said.reasoning
    if said.tool:
        message["tool_calls"] = [_tool_call(said.tool)]
    choice: dict[str, Any] = {"message": message}
    if top:
        choice["logprobs"] = {
            "content": [
                {"token": word, "logprob": -0.5, "top_logprobs": [{"token": word, "logprob": -0.5}]}
                for word in toy.tokens(said.text)
            ]
        }
    return choice


def _tool_call(name: str) -> dict[str, Any]:
    function = {"name": name, "arguments": '{"x": 1}'}
    return {"index": 0, "id": "call-1", "type": "function", "function": function}


def _streamed(head: dict[str, Any], chat: bool, said: Utterance, usage: dict[str, Any]) -> Reply:
    if not chat:
        choices = [{"index": 0, "text": word} for word in toy.tokens(said.text)]
        choices.append({"index": 0, "text": "", "finish_reason": said.finish})
    else:
        deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
        deltas += [{"reasoning_content": word} for word in toy.tokens(said.reasoning)]
        deltas += [{"content": word} for word in toy.tokens(said.text)]
        if said.tool:
            deltas.append({"tool_calls": [_tool_call(said.tool)]})
        choices = [{"index": 0, "delta": delta} for delta in deltas]
        choices.append({"index": 0, "delta": {}, "finish_reason": said.finish})
    events = [{**head, "choices": [choice]} for choice in choices]
    return Reply.events(*events, {**head, "choices": [], "usage": usage})
