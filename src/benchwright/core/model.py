"""What a model is: its identity, its abilities, and how it is kept fed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol, runtime_checkable

from msgspec import Struct, field

from benchwright.core.canonical import canonical, digest
from benchwright.core.content import Media
from benchwright.core.request import Request
from benchwright.core.response import Failure, Response

Ability = Literal[
    "generate", "loglikelihood", "chat", "raw", "images", "audio", "video", "tools", "logprobs"
]
"""``chat``: takes messages; ``raw``: takes a raw prompt; the others as they say."""


class Identity(Struct, frozen=True, kw_only=True):
    """What changes a model's answers, and nothing else."""

    kind: Literal["local", "served", "recorded", "scripted", "imported"]
    """Where the answers come from; ``imported``: another harness's log says that this model gave
    them, so that its key is never the key of a model asked here."""
    fields: dict[str, str]
    """Local: engine family, digests of weights, tokenizer, template; formats of weights and cache.
    Served: provider and model id as resolved, template and revision where told."""
    verified: bool = True
    """False where only a URL or the user's word says which model answers."""
    notes: dict[str, str] = field(default_factory=dict)
    """Recorded, not keyed: URL, engine version, threads, path."""

    def key(self) -> str:
        """Return the model key: 32 hexadecimal characters."""
        return digest(canonical([self.kind, self.fields]), 16)


class ModelSettings(Struct, frozen=True, kw_only=True):
    """What a user may say when opening a model."""

    name: str = ""
    """Display name; empty lets the scheme choose."""
    template: str = "auto"
    """``auto`` (the model's own for generation, none for log-likelihood), ``model`` (the model's
    own for both), ``none``, or the path of a template file."""
    identity: str = ""
    """The user's word for which model a server runs."""
    concurrency: int | None = None
    """Most requests out at once; None lets the model say."""
    format: str = ""
    """Numeric format of local weights; empty keeps them as stored."""
    threads: int | None = None
    """Threads of a local engine; None takes every core."""
    wants_loglikelihood: bool = False
    """Whether the run will score continuations: only then is a server probed for it."""
    plain: bool = False
    """Evaluate every request alone, sharing nothing: the reference for sharing and batching."""
    options: dict[str, str] = field(default_factory=dict)
    """Further options of the scheme, ``key=value``."""


class Asked(Struct, frozen=True, eq=False, gc=False):
    """A request on its way to a model."""

    ticket: int
    """The engine's number for it."""
    request: Request
    """What is asked."""


class Inbox(Protocol):
    """Where a model takes requests from and leaves answers; safe to use from any thread."""

    def take(self, limit: int, wait: float | None = None) -> list[Asked]:
        """Return up to ``limit`` waiting requests, oldest first.

        Blocks until there is one, ``wait`` seconds have passed (None: no bound), or the inbox is
        closed; then the list is empty.
        """
        ...

    @property
    def closed(self) -> bool:
        """Whether nothing more will come: ``serve`` then returns, dropping what it holds."""
        ...

    @property
    def stopping(self) -> bool:
        """Whether the run ends: nothing new should be begun, what is begun is still wanted."""
        ...

    def answer(self, asked: Asked, result: Response | Failure) -> None:
        """Leave the answer to ``asked``, exactly once, in any order."""
        ...

    def give_back(self, asked: Sequence[Asked]) -> None:
        """Return requests that were taken but not begun, since the run is ``stopping``."""
        ...

    def media(self, media: Media) -> bytes:
        """Return the bytes of ``media``."""
        ...


class Model(Protocol):
    """Anything that answers requests."""

    @property
    def name(self) -> str:
        """Display name."""
        ...

    @property
    def identity(self) -> Identity:
        """What decides its answers, resolved."""
        ...

    @property
    def abilities(self) -> frozenset[Ability]:
        """What it can do, checked before the first request."""
        ...

    @property
    def template(self) -> str:
        """Which chat template is in force, in words, for captions; ``none`` without one."""
        ...

    @property
    def concurrency(self) -> int:
        """How many requests it is best given at once."""
        ...

    def serve(self, inbox: Inbox) -> None:
        """Answer what comes into ``inbox`` until it is closed; runs in a thread of its own."""
        ...

    def close(self) -> None:
        """Free what it holds."""
        ...


@runtime_checkable
class Probed(Protocol):
    """A model that can be tried outside a run; local ones, whose batches may change an answer."""

    def trial(self, requests: Sequence[Request], *, plain: bool) -> list[Response]:
        """Answer ``requests``, which are few, before ``serve`` is called; from the caller's thread.

        Where ``plain``, they are evaluated one at a time and share nothing, as a run with
        ``--plain`` evaluates them; otherwise together, in the batch, with the sharing and by the
        kernels that the run will use. They are raw prompts, with continuations to be scored or one
        token to be generated greedily with its log-probability (``logprobs=1``). Nothing may stay
        behind that a later answer could share or count: caches are emptied and tallies untouched.

        Returns:
            A response for each request, in their order.

        Raises:
            ModelError: the model cannot answer one of them.
        """
        ...


@runtime_checkable
class Limited(Protocol):
    """A model that can say how fast its backend is on this machine, without the framework."""

    def limit(self) -> float:
        """Return the tokens a second of the backend's own raw loop, measured now.

        Full batches of distinct tokens, as large as a run's, each into an empty cache, no
        log-probabilities read; the fastest of a few, after one that does not count. Takes
        seconds, is called before ``serve``, and leaves nothing behind.

        Raises:
            ModelError: the backend failed.
        """
        ...


class Work(Struct, frozen=True, kw_only=True):
    """What a local model has evaluated in its runs since it was opened."""

    tokens: int = 0
    """Tokens evaluated: of prompts, each shared one once, and of answers."""
    batches: int = 0
    """Calls of the backend."""
    seconds: float = 0.0
    """Wall time within those calls."""


@runtime_checkable
class Metered(Protocol):
    """A model that counts what it evaluates."""

    @property
    def work(self) -> Work:
        """What was evaluated so far; may be read from any thread, during ``serve`` and after."""
        ...
