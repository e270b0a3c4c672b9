"""Abilities and difficulties with priors whose variances the table itself tells.

link(E s_mi) = θ_{c(i),m} − β_i, θ_·m ~ N(0, λλᵀ + diag ψ), β_i ~ N(μ_g(i), τ²_g(i)): the mode of
abilities and difficulties by alternating Newton steps, and the variances by EM with Laplace's
approximation, one pass over the table for both. Anderson's mixing makes the sequence quick.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct, structs

from benchwright.analysis.estimators.sweep import Doubles, Items, Point, Swept, sweep
from benchwright.analysis.moments import summed

MIXED = 6
"""Steps that Anderson's mixing looks back on."""
FARTHEST = 10.0
"""How far beyond the map's own step mixing may go, in such steps; farther it starts anew."""
LEAST = 1e-4
"""Smallest variance of a prior: smaller ones cannot be told from 0 and make it singular."""
WIDE = 1e3
"""Variance of a difficulty that nothing is known of."""
BROAD = 1.0
"""Least standard deviation of general abilities in the prior, in logits. Where stronger models
met harder items, likelihood speaks for equal models and equal benchmarks, shrinks abilities and
covers .6 to .8 where it says .95. A broad prior costs little: items tell abilities anyway."""
LEVELS = 4.0
"""Least variance of the groups' mean difficulties about one of their own, likewise."""
LARGE = 50_000
"""Observations of a large table."""
INNER = 8
"""Steps of factor analysis for one pass over the table."""
TYPICAL = 2.0
"""Variance of difficulties, in squared logits, where a table says next to nothing of it: complete
tables of right and wrong answers have 1.5 to 4 (MMLU-Pro, GSM8K, MATH-Vision, CRUXEval)."""
ANCHOR = 20.0
"""What that is worth: 40 items that many models answered, so it matters in tiny tables only."""


class Prior(Struct, frozen=True, eq=False, kw_only=True):
    """How abilities and difficulties vary, before a score is seen."""

    loading: Doubles
    """λ: what a model's general ability does in each column; shape [C]."""
    own: Doubles
    """ψ: variance of what a column asks for besides; shape [C]."""
    centre: Doubles
    """μ: mean difficulty of every group; shape [G]."""
    spread: Doubles
    """τ²: variance of the difficulties of every group; shape [G]."""
    noise: float = 1.0
    """Residual variance (identity link)."""
    levels: float = WIDE
    """Variance of the groups' mean difficulties about one of their own."""


class Solved(Struct, frozen=True, eq=False, kw_only=True):
    """The mode, and the curvature there."""

    items: Items
    prior: Prior
    ability: Doubles
    """θ; shape [C, M]."""
    variance: Doubles
    """Posterior variance of every ability, difficulties given; shape [C, M]."""
    difficulty: Doubles
    """β; shape [I]."""
    precision: Doubles
    """Information on every difficulty, abilities given; shape [I]."""
    passes: int
    """Passes over the table."""
    change: float
    """How far the last of them would have moved an ability, in its standard deviations."""


def solve(
    items: Items, *, prior: Prior | None = None, passes: int = 300, tolerance: float | None = None
) -> Solved:
    """Return the mode and the prior; its variances as given where there is a ``prior``.

    ``tolerance`` is the largest move of an ability, in its standard deviations, that is none;
    coarser where None and the table is large, since its variances are well told.
    """
    if tolerance is None:
        tolerance = 5e-3 if len(items.responses) > LARGE else 1e-4
    solved = _sequence(items, prior, passes, tolerance, _Mixing())
    if solved.change <= tolerance:
        return solved
    # In a tiny table mixing may lead where the map itself would not have gone, and stay there.
    surely = _sequence(items, prior, passes, tolerance, None)
    return min(solved, surely, key=lambda one: one.change)


def _sequence(
    items: Items, prior: Prior | None, passes: int, tolerance: float, mixing: _Mixing | None
) -> Solved:
    """Return where passes over the table lead, mixed or each from where the last one ended."""
    now = prior or _first_prior(items)
    ability = np.zeros((items.columns, len(items.responses.models)))
    variance = np.repeat((now.loading**2 + now.own)[:, None], ability.shape[1], axis=1)
    group = items.responses.group
    difficulty, precision = now.centre[group], 1 / now.spread[group]
    change, done = np.inf, 0
    while done < passes and change > tolerance:
        at = Point(
            ability=ability,
            difficulty=difficulty,
            centre=now.centre[group],
            tightness=1 / now.spread[group],
            flatness=_flatness(items, variance, precision),
            noise=now.noise,
        )
        swept = sweep(items, at)
        difficulty, precision = swept.difficulty, swept.precision
        step, variance, second = _abilities(now, ability, swept)
        # Abilities and difficulties of a column may be shifted together for free, and a prior
        # with a mean of its own wants the abilities' mean at 0: no step finds that as fast.
        shift = step.mean(axis=1)
        step -= shift[:, None]
        difficulty = difficulty - shift[items.column]
        swept = structs.replace(swept, difficulty=difficulty)
        after = _next_prior(now, items, second, variance, swept)
        if prior is not None:
            after = structs.replace(prior, centre=after.centre)
        change = float((np.abs(step - ability) / np.sqrt(variance)).max(initial=0.0))
        if mixing is not None:
            step, after = _mixed(mixing, ability, now, step, after)
        ability, now = step, after
        done += 1
    return Solved(
        items=items, prior=now, ability=ability, variance=variance, difficulty=difficulty,
        precision=precision, passes=done, change=change,
    )  # fmt: skip


def flatness(solved: Solved) -> Doubles:
    """Return what predictors of observed cells were multiplied by; shape [I] (see ``Point``)."""
    return _flatness(solved.items, solved.variance, solved.precision)


def _flatness(items: Items, variance: Doubles, precision: Doubles) -> Doubles:
    spread = variance.mean(axis=1)[items.column] + 1 / precision
    return np.asarray(1 / np.sqrt(1 + np.pi / 8 * spread))


def _first_prior(items: Items) -> Prior:
    """Return wide priors at the middle of every group's scores."""
    responses = items.responses
    count = len(responses.groups)
    each = np.diff(responses.start)
    score = responses.score.astype(np.float64)
    if items.scale is not None and items.shift is not None:
        score = (score - np.repeat(items.shift, each)) / np.repeat(items.scale, each)
    place = np.repeat(responses.group, each)
    number = np.bincount(place, minlength=count)
    middle = np.bincount(place, score, count) / np.maximum(number, 1)
    if items.logistic:
        middle = np.clip((middle * number + 0.5) / (number + 1), 1e-3, 1 - 1e-3)
        centre = -np.log(middle / (1 - middle))
    else:
        centre = -middle
    # A group that nobody answered is taken to be as difficult as the others are.
    if number.any():
        centre[number == 0] = np.average(centre, weights=number)
    one = np.ones(items.columns)
    return Prior(
        loading=one * (items.columns > 1),
        own=one * (0.25 if items.columns > 1 else 1.0),
        centre=centre,
        spread=np.where(np.bincount(responses.group, minlength=count) < 2, WIDE, 1.0),
    )


def _abilities(prior: Prior, ability: Doubles, swept: Swept) -> tuple[Doubles, Doubles, Doubles]:
    """Return abilities after a Newton step, their variances, and E[θθᵀ] summed over models.

    The precision h + (λλᵀ + ψ)⁻¹ is a diagonal less a product of one vector with itself, so it is
    inverted by Sherman and Morrison's formula.
    """
    own, loading = prior.own[:, None], prior.loading[:, None]
    inverse = own / (swept.information * own + 1)
    side = inverse * loading / own
    factor = 1 / (1 + (loading**2 * swept.information / (swept.information * own + 1)).sum(axis=0))
    right = swept.information * ability + swept.residual
    fresh = inverse * right + side * (factor * (side * right).sum(axis=0))
    variance = inverse + side**2 * factor
    second = fresh @ fresh.T + (side * factor) @ side.T
    second[np.diag_indices_from(second)] += inverse.sum(axis=1)
    return fresh, variance, second


def _next_prior(
    prior: Prior, items: Items, second: Doubles, variance: Doubles, swept: Swept
) -> Prior:
    """Return the prior that the posterior moments speak for: a step of EM."""
    broad = BROAD if items.logistic else 0.0
    loading, own = factor(prior, second, swept.information, broad)
    group, count = items.responses.group.astype(np.intp), len(items.responses.groups)
    number = np.bincount(group, minlength=count).astype(np.float64)
    safe = np.maximum(number, 1)
    # τ²·precision is 1 where an item's own observations told nothing.
    own_share: Doubles = 1 - 1 / (prior.spread[group] * swept.precision)
    middle = np.bincount(group, swept.difficulty, count) / safe
    told: Doubles = summed(group, own_share, count)
    centre, levels = _centred(prior, middle, told, safe, LEVELS if items.logistic else 0.0)
    away = (swept.difficulty - middle[group]) ** 2 + 1 / swept.precision
    again = _again(items)
    whole: Doubles = summed(group, again, count)
    total = summed(group, again * away, count) / np.maximum(whole, LEAST)
    free: Doubles = summed(group, again * own_share**2, count)
    # One item tells nothing of how items vary: it is left alone.
    spread, many = np.full(count, WIDE), number >= 2
    spread[many] = _lent(
        prior.spread[many],
        np.where(whole > 0, total, prior.spread)[many],
        free[many],
        np.maximum(whole, 1)[many],
        anchor=ANCHOR if items.logistic else 0.0,
    )
    noise = 1.0
    if not items.logistic:
        each = np.diff(items.responses.start)
        fitted = (swept.information * variance).sum()
        fitted += (each / swept.precision).sum() / prior.noise
        noise = max(swept.squares / max(len(items.responses) - float(fitted), 1.0), LEAST)
    return Prior(
        loading=loading,
        own=own,
        centre=centre,
        spread=np.maximum(spread, LEAST),
        noise=noise,
        levels=levels,
    )


def _centred(
    prior: Prior, middle: Doubles, told: Doubles, number: Doubles, least: float
) -> tuple[Doubles, float]:
    """Return the groups' mean difficulties, and how they vary about a mean of their own.

    ``middle`` are the means of the ``number`` of difficulties as they are, ``told`` how many
    items' knowledge is in them.
    """
    known = told / prior.spread
    levels = max(_variance(middle, known), least)
    worth = known / (1 + known * levels)
    if not worth.sum() > 0:
        return middle, levels
    mean = (middle * worth).sum() / worth.sum()
    whole = number / prior.spread
    return (middle * whole * levels + mean) / (whole * levels + 1), levels


def factor(
    prior: Prior, second: Doubles, information: Doubles, broad: float
) -> tuple[Doubles, Doubles]:
    """Return one factor and a diagonal nearer to the moments ``second``: steps of EM.

    The loadings vary about a mean of their own with a variance that they tell themselves: with
    few models, or columns that few of them share, they cannot be told for each column alone.
    General abilities vary by ``broad`` at least.
    """
    models = information.shape[1]
    moment = second / models
    if len(prior.loading) == 1:
        return np.zeros(1), np.maximum(np.diag(moment), max(broad**2, LEAST))
    loading, own = prior.loading, prior.own
    for _ in range(INNER):
        turn = loading / own
        weight = turn / (1 + loading @ turn)
        carried = moment @ weight
        general = 1 - weight @ loading + weight @ carried
        loading = carried / general
        own = np.maximum(np.diag(moment) - loading * carried, LEAST)
    seen = prior.own[:, None] * information
    seen /= seen + 1
    # What the observations tell of a loading; whole knowledge of abilities would tell more.
    told = seen.sum(axis=1) / prior.own
    share = np.clip(seen.mean(axis=1), 0.25, 1)
    aim = prior.loading + np.clip((loading - prior.loading) / share, -0.5, 0.5)
    vary = _variance(aim, told)
    worth = told / (1 + told * vary)
    middle = (aim * worth).sum() / max(worth.sum(), 1e-300)
    loading = np.maximum((aim * told * vary + middle) / (told * vary + 1), broad)
    return loading, _lent(prior.own, own, (seen**2).sum(axis=1), np.full(len(own), models))


def _again(items: Items) -> Doubles:
    """Return the share of every item's observations that tell how difficulties vary; shape [I].

    The first right or wrong answer to an item does not: it is as likely under easier items of a
    wider spread. With fewer than two answers an item, variances told by all would run away.
    """
    if not items.logistic:
        return np.ones(len(items.responses.group))
    each = np.diff(items.responses.start)
    return np.asarray(1 - 1 / np.maximum(each, 1))


def _lent(
    now: Doubles, step: Doubles, free: Doubles, whole: Doubles, *, anchor: float = 0.0
) -> Doubles:
    """Return variances that lend one another what each cannot tell alone.

    Their logarithms vary about a mean of their own with a variance that they tell themselves.
    ``step`` is where EM goes from ``now``: ``free`` of ``whole`` degrees of freedom, the share
    that the observations tell, of the way to where the likelihood is largest. ``anchor`` is the
    information that stands for ``TYPICAL``.
    """
    share = np.clip(free / whole, 0.25, 1)
    move = np.log(np.maximum(step, LEAST) / now) / share
    aim = np.log(now) + np.clip(move, -1, 1)
    if len(now) > 1:
        told = np.maximum(free, 1e-3) / 2
        vary = _variance(aim, told)
        worth = told / (1 + told * vary)
        aim = (aim * told * vary + (aim * worth).sum() / worth.sum()) / (told * vary + 1)
    if anchor:
        known = free.sum() / 2
        aim = (aim * known + np.log(TYPICAL) * anchor) / (known + anchor)
    return np.asarray(np.maximum(np.exp(aim), LEAST))


def _variance(values: Doubles, precision: Doubles) -> float:
    """Return how much ``values``, known to a ``precision`` each, vary (DerSimonian and Laird)."""
    total = precision.sum()
    if not total > LEAST:
        return LEAST
    middle = (precision * values).sum() / total
    excess = (precision * (values - middle) ** 2).sum() - (len(values) - 1)
    return max(float(excess / max(total - (precision**2).sum() / total, LEAST)), LEAST)


def _mixed(
    mixing: _Mixing, ability: Doubles, prior: Prior, step: Doubles, after: Prior
) -> tuple[Doubles, Prior]:
    """Return the mixed next abilities and prior (variances by their logarithms)."""

    def packed(theta: Doubles, of: Prior) -> Doubles:
        return np.concatenate(
            [
                theta.ravel(),
                of.loading,
                np.log(of.own),
                of.centre,
                np.log(of.spread),
                np.log([of.noise]),
            ]
        )

    found = mixing.next(packed(ability, prior), packed(step, after))
    sizes = [step.size, len(prior.loading), len(prior.own), len(prior.centre), len(prior.centre)]
    theta, loading, own, centre, spread, noise = np.split(found, np.cumsum(sizes))
    return theta.reshape(step.shape), Prior(
        loading=loading,
        own=np.maximum(np.exp(np.clip(own, -20, 20)), LEAST),
        centre=centre,
        spread=np.maximum(np.exp(np.clip(spread, -20, 20)), LEAST),
        levels=after.levels,
        noise=max(float(np.exp(np.clip(noise[0], -20, 20))), LEAST),
    )


class _Mixing:
    """Anderson's mixing: the next point from the last few points and what the map made of them."""

    def __init__(self) -> None:
        self._points: list[Doubles] = []
        self._images: list[Doubles] = []

    def next(self, point: Doubles, image: Doubles) -> Doubles:
        """Return where to go on from ``point``, which the map sends to ``image``."""
        gaps = [there - here for here, there in zip(self._points, self._images, strict=True)]
        gap = image - point
        if gaps and np.linalg.norm(gap) > 2 * np.linalg.norm(gaps[-1]):
            # A step that made things worse: what was learnt before does not hold here.
            self._points.clear()
            self._images.clear()
            gaps = []
        self._points.append(point)
        self._images.append(image)
        if len(self._points) > MIXED:
            self._points.pop(0)
            self._images.pop(0)
            gaps.pop(0)
        if not gaps:
            return image
        turns = np.stack([gap - other for other in gaps], axis=1)
        moves = np.stack([image - other for other in self._images[:-1]], axis=1)
        square = turns.T @ turns
        ridge = 1e-10 * np.trace(square) + 1e-300
        share = np.linalg.solve(square + ridge * np.eye(len(gaps)), turns.T @ gap)
        found = image - moves @ share
        far = np.abs(found - image).max(initial=0.0)
        if not far <= FARTHEST * np.abs(gap).max(initial=0.0):
            self._points.clear()
            self._images.clear()
            return image
        return np.asarray(found)
