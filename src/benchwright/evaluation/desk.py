"""One model's desk: what is kept is read, what is missing is asked once, what failed is retried."""

from __future__ import annotations

import heapq
import random
import threading
import time
from collections.abc import Callable, Iterable
from queue import SimpleQueue

from msgspec import Struct

from benchwright.core.canonical import cache_key
from benchwright.core.content import Media
from benchwright.core.errors import BenchwrightError, ModelError, boundary
from benchwright.core.model import Asked, Model
from benchwright.core.request import Request, media_of
from benchwright.core.response import RETRIED, Failure, Response
from benchwright.evaluation.inbox import Mail, QueueInbox
from benchwright.evaluation.price import Budget, Price, Spent, worst_case
from benchwright.evaluation.probe import margin
from benchwright.pool import Journal

POLL_SECONDS = 0.2  # how often to look whether another process has answered what it claimed
AUTHENTICATION_LIMIT = 5  # so many refusals of the key in a row end the run


class RetryPolicy(Struct, frozen=True, kw_only=True):
    """When a failed attempt is worth another; a server's ``Retry-After`` wins over the delay."""

    attempts: int = 6
    """Most attempts a request."""
    first_seconds: float = 0.5
    """Bound of the first delay; doubles each time, drawn with full jitter."""
    most_seconds: float = 60.0
    """Bound of any delay that the server did not ask for."""

    def delay(self, attempt: int, failure: Failure) -> float:
        """Return the seconds to wait after the ``attempt``-th failure (counted from 1)."""
        if failure.retry_after is not None:
            return failure.retry_after
        bound = min(self.most_seconds, self.first_seconds * 2 ** (attempt - 1))
        return random.uniform(0, bound)  # noqa: S311 - jitter between clients must not be seeded


class _Wanted(Struct):
    """A request on its way, and who waits for it."""

    key: bytes
    request: Request
    waiters: list[tuple[object, int]]
    ticket: int
    attempts: int = 0
    claimed: bool = False
    reserved: Spent | None = None


Delivery = tuple[object, int, bytes, "Response | Failure", bool]
"""(who waits, place in its list, key, result, whether it was kept)."""


class Desk:
    """Everything between the flows and one model; used from the engine's thread only."""

    def __init__(
        self,
        *,
        number: int,
        model: Model,
        journal: Journal,
        mailbox: SimpleQueue[Mail | None],
        read_media: Callable[[Media], bytes],
        run: str,
        price: Price | None = None,
        retry: RetryPolicy | None = None,
        fresh: bool = False,
        retry_failed: bool = False,
        noise: float = 0.0,
    ) -> None:
        """Serve ``model`` through ``journal``; answers come into ``mailbox`` under ``number``."""
        self.number = number
        self.model = model
        self.model_key = model.identity.key()
        self._recorded = model.identity.kind == "recorded"
        self.price = price
        self.asked = self.reused = self.retries = 0
        self.tokens_in = self.tokens_cached = self.tokens_out = 0
        self.cost: float | None = 0.0 if price is not None else None
        self.noise = noise
        self.compared = self.within_noise = 0
        """Answers of several options, and those whose two best are nearer than ``noise`` nats."""
        self._journal = journal
        self._run = run
        self._read_media = read_media
        self._retry = retry or RetryPolicy()
        self._fresh = fresh
        self._retry_failed = retry_failed
        self._answered: set[bytes] = set()  # with --fresh: what this run asked already
        self._wanted: dict[bytes, _Wanted] = {}
        self._tickets: dict[int, _Wanted] = {}
        self._ticket = 0
        self._later: list[tuple[float, int]] = []
        self._foreign: set[bytes] = set()
        self._held: list[_Wanted] = []
        self._next_poll = 0.0
        self._refusals = 0
        self._broken: BenchwrightError | None = None
        self._mailbox = mailbox
        self._inbox = QueueInbox(
            desk=number, mailbox=mailbox, limit=model.concurrency, read_media=read_media
        )
        self._thread = threading.Thread(target=self._serve, name=f"model {model.name}", daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        try:
            with boundary(ModelError, self.model.name):
                self.model.serve(self._inbox)
        except BenchwrightError as error:
            self._broken = error
        self._mailbox.put(None)  # wakes the engine, which then sees what broke

    @property
    def outstanding(self) -> int:
        """Requests that somebody waits for."""
        return len(self._wanted)

    @property
    def out(self) -> int:
        """Requests handed to the model and not answered yet."""
        return len(self._tickets)

    @property
    def sated(self) -> bool:
        """Whether so many requests wait for the model that it lacks none for a while."""
        return 2 * self._inbox.waiting >= self.model.concurrency

    def holds(self, ticket: int) -> bool:
        """Whether somebody still waits for the answer to ``ticket``."""
        return ticket in self._tickets

    def commit(self) -> None:
        """Put every answer received so far on disk."""
        if self._journal.pending():
            self._journal.commit()

    def key(self, request: Request) -> bytes:
        """Return the cache key of ``request`` asked of this desk's model."""
        return cache_key(request, self.model_key, recorded=self._recorded)

    def want(
        self, requests: Iterable[tuple[object, int, bytes, Request]]
    ) -> tuple[list[Delivery], list[_Wanted]]:
        """Register who waits for what; return what is kept, and what must be asked."""
        kept: list[Delivery] = []
        missing: dict[bytes, _Wanted] = {}
        asked = list(requests)
        found = self._kept([key for _, _, key, _ in asked])
        for waiter, place, key, request in asked:
            result = found.get(key)
            if result is not None:
                self.reused += 1
                kept.append((waiter, place, key, result, True))
            elif (wanted := self._wanted.get(key) or missing.get(key)) is not None:
                wanted.waiters.append((waiter, place))
            else:
                missing[key] = _Wanted(key, request, [(waiter, place)], 0)
        self._wanted.update(missing)
        return kept, list(missing.values())

    def _kept(self, keys: list[bytes]) -> dict[bytes, Response | Failure]:
        if self._fresh:
            keys = [key for key in keys if key in self._answered]
        found = self._journal.kept(keys)
        if self._retry_failed:
            found = {
                key: result
                for key, result in found.items()
                if isinstance(result, Response) or key in self._answered
            }
        return found

    def ask(self, wanted: list[_Wanted], budget: Budget, spent: Spent) -> str:
        """Hand requests to the model as far as the budget goes.

        Returns:
            The name of the bound that holds some of them back; empty if none does.
        """
        unclaimed = [item.key for item in wanted if not item.claimed]
        mine = self._journal.claim(unclaimed, again=self._fresh or self._retry_failed)
        ready: list[Asked] = []
        bound = ""
        bounded = budget != Budget()
        for item in wanted:
            if not item.claimed and item.key not in mine:
                self._foreign.add(item.key)
                continue
            item.claimed = True
            if bounded:
                need = worst_case(item.request, self.price)
                if bound or (bound := budget.exceeded_by(_sum(spent, need))):
                    self._held.append(item)
                    continue
                _add(spent, need)
                item.reserved = need
            self._ticket += 1
            item.ticket = self._ticket
            item.attempts += 1
            self._tickets[item.ticket] = item
            ready.append(Asked(item.ticket, item.request))
        self.asked += len(ready)
        if ready:
            self._inbox.put(ready)
        return bound

    def held(self) -> list[_Wanted]:
        """Return what the budget held back, to be tried again."""
        held, self._held = self._held, []
        return held

    def receive(self, ticket: int, result: Response | Failure, spent: Spent) -> list[Delivery]:
        """Take an answer: journal it, or plan another attempt; return what can be delivered."""
        item = self._tickets.pop(ticket, None)
        if item is None:
            raise ModelError(f"{self.model.name} answered a request twice")
        if item.reserved is not None:
            _add(spent, item.reserved, -1)
        self._count(result, spent)
        result = _checked(item.request, result)
        if isinstance(result, Response):
            self._refusals = 0
            if item.request.messages:
                for media in media_of(item.request):
                    self._read_media(media)  # keeps the bytes in the pool beside the answer
            self._journal.put(item.key, item.request, result, self._run)
            return self._deliver(item, result)
        if result.permanent:
            self._journal.put(item.key, item.request, result, self._run)
            return self._deliver(item, result)
        self._journal.attempt(item.key, self._run, result)
        if result.kind == "authentication":
            self._refusals += 1
            if self._refusals >= AUTHENTICATION_LIMIT:
                raise ModelError(
                    f"{self.model.name}: {self._refusals} requests in a row were refused: "
                    f"{result.message}. Check the key and the account, then run again."
                )
        if result.kind in RETRIED and item.attempts < self._retry.attempts:
            self.retries += 1
            due = time.monotonic() + self._retry.delay(item.attempts, result)
            heapq.heappush(self._later, (due, item.ticket))
            self._tickets[item.ticket] = item
            return []
        self._journal.release([item.key])
        return self._deliver(item, result)

    def _count(self, result: Response | Failure, spent: Spent) -> None:
        spent.requests += 1
        if isinstance(result, Failure):
            return
        tokens_in, tokens_out = result.tokens_in or 0, result.tokens_out or 0
        self.tokens_in += tokens_in
        self.tokens_cached += result.tokens_cached or 0
        self.tokens_out += tokens_out
        spent.tokens += tokens_in + tokens_out
        if self.noise and (apart := margin(result)) is not None:
            self.compared += 1
            self.within_noise += apart < self.noise
        usd = self.price.of(result) if self.price is not None else None
        self.cost = None if self.cost is None or usd is None else self.cost + usd
        spent.usd += usd or 0.0

    def _deliver(
        self, item: _Wanted, result: Response | Failure, *, kept: bool = False
    ) -> list[Delivery]:
        del self._wanted[item.key]
        if self._fresh or self._retry_failed:
            self._answered.add(item.key)
        return [(waiter, place, item.key, result, kept) for waiter, place in item.waiters]

    def due(self) -> tuple[list[Delivery], list[_Wanted]]:
        """Return what other processes have answered by now, and what is to be asked again."""
        if self._broken is not None:
            raise self._broken
        if not self._thread.is_alive() and self._tickets:
            raise ModelError(
                f"{self.model.name} stopped serving with {len(self._tickets)} requests"
            )
        now = time.monotonic()
        again = []
        while self._later and self._later[0][0] <= now:
            again.append(self._tickets.pop(heapq.heappop(self._later)[1]))
        delivered: list[Delivery] = []
        if self._foreign and now >= self._next_poll:
            self._next_poll = now + POLL_SECONDS
            found = self._journal.kept(list(self._foreign))
            for key, result in found.items():
                self.reused += 1
                delivered += self._deliver(self._wanted[key], result, kept=True)
            again += [self._wanted[key] for key in self._foreign - found.keys()]
            self._foreign.clear()
        return delivered, again

    def wake_at(self) -> float | None:
        """Return the monotonic time at which ``due`` has something to do; None if never."""
        times = [self._later[0][0]] if self._later else []
        if self._foreign:
            times.append(self._next_poll)
        return min(times, default=None)

    def stop_asking(self) -> None:
        """Take back what the model has not begun, drop retries; what is out may still answer."""
        for asked in self._inbox.withdraw():
            self._forget(self._tickets.pop(asked.ticket))
        for _, ticket in self._later:
            self._forget(self._tickets.pop(ticket))
        self._later.clear()
        for item in self.held():
            self._forget(item)
        for key in self._foreign:
            self._wanted.pop(key, None)
        self._foreign.clear()

    def give_up(self, ticket: int) -> None:
        """Forget a request that the model gave back unasked."""
        self._forget(self._tickets.pop(ticket))

    def _forget(self, item: _Wanted) -> None:
        self._wanted.pop(item.key, None)
        self._journal.release([item.key])

    def close(self) -> None:
        """Release what was not answered and let the model go."""
        self._inbox.close()
        self._journal.release([item.key for item in self._wanted.values() if item.claimed])
        self._journal.commit()
        self._journal.close()
        self._thread.join(timeout=5)
        if not self._thread.is_alive():
            self.model.close()


def _checked(request: Request, result: Response | Failure) -> Response | Failure:
    if isinstance(result, Response) and len(result.continuations) != len(request.continuations):
        return Failure(
            kind="garbled",
            message=f"{len(result.continuations)} log-likelihoods came back for "
            f"{len(request.continuations)} continuations",
        )
    return result


def _add(total: Spent, part: Spent, sign: int = 1) -> None:
    total.requests += sign * part.requests
    total.tokens += sign * part.tokens
    total.usd += sign * part.usd


def _sum(one: Spent, other: Spent) -> Spent:
    return Spent(
        requests=one.requests + other.requests,
        tokens=one.tokens + other.tokens,
        usd=one.usd + other.usd,
        minutes=one.minutes,
    )
