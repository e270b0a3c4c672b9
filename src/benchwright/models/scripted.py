"""``scripted:NAME``: a deterministic fake whose answers are a function of the question's bytes.

For tests, demonstrations and load. Options:

``answer``   ``letter`` (the default), ``number``, ``echo``, or any other text, answered as it is
``letters``  how many letters ``letter`` draws from (4)
``favour``   a continuation that is always the most likely one
``latency``  mean seconds an answer takes (0); each takes 0.5 to 1.5 times that, by its hash
``fail``     ``share:kind`` or ``share:kind:retry_after``, several with commas; drawn anew for
             every attempt at a request, so that retries come through
``hang``     share of attempts that are never answered

Faults and latency change nothing about what is answered, so they are not part of the identity.
"""

from __future__ import annotations

import hashlib
import heapq
import re
import struct
import time
from functools import lru_cache
from typing import Literal, get_args

import msgspec
from msgspec import Struct

from benchwright.core.canonical import canonical_request
from benchwright.core.content import Text, text_of
from benchwright.core.errors import DescriptionError
from benchwright.core.model import Ability, Asked, Identity, Inbox, ModelSettings
from benchwright.core.request import Generation, Request
from benchwright.core.response import (
    ContinuationScore,
    Failure,
    FailureKind,
    Finish,
    Response,
    TokenLogprob,
)
from benchwright.core.sample import LETTERS
from benchwright.models.serving.options import Options

CONCURRENCY = 256
"""Requests taken at once where the user does not say."""

BYTES_A_TOKEN = 4
"""What a scripted token stands for: nothing is tokenised here."""

CLOSED_EVERY = 0.05
"""Seconds between looks at a closed inbox while there is no room to take more."""

_WORD = re.compile(r"\s*\S+|\s+")


class _Due(Struct, frozen=True, order=True):
    """An answer that waits for its time; ordered by time, then by ticket."""

    at: float
    ticket: int
    asked: Asked
    result: Response | Failure


class Fault(Struct, frozen=True, array_like=True):
    """A failure that a share of all attempts meets."""

    share: float
    """Share of attempts, 0 to 1."""
    kind: FailureKind | Literal["hang"]
    """What the failure is called; ``hang`` is never answered."""
    retry_after: float | None = None
    """Seconds that the fake asks to wait."""


class Script(Struct, frozen=True, kw_only=True):
    """How a scripted model answers."""

    answer: str = "letter"
    """``letter``, ``number``, ``echo``, or a text."""
    letters: int = 4
    """How many letters there are to draw from."""
    favour: str = ""
    """A continuation that is always the most likely one."""
    latency: float = 0.0
    """Mean seconds an answer takes."""
    faults: tuple[Fault, ...] = ()
    """Failures, drawn for each attempt."""


def open_model(rest: str, settings: ModelSettings) -> ScriptedModel:
    """Open the scripted model named ``rest``.

    Raises:
        DescriptionError: an option is unknown or malformed; every problem is listed.
    """
    options = Options(settings.options, "scripted")
    script = Script(
        answer=options.text("answer", "letter"),
        letters=options.whole("letters", 4, low=1),
        favour=options.text("favour"),
        latency=options.number("latency", 0.0),
        faults=_faults(options),
    )
    if settings.format:
        options.refuse("scripted: there are no weights to be had in another format.")
    if script.letters > len(LETTERS):
        options.refuse(f"scripted: there are {len(LETTERS)} letters, not {script.letters}.")
    if problems := options.problems():
        raise DescriptionError(*problems)
    return ScriptedModel(rest or "scripted", script, settings)


class ScriptedModel:
    """A model that answers by hash, at once or after a settable time."""

    def __init__(self, name: str, script: Script, settings: ModelSettings) -> None:
        """Answer as ``script`` says; ``name`` is its identity, and shown unless another is set."""
        self.name = settings.name or name
        self.concurrency = settings.concurrency or CONCURRENCY
        self.template = "none" if settings.template == "none" else "scripted"
        self.abilities: frozenset[Ability] = frozenset(get_args(Ability))
        self.identity = Identity(
            kind="scripted",
            fields={
                "name": name,
                "answer": script.answer,
                "letters": str(script.letters),
                "favour": script.favour,
                "template": self.template,
            },
        )
        self._script = script
        self._attempts: dict[bytes, int] = {}
        self._due: list[_Due] = []
        self._hung = 0

    def serve(self, inbox: Inbox) -> None:
        """Answer what comes into ``inbox`` until it is closed; late answers wait in a heap."""
        self._due.clear()
        self._hung = 0
        while not inbox.closed:
            now = time.monotonic()
            while self._due and self._due[0].at <= now:
                due = heapq.heappop(self._due)
                inbox.answer(due.asked, due.result)
            wait = max(0.0, self._due[0].at - now) if self._due else None
            room = self.concurrency - len(self._due) - self._hung
            if room > 0:
                for asked in inbox.take(room, wait):
                    self._answer(inbox, asked)
            else:
                time.sleep(CLOSED_EVERY if wait is None else min(wait, CLOSED_EVERY))

    def close(self) -> None:
        """Forget the attempts counted so far."""
        self._attempts.clear()

    def _answer(self, inbox: Inbox, asked: Asked) -> None:
        script = self._script
        data = canonical_request(asked.request)
        seed = hashlib.blake2b(data, digest_size=16).digest()
        seconds = script.latency * (0.5 + _share(seed, "latency")) if script.latency else 0.0
        fault = self._draw_fault(seed) if script.faults else None
        result: Response | Failure
        if fault is None:
            result = respond(asked.request, seed, len(data) // BYTES_A_TOKEN + 1, seconds, script)
        elif fault.kind == "hang":
            self._hung += 1
            return
        else:
            result = Failure(
                kind=fault.kind, message="a scripted fault", retry_after=fault.retry_after
            )
        if seconds:
            heapq.heappush(self._due, _Due(time.monotonic() + seconds, asked.ticket, asked, result))
        else:
            inbox.answer(asked, result)

    def _draw_fault(self, seed: bytes) -> Fault | None:
        attempt = self._attempts.pop(seed, 0)
        draw = _share(seed, f"attempt {attempt}")
        for fault in self._script.faults:
            if draw < fault.share:
                # Only requests that have failed are counted, so memory stays that of the failing.
                self._attempts[seed] = attempt + 1
                return fault
            draw -= fault.share
        return None


def respond(request: Request, seed: bytes, tokens: int, seconds: float, script: Script) -> Response:
    """Return the answer to ``request``, of ``tokens`` prompt tokens, that ``seed`` decides."""
    if request.generation is None:
        scores = _scores(request.continuations, seed, script.favour)
        return Response(
            continuations=scores,
            finish="scored",
            tokens_in=tokens,
            tokens_out=sum(score.tokens for score in scores),
            seconds=seconds,
        )
    text, finish = _cut(_text(request, seed, script), request.generation)
    words = _WORD.findall(text)
    return Response(
        parts=(Text(text),) if text else (),
        finish=finish,
        logprobs=_logprobs(words, seed) if request.generation.logprobs else (),
        tokens_in=tokens,
        tokens_out=len(words),
        seconds=seconds,
        first_token_seconds=seconds / max(1, len(words)),
        served_model="scripted",
    )


def _text(request: Request, seed: bytes, script: Script) -> str:
    if script.answer == "letter":
        return f"The answer is ({LETTERS[int(_share(seed, 'letter') * script.letters)]})."
    if script.answer == "number":
        return f"The answer is {int(_share(seed, 'number') * 1000)}."
    if script.answer == "echo":
        return request.prompt_text or text_of(request.messages[-1].parts)
    return script.answer


def _cut(text: str, generation: Generation) -> tuple[str, Finish]:
    for stop in generation.stop:
        text = text.partition(stop)[0]
    words = _WORD.findall(text)
    if len(words) > generation.max_tokens:
        return "".join(words[: generation.max_tokens]), "length"
    return text, "stop"


def _scores(
    continuations: tuple[str, ...], seed: bytes, favour: str
) -> tuple[ContinuationScore, ...]:
    count = len(continuations)
    drawn = struct.unpack(f"<{count}I", hashlib.shake_128(seed).digest(4 * count))
    logprobs = [-1.0 - 9.0 * number / 2**32 for number in drawn]
    if favour:
        for place, continuation in enumerate(continuations):
            if continuation.strip() == favour.strip():
                logprobs[place] = -0.25
    best = max(logprobs)
    return tuple(
        [
            ContinuationScore(logprob=logprob, tokens=tokens, bytes=size, greedy=logprob == best)
            for (tokens, size), logprob in zip(map(_measured, continuations), logprobs, strict=True)
        ]
    )


@lru_cache(maxsize=4096)
def _measured(continuation: str) -> tuple[int, int]:
    """Return the scripted tokens and the bytes of ``continuation``; labels come again and again."""
    return max(1, len(_WORD.findall(continuation))), len(continuation.encode())


def _logprobs(words: list[str], seed: bytes) -> tuple[TokenLogprob, ...]:
    return tuple(
        TokenLogprob(token=word, logprob=logprob, top=((word, logprob),))
        for place, word in enumerate(words)
        for logprob in (-_share(seed, f"token {place}"),)
    )


def _share(seed: bytes, purpose: str) -> float:
    """Return a number in [0, 1) that ``seed`` and ``purpose`` decide."""
    hashed = hashlib.blake2b(seed + purpose.encode(), digest_size=8).digest()
    return int.from_bytes(hashed, "little") / 2**64


def _faults(options: Options) -> tuple[Fault, ...]:
    written = [entry for entry in options.text("fail").split(",") if entry]
    if hang := options.text("hang"):
        written.append(f"{hang}:hang")
    faults = []
    for entry in written:
        share, _, rest = entry.partition(":")
        kind, _, after = rest.partition(":")
        try:
            fault = msgspec.convert((share, kind, after or None), Fault, strict=False)
        except msgspec.ValidationError:
            options.refuse(
                f"scripted: the fault {entry!r} must be share:kind or share:kind:retry_after, "
                f"with a kind of {', '.join(get_args(FailureKind))} or hang."
            )
        else:
            faults.append(fault)
    if not 0 <= sum(fault.share for fault in faults) <= 1:
        options.refuse("scripted: the shares of fail and hang must be 0 to 1 together.")
    return tuple(faults)
