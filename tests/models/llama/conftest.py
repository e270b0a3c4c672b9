"""GGUF files with random weights, and an inbox to ask them through."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from benchwright.core.content import Media
from benchwright.core.model import Asked, Model
from benchwright.core.request import Request
from benchwright.core.response import Failure, Response
from models.decoding.exact import TEMPLATE

from .tiny import write_gguf


class Box:
    """An inbox for one model: all requests wait at once, or arrive in portions."""

    def __init__(self, requests: Sequence[Request], portion: int | None = None) -> None:
        self._waiting = deque(Asked(number, one) for number, one in enumerate(requests))
        self._portion = portion or max(1, len(requests))
        self._lock = threading.Lock()
        self._n = len(requests)
        self.answers: dict[int, Response | Failure] = {}

    def take(self, limit: int, wait: float | None = None) -> list[Asked]:
        count = min(limit, self._portion, len(self._waiting))
        if wait is None and not count:
            raise AssertionError("the model waits for requests that will never come")
        return [self._waiting.popleft() for _ in range(count)]

    @property
    def closed(self) -> bool:
        return len(self.answers) == self._n

    stopping = False

    def give_back(self, asked: Sequence[Asked]) -> None:
        raise AssertionError(f"{len(asked)} requests came back, and the run goes on")

    def answer(self, asked: Asked, result: Response | Failure) -> None:
        with self._lock:
            assert asked.ticket not in self.answers, "answered twice"
            self.answers[asked.ticket] = result

    def media(self, media: Media) -> bytes:
        raise AssertionError("no media here")


Ask = Callable[..., list[Response | Failure]]


@pytest.fixture
def ask() -> Ask:
    """Ask a model some requests and return the answers in order."""

    def ask_all(
        model: Model, *requests: Request, portion: int | None = None
    ) -> list[Response | Failure]:
        box = Box(requests, portion)
        model.serve(box)
        return [box.answers[number] for number in range(len(requests))]

    return ask_all


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is remembered in the user's cache folder."""
    monkeypatch.setenv("BENCHWRIGHT_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with BOS and a chat template."""
    return write_gguf(tmp_path_factory.mktemp("gguf") / "tiny.gguf", template=TEMPLATE)


@pytest.fixture(scope="session")
def without_bos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of byte pairs, without BOS and without a template."""
    return write_gguf(tmp_path_factory.mktemp("gguf") / "nobos.gguf", bos=False)
