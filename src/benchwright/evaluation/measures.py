"""What a run measures of itself: parity before, time and tokens meanwhile, remarks at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from benchwright.core.model import Model, Work
from benchwright.core.request import Role
from benchwright.core.run import Measured
from benchwright.evaluation import limit
from benchwright.evaluation.desk import Desk
from benchwright.evaluation.engine import Engine
from benchwright.evaluation.plan import Entry
from benchwright.evaluation.probe import Finding, check
from benchwright.evaluation.session import Cast
from benchwright.evaluation.timing import (
    Clock,
    TimedScorer,
    metrics_of_asking,
    metrics_of_model,
    words_of_asking,
    work_of,
)


def timed(entries: Sequence[Entry]) -> tuple[list[Entry], list[TimedScorer]]:
    """Return ``entries`` with scorers that time their verdicts, and these scorers."""
    scorers: list[TimedScorer] = []
    replaced = []
    for entry in entries:
        wrapped = tuple((name, TimedScorer(scorer)) for name, scorer in entry.question.scorers)
        scorers += [scorer for _, scorer in wrapped]
        replaced.append(replace(entry, question=replace(entry.question, scorers=wrapped)))
    return replaced, scorers


class Measures:
    """What one call of ``run`` measures, over all of its subjects."""

    def __init__(self, began: Clock) -> None:
        """Count from ``began``, when models and data began to be opened."""
        self._began = self._mark = began
        self._whole: dict[str, float] = {}
        self._asked: list[Asking] = []

    def opened(self) -> None:
        """Note that models and data are open and that asking begins."""
        self._note("opening")

    def asking(self, cast: Cast, scorers: list[TimedScorer]) -> Asking:
        """Return what measures the asking of ``cast``, whose answers ``scorers`` judge."""
        self._asked.append(Asking(cast, scorers))
        return self._asked[-1]

    def tabled(self) -> None:
        """Note that the table is made: what passed since the last answer went into it."""
        self._mark = max((one.ended for one in self._asked), key=_wall, default=self._mark)
        self._note("table")

    def measured(self) -> list[Measured]:
        """Return the measurements so far: those of the whole run first."""
        spent = Clock.now().since(self._began)
        whole = {**self._whole, "seconds": spent.wall, "cpu_seconds": spent.process}
        rounded = {name: round(value, 4) for name, value in whole.items()}
        return [Measured(metrics=rounded), *(row for one in self._asked for row in one.measured)]

    def remarks(self) -> list[str]:
        """Return what the user is told of the run itself, a sentence each."""
        return list(dict.fromkeys(text for one in self._asked for text in one.remarks()))

    def _note(self, part: str) -> None:
        now = Clock.now()
        spent = now.since(self._mark)
        self._mark = now
        self._whole[f"seconds_{part}"] = spent.wall
        self._whole[f"cpu_seconds_{part}"] = spent.process


class Asking:
    """What is measured while one subject, with its judge and helper, is asked."""

    def __init__(self, cast: Cast, scorers: list[TimedScorer]) -> None:
        """Measure the models of ``cast`` and the verdicts of ``scorers``."""
        self.measured: list[Measured] = []
        """The measurements, a value a model; empty until ``end``."""
        self.ended = Clock.now()
        """When the last answer was written; until then, when it was planned."""
        self._models = {model.identity.key(): model for model in cast.roles().values()}
        self._subject = cast.subject
        self._scorers = scorers
        self._findings: dict[str, Finding] = {}
        self._probed = 0.0
        self._work: dict[str, Work | None] = {}
        self._began = self.ended

    @property
    def noise(self) -> Mapping[str, float]:
        """By model key, nats by which a batch may move a log-probability; 0 where unknown."""
        return {key: finding.noise for key, finding in self._findings.items()}

    def check(self, *, plain: bool, fresh: bool) -> None:
        """Check the log-probabilities of every model that is about to be asked.

        Raises:
            BatchDiffers: one answers otherwise in the batch than alone.
            ModelError: one failed.
        """
        before = Clock.now()
        for key, model in self._models.items():
            self._findings[key] = check(model, plain=plain, fresh=fresh)
        self._probed = Clock.now().since(before).wall

    def begin(self) -> None:
        """Note that asking begins."""
        self._work = {key: work_of(model) for key, model in self._models.items()}
        self._began = Clock.now()

    def end(self, engine: Engine, desks: Mapping[Role, Desk]) -> None:
        """Note that asking is over, and what ``engine`` and ``desks`` counted."""
        self.ended = Clock.now()
        spent = self.ended.since(self._began)
        for desk in dict.fromkeys(desks.values()):
            key = desk.model_key
            metrics = metrics_of_model(desk, self._work[key], work_of(desk.model))
            metrics |= self._known(key, desk.model)
            if desk.model is self._subject:
                metrics |= metrics_of_asking(
                    spent, engine.waiting, engine.writing, engine.writer.cpu, self._scorers
                )
                metrics |= {"seconds_probe": round(self._probed, 4), "rows": engine.tally.rows}
            self.measured.append(Measured(model=desk.model.name, model_key=key, metrics=metrics))

    def remarks(self) -> list[str]:
        """Return what there is to say, a sentence each."""
        said = [
            f"{self._models[key].name} was checked: {finding.words}"
            for key, finding in self._findings.items()
            if finding.words
        ]
        for row in self.measured:
            metrics = row.metrics
            if metrics["requests"] and "seconds" in metrics:
                said.append(f"{row.model}: {words_of_asking(metrics)}")
            if metrics.get("compared"):
                said.append(
                    f"{row.model}: {metrics['within_noise']:,.0f} of {metrics['compared']:,.0f} "
                    "answers lie within the batch noise (their two best options are nearer)"
                )
        identity = self._subject.identity
        found = limit.faster(identity.key(), identity.notes.get("threads", ""))
        if self.measured and found is not None:
            said.append(f"{self._subject.name}: {found}")
        return said

    def _known(self, key: str, model: Model) -> dict[str, float]:
        parity = self._findings[key].parity if key in self._findings else None
        known: dict[str, float] = {}
        if parity is not None:
            known |= {"parity_nats": parity.difference, "parity_bound_nats": parity.bound}
        if model.identity.kind == "local":
            best = limit.kept(key, model.identity.notes.get("threads", ""))
            if best is not None:
                known["limit_tokens_per_second"] = best.tokens_per_second
        return known


def _wall(clock: Clock) -> float:
    return clock.wall
