"""What stands between a benchmark and a model where no engine does: questions in, answers out."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence

from benchwright.core.benchmark import Solver
from benchwright.core.content import Media
from benchwright.core.flow import drive
from benchwright.core.model import Asked
from benchwright.core.request import Request
from benchwright.core.response import Failure, Response
from benchwright.core.sample import Presentation, Sample


def asked_of(solver: Solver, samples: Iterable[Sample]) -> list[Request]:
    """Return what ``solver`` asks of each sample."""
    requests: list[Request] = []

    def keep(request: Request) -> Response:
        requests.append(request)
        return Response()

    for sample in samples:
        drive(solver(sample, Presentation(), 0), keep)
    return requests


class Inbox:
    """Hands out all requests, keeps the answers, and is closed when the last is there."""

    def __init__(self, requests: list[Request]) -> None:
        self._number = len(requests)
        self._waiting = [Asked(number, request) for number, request in enumerate(requests)]
        self._results: dict[int, Response | Failure] = {}
        self._closed = threading.Event()

    def take(self, limit: int, wait: float | None = None) -> list[Asked]:
        taken, self._waiting = self._waiting[:limit], self._waiting[limit:]
        if not taken:
            self._closed.wait(wait)
        return taken

    @property
    def closed(self) -> bool:
        return self._closed.is_set()

    stopping = False

    def give_back(self, asked: Sequence[Asked]) -> None:
        raise SystemExit(f"{len(asked)} requests came back unasked")

    def answer(self, asked: Asked, result: Response | Failure) -> None:
        self._results[asked.ticket] = result
        if len(self._results) == self._number:
            self._closed.set()

    def media(self, media: Media) -> bytes:
        raise LookupError(media)

    def responses(self) -> list[Response]:
        """Return the answers in the order of the requests; ends the program if one failed."""
        results = [self._results[ticket] for ticket in range(self._number)]
        failed = [result for result in results if isinstance(result, Failure)]
        if failed:
            raise SystemExit(f"{len(failed)} failed: {failed[0].kind}: {failed[0].message}")
        return [result for result in results if isinstance(result, Response)]
