"""Pools to try the choice of items on: a synthetic one, and the matrices given.

The synthetic pool: P = c + (1 - c) σ(a (θ_0 + Σ_d λ_id θ_d - b) + u_fi). General ability
θ_0 ~ N(0, 1.1); 12 specific abilities of standard deviation .9, of whose variance the models of a
family (60 families) share nine tenths; an item loads on three of the twelve on average, with 1/√3
each. a lognormal around 1.8 (.4), b ~ N(-.4, 1.2), u ~ N(0, 1) for every family and item: models of
a family err alike. A quarter of the items can be guessed (c = .25). One draw of 0 or 1 a cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchwright.analysis.adaptive.population import Population, population
from benchwright.analysis.agreement.correlation import kendall

Table = npt.NDArray[np.float64]
"""Scores; models × items."""
MATRICES = ("mmlu_pro", "math_vision", "cruxeval_all", "zeroeval_gsm")
"""Files of ``responses/`` with models × items."""


def synthetic(models: int, items: int, seed: int) -> tuple[Table, npt.NDArray[np.intp]]:
    """Return 0/1 scores [models, items], and each model's family."""
    draw = np.random.default_rng(seed)
    families, specific, shared = 60, 12, 0.9
    family = draw.integers(0, families, models)
    common = draw.normal(0, 0.9 * shared**0.5, (families, specific))
    own = draw.normal(0, 0.9 * (1 - shared) ** 0.5, (models, specific))
    general = draw.normal(0, 1.1, models)
    steep = draw.lognormal(np.log(1.8), 0.4, items)
    loads = (draw.random((specific, items)) < 3 / specific) / 3**0.5
    hard = draw.normal(-0.4, 1.2, items)
    quirks = draw.normal(0, 1, (families, items))
    logit = steep * (general[:, None] + (common[family] + own) @ loads - hard) + quirks[family]
    guess = np.where(draw.random(items) < 0.25, 0.25, 0.0)
    chance = guess + (1 - guess) / (1 + np.exp(-logit))
    return (draw.random(chance.shape) < chance).astype(np.float64), family


def named(items: int) -> Population:
    """Return a population of numbered items in one stratum."""
    return population([f"{number:05}" for number in range(items)])


def read_matrix(folder: Path, name: str) -> tuple[list[str], Table, list[str]]:
    """Return (models, scores [J, N], each item's benchmark), models and items complete."""
    import duckdb

    path = folder / "responses" / f"{name}.parquet"
    columns = duckdb.execute(
        "select model, benchmark, item, avg(score) as score from read_parquet(?) group by all"
        " order by model, benchmark, item",
        [str(path)],
    ).fetchnumpy()
    models, row = np.unique(columns["model"].astype(str), return_inverse=True)
    pairs = np.char.add(
        np.char.add(columns["benchmark"].astype(str), "\t"), columns["item"].astype(str)
    )
    items, column = np.unique(pairs, return_inverse=True)
    table = np.full((len(models), len(items)), np.nan)
    table[row, column] = columns["score"]
    keep = (~np.isnan(table)).mean(axis=1) >= 0.99
    table = table[keep]
    full = ~np.isnan(table).any(axis=0)
    strata = [pair.split("\t")[0] for pair in items[full]]
    return [str(m) for m in models[keep]], table[:, full], strata


def family_of(model: str) -> str:
    """Return the family of a model by the first letters of its name."""
    text = model.lower().removeprefix("meta-")
    found = re.match(r"[a-z]+", text)
    return found[0] if found else text


def held_out(models: Sequence[str]) -> Iterator[tuple[int, list[int]]]:
    """Yield every model with those of other families."""
    families = [family_of(model) for model in models]
    for number, family in enumerate(families):
        yield number, [other for other, one in enumerate(families) if one != family]


def items_needed(sizes: Sequence[int], values: Sequence[float], goal: float, *, up: bool) -> float:
    """Return the number of items from which ``values`` meet ``goal`` and stay, between sizes."""
    good = [value >= goal if up else value <= goal for value in values]
    last = max((number for number, met in enumerate(good) if not met), default=-1)
    if last == len(sizes) - 1:
        return float("inf")
    if last < 0:
        return float(sizes[0])
    before, after = values[last], values[last + 1]
    part = (goal - before) / (after - before)
    return float(np.exp(np.log(sizes[last]) * (1 - part) + np.log(sizes[last + 1]) * part))


def quality(found: Table, truth: Table) -> tuple[float, float]:
    """Return (mean absolute error, Kendall's tau) of estimates [k]."""
    return float(np.abs(found - truth).mean()), float(kendall(found, truth))
