"""What items do to pool means through abilities and difficulties: the implicit functions.

At the solution every model's and item's equation holds. When item i counts 1 + ε times, abilities
move by H⁻¹ gᵢ ε, where gᵢ are the item's residuals and H the information on abilities after all
difficulties, and the means of their priors, were profiled out. H has a block per column of
abilities; the prior's one factor ties the blocks together, so they are solved one by one with the
factor's values beside them (an arrow).
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from benchwright.analysis.estimators.crossed import Solved, flatness
from benchwright.analysis.estimators.fitted import Scores
from benchwright.analysis.estimators.sweep import Doubles, predicted
from benchwright.analysis.estimators.weights import observed, spans
from benchwright.analysis.responses.table import Floats

KEPT = 1 << 30
"""Bytes of columns' matrices that are kept; others are made again when they are asked for."""
KEPT_OF_TREND = 0.3
"""Share of a trend of abilities that estimates are taken to have kept at least."""
EXACT = 256
"""Models up to which guesses are multiplied in double precision."""
FAINT = 1e-9
"""Information below which a group's mean difficulty is told by nothing."""


class Level(Struct, frozen=True, eq=False):
    """How the mean difficulty of a group moves with abilities, and means with it."""

    known: float
    """E: what tells the mean difficulty, in items."""
    pull: Doubles
    """a: what every ability does to it, times E; shape [M]."""
    push: Doubles
    """What it takes from every pool mean at fixed abilities; shape [M]."""


class Block(Struct, frozen=True, eq=False):
    """A column of abilities: J A⁻¹ and (λ/ψ) A⁻¹, A = H + 1/ψ; shape [M, M] each."""

    means: Floats
    ties: Floats


def predictions(solved: Solved, items: slice) -> tuple[Floats, Floats]:
    """Return expected scores and their derivative by θ for all cells; shape [items, M] each.

    E σ(x) over the posterior x ~ N(x̂, v) is taken as σ(x̂/√(1 + πv/8)).
    """
    of = solved.items
    column = of.column[items]
    x = _linear(solved, items)
    if not of.logistic:
        by = np.ones((len(column), 1)) if of.scale is None else of.scale[items, None]
        return of.raw(x, items), np.broadcast_to(by.astype(np.float32), x.shape)
    v = solved.variance.astype(np.float32)[column]
    v += (1 / solved.precision[items, None]).astype(np.float32)
    v *= np.float32(np.pi / 8)
    v += 1
    np.sqrt(v, out=v)
    x /= v
    at, slope = predicted(x, of.logistic)
    return at, at if slope is None else np.divide(slope, v, out=slope)


class Turning:
    """From items' residuals to changes of pool means."""

    def __init__(self, solved: Solved, weights: Scores) -> None:
        """Take a solved model and the items' weights in the pool's mean."""
        self._solved, self._weights = solved, weights
        self._flatness = flatness(solved)
        self._models = solved.ability.shape[1]
        self._blocks: dict[int, Block] = {}
        self._levels: dict[int, Level] = {}
        self._information = np.zeros_like(solved.ability)
        self._open = np.zeros_like(solved.ability)
        self._tied: Doubles | None = None
        self._last: tuple[int, Floats] | None = None

    def rows(self, items: slice) -> Floats:
        """Return the change of every mean per item; items of one group; shape [items, M]."""
        responses = self._solved.items.responses
        count = items.stop - items.start
        if not count or self._complete():
            return np.zeros((count, self._models), dtype=np.float32)
        column, group = self._solved.items.column[items.start], int(responses.group[items.start])
        turn = self._turn(int(column))
        rest, _ = self._equations(items)
        found: Floats = rest @ turn.T
        level, prior = self._levels[group], self._solved.prior
        if level.known > FAINT:
            side = turn.astype(np.float64) @ level.pull / prior.spread[group] - level.push
            away = (self._solved.difficulty[items] - prior.centre[group]) / level.known
            found += np.outer(away, side).astype(np.float32)
        return found

    def guessed(self) -> Doubles:
        """Return the covariance that means have through what abilities were guessed to be.

        Residuals say nothing of a column that a model never answered: there its ability is the
        prior's guess. With P the prior's precision and Σ its covariance the error of such guesses
        is J H⁻¹ P Σ P H⁻¹ Jᵀ; with the residuals' part it is the mean squared error of prediction
        (Robinson, Statistical Science 6, 1991). Σ is an estimate too: its variances count one
        standard error larger, so that one that came out near 0 by chance makes no guess sure. And
        where abilities go with what was answered, what priors take from that trend is added.
        Shape [M, M].
        """
        found = np.zeros((self._models, self._models))
        if self._complete():
            return found
        prior, models = self._solved.prior, self._models
        general = np.zeros((models, models), np.float32 if models > EXACT else np.float64)
        own = np.zeros_like(general)
        self._turn(0)  # walks all columns, and so learns the information on each ability
        few = np.sqrt(2 / models)
        # A single column has no general ability: its own variance is all there is.
        doubt = self._doubt() if len(prior.own) > 1 else few * prior.own
        weight = (prior.own + doubt) / prior.own**2
        pull = prior.loading / prior.own
        factor = 1 / (1 + float(prior.loading @ pull))
        push = 1 / prior.own - factor * pull * pull.sum()
        along, lost = self._along(), np.zeros(models)
        for column in range(len(prior.own)):
            turn = self._turn(column).astype(general.dtype)
            found += weight[column] * (turn @ turn.T)
            turn *= pull[column]
            general += turn
            turn *= weight[column] * prior.own[column]
            own += turn
            lost += push[column] * (self._turn(column) @ along)
        both = factor * (own @ general.T)
        found -= both + both.T
        spread = float((weight * prior.loading**2).sum()) + 1 + few
        found += factor**2 * spread * (general @ general.T)
        found += np.outer(lost, lost) * self._trend(along, lost) ** 2
        return found

    def _along(self) -> Doubles:
        """Return the first principal component of models' shares of information; shape [M]."""
        share = self._information / np.maximum(self._information.sum(axis=0), FAINT)
        away = share - share.mean(axis=1, keepdims=True)
        if len(share) < 2 or np.abs(away).max(initial=0.0) < FAINT:
            return np.zeros(self._models)
        first = np.linalg.svd(away, full_matrices=False)[2][0]
        return np.asarray(first * np.sqrt(self._models), dtype=np.float64)

    def _trend(self, along: Doubles, lost: Doubles) -> float:
        """Return the trend of ability ``along`` what models answered, of which means lose ``lost``.

        Priors hold models for exchangeable. Where the stronger ones answered the harder groups
        they shrink the trend, variances come out too small as well, and no data say so. How much
        of it estimates kept follows from H. Without such a design it is noise about 0.
        """
        share = self._information / np.maximum(self._information.sum(axis=0), FAINT)
        whole = float(along @ (self._open.sum(axis=0) * along))
        kept = 1 - float(along @ lost) / whole if whole > FAINT else 1.0
        slope = float(along @ (share * self._solved.ability).sum(axis=0)) / self._models
        return float(slope / min(max(kept, KEPT_OF_TREND), 1.0))

    def _doubt(self) -> float:
        """Return the standard error of the columns' own variance, one for all of them."""
        known = self._information
        seen = known > 0
        # One contrast of every model goes into its general ability.
        left = np.maximum(1 - 1 / np.maximum(seen.sum(axis=0), 1), 0.0)
        own = float(self._solved.prior.own.mean())
        told = np.where(seen, left / (own + 1 / np.where(seen, known, 1.0)) ** 2, 0.0)
        return float(np.sqrt(2 / max(told.sum(), 0.02)))

    def _complete(self) -> bool:
        responses = self._solved.items.responses
        return bool(len(responses) == len(responses.group) * self._models)

    def _turn(self, column: int) -> Floats:
        """Return J H⁻¹ of a column: what its residuals do to the means; shape [M, M]."""
        if self._last is None or self._last[0] != column:
            if self._tied is None:
                self._tied = self._tie()
            block = self._block(column)
            turn = block.means + self._tied.astype(np.float32) @ block.ties
            self._last = (column, turn)
        return self._last[1]

    def _tie(self) -> Doubles:
        """Return what the models' general abilities do to the means; shape [M, M]."""
        prior = self._solved.prior
        pull = prior.loading / prior.own
        middle = np.zeros((self._models, self._models))
        means = np.zeros_like(middle)
        np.fill_diagonal(middle, 1 + float(prior.loading @ pull))
        for column in range(len(pull)):
            block = self._block(column)
            middle -= pull[column] * block.ties
            means += pull[column] * block.means
        return np.asarray(np.linalg.solve(middle, means.T).T, dtype=np.float64)

    def _block(self, column: int) -> Block:
        if column not in self._blocks:
            block = self._made(column)
            room = KEPT // (8 * self._models**2)
            if len(self._blocks) >= room:
                return block
            self._blocks[column] = block
        return self._blocks[column]

    def _made(self, column: int) -> Block:
        """Walk a column's items for its information and for what abilities do to the means."""
        responses, prior = self._solved.items.responses, self._solved.prior
        inner = np.zeros((self._models, self._models))
        outer = np.zeros_like(inner)
        groups: dict[int, tuple[Doubles, Doubles, Doubles]] = {}
        self._information[column] = self._open[column] = 0
        for items in self._column_spans(column):
            group = int(responses.group[items.start])
            _, slope = self._equations(items)
            free = self._free(items)
            weak = 1 / self._solved.precision[items]
            share = slope * weak[:, None].astype(np.float32)
            inner -= slope.T @ share
            outer -= free.T @ share
            own = slope.sum(axis=0)
            self._information[column] += own
            inner[np.diag_indices_from(inner)] += own
            unseen = free.sum(axis=0)
            self._open[column] += unseen
            outer[np.diag_indices_from(outer)] += unseen
            one = np.array([share.sum(dtype=np.float64)])
            ours = (one, share.sum(axis=0), (weak / prior.spread[group]) @ free)
            before = groups.get(group)
            groups[group] = ours if before is None else tuple(map(np.add, before, ours))  # type: ignore[assignment]
        for group, (known, pull, push) in groups.items():
            level = Level(float(known[0]), pull.astype(np.float64), push)
            if level.known > FAINT:
                inner -= np.outer(level.pull, level.pull) / (prior.spread[group] * level.known)
                outer -= np.outer(level.push, level.pull) / level.known
            self._levels[group] = level
        inner[np.diag_indices_from(inner)] += 1 / prior.own[column]
        inverse = np.linalg.inv(inner)
        pull = prior.loading[column] / prior.own[column]
        return Block((outer @ inverse).astype(np.float32), (pull * inverse).astype(np.float32))

    def _column_spans(self, column: int) -> list[slice]:
        places = self._solved.items.column
        return [one for one in spans(self._solved.items.responses) if places[one.start] == column]

    def _equations(self, items: slice) -> tuple[Floats, Floats]:
        """Return residuals and slopes of observed cells, 0 elsewhere; shape [items, M] each."""
        of, noise = self._solved.items, np.float32(self._solved.prior.noise)
        row, model, score = observed(of.responses, items)
        x = self._solved.ability[of.column[items][row], model] - self._solved.difficulty[items][row]
        kappa = self._flatness[items][row]
        at, bend = predicted((x * kappa if of.logistic else x).astype(np.float32), of.logistic)
        score = of.standardised(score, row + items.start)
        rest = np.zeros((items.stop - items.start, self._models), dtype=np.float32)
        slope = np.zeros_like(rest)
        rest[row, model] = (score - at) / noise
        slope[row, model] = 1 / noise if bend is None else bend * kappa
        return rest, slope

    def _free(self, items: slice) -> Floats:
        """Return weight × derivative of every unanswered prediction, 0 elsewhere."""
        _, slope = predictions(self._solved, items)
        found: Floats = slope * self._weights[items, None].astype(np.float32)
        row, model, _ = observed(self._solved.items.responses, items)
        found[row, model] = 0
        return found


def _linear(solved: Solved, items: slice) -> Floats:
    x = solved.ability.astype(np.float32)[solved.items.column[items]]
    x -= solved.difficulty[items, None].astype(np.float32)
    return x
