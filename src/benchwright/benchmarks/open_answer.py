"""Questions answered in free text."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from benchwright.benchmarks.layout import Layout
from benchwright.benchmarks.shots import Shots
from benchwright.benchmarks.solving import PromptSolver, refuse_raw_media
from benchwright.core.benchmark import Asking, Card, Data, Figure, Scorer, Solver
from benchwright.core.errors import UnknownName
from benchwright.core.request import Generation
from benchwright.core.response import Response
from benchwright.core.sample import Sample

VERSION = "1"

PLAIN = Layout(name="question and answer", shown="target")
"""``Question: …``, ``Answer:``; an example shows the target."""


class OpenAnswer(Struct, frozen=True, kw_only=True):
    """A benchmark whose answers are generated and read by one scorer; a ``Benchmark``."""

    card: Card
    """What a user must know of it."""
    read: Callable[[Data, str], Iterator[Sample]]
    """(data, ``test`` or ``shots``) → samples in the official order."""
    official: Scorer
    """The official scorer."""
    shots: int = 0
    """Worked examples asked for by default."""
    shots_tag: str = ""
    """Tag whose value a question and its shots share."""
    shots_source: str = "shots"
    """Where the shots come from, in words."""
    layout: Layout = PLAIN
    """How questions are written."""
    chat_layout: Layout | None = None
    """How they are written in a chat; None: as in raw text."""
    generation: Generation = Generation(max_tokens=512)
    """Generation settings."""
    raw_stop: tuple[str, ...] = ("\nQuestion:",)
    """What ends a generated answer in a raw prompt, where no turn does."""
    figures: tuple[Figure, ...] = ()
    """What the authors report beside the mean of the scores."""
    canonical: Callable[[Sample], Response | None] | None = None
    """Sample → a generated answer that scores 1, where the target alone is none."""
    no_canonical: str = ""
    """Why no right answer in text is known for any sample; empty where it is."""

    @property
    def asks(self) -> tuple[str, ...]:
        """Ways of asking: only ``generate``."""
        return ("generate",)

    def samples(self, data: Data) -> Iterator[Sample]:
        """Yield the samples in the official order."""
        return self.read(data, "test")

    def solver(self, asking: Asking, data: Data) -> Solver:
        """Return the solver for ``asking``.

        Raises:
            UnknownName: no such way of asking.
            DescriptionError: more shots than there are, or media in raw text.
        """
        self.scorer(asking)
        refuse_raw_media(self.card, asking)
        count = self.shots if asking.shots is None else asking.shots
        examples = self.read(data, "shots") if count else ()
        return PromptSolver(
            name=f"open_answer@{VERSION}",
            benchmark=self.card.name,
            asking=asking,
            layout=(self.chat_layout or self.layout) if asking.chat else self.layout,
            shots=Shots(
                examples,
                tag=self.shots_tag,
                count=count,
                source=Shots.described(data.source, self.shots_source),
            ),
            wanted="text",
            generation=self.generation
            if asking.chat
            else replace(self.generation, stop=self.generation.stop + self.raw_stop),
        )

    def scorer(self, asking: Asking) -> Scorer:
        """Return the official scorer.

        Raises:
            UnknownName: no such way of asking.
        """
        if asking.ask not in self.asks:
            raise UnknownName(f"way of asking {self.card.name}", asking.ask, self.asks)
        return self.official
