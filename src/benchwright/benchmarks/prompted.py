"""Questions answered in free text, asked in one or more ways."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from benchwright.benchmarks.layout import Layout
from benchwright.benchmarks.prompt_text import shipped
from benchwright.benchmarks.shots import Shots
from benchwright.benchmarks.solving import PromptSolver, refuse_raw_media
from benchwright.core.benchmark import Asking, Card, Data, Figure, Scorer, Solver
from benchwright.core.errors import UnknownName
from benchwright.core.request import Generation
from benchwright.core.response import Response
from benchwright.core.sample import Sample

VERSION = "1"


class Way(Struct, frozen=True, kw_only=True):
    """One way of asking for a text: its prompt, its settings, and who reads the answer."""

    official: Scorer
    """The official scorer."""
    layout: Layout
    """How questions are written."""
    shots: int = 0
    """Worked examples asked for by default."""
    shots_split: str = "shots"
    """The split that the worked examples are read from."""
    shots_tag: str = ""
    """Tag whose value a question and its shots share."""
    shots_source: str = "shots"
    """Where the shots come from, in words."""
    texts: Callable[[Data], Mapping[str, str]] | None = None
    """Data → value of ``shots_tag`` → the prompt shipped for it, up to the question; set where
    the benchmark ships its prompts as texts. The layout says how these are written."""
    generation: Generation = Generation(max_tokens=512)
    """Generation settings."""
    raw_stop: tuple[str, ...] = ()
    """What ends a generated answer in a raw prompt, where no turn does."""


class Prompted(Struct, frozen=True, kw_only=True):
    """A benchmark whose answers are generated, asked in one or more ways; a ``Benchmark``."""

    card: Card
    """What a user must know of it."""
    read: Callable[[Data, str], Iterator[Sample]]
    """(data, ``test`` or a way's ``shots_split``) → samples in the official order."""
    ways: Mapping[str, Way]
    """Name of the way of asking → the way; the default first."""
    figures: tuple[Figure, ...] = ()
    """What the authors report beside the mean of the scores."""
    canonical: Callable[[Sample], Response | None] | None = None
    """Sample → a generated answer that scores 1, where the target alone is none."""
    no_canonical: str = ""
    """Why no right answer in text is known for any sample; empty where it is."""

    @property
    def asks(self) -> tuple[str, ...]:
        """Ways of asking, the default first."""
        return tuple(self.ways)

    def samples(self, data: Data) -> Iterator[Sample]:
        """Yield the samples in the official order."""
        return self.read(data, "test")

    def solver(self, asking: Asking, data: Data) -> Solver:
        """Return the solver for ``asking``.

        Raises:
            UnknownName: no such way of asking.
            DescriptionError: more shots than there are, or media in raw text.
            DataError: the source holds no worked examples or prompts.
        """
        way = self._way(asking)
        refuse_raw_media(self.card, asking)
        count = way.shots if asking.shots is None else asking.shots
        layout = way.layout
        examples: Iterable[Sample] = ()
        if way.texts is not None:
            layout, examples = shipped(way.texts(data), way.shots_tag, layout)
        elif count:
            examples = self.read(data, way.shots_split)
        return PromptSolver(
            name=f"prompted@{VERSION}",
            benchmark=self.card.name,
            asking=asking,
            layout=layout,
            shots=Shots(
                examples,
                tag=way.shots_tag,
                count=count,
                source=Shots.described(data.source, way.shots_source),
            ),
            wanted="text",
            generation=way.generation
            if asking.chat
            else replace(way.generation, stop=way.generation.stop + way.raw_stop),
        )

    def scorer(self, asking: Asking) -> Scorer:
        """Return the official scorer of the way of asking.

        Raises:
            UnknownName: no such way of asking.
        """
        return self._way(asking).official

    def _way(self, asking: Asking) -> Way:
        way = self.ways.get(asking.ask)
        if way is None:
            raise UnknownName(f"way of asking {self.card.name}", asking.ask, self.asks)
        return way
