"""The verb ``run``: benchmarks × models → measurements in the pool."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from benchwright.core.benchmark import COMPARING
from benchwright.evaluation import events
from benchwright.evaluation.executing import runtimes_of, sandbox_for
from benchwright.evaluation.garbage import rarely_collected
from benchwright.evaluation.plan import Described, Entry, describe, expand, questions
from benchwright.evaluation.preview import preview
from benchwright.evaluation.result import RunResult
from benchwright.evaluation.runner import Runner
from benchwright.evaluation.session import Cast, open_models
from benchwright.evaluation.settings import FileFields, RunSettings
from benchwright.evaluation.timing import Clock
from benchwright.pool import Pool


def run(
    benchmarks: str | Sequence[str],
    *,
    model: str | Sequence[str],
    judge: str = "",
    helper: str = "",
    pool: str | Path = "pool",
    ask: str = "",
    shots: int | None = None,
    system: str = "",
    template: str = "auto",
    temperature: float | None = None,
    max_tokens: int | None = None,
    repeat: int = 1,
    seed: int = 0,
    concurrency: int | None = None,
    take: str = "",
    until: str = "",
    subset: str | Path = "",
    perturb: Sequence[str] = (),
    data: str | Path = "",
    price: str = "",
    budget: Sequence[str] = (),
    scorer: Sequence[str] = (),
    attempts: int = 6,
    retry_failed: bool = False,
    fresh: bool = False,
    sandbox: str = "auto",
    strict: bool = False,
    fsync: bool = False,
    plain: bool = False,
    format: str = "",  # noqa: A002 - the option's name
    identity: str = "",
    name: str = "",
    model_options: Mapping[str, str] | None = None,
    fields: FileFields | None = None,
    dry_run: bool = False,
    on_event: events.Listener = events.ignore,
) -> RunResult:
    """Ask benchmarks of models, keep every answer and verdict in the pool, and return the table.

    The parameters are the fields of ``RunSettings``, which see. The same call after any
    interruption asks only what is missing.

    Raises:
        DescriptionError: something was described wrongly; nothing was asked; lists every problem.
        DataError: a benchmark's data is absent or not what its card pins.
        PoolError: the pool cannot be read or written.
    """
    settings = RunSettings(
        benchmarks=(benchmarks,) if isinstance(benchmarks, str) else tuple(benchmarks),
        models=(model,) if isinstance(model, str) else tuple(model),
        judge=judge,
        helper=helper,
        pool=Path(pool).expanduser(),
        ask=ask,
        shots=shots,
        system=system,
        template=template,
        temperature=temperature,
        max_tokens=max_tokens,
        repeat=repeat,
        seed=seed,
        concurrency=concurrency,
        take=take,
        until=until,
        subset=str(subset),
        perturb=tuple(perturb),
        data=str(data),
        price=price,
        budget=tuple(budget),
        scorer=tuple(scorer),
        attempts=attempts,
        retry_failed=retry_failed,
        fresh=fresh,
        sandbox=sandbox,
        strict=strict,
        fsync=fsync,
        plain=plain,
        format=format,
        identity=identity,
        name=name,
        model_options=dict(model_options or {}),
        fields=fields or FileFields(),
    )
    return run_settings(settings, dry_run=dry_run, on_event=on_event)


@rarely_collected()
def run_settings(
    settings: RunSettings, *, dry_run: bool = False, on_event: events.Listener = events.ignore
) -> RunResult:
    """Run what ``settings`` say; see ``run``."""
    began = Clock.now()
    described = describe(settings)
    if described.subset is not None:
        settings = msgspec.structs.replace(settings, drawn=described.subset.drawn())
    loglikelihood = any(ask in COMPARING for ask in described.asks)
    casts = open_models(settings, loglikelihood=loglikelihood)
    try:
        planned = [
            (cast, questions(described, settings, cast.subject, cast.judge)) for cast in casts
        ]
        entries = [entry for _, entries in planned for entry in entries]
        if not dry_run:
            sandbox = sandbox_for(runtimes_of(entries), settings.sandbox)
            settings = msgspec.structs.replace(settings, sandbox=sandbox)
        pool = Pool.open(settings.pool, fsync=settings.fsync)
        try:
            if dry_run:
                return preview(planned, pool)
            keep_descriptions(pool, described, planned)
            result = Runner(settings, pool, on_event, began).run(planned)
            return result if described.subset is None else of_a_part(result, settings, described)
        finally:
            pool.close()
    finally:
        for cast in casts:
            for opened in cast.roles().values():
                opened.close()


def keep_descriptions(
    pool: Pool, described: Described, planned: Sequence[tuple[Cast, list[Entry]]]
) -> None:
    """Keep samples, cards and conditions, so that the pool can be read without this program."""
    there = set(pool.benchmarks())
    for benchmark, data, surveyed in described.benchmarks:
        if surveyed.version not in there:
            pool.save_samples(surveyed.version, benchmark.samples(data))
            pool.save_card(surveyed.version, benchmark.card, surveyed.strata)
        if described.perturbations:
            chosen = surveyed.chosen
            pool.save_samples(
                surveyed.version,
                (
                    variant.sample
                    for sample in benchmark.samples(data)
                    if chosen is None or sample.id in chosen
                    for variant in expand(sample, described.perturbations)
                    if variant.sample.variant
                ),
            )
    for _, entries in planned:
        for entry in entries:
            pool.save_conditions(entry.conditions)


def of_a_part(result: RunResult, settings: RunSettings, described: Described) -> RunResult:
    """Return ``result`` with what a reader must know of a table over a subset's samples."""
    file = described.subset
    if file is None:
        return result
    said = (
        f"these scores are of {file.size:,} samples chosen by {file.method}, not estimates of the "
        "full benchmark"
    )
    command = result.next_command
    if result.status == "complete" and file.predictor is not None:
        command = shlex.join(
            ["benchwright", "select", "--estimate", settings.subset, "--pool", str(settings.pool)]
        )
    return msgspec.structs.replace(result, remarks=[*result.remarks, said], next_command=command)
