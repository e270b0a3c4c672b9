"""One sample on its way to its rows: the flow that asks and scores, and what it used."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from typing import Any, TypeVar

from msgspec import Struct

from benchwright.core.benchmark import Scorer, Solver
from benchwright.core.errors import ScoringError, boundary
from benchwright.core.execution import ProgramNotRun
from benchwright.core.flow import Flow, Wanted
from benchwright.core.measurement import Measurement, Outcome, Score
from benchwright.core.model import Model
from benchwright.core.request import Role
from benchwright.core.response import Failure, RequestFailed, Response
from benchwright.core.sample import Presentation, Sample
from benchwright.evaluation.outcome import decide

Number = TypeVar("Number", int, float)


class Question(Struct, frozen=True, kw_only=True):
    """What the rows of one (benchmark, way of asking) have in common."""

    benchmark: str
    """``name@version``."""
    solver: Solver
    """How it is asked."""
    scorers: tuple[tuple[str, Scorer], ...]
    """(identity, scorer) for every scorer wanted."""
    conditions: str
    """Digest of the conditions."""
    asked: str
    """The conditions in a few words."""
    model: str
    """Display name of the subject."""
    model_key: str
    """Digest of what the subject is."""


class Job:
    """A flow alive in the engine."""

    __slots__ = (
        "answers", "failure", "flow", "keys", "question", "repeat", "roles", "sample", "together",
        "used", "waiting",
    )  # fmt: skip

    def __init__(
        self, question: Question, sample: Sample, presentation: Presentation, repeat: int
    ) -> None:
        """Prepare to ask ``sample`` as ``question`` says."""
        self.question = question
        self.sample = sample
        self.repeat = repeat
        self.flow: Flow[list[tuple[str, Outcome, Score, Response | None]]] = self._evaluate(
            presentation
        )
        self.answers: list[Any] = []
        self.waiting = 0
        self.roles: list[Role] = []
        self.together = False
        self.keys: list[str] = []
        self.used: dict[Role, list[tuple[Response, float | None]]] = {}
        self.failure: Failure | None = None

    def _evaluate(
        self, presentation: Presentation
    ) -> Flow[list[tuple[str, Outcome, Score, Response | None]]]:
        question, sample = self.question, self.sample
        try:
            response = yield from question.solver(sample, presentation, self.repeat)
        except ProgramNotRun as problem:
            self.failure = Failure(kind="not_run", message=problem.reason)
            score = Score(explanation=problem.reason)
            return [(name, Outcome.FAILED, score, None) for name, _ in question.scorers]
        except RequestFailed as failed:
            self.failure = failed.failure
            outcome = (
                Outcome.UNSUPPORTED if failed.failure.kind == "unsupported" else Outcome.FAILED
            )
            score = Score(explanation=failed.failure.message)
            return [(name, outcome, score, None) for name, _ in question.scorers]
        verdicts: list[tuple[str, Outcome, Score, Response | None]] = []
        for name, scorer in question.scorers:
            try:
                score = yield from judge(scorer, sample, response)
            except ProgramNotRun as problem:
                self.failure = Failure(kind="not_run", message=problem.reason)
                score = Score(outcome=Outcome.UNJUDGED, explanation=problem.reason)
            verdicts.append((name, decide(response, score), score, response))
        return verdicts

    def rows(
        self, verdicts: Sequence[tuple[str, Outcome, Score, Response | None]], run: str
    ) -> list[Measurement]:
        """Return the measurements of this job, one per scorer."""
        return [
            measurement(self, name, outcome, score, response, run)
            for name, outcome, score, response in verdicts
        ]

    def defective(self, error: BaseException) -> list[tuple[str, Outcome, Score, Response | None]]:
        """Return the verdicts of a job whose flow or scorer raised: failed, with its traceback."""
        self.failure = Failure(kind="defect", message=str(error))
        trace = "".join(traceback.format_exception(error.__cause__ or error))
        score = Score(explanation=trace)
        return [(name, Outcome.FAILED, score, None) for name, _ in self.question.scorers]


def judge(scorer: Scorer, sample: Sample, response: Response) -> Flow[Score]:
    """Let ``scorer`` judge, asking its judge where it has one; no verdict there is ``unjudged``."""
    with boundary(ScoringError, f"{scorer.name}: sample {sample.id}"):
        verdict = scorer(sample, response)
    if isinstance(verdict, Score):
        return verdict
    try:
        return (yield from verdict)
    except RequestFailed as failed:
        return Score(outcome=Outcome.UNJUDGED, explanation=f"the judge gave no answer: {failed}")


def scorer_identity(scorer: Scorer, judge: Model | None, sandbox: str = "auto") -> str:
    """Return ``name@version``; of a judging scorer also its judge's key.

    Of one that has code run without a sandbox, it says so: such verdicts are others, in all tables.
    """
    identity = f"{scorer.name}@{scorer.version}"
    if getattr(scorer, "judges", False) and judge is not None:
        identity += f"+{judge.identity.key()[:12]}"
    if getattr(scorer, "executes", ()) and sandbox == "none":
        identity += "+no-sandbox"
    return identity


def step(job: Job, value: Any) -> Wanted | list[Any]:
    """Step a job's flow; return what it wants asked or run, or its verdicts once it is over.

    ``value`` is None at the start, a Failure or ProgramNotRun to throw in, or what was answered.
    The verdicts come as the list that ``rows`` takes, told from requests by ``job.flow`` being
    exhausted (``job.waiting`` is set to -1).

    Raises:
        BenchwrightError: the flow or a scorer raised; a defect.
    """
    sample = job.sample
    with boundary(ScoringError, f"{job.question.benchmark}: sample {sample.id} {sample.variant}"):
        try:
            if isinstance(value, Failure):
                return job.flow.throw(RequestFailed(value))
            if isinstance(value, ProgramNotRun):
                return job.flow.throw(value)
            return job.flow.send(value)
        except StopIteration as stop:
            job.waiting = -1
            verdicts: list[Any] = stop.value
            return verdicts


def chance_of(sample: Sample) -> float | None:
    """Return the expected value of a blind guess, where the question offers choices."""
    return 1 / len(sample.choices) if sample.choices else None


def measurement(
    job: Job, scorer: str, outcome: Outcome, score: Score, response: Response | None, run: str
) -> Measurement:
    """Return the row of one verdict."""
    question, sample = job.question, job.sample
    subject = [answer for answer, _ in job.used.get("subject", ())]
    last = response or (subject[-1] if subject else None)
    used = _used(subject)
    return Measurement(
        model_key=question.model_key,
        benchmark=question.benchmark,
        sample=sample.root,
        variant=sample.variant,
        repeat=job.repeat,
        conditions=question.conditions,
        scorer=scorer,
        model=question.model,
        asked=question.asked,
        tags=sample.tags,
        outcome=outcome,
        value=score.value if outcome is Outcome.SCORED else None,
        answer=score.answer,
        target=sample.target,
        explanation=score.explanation,
        strict_answer=score.strict_answer,
        extractors_agree=score.extractors_agree,
        chance=chance_of(sample),
        finish=last.finish if last else "",
        failure=job.failure.kind if job.failure else "",
        deviations=sorted(used.deviations),
        boundary_merged=used.boundary_merged,
        request_keys=job.keys,
        tokens_in=used.tokens_in,
        tokens_cached=used.tokens_cached,
        tokens_out=used.tokens_out,
        tokens_reasoning=used.tokens_reasoning,
        seconds=used.seconds,
        first_token_seconds=last.first_token_seconds if last else None,
        cost=_cost(job, "subject"),
        cost_judge=_cost(job, "judge"),
        cost_helper=_cost(job, "helper"),
        run=run,
    )


def _used(answers: list[Response]) -> Response:
    """Return what ``answers`` used together, in the fields of one."""
    if len(answers) == 1:
        return answers[0]
    return Response(
        deviations=tuple({text for answer in answers for text in answer.deviations}),
        boundary_merged=any(answer.boundary_merged for answer in answers),
        tokens_in=_total([answer.tokens_in for answer in answers]),
        tokens_cached=_total([answer.tokens_cached for answer in answers]),
        tokens_out=_total([answer.tokens_out for answer in answers]),
        tokens_reasoning=_total([answer.tokens_reasoning for answer in answers]),
        seconds=_total([answer.seconds for answer in answers]),
    )


def _total(values: list[Number | None]) -> Number | None:
    known = [value for value in values if value is not None]
    return sum(known[1:], known[0]) if known else None


def _cost(job: Job, role: Role) -> float | None:
    if role not in job.used:
        return None
    costs = [cost for _, cost in job.used[role]]
    known = [cost for cost in costs if cost is not None]
    return sum(known) if known and len(known) == len(costs) else None


def failed_for_good(failure: str) -> bool:
    """Whether a row's failure kind would be the same again."""
    return bool(failure) and Failure(kind=failure, message="").permanent  # type: ignore[arg-type]
