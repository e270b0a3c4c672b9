"""The account of a run: where its time went, against what the machine could do, and what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from benchwright.core.errors import DescriptionError, UnknownName
from benchwright.core.run import Measured, Run
from benchwright.core.table import Table
from benchwright.evaluation import limit
from benchwright.evaluation.timing import ASKING, tokens_evaluated
from benchwright.pool import Pool

MODEL_IS_THE_COST = 0.9
"""From this share of waiting on, nothing but the model could be faster."""
STANDS_OUT = 0.2
"""Share of the time from which another part than the model is worth a word."""
SHARES_NOTHING = 1.05
"""Tokens asked by tokens evaluated, up to which nothing was shared to speak of."""
NEAR_THE_LIMIT = 1.25
"""Time of asking by the time that the limit allows, up to which nothing is worth a word."""
BETTER_THAN_THE_LIMIT = 0.9
"""Time of asking by the time that the limit allows, below which the limit must be wrong."""
IN_THE_BACKEND = 0.8
"""Share of the waiting below which the model's own code is worth a word."""

_SCORER = "seconds_scoring "


class Account(Struct, frozen=True, kw_only=True):
    """Where one run's time went."""

    run: str
    """The run's id."""
    machine: dict[str, str]
    """Processor, cores, memory, system."""
    versions: dict[str, str]
    """Package → version."""
    measured: list[Measured]
    """Metrics of the whole run and of each of its models."""
    parts: Table
    """Part → wall seconds, their share, CPU seconds."""
    models: Table
    """Model → requests, tokens, rates and the limit."""
    advice: list[str]
    """What stands out and what can be done, a sentence each."""


def account(pool: Pool, run: str = "") -> Account:
    """Return the account of ``run`` (an id or its beginning), of the newest where it is empty.

    Raises:
        DescriptionError: there is no such run, or it ended before it could measure itself.
    """
    record = _find(pool.runs(), run)
    whole = record.measured[0].metrics
    asked = [one for one in record.measured[1:] if "seconds" in one.metrics]
    cores = record.machine.get("cores", "?")
    machine = f"{record.machine.get('processor', 'an unknown processor')}, {cores} cores"
    parts = Table(
        columns=("what", "wall s", "share", "CPU s"),
        rows=tuple(_parts(whole, asked)),
        caption=f"Run {record.id}, {record.status}, on {machine}.",
    )
    models = Table(
        columns=(
            "model", "requests", "kept", "tokens asked", "cached", "evaluated", "asked / evaluated",
            "evaluated / s", "limit / s", "time / limit's",
        ),
        rows=tuple(_model(one) for one in record.measured[1:]),
        caption="The limit is that of the backend's own loop over full batches, measured here.",
    )  # fmt: skip
    return Account(
        run=record.id,
        machine=record.machine,
        versions=record.versions,
        measured=record.measured,
        parts=parts,
        models=models,
        advice=[
            *_advice_on_whole(whole, asked),
            *(t for one in asked for t in _advice(record, one)),
        ],
    )


def _find(runs: Sequence[Run], named: str) -> Run:
    measured = [run for run in runs if run.measured]
    if not named:
        if not measured:
            raise DescriptionError(
                "No run in this pool has measured itself: runs do since this version, once they "
                "are over."
            )
        return measured[-1]
    found = [run for run in runs if run.id.startswith(named)]
    if len(found) != 1:
        if found:
            raise DescriptionError(
                f"{named!r} begins the ids of {len(found)} runs: say more of it."
            )
        raise UnknownName("run", named, [run.id for run in runs])
    if not found[0].measured:
        raise DescriptionError(
            f"The run {found[0].id} has not measured itself: it asked nothing, was killed, or is "
            "older than this version."
        )
    return found[0]


Row = tuple[str, float, str, float | None]


def _parts(whole: Mapping[str, float], asked: Sequence[Measured]) -> list[Row]:
    total = whole["seconds"]

    def row(words: str, wall: float, cpu: float | None) -> Row:
        return words, wall, f"{wall / total:.0%}" if total else "", cpu

    rows = [row("opening models and data", *_both(whole, "opening"))]
    for one in asked:
        metrics = one.metrics
        rows.append(row(f"{one.model}: check of the batch", metrics["seconds_probe"], None))
        waiting = metrics["seconds_waiting"]
        rows.append(row(f"{one.model}: waiting for it", waiting, metrics["cpu_seconds_model"]))
        if "seconds_backend" in metrics:
            rows.append(row("  in its backend", metrics["seconds_backend"], None))
        rows.append(row("engine", metrics["seconds_engine"], metrics["cpu_seconds_engine"]))
        rows.append(row("scoring", metrics["seconds_scoring"], None))
        rows += [row(f"  {name}", wall, None) for name, wall in _scorers(metrics)]
        rows.append(row("writing", *_both(metrics, "writing")))
    if "seconds_table" in whole:
        rows.append(row("table", *_both(whole, "table")))
    return [*rows, row("all", total, whole["cpu_seconds"])]


def _both(metrics: Mapping[str, float], part: str) -> tuple[float, float]:
    return metrics.get(f"seconds_{part}", 0.0), metrics.get(f"cpu_seconds_{part}", 0.0)


def _scorers(metrics: Mapping[str, float]) -> list[tuple[str, float]]:
    found = [
        (name.removeprefix(_SCORER), value)
        for name, value in metrics.items()
        if name.startswith(_SCORER)
    ]
    return sorted(found, key=lambda item: -item[1])


def _model(one: Measured) -> tuple[str | float | None, ...]:
    metrics = one.metrics
    evaluated = tokens_evaluated(metrics)
    seconds = metrics.get("seconds")
    best = metrics.get("limit_tokens_per_second")
    return (
        one.model,
        int(metrics["requests"]),
        int(metrics["reused"]),
        int(metrics["tokens_asked"]),
        int(metrics["tokens_cached"]),
        int(evaluated),
        _by(metrics["tokens_asked"], evaluated),
        _by(evaluated, seconds),
        best,
        _by(seconds, _by(evaluated, best)),
    )


def _by(one: float | None, other: float | None) -> float | None:
    return one / other if one is not None and other else None


def _advice_on_whole(whole: Mapping[str, float], asked: Sequence[Measured]) -> list[str]:
    opening, seconds = whole.get("seconds_opening", 0.0), whole["seconds"]
    if opening > 1 and opening > 0.3 * seconds:
        share = f"{opening / seconds:.0%}"
        return [f"Opening took {share}: several benchmarks in one run pay it once."]
    if not any(one.metrics["requests"] for one in asked):
        return ["Nothing was asked: everything was kept already."]
    return []


def _advice(record: Run, one: Measured) -> list[str]:
    metrics = one.metrics
    seconds = metrics["seconds"]
    if not metrics["requests"] or not seconds:
        return []
    shares = {part: metrics[f"seconds_{part}"] / seconds for part in ASKING}
    said = []
    if shares["waiting"] >= MODEL_IS_THE_COST:
        said.append(
            f"{one.model}: {shares['waiting']:.0%} of the time went into waiting for the model: "
            "the engine adds nothing to speak of."
        )
    if shares["engine"] >= STANDS_OUT:
        each = 1000 * metrics["cpu_seconds_engine"] / max(1.0, metrics.get("rows", 0.0))
        said.append(
            f"The engine took {shares['engine']:.0%} ({each:.2f} CPU ms a row): this model answers "
            "faster than questions can be rendered and rows be made."
        )
    if shares["scoring"] >= STANDS_OUT:
        name, wall = _scorers(metrics)[0]
        said.append(
            f"Scoring took {shares['scoring']:.0%}, most of it {name} ({wall:.1f} s): answers are "
            "kept, so `benchwright score` can judge them later without asking again."
        )
    if shares["writing"] >= STANDS_OUT:
        cure = (
            "leave --fsync out where lost power is no danger"
            if record.settings.get("fsync") == "True"
            else "put the pool on a local disk"
        )
        said.append(f"Writing took {shares['writing']:.0%}: {cure}.")
    return [*said, *_advice_on_model(record, one)]


def _advice_on_model(record: Run, one: Measured) -> list[str]:
    metrics = one.metrics
    described = record.models.get(f"subject {one.model}", {})
    local = described.get("kind") == "local"
    said = []
    evaluated = tokens_evaluated(metrics)
    ratio = _by(metrics["tokens_asked"], evaluated)
    if ratio is not None and ratio <= SHARES_NOTHING:
        said.append(f"{one.model} shared nothing between prompts: {_why_not(record, local)}.")
    waiting, backend = metrics["seconds_waiting"], metrics.get("seconds_backend")
    if backend is not None and waiting > 1 and backend < IN_THE_BACKEND * waiting:
        said.append(
            f"{one.model} spent {waiting - backend:.1f} s of the waiting outside of its backend: "
            "reading prompts into tokens and log-probabilities out of logits."
        )
    best = metrics.get("limit_tokens_per_second")
    if local and best is None:
        said.append(
            f"{one.model}: the limit of this machine was not known. `benchwright time --measure "
            "MODEL` measures it in seconds, once; later runs are held against it."
        )
    times = _by(metrics["seconds"], _by(evaluated, best))
    if times is not None and times > NEAR_THE_LIMIT:
        said.append(
            f"{one.model} took {times:.2f} times what the limit allows: small runs do not fill "
            "batches, long prefixes cost every token behind them, other programs take the cores."
        )
    if times is not None and times < BETTER_THAN_THE_LIMIT:
        said.append(
            f"{one.model} was faster than its limit, which was measured while the machine was busy "
            "with something else: measure it again with --measure."
        )
    found = limit.faster(one.model_key, described.get("note threads", ""))
    if found is not None:
        said.append(f"{one.model}: {found}.")
    return said


def _why_not(record: Run, local: bool) -> str:
    if record.settings.get("plain") == "True":
        return "--plain evaluates every request alone"
    if not local:
        return "the server told of no cached tokens; it may keep none, or not say"
    return (
        "without shots (--shots) or with a template that begins with something new each time, "
        "there is no common beginning"
    )
