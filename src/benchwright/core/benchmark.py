"""What a benchmark is: its card, and what it must be able to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from msgspec import Struct, field

from benchwright.core.average import read_average
from benchwright.core.conditions import Conditions
from benchwright.core.content import Media
from benchwright.core.flow import Flow
from benchwright.core.measurement import Outcome, Score
from benchwright.core.response import Response
from benchwright.core.sample import Presentation, Sample, Variant

Worth = Literal["wrong", "expected_chance", "left_out"]
"""What a row without a score counts as: 0, a blind guess's expected value, or nothing."""


class Metric(Struct, frozen=True, kw_only=True):
    """How a benchmark's authors make one number of many scores."""

    name: str = "accuracy"
    """The field's name for it."""
    average: str = "micro"
    """``micro``: every sample counts the same. ``macro:<tag>``: every value of the tag does.
    ``macro:<outer>/<inner>``: means of the inner tag's values within the outer's, then the mean of
    those. ``harmonic:<tag>``: the harmonic mean over the tag's values of (percent + 1), less 1."""
    policy: dict[str, Worth] = field(default_factory=dict)
    """Outcome → worth; outcomes not named are ``wrong``. A temporary failure is always left out."""
    lower_is_better: tuple[str, ...] = ()
    """Scorers, by the name before the ``@``, of whose scores the lower are the better."""

    def __post_init__(self) -> None:
        """Refuse an average that is none.

        Raises:
            ValueError: ``average`` is not of the grammar above.
        """
        read_average(self.average)

    def rises(self, scorer: str) -> bool:
        """Return whether a higher score of ``scorer`` (``name@version``) is the better one."""
        return scorer.partition("@")[0] not in self.lower_is_better

    def worth(self, outcome: Outcome) -> Worth:
        """Return what a row of ``outcome`` counts as."""
        default: Worth = "left_out" if outcome is Outcome.UNSUPPORTED else "wrong"
        return self.policy.get(outcome.value, default)


class Row(Struct, frozen=True, gc=False, kw_only=True):
    """One measurement as a ``Figure`` reads it."""

    sample: str
    """Id of the root sample."""
    variant: str = ""
    """Name of the variant; empty for the sample as it is."""
    repeat: int = 0
    """Which outer repeat."""
    tags: dict[str, str] = field(default_factory=dict)
    """What tables are sliced by."""
    outcome: Outcome = Outcome.SCORED
    """What came of it."""
    value: float | None = None
    """The score; None unless ``outcome`` is ``scored``."""
    answer: str | None = None
    """The answer as the scorer read it."""
    target: str = ""
    """The right answer."""


class Figure(Struct, frozen=True, kw_only=True):
    """A further number that a benchmark's authors report, and that is no mean of scores."""

    name: str
    """The field's name for it: ``pass@10``, ``bias score``, ``F1``."""
    about: str
    """One sentence: what it says, its range, and its source."""
    of: Callable[[Sequence[Row]], float | None]
    """One model's rows of one way of asking, by one scorer → the figure; None where undefined."""
    unit: str = ""
    """Tag whose values are drawn as wholes for the interval (questions that are judged together);
    empty where every sample stands for itself."""
    by: str = ""
    """Tag for each of whose values the figure is told as well; empty tells it of all rows only."""
    scorers: tuple[str, ...] = ()
    """Scorers, by the name before the ``@``, whose rows it is made of; empty: any."""
    lower_is_better: bool = False
    """Whether the lower is the better."""


class Source(Struct, frozen=True, kw_only=True):
    """One place that a benchmark's data can come from."""

    kind: Literal["hub", "folder", "package", "generated"]
    """A hub data set, a folder in the authors' own format, a registry package, or nothing at all:
    the samples are made by code from a seed."""
    location: str
    """The hub's ``owner/name``, the folder's name, the package's ``name==version``, or the name of
    the generator and its seed."""
    revision: str = ""
    """The hub's commit; empty for the others."""
    files: dict[str, str] = field(default_factory=dict)
    """Split (``test``: the samples, ``shots``: worked examples) → path within the source;
    ``{…}`` fields are filled by the loader."""
    subset: str = ""
    """Which part of the benchmark this source holds; empty where it holds all of it."""
    digests: dict[str, str] = field(default_factory=dict)
    """Path → sha256 of the file, or of all files that a path with ``{…}`` fields matches, joined
    in order of name; a file with another digest is refused."""
    note: str = ""
    """What nobody could verify, or what differs; shown by ``show``."""


class ReferenceScore(Struct, frozen=True, kw_only=True):
    """A score that somebody published."""

    model: str
    """The model as published."""
    score: float
    """The score, in the metric's unit (a share, not percent)."""
    setting: str
    """How it was asked, as published."""
    read_at: str
    """Where the figure was read."""


class Card(Struct, frozen=True, kw_only=True):
    """What a user must know of a benchmark before trusting a number."""

    name: str
    """The module's name."""
    version: str
    """Version of this definition; raised when samples, prompts or official rules change."""
    title: str
    """The benchmark's full name."""
    summary: str
    """What it measures, in a sentence."""
    paper: str
    """Citation with identifier."""
    licence: str
    """Licence of the data."""
    languages: tuple[str, ...] = ("en",)
    """BCP-47 tags."""
    size: int
    """Number of samples."""
    modalities: tuple[str, ...] = ("text",)
    """What the questions are made of."""
    runtimes: tuple[str, ...] = ()
    """Languages of the programs that its scorers run in the sandbox: ``python``, ``java`` …"""
    extras: tuple[str, ...] = ()
    """Extras of this package that its scorers need: ``math``, ``instructions``."""
    sources: tuple[Source, ...] = ()
    """Where the data comes from, the preferred first."""
    metric: Metric = Metric()
    """The authors' metric and policy."""
    stratum: str = ""
    """Tag within which ``--take N/<tag>`` draws; empty where there is none."""
    reference_scores: tuple[ReferenceScore, ...] = ()
    """Published scores."""
    notes: str = ""
    """What else a reader must know."""


COMPARING = frozenset({"letters", "options", "partial", "mc1", "mc2"})
"""The ways of asking that compare given texts by log-likelihood; in every other one, whatever its
name (``generate``, ``direct`` …), a text is generated."""
OFFERING = frozenset({"tools"})
"""The ways of asking that offer tools and read the model's calls of them."""


class Asking(Struct, frozen=True, kw_only=True):
    """How the user wants a benchmark asked; None leaves the benchmark's own setting."""

    ask: str
    """Way of asking, one of the benchmark's ``asks``."""
    chat: bool
    """Whether to render chat turns (a template will be applied) or raw text."""
    shots: int | None = None
    """Number of worked examples."""
    system: str = ""
    """System prompt."""
    temperature: float | None = None
    """Sampling temperature."""
    max_tokens: int | None = None
    """Most new tokens."""
    seed: int = 0
    """Seed of every random draw."""


class Solver(Protocol):
    """How a sample is asked."""

    @property
    def conditions(self) -> Conditions:
        """Everything that decides how questions are asked."""
        ...

    def __call__(self, sample: Sample, presentation: Presentation, repeat: int) -> Flow[Response]:
        """Ask ``sample`` and return the response to be scored."""
        ...


class Scorer(Protocol):
    """How a response is judged: a pure function, or a flow that asks a judge."""

    @property
    def name(self) -> str:
        """The catalogue's name."""
        ...

    @property
    def version(self) -> str:
        """Raised whenever any verdict could change."""
        ...

    def __call__(self, sample: Sample, response: Response) -> Score | Flow[Score]:
        """Judge ``response`` to ``sample``."""
        ...


class Perturbation(Protocol):
    """How one sample becomes several."""

    @property
    def name(self) -> str:
        """The catalogue's name."""
        ...

    @property
    def version(self) -> str:
        """Raised whenever any variant could change."""
        ...

    def expand(self, sample: Sample) -> Iterator[Variant]:
        """Yield the variants, the sample as it is first; deterministic in (sample, seed).

        A variant's ``variant_of`` is the root's id; its name is the given sample's, a ``+`` and
        its own, so that perturbations compose.
        """
        ...


class Data(Protocol):
    """A benchmark's files, found, verified and local."""

    @property
    def source(self) -> Source:
        """Which of the card's sources was found."""
        ...

    def path(self, split: str, **fields: str) -> Path:
        """Return the local path of one file, fetched and verified first where needed.

        Raises:
            DataError: the file is absent or is not the one that the card pins.
        """
        ...

    def paths(self, split: str) -> tuple[Path, ...]:
        """Return the local paths of all files of a split whose path has ``{…}`` fields, by name.

        Raises:
            DataError: there are none, they are not the ones pinned, or the source cannot list.
        """
        ...

    def add_media(self, path: Path, mime: str) -> Media:
        """Register a local file as media and return its name by content."""
        ...

    def read_media(self, media: Media) -> bytes | None:
        """Return the bytes of registered media; None where it is not registered here."""
        ...


class Benchmark(Protocol):
    """A named, versioned source of samples, with the authors' way of asking and scoring."""

    @property
    def card(self) -> Card:
        """What a user must know of it."""
        ...

    @property
    def asks(self) -> tuple[str, ...]:
        """Ways of asking that make sense here, the default first."""
        ...

    def samples(self, data: Data) -> Iterator[Sample]:
        """Yield the samples in the official order."""
        ...

    def solver(self, asking: Asking, data: Data) -> Solver:
        """Return the solver for ``asking``."""
        ...

    def scorer(self, asking: Asking) -> Scorer:
        """Return the official scorer for ``asking``."""
        ...


@runtime_checkable
class Exemplary(Protocol):
    """A benchmark that says what a right answer in text is, where the target alone is none."""

    @property
    def canonical(self) -> Callable[[Sample], Response | None] | None:
        """Sample → a response that scores 1; None for a sample that has none.

        Without the function the target itself is the right answer.
        """
        ...

    @property
    def no_canonical(self) -> str:
        """Why no right answer is known for any sample; empty where it is."""
        ...


@runtime_checkable
class Figured(Protocol):
    """A benchmark whose authors report more than the mean of the scores."""

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The further numbers, in the authors' order."""
        ...
