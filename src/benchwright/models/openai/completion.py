"""Raw completions with log-probabilities, for scoring and for the check before it."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from benchwright.models.openai.answers import token_logprobs
from benchwright.models.openai.identity import Resolved
from benchwright.models.openai.loglikelihood import Complete, Scored, Ways, check
from benchwright.models.serving.endpoint import Endpoint, Line
from benchwright.models.serving.failures import AskFailed, Refused
from benchwright.models.serving.loop import run_apart
from benchwright.models.serving.reading import Count, decoded

PATH = "/completions"


class _Details(Struct):
    cached_tokens: Count | None = None


class _Usage(Struct):
    prompt_tokens: Count | None = None
    completion_tokens: Count | None = None
    prompt_tokens_details: _Details | None = None


class _Choice(Struct):
    text: str = ""
    logprobs: dict[str, Any] | None = None


class _Completion(Struct):
    choices: list[_Choice]
    model: str | None = None
    usage: _Usage = msgspec.field(default_factory=_Usage)


_decoder = msgspec.json.Decoder(_Completion)


def completer(line: Line, resolved: Resolved) -> Complete:
    """Return a function that completes raw prompts greedily, with log-probabilities."""
    # Only penalties matter to a greedy choice.
    neutral = {name: value for name, value in resolved.neutral.items() if "penalty" in name}

    async def complete(prompt: str, max_tokens: int, top: int, echo: bool) -> Scored:
        body = {
            "model": resolved.model,
            "prompt": prompt,
            "max_tokens": max_tokens,
            "temperature": 0.0,
            "logprobs": top,
            **neutral,
            **({"echo": True} if echo else {}),
        }
        scored = _read(await line.post(PATH, body, _refuse_event))
        resolved.refuse_other(scored.served_model)
        return scored

    return complete


def check_completions(endpoint: Endpoint, resolved: Resolved) -> Ways:
    """Return which ways of having log-likelihoods the server offers truthfully."""

    async def checking() -> Ways:
        async with endpoint.connect() as line:
            return await check(completer(line, resolved))

    return run_apart(checking)


def offers_completions(endpoint: Endpoint, resolved: Resolved) -> bool:
    """Return whether the server takes raw prompts: it is sent a question without one."""

    async def asking() -> bool:
        async with endpoint.connect() as line:
            try:
                await line.post(PATH, {"model": resolved.model}, _refuse_event)
            except Refused as refused:
                return refused.refusal.status not in (404, 405, 501)
            return True

    return run_apart(asking)


def _read(data: bytes) -> Scored:
    reply = decoded(_decoder, data)
    if not reply.choices:
        raise AskFailed("garbled", "the answer has no choices")
    choice = reply.choices[0]
    details = reply.usage.prompt_tokens_details
    return Scored(
        text=choice.text,
        tokens=tuple(token_logprobs(choice.logprobs)) if choice.logprobs else (),
        prompt_tokens=reply.usage.prompt_tokens,
        cached=details.cached_tokens if details else None,
        generated=reply.usage.completion_tokens,
        served_model=reply.model or "",
    )


def _refuse_event(_: bytes) -> None:
    raise AskFailed("garbled", "a stream came back where none was asked for")
