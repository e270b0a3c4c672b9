"""The public contracts of benchmarks, scorers and perturbations: built-ins pass the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from benchwright.benchmarks.version import benchmark_version
from benchwright.core.benchmark import Asking, Benchmark, Card, Data, Perturbation, Scorer, Solver
from benchwright.core.content import Text
from benchwright.core.errors import DescriptionError
from benchwright.core.flow import drive
from benchwright.core.measurement import Score
from benchwright.core.request import Request, transcript
from benchwright.core.response import ContinuationScore, Response
from benchwright.core.sample import Presentation, Sample

NOISE = "qxv wrzk jjfp"
"""A text that answers nothing."""

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


def check_benchmark(benchmark: Benchmark, data: Data, *, samples: int = 50) -> None:
    """Check that a benchmark keeps its contract; loads all samples twice, asks no model.

    Ids are unique, targets name options, the card is complete (licence, and for every source a
    pinned revision and digest or the word "unverified"), the version is the same over two loads;
    and for the first ``samples`` samples and each way of asking: the same question twice, the
    target as the answer scores 1, noise does not, and no worked example is the question itself.

    Raises:
        ContractBroken: with every problem found.
        DataError: the data cannot be read.
    """
    problems = [*_card_problems(benchmark.card)]
    loaded = list(benchmark.samples(data))
    problems += _sample_problems(benchmark.card, loaded, data)
    subset = data.source.subset
    if len({sample.id for sample in loaded}) == len(loaded):
        one = benchmark_version(benchmark.card, loaded, subset=subset)
        other = benchmark_version(benchmark.card, benchmark.samples(data), subset=subset)
        if one != other:
            problems.append(f"Two loads give two versions: {one} and {other}.")
    if not benchmark.asks:
        problems.append("It has no way of asking.")
    for ask in benchmark.asks:
        for chat in (False, True):
            asking = Asking(ask=ask, chat=chat)
            problems += _asking_problems(benchmark, asking, data, loaded[:samples])
    _settle(f"benchmark {benchmark.card.name}", problems)


def check_scorer(scorer: Scorer, samples: Sequence[Sample] = KIT) -> None:
    """Check that a scorer keeps its contract.

    On at least one of ``samples`` the target as the answer scores 1; noise never does; hostile
    text raises nothing; every value is a finite number from 0 to 1 or None; the same response
    gives the same score. A judging scorer is driven by a judge that prefers the target.

    Raises:
        ContractBroken: with every problem found.
    """
    problems: list[str] = []
    if not scorer.name or not scorer.version:
        problems.append("It has no name or no version.")
    if not any(_judged(scorer, s, r).value == 1 for s in samples for r in _right_forms(s)):
        problems.append("No sample's target as the answer scores 1.")
    for sample in samples:
        for text in HOSTILE:
            response = Response(parts=(Text(text),))
            try:
                score = _judged(scorer, sample, response)
            except Exception as cause:  # noqa: BLE001 - any exception breaks the contract
                problems.append(f"{sample.id}: {text[:20]!r} raises {type(cause).__name__}.")
                continue
            if score != _judged(scorer, sample, response):
                problems.append(f"{sample.id}: {text[:20]!r} scores differently the second time.")
            if score.value is not None and not 0 <= score.value <= 1:
                problems.append(f"{sample.id}: {text[:20]!r} has the value {score.value}.")
            if score.value == 1:
                problems.append(f"{sample.id}: {text[:20]!r} scores 1.")
            if score.value is not None and not text.strip():
                problems.append(f"{sample.id}: an empty answer has the value {score.value}.")
    _settle(f"scorer {scorer.name}", problems)


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
            if _right_text(s) != _right_text(sample):
                problems.append(f"{s.id}: the right answer changed to {_right_text(s)!r}.")
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
    for sample in samples:
        if sample.id in seen:
            yield f"The id {sample.id} comes twice."
        seen.add(sample.id)
        if not sample.input:
            yield f"{sample.id}: nothing is asked."
        try:
            _right_text(sample)
        except ValueError as cause:
            yield str(cause)
        if card.stratum and card.stratum not in sample.tags:
            yield f"{sample.id}: has no tag {card.stratum}, which is the stratum."
    if not data.source.subset and len(samples) != card.size:
        yield f"The card says {card.size} samples; there are {len(samples)}."


def _asking_problems(
    benchmark: Benchmark, asking: Asking, data: Data, samples: list[Sample]
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
        asked, response = _answered(solver, sample, right=True)
        if _answered(solver, sample, right=True)[0] != asked:
            yield f"{form}: {sample.id} is asked in two ways."
        if (score := _judged(scorer, sample, response)).value != 1:
            yield f"{form}: {sample.id}: the target as the answer scores {score.value}."
        noise = _answered(solver, sample, right=False)[1]
        if (score := _judged(scorer, sample, noise)).value == 1:
            yield f"{form}: {sample.id}: noise scores 1."
        if asked and _repeats_itself(asked[0]):
            yield f"{form}: {sample.id}: a worked example is the question itself."


def _answered(solver: Solver, sample: Sample, *, right: bool) -> tuple[list[Request], Response]:
    asked: list[Request] = []

    def answer(request: Request) -> Response:
        asked.append(request)
        if not request.continuations:
            return Response(parts=(Text(sample.target if right else NOISE),))
        best = sample.target_index
        best = best if right else (best + 1) % len(request.continuations)
        return _likely(request.continuations, best)

    response = drive(solver(sample, Presentation(), 0), answer)
    return asked, response


def _likely(continuations: Sequence[str], best: int) -> Response:
    scores = (
        ContinuationScore(
            logprob=-0.001 * max(1, len(text)) if index == best else -50.0 * max(1, len(text)),
            tokens=1,
            bytes=len(text.encode()),
            greedy=index == best,
        )
        for index, text in enumerate(continuations)
    )
    return Response(continuations=tuple(scores), finish="scored")


def _repeats_itself(request: Request) -> bool:
    if request.prompt:
        above, question = "".join(request.prompt[:-1]), request.prompt[-1]
    else:
        *before, last = request.messages
        above = transcript(Request(messages=tuple(before), continuations=("x",))) if before else ""
        question = transcript(Request(messages=(last,), continuations=("x",)))
    return question in above


def _judged(scorer: Scorer, sample: Sample, response: Response) -> Score:
    judged = scorer(sample, response)
    if isinstance(judged, Score):
        return judged
    target = _right_text(sample)
    orders = iter(range(1_000))

    def judge(_: Request) -> Response:
        # The orders alternate: the response stands first, then second.
        first = next(orders) % 2 == 0
        better = response.text in {target, sample.target}
        return Response(parts=(Text("1" if first == better else "2"),))

    return drive(judged, judge)


def _right_forms(sample: Sample) -> Iterator[Response]:
    texts = [sample.target, _right_text(sample), f'{{"answer": "{sample.target}"}}']
    yield from (Response(parts=(Text(text),)) for text in texts)
    if sample.choices:
        yield _likely(sample.choices, sample.target_index)


def _right_text(sample: Sample) -> str:
    return sample.choices[sample.target_index] if sample.choices else sample.target


def _settle(what: str, problems: Sequence[str], shown: int = 20) -> None:
    if problems:
        more = [f"and {len(problems) - shown} more"] if len(problems) > shown else []
        raise ContractBroken(what, [*islice(problems, shown), *more])
