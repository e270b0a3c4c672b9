"""The public contracts of benchmarks, scorers and perturbations: built-ins pass the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from benchwright.benchmarks.version import benchmark_version
from benchwright.core.average import read_average
from benchwright.core.benchmark import (
    Asking,
    Benchmark,
    Card,
    Data,
    Exemplary,
    Perturbation,
    Scorer,
)
from benchwright.core.content import Text
from benchwright.core.errors import DescriptionError
from benchwright.core.example import Example
from benchwright.core.measurement import Outcome, Score
from benchwright.core.request import Request, transcript
from benchwright.core.response import Response, said
from benchwright.core.sample import Sample
from benchwright.testing.answering import (
    NOISE,
    Court,
    Executor,
    answered,
    canonical,
    right_forms,
    right_text,
)

HOSTILE = (
    "",
    " \n\t",
    NOISE,
    "9**9**9/1",
    '{"answer": "9**9**9**9/3"}',
    "{" * 5_000,
    '{"answer": ' + "[" * 2_000 + "]" * 2_000 + "}",
    '{"answer": ' + "9" * 5_000 + "}",
    "Answer:" * 5_000,
    "Answer" + " " * 20_000,
    "(" * 5_000 + "A",
    '"answer":' * 2_000,
    "answer is " * 2_000,
    "A\u2028B\x00\x85\ud83d",
    "-" * 10_000 + "1",
    "#### " + "9" * 10_000,
    "I cannot help with that.",
)
"""Answers that a scorer must survive."""

KIT = (
    Sample(
        id="kit/choice",
        input=(Text("Which is a colour?"),),
        choices=("hammer", "sparrow", "purple", "Tuesday"),
        target="C",
        metadata={"opponent": "hammer"},
    ),
    Sample(id="kit/word", input=(Text("Say blue."),), target="blue", metadata={"opponent": "x"}),
    Sample(id="kit/number", input=(Text("6 · 7?"),), target="42", metadata={"opponent": "x"}),
    Sample(id="kit/verdict", input=(Text("Which?"),), target="2", metadata={"opponent": "x"}),
)
"""Samples of every kind that the built-in scorers judge."""


class ContractBroken(AssertionError):
    """What breaks a contract, all of it."""

    def __init__(self, what: str, problems: Sequence[str]) -> None:
        """Say which thing breaks its contract by which ``problems``."""
        self.problems = tuple(problems)
        super().__init__(f"{what} breaks its contract:\n" + "\n".join(f"- {p}" for p in problems))


def check_benchmark(
    benchmark: Benchmark, data: Data, *, samples: int = 50, execute: Executor | None = None
) -> str:
    """Check that a benchmark keeps its contract; loads all samples twice, asks no model.

    Ids are unique, targets name options, the card is complete (licence, and for every source a
    pinned revision and digest or the word "unverified"), the version is the same over two loads;
    and for the first ``samples`` samples and each way of asking: the same question twice, the
    right answer scores 1, noise does not (unless the scorer says by ``form_only`` that it verifies
    form, not sense), and no worked example is the question itself. The right answer is the
    benchmark's ``canonical`` one, or the target. Programs are run by ``execute``; without it a
    sandbox is played (``testing.answering``).

    Returns:
        The benchmark's version: its card's, and a digest of all samples.

    Raises:
        ContractBroken: with every problem found.
        DataError: the data cannot be read.
    """
    problems = [*_card_problems(benchmark.card)]
    if isinstance(benchmark, Exemplary) and benchmark.canonical and benchmark.no_canonical:
        problems.append("It has a canonical answer and says that there is none.")
    loaded = list(benchmark.samples(data))
    problems += _sample_problems(benchmark.card, loaded, data)
    subset, version = data.source.subset, ""
    if len({sample.id for sample in loaded}) == len(loaded):
        version = benchmark_version(benchmark.card, loaded, subset=subset)
        other = benchmark_version(benchmark.card, benchmark.samples(data), subset=subset)
        if version != other:
            problems.append(f"Two loads give two versions: {version} and {other}.")
    if not benchmark.asks:
        problems.append("It has no way of asking.")
    for ask in benchmark.asks:
        for chat in (False, True):
            asking = Asking(ask=ask, chat=chat)
            problems += _asking_problems(benchmark, asking, data, loaded[:samples], execute)
    _settle(f"benchmark {benchmark.card.name}", problems)
    return version


def check_scorer(scorer: Scorer, samples: Sequence[Sample | Example] = KIT) -> None:
    """Check that a scorer keeps its contract.

    The right response of every example scores 1, its wrong ones do not; without examples, on at
    least one of ``samples`` the target as the answer scores 1. Noise never does; hostile text
    raises nothing; every value is a finite number from 0 to 1 or None; the same response gives the
    same score. Judge and sandbox are played as ``testing.answering`` says.

    Raises:
        ContractBroken: with every problem found.
    """
    problems: list[str] = []
    if not scorer.name or not scorer.version:
        problems.append("It has no name or no version.")
    examples = [one for one in samples if isinstance(one, Example)]
    plain = [one for one in samples if isinstance(one, Sample)]
    right = (_scores_one(scorer, sample, form) for sample in plain for form in right_forms(sample))
    if not examples and not any(right):
        problems.append("No sample's target as the answer scores 1.")
    for example in examples:
        problems += _example_problems(scorer, example)
    courts = [(s, Court(scorer, s, said(s.target))) for s in plain]
    courts += [(e.sample, Court(scorer, e.sample, e.right)) for e in examples]
    for sample, court in courts:
        for text in HOSTILE:
            problems += _hostile_problems(court, sample, text)
    _settle(f"scorer {scorer.name}", problems)


def _example_problems(scorer: Scorer, example: Example) -> Iterator[str]:
    name, court = example.sample.id, Court(scorer, example.sample, example.right)
    try:
        value = court.score(example.right).value
        if value != 1:
            yield f"{name}: the right response scores {value}."
        for wrong in example.wrong:
            if court.score(wrong).value == 1:
                yield f"{name}: the wrong response {wrong.text[:40]!r} scores 1."
    except Exception as cause:  # noqa: BLE001 - any exception breaks the contract
        yield f"{name}: the right or a wrong response raises {type(cause).__name__}: {cause}."


def _scores_one(scorer: Scorer, sample: Sample, form: Response) -> bool:
    try:
        return Court(scorer, sample, form).score(form).value == 1
    except Exception:  # noqa: BLE001 - hostile answers show it again and name it
        return False


def _hostile_problems(court: Court, sample: Sample, text: str) -> Iterator[str]:
    try:
        score = court.score(said(text))
    except Exception as cause:  # noqa: BLE001 - any exception breaks the contract
        yield f"{sample.id}: {text[:20]!r} raises {type(cause).__name__}."
        return
    if score != court.score(said(text)):
        yield f"{sample.id}: {text[:20]!r} scores differently the second time."
    if score.value is not None and not 0 <= score.value <= 1:
        yield f"{sample.id}: {text[:20]!r} has the value {score.value}."
    if score.value == 1:
        yield f"{sample.id}: {text[:20]!r} scores 1."
    if score.value is not None and not text.strip():
        yield f"{sample.id}: an empty answer has the value {score.value}."


def check_perturbation(perturbation: Perturbation, samples: Sequence[Sample] = KIT) -> None:
    """Check that a perturbation keeps its contract.

    The sample as it is comes first; variants name their root, have names and ids of their own,
    keep the tags and the right answer's text, and come out the same twice.

    Raises:
        ContractBroken: with every problem found.
    """
    problems: list[str] = []
    if not perturbation.name or not perturbation.version:
        problems.append("It has no name or no version.")
    for sample in samples:
        variants = list(perturbation.expand(sample))
        if variants != list(perturbation.expand(sample)):
            problems.append(f"{sample.id}: a second expansion differs.")
        if not variants or variants[0].sample != sample:
            problems.append(f"{sample.id}: the sample as it is does not come first.")
        made = [variant.sample for variant in variants[1:]]
        names = [s.variant for s in made]
        if not all(names) or len(set(names)) != len(names):
            problems.append(f"{sample.id}: names are empty or repeated: {names}.")
        if len({sample.id, *(s.id for s in made)}) != len(made) + 1:
            problems.append(f"{sample.id}: two variants have the same id.")
        for s in made:
            if s.variant_of != sample.root:
                problems.append(f"{s.id}: its root is {sample.root!r}, not {s.variant_of!r}.")
            if s.tags != sample.tags:
                problems.append(f"{s.id}: its tags changed.")
            if right_text(s) != right_text(sample):
                problems.append(f"{s.id}: the right answer changed to {right_text(s)!r}.")
    _settle(f"perturbation {perturbation.name}", problems)


def _card_problems(card: Card) -> Iterator[str]:
    for name in ("name", "version", "title", "summary", "paper", "licence"):
        if not getattr(card, name):
            yield f"The card's {name} is empty."
    if not card.sources:
        yield "The card names no source."
    for source in card.sources:
        where = f"Source {source.kind} {source.location}"
        told = "unverified" in source.note
        if source.kind == "generated":
            continue
        if "test" not in source.files:
            yield f"{where}: names no split test."
            continue
        if source.kind == "hub" and not source.revision and not told:
            yield f"{where}: its revision is neither pinned nor said to be unverified."
        unpinned = [path for path in source.files.values() if path not in source.digests]
        if unpinned and not told:
            yield f"{where}: {', '.join(unpinned)} is neither pinned nor said to be unverified."


def _sample_problems(card: Card, samples: list[Sample], data: Data) -> Iterator[str]:
    seen: set[str] = set()
    averaged = {*read_average(card.metric.average).tags}
    for sample in samples:
        if sample.id in seen:
            yield f"The id {sample.id} comes twice."
        seen.add(sample.id)
        if not sample.input:
            yield f"{sample.id}: nothing is asked."
        try:
            right_text(sample)
        except ValueError as cause:
            yield str(cause)
        if card.stratum and card.stratum not in sample.tags:
            yield f"{sample.id}: has no tag {card.stratum}, which is the stratum."
        for tag in averaged - sample.tags.keys():
            yield f"{sample.id}: has no tag {tag}, over which the metric averages."
    if not data.source.subset and len(samples) != card.size:
        yield f"The card says {card.size} samples; there are {len(samples)}."


def _asking_problems(
    benchmark: Benchmark,
    asking: Asking,
    data: Data,
    samples: list[Sample],
    execute: Executor | None,
) -> Iterator[str]:
    form = f"Asked by {asking.ask} in {'chat' if asking.chat else 'raw text'}"
    try:
        solver, scorer = benchmark.solver(asking, data), benchmark.scorer(asking)
    except DescriptionError:
        # Said before anything is asked: raw text cannot hold pictures.
        if asking.chat:
            yield f"{form}: it cannot be asked."
        return
    if solver.conditions != benchmark.solver(asking, data).conditions:
        yield f"{form}: two solvers have two conditions."
    for sample in samples:
        right = canonical(benchmark, sample)
        best = sample.target_index if sample.choices else None
        asked, response = answered(solver, sample, right or said(NOISE), best)
        if answered(solver, sample, right or said(NOISE), best)[0] != asked:
            yield f"{form}: {sample.id} is asked in two ways."
        known = right is not None or any(request.continuations for request in asked)
        court = Court(scorer, sample, response if known else None, execute)
        score = court.score(response) if known else Score(value=1.0)
        unrun = execute is not None and score.outcome is Outcome.UNJUDGED
        if score.value != 1 and not unrun:
            yield f"{form}: {sample.id}: the target as the answer scores {score.value}."
        other = None if best is None else (best + 1) % len(sample.choices)
        noise = answered(solver, sample, said(NOISE), other)[1]
        sense = not getattr(scorer, "form_only", "")
        if sense and (score := court.score(noise)).value == 1:
            yield f"{form}: {sample.id}: noise scores 1."
        if asked and _repeats_itself(asked[0]):
            yield f"{form}: {sample.id}: a worked example is the question itself."


def _repeats_itself(request: Request) -> bool:
    if request.prompt:
        above, question = "".join(request.prompt[:-1]), request.prompt[-1]
    else:
        *before, last = request.messages
        above = transcript(Request(messages=tuple(before), continuations=("x",))) if before else ""
        question = transcript(Request(messages=(last,), continuations=("x",)))
    return question in above


def _settle(what: str, problems: Sequence[str], shown: int = 20) -> None:
    if problems:
        more = [f"and {len(problems) - shown} more"] if len(problems) > shown else []
        raise ContractBroken(what, [*islice(problems, shown), *more])
