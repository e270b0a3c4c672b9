"""``agree``: whether the benchmarks of pools and files put models in the same order."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from msgspec import Struct

from benchwright.analysis.agreement.bat import (
    REPEATS,
    Agreement,
    Strategy,
    agreement,
    matrix,
)
from benchwright.analysis.agreement.boards import Board, Repeated
from benchwright.analysis.agreement.correlation import Kind
from benchwright.analysis.agreement.references import AGGREGATE
from benchwright.analysis.agreement.sources import read_board
from benchwright.analysis.agreement.tables import agreement_table, matrix_table
from benchwright.core.table import Table

TAKES = (5, 10, 20)
"""Models of the draws, besides all common ones."""


class Agreements(Struct, frozen=True, eq=False, kw_only=True):
    """What was found of some benchmarks; shows itself as tables."""

    board: Board
    """The scores."""
    lines: tuple[Agreement, ...]
    """Every benchmark with the reference, by granularity; all common models (take 0) first."""
    pairs: tuple[Agreement, ...]
    """Every benchmark with every other, over all common models."""
    takes: tuple[int, ...]
    """Draws that were asked for."""
    confidence: float
    """Coverage of the intervals over models."""

    def to_table(self) -> Table:
        """Return a line per benchmark: agreement with the reference, intervals, z, draws."""
        return agreement_table(self.lines, self.board, takes=self.takes, confidence=self.confidence)

    def to_matrix(self) -> Table:
        """Return the agreement of each benchmark with each."""
        return matrix_table(self.pairs, self.board.scenarios)


def agree(
    *sources: object,
    where: str = "",
    reference: str = AGGREGATE,
    kind: Kind = "kendall",
    strategy: Strategy = "random",
    takes: Sequence[int] = TAKES,
    draws: int = REPEATS,
    seed: int = 0,
    lower: Collection[str] = (),
    repeated: Repeated = "refuse",
    match_names: bool = False,
    inclusive: bool = False,
    least: int | None = None,
    confidence: float = 0.95,
) -> Agreements:
    """Return how far benchmarks agree on models, with the reference and with each other.

    Args:
        sources: open pools, paths, data frames; see ``sources.read_board``.
        where: SQL condition, for sources with single questions.
        reference: ``aggregate`` of the others, or the name of one benchmark.
        kind: which correlation.
        strategy: which common models each draw takes.
        takes: models of the draws, besides all common ones.
        draws: how often a draw is repeated.
        seed: of the draws.
        lower: benchmarks in which lower is better.
        repeated: what several scores of a model on a benchmark are.
        match_names: models whose names differ in case, owner and punctuation only are one.
        inclusive: whether the aggregate holds the benchmark itself (as in BenchBench).
        least: benchmarks a model of the aggregate must be on; a third of them where it is None.
        confidence: coverage of the intervals over models.

    Raises:
        DescriptionError, DataError, UnknownName: as ``read_board`` and ``agreement`` say.
    """
    board = read_board(
        *sources, where=where, lower=lower, repeated=repeated, match_names=match_names
    )
    return Agreements(
        board=board,
        lines=agreement(
            board,
            reference,
            kind=kind,
            strategy=strategy,
            takes=(0, *takes),
            repeats=draws,
            seed=seed,
            inclusive=inclusive,
            least=least,
            confidence=confidence,
        ),
        # Without intervals: of many benchmarks of many models they would take minutes.
        pairs=matrix(board, kind=kind, confidence=None),
        takes=tuple(takes),
        confidence=confidence,
    )
