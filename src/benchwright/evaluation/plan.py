"""From settings and an opened model to questions: everything that can be wrong is found here.

A wrong description stops before the first request, and lists everything wrong at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from benchwright import catalog
from benchwright.benchmarks.file import FileBenchmark, file_benchmark
from benchwright.benchmarks.loading import locate
from benchwright.benchmarks.subset import SubsetFile, drawn_of, read_subset
from benchwright.benchmarks.take import take
from benchwright.benchmarks.version import benchmark_version
from benchwright.core.benchmark import (
    COMPARING,
    OFFERING,
    Asking,
    Benchmark,
    Data,
    Perturbation,
    Scorer,
)
from benchwright.core.conditions import Conditions
from benchwright.core.errors import BenchwrightError, DataError, DescriptionError, boundary
from benchwright.core.model import Ability, Model
from benchwright.core.sample import Presentation, Sample, Variant
from benchwright.evaluation.job import Question, scorer_identity
from benchwright.evaluation.settings import RunSettings, ways
from benchwright.evaluation.until import refusals

T = TypeVar("T")


class Survey(Struct, frozen=True, kw_only=True):
    """What one pass over a benchmark's samples tells."""

    version: str
    """``name@version``."""
    strata: dict[str, int]
    """Number of samples per value of the card's stratum, all of the benchmark."""
    chosen: frozenset[str] | None
    """Ids that ``--take`` drew or a subset file names; None takes all."""
    wanted: dict[str, int]
    """Number of chosen samples per value of the card's stratum."""


class Entry(Struct, frozen=True, kw_only=True):
    """One benchmark asked in one way."""

    benchmark: Benchmark
    data: Data
    survey: Survey
    question: Question
    conditions: Conditions
    perturbations: tuple[Perturbation, ...]
    repeat: int

    def variants(self) -> Iterator[tuple[Variant, int]]:
        """Yield (variant, repeat) of every question to ask, streaming."""
        chosen = self.survey.chosen
        for sample in self.benchmark.samples(self.data):
            if chosen is None or sample.id in chosen:
                if not self.perturbations and self.repeat == 1:
                    yield Variant(sample=sample), 0
                    continue
                for variant in expand(sample, self.perturbations):
                    for repeat in range(self.repeat):
                        yield variant, repeat

    def total(self) -> int:
        """Return how many rows are wanted."""
        each = self.repeat * len(self.question.scorers)
        if not self.perturbations:
            return sum(self.survey.wanted.values()) * each
        return sum(1 for _ in self.variants()) // self.repeat * each


def expand(sample: Sample, perturbations: tuple[Perturbation, ...]) -> Iterator[Variant]:
    """Yield the variants of ``sample`` under perturbations composed in order, itself first."""
    variants: Iterable[Variant] = (Variant(sample=sample),)
    for perturbation in perturbations:
        variants = [
            _composed(before, after)
            for before in variants
            for after in perturbation.expand(before.sample)
        ]
    yield from variants


def _composed(before: Variant, after: Variant) -> Variant:
    changed = after.presentation != Presentation()
    return Variant(
        sample=after.sample, presentation=after.presentation if changed else before.presentation
    )


def survey(
    benchmark: Benchmark, data: Data, wanted: str, seed: int, subset: SubsetFile | None = None
) -> Survey:
    """Read the samples once: version, strata, and the draw of ``--take`` or of a subset file."""
    card = benchmark.card
    if isinstance(benchmark, FileBenchmark) and not wanted and subset is None:
        census = benchmark.census
        return Survey(
            version=f"{card.name}@{census.version}",
            strata=census.strata,
            chosen=None,
            wanted=census.strata,
        )
    strata: Counter[str] = Counter()
    stratum_of: dict[str, str] = {}

    def counted() -> Iterator[Sample]:
        for sample in benchmark.samples(data):
            stratum = sample.tags.get(card.stratum, "")
            strata[stratum] += 1
            if wanted or subset is not None:
                stratum_of[sample.id] = stratum
            yield sample

    with boundary(DataError, card.name):
        version = benchmark_version(card, counted(), subset=data.source.subset)
    chosen = None
    if wanted:
        taken = take(benchmark.samples(data), wanted, seed=seed, benchmark=card.name)
        if taken.tag and taken.tag != card.stratum:
            within = f"N/{card.stratum}" if card.stratum else "N"
            raise DescriptionError(
                f"{card.name}: a draw within {taken.tag!r} cannot be weighted back to the official "
                f"mean; take {within} instead."
            )
        chosen = frozenset(taken.ids)
    if subset is not None:
        named = f"{card.name}@{version}"
        chosen = drawn_of(subset, named, stratum_of)
    kept = strata if chosen is None else Counter(stratum_of[id_] for id_ in chosen)
    return Survey(
        version=f"{card.name}@{version}", strata=dict(strata), chosen=chosen, wanted=dict(kept)
    )


def find_benchmark(name: str, settings: RunSettings) -> Benchmark:
    """Return the benchmark ``name``, or the one that ``file:PATH`` describes."""
    if not name.startswith("file:"):
        return catalog.benchmark(name)
    fields = settings.fields
    return file_benchmark(
        Path(name.removeprefix("file:")).expanduser(),
        input=fields.input,
        target=fields.target,
        choices=fields.choices,
        id=fields.id,
        tags=fields.tags,
    )


class Described(Struct, frozen=True, kw_only=True):
    """What settings describe before any model is opened."""

    benchmarks: tuple[tuple[Benchmark, Data, Survey], ...]
    perturbations: tuple[Perturbation, ...]
    scorers: tuple[Scorer, ...]
    asks: tuple[str, ...]
    """Every way of asking wanted of any benchmark."""
    subset: SubsetFile | None = None
    """The subset file, where only its samples are asked."""


def describe(settings: RunSettings) -> Described:
    """Find everything that settings name except models.

    Raises:
        DescriptionError: with every problem found.
    """
    problems: list[str] = []
    found: list[tuple[Benchmark, Data, Survey]] = []
    asks: list[str] = []
    perturbations: list[Perturbation] = []
    scorers: list[Scorer] = []
    subsets: list[SubsetFile] = []
    if settings.subset:
        _collect(problems, subsets, partial(read_subset, Path(settings.subset).expanduser()))
        if settings.take:
            problems.append("--subset names the samples and --take draws some: say one of them.")
        if not subsets:  # without it nothing else can be checked
            raise DescriptionError(*problems)
    subset = subsets[0] if subsets else None
    for name in settings.perturb:
        _collect(problems, perturbations, partial(catalog.perturbation, name))
    for name in settings.scorer:
        _collect(problems, scorers, partial(catalog.scorer, name))
    for name in settings.benchmarks:
        _collect(problems, found, partial(_prepared, name, settings, subset, problems, asks))
    if not settings.benchmarks:
        problems.append("No benchmark was named.")
    problems += refusals(settings)
    if settings.repeat < 1:
        problems.append(f"--repeat must be at least 1, not {settings.repeat}.")
    if settings.attempts < 1:
        problems.append(f"--attempts must be at least 1, not {settings.attempts}.")
    if settings.shots is not None and settings.shots < 0:
        problems.append(f"--shots must not be negative, as {settings.shots} is.")
    if problems:
        raise DescriptionError(*problems)
    return Described(
        benchmarks=tuple(found),
        perturbations=tuple(perturbations),
        scorers=tuple(scorers),
        asks=tuple(dict.fromkeys(asks)),
        subset=subset,
    )


def _collect(problems: list[str], found: list[T], make: Callable[[], T]) -> None:
    try:
        found.append(make())
    except DescriptionError as error:
        problems.extend(error.problems)
    except BenchwrightError as error:
        problems.append(str(error))


def _prepared(
    name: str,
    settings: RunSettings,
    subset: SubsetFile | None,
    problems: list[str],
    asks: list[str],
) -> tuple[Benchmark, Data, Survey]:
    benchmark = find_benchmark(name, settings)
    for ask in ways(settings.ask, benchmark.asks):
        if ask in benchmark.asks:
            asks.append(ask)
        else:
            problems.append(
                f"{benchmark.card.name} cannot be asked by {ask!r}, only by "
                f"{', '.join(benchmark.asks)}."
            )
    folder = Path(settings.data).expanduser() if settings.data else None
    data = locate(benchmark.card, folder=folder, shots=settings.shots != 0)
    return benchmark, data, survey(benchmark, data, settings.take, settings.seed, subset)


def renders_chat(ask: str, template: str, abilities: frozenset[Ability]) -> bool:
    """Return whether questions become chat turns, to which a template will be applied.

    ``auto``: generation takes the model's own template where it has one; log-likelihood is asked
    after raw text, as the field does. Any other template holds for both.
    """
    if template == "none" or "chat" not in abilities:
        return False
    if template == "auto" and ask in COMPARING:
        return "raw" not in abilities
    return True


def questions(
    described: Described, settings: RunSettings, model: Model, judge: Model | None
) -> list[Entry]:
    """Return what is to be asked of ``model``.

    Raises:
        DescriptionError: the model cannot do what is wanted; every lack is named.
    """
    problems: list[str] = []
    entries = []
    for benchmark, data, surveyed in described.benchmarks:
        for ask in asked_of(benchmark, model, settings):
            chat = renders_chat(ask, settings.template, model.abilities)
            problems += _lacks(benchmark, ask, chat, model)
            asking = Asking(
                ask=ask,
                chat=chat,
                shots=settings.shots,
                system=settings.system,
                temperature=settings.temperature,
                max_tokens=settings.max_tokens,
                seed=settings.seed,
            )
            if not problems:
                entries.append(
                    _entry(described, settings, benchmark, data, surveyed, asking, model, judge)
                )
    if problems:
        raise DescriptionError(*dict.fromkeys(problems))
    return entries


def asked_of(benchmark: Benchmark, model: Model, settings: RunSettings) -> tuple[str, ...]:
    """Return in which ways ``benchmark`` is asked of ``model``.

    Where the user does not say, it is the first of the benchmark's ways that the model is able
    to be asked in; the table names it. Of recordings, only what was written is to be had.
    """
    if settings.ask:
        return ways(settings.ask, benchmark.asks)
    if model.identity.kind == "recorded" and "generate" in benchmark.asks:
        return ("generate",)
    able = [
        ask
        for ask in benchmark.asks
        if not _lacks(benchmark, ask, renders_chat(ask, settings.template, model.abilities), model)
    ]
    return tuple(able or benchmark.asks)[:1]


def _entry(
    described: Described,
    settings: RunSettings,
    benchmark: Benchmark,
    data: Data,
    surveyed: Survey,
    asking: Asking,
    model: Model,
    judge: Model | None,
) -> Entry:
    solver = benchmark.solver(asking, data)
    family = "+".join(f"{p.name}@{p.version}" for p in described.perturbations)
    conditions = msgspec.structs.replace(solver.conditions, perturbation=family)
    if model.identity.kind == "recorded":
        source = model.identity.fields.get("source", model.name)
        conditions = Conditions(solver=f"recorded:{source}", ask=asking.ask, perturbation=family)
    scorers = (_official(benchmark, asking, model), *described.scorers)
    require_libraries(scorers)
    model_key = model.identity.key()
    return Entry(
        benchmark=benchmark,
        data=data,
        survey=surveyed,
        conditions=conditions,
        perturbations=described.perturbations,
        repeat=settings.repeat,
        question=Question(
            benchmark=surveyed.version,
            solver=solver,
            scorers=tuple(
                {
                    scorer_identity(scorer, judge, settings.sandbox): scorer for scorer in scorers
                }.items()
            ),
            conditions=conditions.digest(),
            asked=conditions.label(),
            model=model.name,
            model_key=model_key,
        ),
    )


def _official(benchmark: Benchmark, asking: Asking, model: Model) -> Scorer:
    """Return the benchmark's scorer; of recorded verdicts, the one that reads what was read."""
    if model.identity.fields.get("kind") == "verdicts" and model.identity.kind == "recorded":
        chosen = "letters" in benchmark.asks
        return catalog.scorer("recorded_letter" if chosen else "recorded_verdict")
    return benchmark.scorer(asking)


def require_libraries(scorers: Iterable[Scorer]) -> None:
    """Refuse scorers some of whose verdicts need a library that is not installed.

    Raises:
        MissingExtra: says which extra to install.
    """
    for scorer in scorers:
        require = getattr(scorer, "require", None)
        if require is not None:
            require()


def _lacks(benchmark: Benchmark, ask: str, chat: bool, model: Model) -> list[str]:
    if model.identity.kind == "recorded":
        return []
    needed: list[Ability] = ["loglikelihood" if ask in COMPARING else "generate"]
    needed.append("chat" if chat else "raw")
    needed += ["tools"] if ask in OFFERING else []
    names: dict[str, Ability] = {"image": "images", "audio": "audio", "video": "video"}
    needed += [names[kind] for kind in benchmark.card.modalities if kind in names]
    missing = [ability for ability in needed if ability not in model.abilities]
    why = model.identity.notes.get("loglikelihood", "")
    hint = ""
    if "loglikelihood" in missing and "generate" in benchmark.asks:
        hint = f" {why} Ask with --ask generate, or use a model that scores continuations."
    if "tools" in missing and "generate" in benchmark.asks:
        hint = " Ask with --ask generate: the functions then stand in the prompt."
    return [
        f"{model.name} cannot do {ability!r}; {benchmark.card.name} asked by {ask} needs it.{hint}"
        for ability in missing
    ]
