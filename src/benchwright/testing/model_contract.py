"""The contract that every model must hold, built-in or third-party."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence

from benchwright.core.content import Media, user
from benchwright.core.model import Asked, Model
from benchwright.core.request import Generation, Request
from benchwright.core.response import Failure, Response

PATIENCE = 300.0  # seconds that one batch of the contract's tiny requests may take


class ListInbox:
    """An inbox over a fixed list of requests; closes when every one is answered."""

    def __init__(self, requests: Sequence[Request], media: dict[str, bytes] | None = None) -> None:
        """Offer ``requests`` with tickets 0, 1, …; ``media`` holds bytes by digest."""
        self._waiting = deque(Asked(n, request) for n, request in enumerate(requests))
        self._wanted = len(requests)
        self._media = media or {}
        self._changed = threading.Condition()
        self.results: dict[int, Response | Failure] = {}
        self.twice: list[int] = []

    def take(self, limit: int, wait: float | None = None) -> list[Asked]:
        """Return up to ``limit`` requests; waits for the end where there are none left."""
        with self._changed:
            if not self._waiting and not self.closed:
                self._changed.wait(wait)
            return [self._waiting.popleft() for _ in range(min(limit, len(self._waiting)))]

    @property
    def closed(self) -> bool:
        """Whether everything is answered."""
        return len(self.results) >= self._wanted

    @property
    def stopping(self) -> bool:
        """Never: everything is wanted."""
        return False

    def give_back(self, asked: Sequence[Asked]) -> None:
        """Note that requests came back although the run goes on."""
        for one in asked:
            self.answer(one, Failure(kind="defect", message="given back in a run that goes on"))

    def answer(self, asked: Asked, result: Response | Failure) -> None:
        """Take an answer in; a second one for the same request is noted."""
        with self._changed:
            if asked.ticket in self.results:
                self.twice.append(asked.ticket)
            self.results[asked.ticket] = result
            self._changed.notify_all()

    def media(self, media: Media) -> bytes:
        """Return the bytes of ``media``."""
        return self._media[media.digest]


def ask_model(model: Model, requests: Sequence[Request]) -> list[Response | Failure]:
    """Ask ``requests`` of ``model`` and return the results in their order.

    Raises:
        TimeoutError: an answer is missing after five minutes.
    """
    inbox = ListInbox(requests)
    thread = threading.Thread(target=model.serve, args=(inbox,), daemon=True)
    thread.start()
    thread.join(PATIENCE)
    if not inbox.closed:
        raise TimeoutError(f"{model.name} answered {len(inbox.results)} of {len(requests)}")
    if inbox.twice:
        raise AssertionError(f"{model.name} answered requests {inbox.twice} twice")
    return [inbox.results[number] for number in range(len(requests))]


def model_problems(model: Model) -> list[str]:
    """Return what ``model`` breaks of the contract, one sentence each; empty if it holds."""
    problems: list[str] = []
    key = model.identity.key()
    if key != model.identity.key() or len(key) != 32:
        problems.append("Its identity's key changes from call to call.")
    if not {"generate", "loglikelihood"} & model.abilities:
        problems.append("It can neither generate nor score continuations.")
    if not {"chat", "raw"} & model.abilities:
        problems.append("It takes neither chat turns nor raw prompts.")
    if "loglikelihood" in model.abilities and "raw" in model.abilities:
        problems += _scoring_problems(model)
    if "generate" in model.abilities:
        problems += _generation_problems(model)
    return problems


def _scoring_problems(model: Model) -> list[str]:
    words = (" Paris", " London", " a", " the city of light")
    capital = Request(prompt=("The capital of France is",), continuations=words)
    sky = Request(prompt=("The colour of the clear sky is",), continuations=(" blue", " Paris"))
    single = [Request(prompt=capital.prompt, continuations=(word,)) for word in words]
    results = ask_model(model, [capital, sky, *single, capital])
    problems = []
    answers = [result for result in results if isinstance(result, Response)]
    if len(answers) != len(results):
        failed = next(result for result in results if isinstance(result, Failure))
        return [f"Scoring continuations failed: {failed.kind}: {failed.message}."]
    if len(answers[0].continuations) != len(words):
        return ["It does not return one score per continuation."]
    for word, score, alone in zip(words, answers[0].continuations, answers[2:6], strict=True):
        if not score.logprob <= 0.0:
            problems.append(f"The log-probability of {word!r} is {score.logprob}, above 0.")
        if score.bytes != len(word.encode()):
            problems.append(f"{word!r} has {len(word.encode())} bytes, not {score.bytes}.")
        if model.identity.kind != "scripted" and (
            abs(score.logprob - alone.continuations[0].logprob) > 0.25
        ):
            problems.append(f"{word!r} scores otherwise alone than beside its rivals.")
    drift = abs(answers[0].continuations[0].logprob - answers[6].continuations[0].logprob)
    if drift > 0.25:
        problems.append(f"The same question twice in a batch differs by {drift} nats.")
    return problems


def _generation_problems(model: Model) -> list[str]:
    def request(text: str, **settings: int | tuple[str, ...]) -> Request:
        generation = Generation(**settings)  # type: ignore[arg-type]
        if "chat" in model.abilities:
            return Request(messages=(user(text),), generation=generation)
        return Request(prompt=(text,), generation=generation)

    short = request("Count from one to ten.", max_tokens=4)
    long = request("Name three colours.", max_tokens=24)
    results = ask_model(model, [short, long, long])
    problems = []
    for result in results:
        if isinstance(result, Failure):
            return [f"Generating failed: {result.kind}: {result.message}."]
    answers = [result for result in results if isinstance(result, Response)]
    if answers[0].tokens_out is not None and answers[0].tokens_out > 4:
        problems.append(f"It generated {answers[0].tokens_out} tokens where 4 were the most.")
    if answers[0].tokens_out == 4 and answers[0].finish not in ("length", "stop"):
        problems.append(f"A full answer ends as {answers[0].finish!r}, not 'length'.")
    if model.identity.kind in ("local", "scripted") and answers[1].text != answers[2].text:
        problems.append("The same greedy request twice in a batch gives two answers.")
    # Bytes that are no character read as U+FFFD, and no stop text can mean them.
    words = [word for word in answers[1].text.split() if "\ufffd" not in word]
    word = words[-1] if words else ""
    if word and model.identity.kind in ("local", "scripted"):
        stopped = ask_model(model, [request("Name three colours.", max_tokens=24, stop=(word,))])[0]
        if isinstance(stopped, Response) and word in stopped.text:
            problems.append(f"The stop text {word!r} is part of the answer.")
    return problems
