"""A request on its way through the scheduler, as token paths and what is to be read along them."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

from msgspec.structs import replace

from benchwright.core.canonical import canonical_request
from benchwright.core.content import Text
from benchwright.core.model import Asked
from benchwright.core.request import Request
from benchwright.core.response import ContinuationScore, Response
from benchwright.models.decoding.sampling import Logits
from benchwright.models.serving.thinking import split_thinking

if TYPE_CHECKING:
    from benchwright.models.decoding.trie import Node, Tokens
    from benchwright.models.decoding.writing import Writing


class Read:
    """One thing to be read from the logits behind one token of a track."""

    __slots__ = ("continuation", "done", "position", "token", "track")

    def __init__(self, track: Track, position: int, continuation: int, token: int) -> None:
        """Want ``token``'s log-probability at ``position`` for a continuation (its number)."""
        self.track = track
        self.position = position
        self.continuation = continuation
        self.token = token
        self.done = False


class Track:
    """One path of tokens that must be evaluated for a job."""

    __slots__ = ("job", "node", "reads", "tokens", "writing")

    def __init__(self, job: Job, tokens: Tokens) -> None:
        """Belong to ``job``; reads are added after."""
        self.job = job
        self.tokens = tokens
        self.reads: list[Read] = []
        """What is to be read, positions ascending."""
        self.writing: Writing | None = None
        """The answer begun behind the path's end, of a generation request."""
        self.node: Node | None = None
        """Where the path ends in the trie."""

    @property
    def open_reads(self) -> list[Read]:
        """What was not read yet."""
        return [read for read in self.reads if not read.done]

    @property
    def done(self) -> bool:
        """Whether all that was wanted along it has come."""
        if self.writing is not None:
            return self.writing.finish is not None
        return all(read.done for read in self.reads)


class Continuation:
    """The running sum of one continuation."""

    __slots__ = ("bytes", "greedy", "logprob", "tokens")

    def __init__(self, n_bytes: int) -> None:
        """Begin with nothing read of a continuation of ``n_bytes`` UTF-8 bytes."""
        self.logprob = 0.0
        self.tokens = 0
        self.bytes = n_bytes
        self.greedy = True


class Job:
    """One request being answered."""

    def __init__(self, asked: Asked, prompt_tokens: int) -> None:
        """Answer ``asked``, whose prompt has ``prompt_tokens`` tokens."""
        self.asked = asked
        self.question = _question(asked.request)
        """What decides the answer: equal for requests whose answers must be equal."""
        self.twins: list[Job] = []
        """Jobs with the same question, answered with this one."""
        self.prompt_tokens = prompt_tokens
        self.tracks: list[Track] = []
        self.continuations: list[Continuation] = []
        self.merged = False
        """Whether some continuation, tokenised with the context, did not split at the cut."""
        self.evaluated = 0
        """Tokens of the prompt that were evaluated for this job."""
        self.seconds = 0.0
        """Its share of the batches' time so far."""
        self.first_token_seconds: float | None = None
        self.answered = False

    @property
    def complete(self) -> bool:
        """Whether all that was wanted has come."""
        return all(track.done for track in self.tracks)

    def note_first_token(self) -> None:
        """Keep the time of an answer's first token, if this is it."""
        writing = self.tracks[0].writing
        if writing is not None and self.first_token_seconds is None:
            self.first_token_seconds = self.seconds

    def read(self, read: Read, logits: Logits) -> None:
        """Take from ``logits`` what ``read`` wants.

        Raises:
            ValueError: the row holds something that is no number.
        """
        read.done = True
        if read.track.writing is not None:
            read.track.writing.accept(logits)
            return
        score = self.continuations[read.continuation]
        score.logprob += logits.logprob(read.token)
        score.tokens += 1
        score.greedy = score.greedy and logits.best == read.token

    def twin_response(self) -> Response:
        """Return the answer to a twin: the same, and nothing of it evaluated again."""
        answer = self.response()
        begun = None if answer.first_token_seconds is None else 0.0
        return replace(
            answer, tokens_cached=self.prompt_tokens, seconds=0.0, first_token_seconds=begun
        )

    def response(self) -> Response:
        """Return the answer; the job is complete."""
        writing = self.tracks[0].writing
        cached = max(0, self.prompt_tokens - self.evaluated)
        if writing is None:
            return Response(
                continuations=tuple(
                    ContinuationScore(
                        logprob=one.logprob, tokens=one.tokens, bytes=one.bytes, greedy=one.greedy
                    )
                    for one in self.continuations
                ),
                boundary_merged=self.merged,
                finish="scored",
                tokens_in=self.prompt_tokens,
                tokens_cached=cached,
                tokens_out=sum(one.tokens for one in self.continuations),
                seconds=self.seconds,
            )
        text, thinking = writing.text(), ""
        if self.asked.request.messages:
            text, thinking = split_thinking(text)
        full = writing.finish == "length" and writing.cut_by_context
        return Response(
            parts=(Text(text),) if text else (),
            reasoning=thinking,
            finish=writing.finish or "other",
            logprobs=tuple(writing.logprobs),
            tokens_in=self.prompt_tokens,
            tokens_cached=cached,
            tokens_out=len(writing.tokens),
            seconds=self.seconds,
            first_token_seconds=self.first_token_seconds,
            deviations=(f"the context ended the answer after {writing.limit} tokens",)
            if full
            else (),
        )


def _question(request: Request) -> bytes:
    if request.generation is None or request.generation.temperature == 0.0:
        request = replace(request, repeat=(0, 0))  # a second draw of nothing random
    return blake2b(canonical_request(request), digest_size=16).digest()
