"""An inbox for tests of models, and a way to ask a model a few requests and have the answers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence

import pytest

from benchwright.core.content import Media
from benchwright.core.model import Asked, Model
from benchwright.core.request import Request
from benchwright.core.response import Failure, Response

Answers = list[Response | Failure]
Ask = Callable[..., Answers]

PATIENCE = 60.0
"""Seconds after which a test gives up on a model that does not answer."""


class QueueInbox:
    """The plainest inbox: a list under a lock."""

    def __init__(self, requests: Sequence[Request], media: Mapping[str, bytes]) -> None:
        self.asked = [Asked(ticket, request) for ticket, request in enumerate(requests)]
        self.results: dict[int, Response | Failure] = {}
        self.given_back: list[int] = []
        self.stop_after: int | None = None
        """Answers after which the run is stopping; None: it goes on."""
        self.largest_take = 0
        self._waiting = list(self.asked)
        self._media = media
        self._closed = False
        self._changed = threading.Condition()

    def take(self, limit: int, wait: float | None = None) -> list[Asked]:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed, wait)
            if self._closed:
                return []
            taken, self._waiting = self._waiting[:limit], self._waiting[limit:]
            self.largest_take = max(self.largest_take, len(taken))
            return taken

    @property
    def closed(self) -> bool:
        return self._closed

    @property
    def stopping(self) -> bool:
        return self.stop_after is not None and len(self.results) >= self.stop_after

    def give_back(self, asked: Sequence[Asked]) -> None:
        assert self.stopping, f"{len(asked)} requests came back, and the run goes on"
        with self._changed:
            self.given_back += [one.ticket for one in asked]
            self._changed.notify_all()

    def answer(self, asked: Asked, result: Response | Failure) -> None:
        with self._changed:
            assert asked.ticket not in self.results, f"ticket {asked.ticket} answered twice"
            self.results[asked.ticket] = result
            self._changed.notify_all()

    def media(self, media: Media) -> bytes:
        return self._media[media.digest]

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def wait_for_answers(self, number: int) -> bool:
        with self._changed:
            return self._changed.wait_for(
                lambda: len(self.results) + len(self.given_back) >= number, PATIENCE
            )


@pytest.fixture
def ask() -> Ask:
    """Return ``ask(model, requests, media={})``: the answers in the order asked."""

    def ask_model(
        model: Model, requests: Sequence[Request], media: Mapping[str, bytes] | None = None
    ) -> Answers:
        inbox = QueueInbox(requests, media or {})
        raised: list[BaseException] = []
        thread = threading.Thread(target=_serve, args=(model, inbox, raised), daemon=True)
        thread.start()
        try:
            answered = inbox.wait_for_answers(len(requests))
        finally:
            inbox.close()
            thread.join(PATIENCE)
        if raised:
            raise raised[0]
        assert answered, f"only {len(inbox.results)} of {len(requests)} were answered"
        assert not thread.is_alive(), "serve did not return although the inbox was closed"
        return [inbox.results[ticket] for ticket in range(len(requests))]

    return ask_model


def _serve(model: Model, inbox: QueueInbox, raised: list[BaseException]) -> None:
    try:
        model.serve(inbox)
    except BaseException as error:  # noqa: BLE001 - handed to the test that waits
        raised.append(error)
        inbox.close()


@pytest.fixture
def queue_inbox() -> type[QueueInbox]:
    """Return the inbox itself, for tests that look at how a model takes from it."""
    return QueueInbox
