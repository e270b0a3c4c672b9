from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from benchwright.core.content import Media
from benchwright.core.model import Asked
from benchwright.core.request import Generation, Request
from benchwright.core.response import Failure, Response
from benchwright.models.decoding.cache import CacheSize
from benchwright.models.decoding.encoding import Encoder
from benchwright.models.decoding.scheduler import Scheduler
from benchwright.models.decoding.service import serve

from .exact import ExactEngine, Letters

requests_strategy = st.lists(
    st.one_of(
        st.builds(
            lambda text: Request(prompt=(text,), continuations=("c", "d")),
            st.text("abx", min_size=1, max_size=8),
        ),
        st.builds(
            lambda text: Request(prompt=(text,), generation=Generation(max_tokens=5)),
            st.text("abx", min_size=1, max_size=8),
        ),
    ),
    min_size=1,
    max_size=20,
)


class StoppingInbox:
    """An inbox whose run is stopping after some answers."""

    def __init__(self, requests: Sequence[Request], stop_after: int) -> None:
        self.waiting = [Asked(number, one) for number, one in enumerate(requests)]
        self.number, self.stop_after = len(requests), stop_after
        self.answers: dict[int, Response | Failure] = {}
        self.given_back: list[int] = []

    def take(self, limit: int, wait: float | None = None) -> list[Asked]:
        if self.stopping:  # as the engine's: what was not taken is withdrawn
            self.given_back += [one.ticket for one in self.waiting]
            self.waiting = []
        taken, self.waiting = self.waiting[:limit], self.waiting[limit:]
        return taken

    @property
    def stopping(self) -> bool:
        return len(self.answers) >= self.stop_after

    @property
    def closed(self) -> bool:
        return len(self.answers) + len(self.given_back) == self.number

    def answer(self, asked: Asked, result: Response | Failure) -> None:
        assert asked.ticket not in self.answers, "answered twice"
        self.answers[asked.ticket] = result

    def give_back(self, asked: Sequence[Asked]) -> None:
        self.given_back += [one.ticket for one in asked]

    def media(self, media: Media) -> bytes:
        raise AssertionError("no media here")


@settings(max_examples=100, deadline=None)
@given(requests_strategy, st.integers(0, 12), st.integers(1, 20))
def test_a_stopping_run_gets_every_request_answered_or_back(
    requests: list[Request], stop_after: int, window: int
) -> None:
    engine = ExactEngine(cells=120, sequences=8, batch=8)
    scheduler = Scheduler(
        engine, CacheSize(cells=120, sequences=8, keep=16, keep_once=8), batch=8, writers=3
    )
    inbox = StoppingInbox(requests, stop_after)

    serve(inbox, Encoder(Letters(), None, 24), scheduler, window)

    assert sorted([*inbox.answers, *inbox.given_back]) == list(range(len(requests)))
    assert all(isinstance(answer, Response) for answer in inbox.answers.values())
    assert scheduler.held == 0
