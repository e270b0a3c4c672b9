"""A model made of a function, and an engine around it that keeps its pool in a test's folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import get_args

from benchwright.core.benchmark import Scorer
from benchwright.core.canonical import cache_key
from benchwright.core.conditions import Conditions
from benchwright.core.content import Text
from benchwright.core.flow import Flow, ask
from benchwright.core.measurement import Measurement, Score
from benchwright.core.model import Ability, Identity, Inbox
from benchwright.core.request import Generation, Origin, Request, Role
from benchwright.core.response import Failure, Response
from benchwright.core.sample import Presentation, Sample
from benchwright.evaluation.bench import Bench as Programs
from benchwright.evaluation.desk import Desk, RetryPolicy
from benchwright.evaluation.engine import Engine, Limits
from benchwright.evaluation.inbox import Mail
from benchwright.evaluation.job import Job, Question
from benchwright.evaluation.price import Price, Spent
from benchwright.pool import Pool
from benchwright.sandbox import Sandbox, open_sandbox

Answer = Callable[[Request], Response | Failure]


def said(text: str) -> Response:
    return Response(parts=(Text(text),), tokens_in=10, tokens_out=2)


class FunctionModel:
    """A model whose answers are a function; counts what it is asked."""

    template = "none"

    def __init__(self, answer: Answer, *, name: str = "function", concurrency: int = 8) -> None:
        self.name = name
        self.concurrency = concurrency
        self.abilities: frozenset[Ability] = frozenset(get_args(Ability))
        self.identity = Identity(kind="scripted", fields={"name": name})
        self.asked: Counter[bytes] = Counter()
        self.most_out = 0
        self._answer = answer

    def serve(self, inbox: Inbox) -> None:
        while not inbox.closed:
            taken = inbox.take(1_000_000)
            self.most_out = max(self.most_out, len(taken))
            for asked in reversed(taken):
                self.asked[cache_key(asked.request, "")] += 1
                inbox.answer(asked, self._answer(asked.request))

    def close(self) -> None:
        pass


class ExactScorer:
    """Right if the answer is the target; no verdict for the text ``?``."""

    name, version = "exact", "1"

    def __call__(self, sample: Sample, response: Response) -> Score:
        if response.text in ("?", ""):
            return Score()
        return Score(value=float(response.text == sample.target), answer=response.text)


class OneTurn:
    """A solver that asks the sample's text."""

    conditions = Conditions(solver="one_turn@1", ask="generate")

    def __call__(self, sample: Sample, presentation: Presentation, repeat: int) -> Flow[Response]:
        return ask(
            Request(
                prompt=(sample.text,),
                generation=Generation(max_tokens=10),
                repeat=(repeat, 0),
                origin=Origin(sample=sample.id, repeat=repeat),
            )
        )


def sample(number: int) -> Sample:
    return Sample(id=f"s/{number}", input=(Text(f"question {number}"),), target=f"{number}")


class Bench:
    """Runs samples through the engine against one pool, as often as a test likes."""

    def __init__(self, folder: Path) -> None:
        self.pool = Pool.open(folder / "pool")
        self.opened: Callable[[], Sandbox] = open_sandbox
        self.programs: Programs | None = None
        self.engine: Engine | None = None
        self.desk: Desk | None = None

    def run(
        self,
        model: FunctionModel,
        samples: Iterable[Sample],
        *,
        solver: object = None,
        scorers: Iterable[Scorer] = (),
        judge: FunctionModel | None = None,
        limits: Limits | None = None,
        retry: RetryPolicy | None = None,
        price: Price | None = None,
        fresh: bool = False,
        retry_failed: bool = False,
        on_row: Callable[[Engine], None] | None = None,
        write: Callable[[list[Measurement]], None] | None = None,
    ) -> list[Measurement]:
        mailbox: SimpleQueue[Mail | None] = SimpleQueue()
        desks: dict[Role, Desk] = {}
        for number, (role, one) in enumerate({"subject": model, "judge": judge}.items()):
            if one is not None:
                desks[role] = Desk(  # type: ignore[index]
                    number=number,
                    model=one,
                    journal=self.pool.journal(one.name, one.identity.key()),
                    mailbox=mailbox,
                    read_media=self.pool.media,
                    run="r",
                    price=price,
                    retry=retry or RetryPolicy(first_seconds=0.0),
                    fresh=fresh,
                    retry_failed=retry_failed,
                )
        question = Question(
            benchmark="test@1",
            solver=solver or OneTurn(),  # type: ignore[arg-type]
            scorers=tuple((f"{s.name}@{s.version}", s) for s in (scorers or [ExactScorer()])),
            conditions="c",
            asked="generate",
            model=model.name,
            model_key=model.identity.key(),
        )
        rows: list[Measurement] = []
        self.programs = programs = Programs(
            opened=self.opened, kept=self.pool.executions, mailbox=mailbox, run="r", fresh=fresh
        )
        engine = Engine(
            desks=desks,
            bench=programs,
            mailbox=mailbox,
            limits=limits or Limits(),
            run="r",
            spent=Spent(),
            write=write or rows.extend,
            tick=lambda tally, news: None,
        )
        self.engine, self.desk = engine, desks["subject"]

        def jobs() -> Iterator[Job]:
            for one in samples:
                if on_row is not None:
                    on_row(engine)
                yield Job(question, one, Presentation(), 0)

        try:
            engine.run(jobs(), lambda: 1)
        finally:
            for desk in desks.values():
                desk.close()
            programs.close()
        return rows
