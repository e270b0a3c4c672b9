"""Prompts and answers for the report: every text that several requests share is kept once."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from typing import Any, Self

import msgspec

from benchwright.core.content import Image, Part, Text, ToolCall, ToolResult
from benchwright.core.errors import PoolError
from benchwright.core.request import Request
from benchwright.core.response import Failure, Response
from benchwright.pool import Journal, Pool

SHARED = 60
"""Texts of at least so many characters are kept once if they occur twice."""

PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""What a browser may show; a picture in another form is named only."""

PICTURE_BYTES = 8_000_000
"""Most bytes of pictures in one report."""

CHARACTERS = 120_000_000
"""Most characters of prompts and answers in one report: some 30 MB of it."""

_SEVERAL = "\0several"

Asked = tuple[str, str]
"""(model key, cache key in hexadecimal)."""


class Texts:
    """Exchanges (what was asked and what came back), with shared texts and pictures apart.

    An exchange is a small JSON object; a number in place of a text points into ``shared``.
    """

    def __init__(self, pool: Pool) -> None:
        """Read from ``pool``."""
        self._pool = pool
        self._raw: list[dict[str, Any]] = []
        self._count: dict[str, int] = {}
        self._sample: dict[str, str] = {}
        self._journals: dict[str, Journal | None] = {}
        self._picture_room = PICTURE_BYTES
        self._room = CHARACTERS
        self.pictures: dict[str, str] = {}
        self.left_out: set[str] = set()

    @property
    def room(self) -> bool:
        """Whether more texts fit."""
        return self._room > 0

    def read(self, wanted: Iterable[Asked]) -> dict[Asked, int]:
        """Read the exchanges of ``wanted`` and return where each of them stands.

        What the pool has no answer to (a failure that may pass, a forgotten text) is left out.
        """
        by_model: dict[str, list[bytes]] = {}
        for model_key, text in dict.fromkeys(wanted):
            by_model.setdefault(model_key, []).append(bytes.fromhex(text))
        places: dict[Asked, int] = {}
        for model_key, keys in by_model.items():
            journal = self._journal(model_key)
            results = journal.kept(keys) if journal else {}
            for key in results:
                request = journal.request(key) if journal else None
                if request is not None:
                    places[model_key, key.hex()] = len(self._raw)
                    self._raw.append(self._exchange(request, results[key]))
        return places

    def __enter__(self) -> Self:
        """Return the reader; leaving the block closes the journals that it opened."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the journals."""
        for journal in self._journals.values():
            if journal is not None:
                journal.close()

    def _journal(self, model_key: str) -> Journal | None:
        if model_key not in self._journals:
            there = [info for info in self._pool.journals() if info.model_key == model_key]
            self._journals[model_key] = (
                self._pool.journal(there[0].model, model_key) if there else None
            )
        return self._journals[model_key]

    def exchanges(self) -> tuple[list[dict[str, Any]], list[tuple[str, int]]]:
        """Return the exchanges, and each text that occurs more than once.

        The texts come with 1 if they belong to several questions (shots), 0 if to one question
        that several models were asked.
        """
        shared: list[tuple[str, int]] = []
        place: dict[str, int] = {}
        for text, count in self._count.items():
            if count > 1:
                place[text] = len(shared)
                shared.append((text, int(self._sample[text] == _SEVERAL)))
        for exchange in self._raw:
            for turn in exchange["q"]:
                turn[1] = [place.get(p, p) if isinstance(p, str) else p for p in turn[1]]
            if "a" in exchange:
                exchange["a"] = [
                    place.get(p, p) if isinstance(p, str) else p for p in exchange["a"]
                ]
        return self._raw, shared

    def _exchange(self, request: Request, result: Response | Failure) -> dict[str, Any]:
        sample = request.origin.sample
        turns: list[list[Any]] = []
        if request.prompt:
            turns.append(["", self._pieces(request.prompt, sample)])
        for message in request.messages:
            turns.append([message.role, self._parts(message.parts, sample)])  # noqa: PERF401 - clearer so
        found: dict[str, Any] = {"q": turns}
        if request.generation is not None:
            found["g"] = msgspec.to_builtins(request.generation)
        if request.tools:
            found["tools"] = [tool.name for tool in request.tools]
        if request.role != "subject":
            found["role"] = request.role
        if isinstance(result, Failure):
            found["failure"] = f"{result.kind}: {result.message}"
        else:
            found.update(self._answer(request, result))
        return found

    def _answer(self, request: Request, response: Response) -> dict[str, Any]:
        found: dict[str, Any] = {"n": response.finish}
        if response.continuations:
            found["c"] = [
                [text, round(score.logprob, 4), score.tokens, int(score.greedy)]
                for text, score in zip(request.continuations, response.continuations, strict=False)
            ]
        else:
            found["a"] = self._parts(response.parts, request.origin.sample)
        if response.reasoning:
            found["t"] = response.reasoning
        if response.served_model:
            found["served"] = response.served_model
        return found

    def _pieces(self, pieces: Sequence[str], sample: str) -> list[Any]:
        for text in pieces:
            if text not in self._count:
                self._room -= len(text)
            if len(text) >= SHARED:
                self._count[text] = self._count.get(text, 0) + 1
                if self._sample.setdefault(text, sample) != sample:
                    self._sample[text] = _SEVERAL
        return list(pieces)

    def _parts(self, parts: Sequence[Part], sample: str) -> list[Any]:
        shown: list[Any] = []
        for part in parts:
            if isinstance(part, Text):
                shown += self._pieces([part.text], sample)
            elif isinstance(part, ToolCall):
                shown.append({"call": part.name, "text": part.arguments})
            elif isinstance(part, ToolResult):
                shown.append({"result": part.id, "text": part.text})
            else:
                shown.append(self._media(part))
        return shown

    def _media(self, part: Any) -> dict[str, Any]:
        media = part.media
        if isinstance(part, Image) and media.mime in PICTURES and media.digest not in self.pictures:
            self._embed(media)
        return {"media": media.digest, "mime": media.mime, "size": media.size}

    def _embed(self, media: Any) -> None:
        if media.size > self._picture_room:
            self.left_out.add(media.digest)
            return
        try:
            data = self._pool.media(media)
        except PoolError:
            self.left_out.add(media.digest)  # the page names it and says that it is not here
            return
        self._picture_room -= len(data)
        self.pictures[media.digest] = f"data:{media.mime};base64,{base64.b64encode(data).decode()}"
