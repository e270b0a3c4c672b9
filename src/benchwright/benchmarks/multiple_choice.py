"""The one multiple-choice definition: a benchmark's options asked in any of four ways."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from benchwright.benchmarks.layout import Layout
from benchwright.benchmarks.partial import PartialSolver
from benchwright.benchmarks.shots import Shots
from benchwright.benchmarks.solving import PromptSolver, refuse_raw_media
from benchwright.core.benchmark import Asking, Card, Data, Figure, Scorer, Solver
from benchwright.core.errors import UnknownName
from benchwright.core.request import Generation
from benchwright.core.response import Response
from benchwright.core.sample import Sample
from benchwright.scorers.choice_letter import SCORER as CHOICE_LETTER
from benchwright.scorers.likeliest import SCORER as LIKELIEST
from benchwright.scorers.likeliest_per_character import SCORER as LIKELIEST_PER_CHARACTER

VERSION = "1"

LISTED = Layout(name="options listed")
"""``Question: …``, the options one per line, ``Answer:``; an example shows the label."""
CLOZE = Layout(name="options not shown", listed=False, shown="option")
"""``Question: …``, ``Answer:``; an example shows the right option's text."""


class MultipleChoice(Struct, frozen=True, kw_only=True):
    """A benchmark of questions with options; a ``Benchmark``.

    * ``letters``: the log-likelihood of every option's label after the listed options.
    * ``options``: the log-likelihood of every option's whole text, the options not listed.
    * ``generate``: a text from which the letter is extracted.
    * ``partial``: every option goes into the question's blank, and the log-likelihood of the ending
      is compared; for questions with one ``_`` (``benchmarks.partial``).
    """

    card: Card
    """What a user must know of it."""
    read: Callable[[Data, str], Iterator[Sample]]
    """(data, ``test`` or ``shots``) → samples in the official order."""
    asks: tuple[str, ...] = ("letters", "options", "generate")
    """Ways of asking, the default first."""
    shots: int = 0
    """Worked examples asked for by default."""
    shots_tag: str = ""
    """Tag whose value a question and its shots share."""
    shots_source: str = "shots"
    """Where the shots come from, in words."""
    layouts: Mapping[str, Layout] = field(default_factory=dict)
    """Way of asking → layout, where it is not the usual one."""
    generation: Generation = Generation(max_tokens=512)
    """Settings for ``generate``."""
    raw_stop: tuple[str, ...] = ("\n\n",)
    """What ends a generated answer in a raw prompt, where no turn does."""
    scorers: Mapping[str, Scorer] = field(default_factory=dict)
    """Way of asking → official scorer, where it is not the usual one."""
    drop_shots: bool = False
    """Whether the authors drop shots while a prompt is too long."""
    figures: tuple[Figure, ...] = ()
    """What the authors report beside the mean of the scores."""
    canonical: Callable[[Sample], Response | None] | None = None
    """Sample → a generated answer that scores 1, where the target alone is none."""
    no_canonical: str = ""
    """Why no right answer in text is known for any sample; empty where it is."""

    def samples(self, data: Data) -> Iterator[Sample]:
        """Yield the samples in the official order."""
        return self.read(data, "test")

    def solver(self, asking: Asking, data: Data) -> Solver:
        """Return the solver for ``asking``.

        Raises:
            UnknownName: no such way of asking.
            DescriptionError: more shots than there are, or media in raw text.
        """
        self._known(asking)
        refuse_raw_media(self.card, asking)
        count = self.shots if asking.shots is None else asking.shots
        shots = Shots(
            self.read(data, "shots") if count else (),
            tag=self.shots_tag,
            count=count,
            source=Shots.described(data.source, self.shots_source),
        )
        name = f"multiple_choice@{VERSION}"
        if asking.ask == "partial":
            return PartialSolver(name=name, benchmark=self.card.name, asking=asking, shots=shots)
        layout = self.layouts.get(asking.ask, CLOZE if asking.ask == "options" else LISTED)
        return PromptSolver(
            name=name,
            benchmark=self.card.name,
            asking=asking,
            layout=layout,
            shots=shots,
            wanted={"letters": "labels", "options": "options"}.get(asking.ask, "text"),  # type: ignore[arg-type]
            generation=self.generation
            if asking.chat
            else replace(self.generation, stop=self.generation.stop + self.raw_stop),
            drop_shots=self.drop_shots and asking.ask == "generate",
        )

    def scorer(self, asking: Asking) -> Scorer:
        """Return the official scorer for ``asking``.

        Raises:
            UnknownName: no such way of asking.
        """
        self._known(asking)
        usual: dict[str, Scorer] = {
            "letters": LIKELIEST,
            "options": LIKELIEST_PER_CHARACTER,
            "partial": LIKELIEST,
        }
        return self.scorers.get(asking.ask) or usual.get(asking.ask, CHOICE_LETTER)

    def _known(self, asking: Asking) -> None:
        if asking.ask not in self.asks:
            raise UnknownName(f"way of asking {self.card.name}", asking.ask, self.asks)
