"""Questions with true and false reference answers: compared by likelihood, or answered and judged.

TruthfulQA's form, usable by any set whose samples keep their answers as ``scorers._references``
reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from benchwright.benchmarks.layout import Layout
from benchwright.benchmarks.shares import share
from benchwright.benchmarks.shots import Shots
from benchwright.benchmarks.solving import PromptSolver
from benchwright.core.benchmark import Asking, Card, Data, Figure, Row, Scorer, Solver
from benchwright.core.errors import UnknownName
from benchwright.core.request import Generation
from benchwright.core.sample import Sample
from benchwright.scorers.truthfulqa_judge import SCORER as JUDGE
from benchwright.scorers.truthfulqa_judge import VERDICTS, verdict_text
from benchwright.scorers.truthfulqa_mc1 import SCORER as MC1
from benchwright.scorers.truthfulqa_mc2 import SCORER as MC2

VERSION = "1"

_SCORERS: dict[str, Scorer] = {"mc1": MC1, "mc2": MC2, "generate": JUDGE}


class ReferenceAnswers(Struct, frozen=True, kw_only=True):
    """A benchmark of questions with true and false reference answers; a ``Benchmark``.

    * ``mc1``: whether the best answer is likelier than every false one.
    * ``mc2``: the true answers' share of the probability of all.
    * ``generate``: a text that a judge calls truthful, and informative, or not.

    The requests of ``mc1`` and ``mc2`` are the same, so that the second costs nothing.
    """

    card: Card
    """What a user must know of it."""
    read: Callable[[Data, str], Iterator[Sample]]
    """(data, ``test`` or ``shots``) → samples in the official order."""
    asks: tuple[str, ...] = ("mc2", "mc1", "generate")
    """Ways of asking, the default first."""
    shots: int = 0
    """Worked examples asked for by default."""
    shots_source: str = "shots"
    """Where the shots come from, in words."""
    layout: Layout
    """How questions are written."""
    generation: Generation = Generation(max_tokens=256)
    """Settings for ``generate``."""
    raw_stop: tuple[str, ...] = ("\n\n",)
    """What ends a generated answer in a raw prompt, where no turn does."""
    figures: tuple[Figure, ...] = ()
    """What the authors report beside the mean of the scores."""

    def samples(self, data: Data) -> Iterator[Sample]:
        """Yield the samples in the official order."""
        return self.read(data, "test")

    def solver(self, asking: Asking, data: Data) -> Solver:
        """Return the solver for ``asking``.

        Raises:
            UnknownName: no such way of asking.
            DescriptionError: more shots than there are.
        """
        self.scorer(asking)
        count = self.shots if asking.shots is None else asking.shots
        generation = self.generation
        if not asking.chat:
            generation = replace(generation, stop=generation.stop + self.raw_stop)
        return PromptSolver(
            name=f"reference_answers@{VERSION}",
            benchmark=self.card.name,
            asking=asking,
            layout=self.layout,
            shots=Shots(
                self.read(data, "shots") if count else (),
                tag="",
                count=count,
                source=Shots.described(data.source, self.shots_source),
            ),
            wanted="text" if asking.ask == "generate" else "references",
            generation=generation,
        )

    def scorer(self, asking: Asking) -> Scorer:
        """Return the official scorer for ``asking``.

        Raises:
            UnknownName: no such way of asking.
        """
        if asking.ask not in self.asks:
            raise UnknownName(f"way of asking {self.card.name}", asking.ask, self.asks)
        return _SCORERS[asking.ask]


_USEFUL = [verdict_text(truthful=truthful, informative=True) for truthful in (True, False)]


def _informative(rows: Sequence[Row]) -> float | None:
    return share(rows, _USEFUL, VERDICTS)


def _both(rows: Sequence[Row]) -> float | None:
    return share(rows, _USEFUL[:1], VERDICTS)


JUDGED = (
    Figure(
        name="informative",
        about="Share of answers judged informative, 0 to 1 (Lin et al. 2022).",
        of=_informative,
        scorers=(JUDGE.name,),
    ),
    Figure(
        name="truthful and informative",
        about="Share of answers judged both, 0 to 1 (Lin et al. 2022).",
        of=_both,
        scorers=(JUDGE.name,),
    ),
)
"""What the authors report of judged answers beside the share of truthful ones."""
