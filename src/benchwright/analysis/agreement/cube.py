"""MM-BigBench's cube: models × datasets × instructions, and what instructions do to models.

Definitions of the public repository declare-lab/MM-BigBench, evaluation/calculate_best_acc.py,
calculate_mean_relative_gain.py, calculate_stabability.py and calculate_topk_hit_ratio.py. The
source has no missing cells; here a mean uses the cells that are there, nothing is imputed, and
``Cube.missing`` names what is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from benchwright.core.errors import DataError, DescriptionError
from benchwright.core.table import Table

TINY = 1e-6
"""Added to every mean that is divided by, as in the source: a gain on a mean of 0 is −100."""

TOP = 3
"""Instructions that count as a model's choice on a dataset."""

Floats = npt.NDArray[np.float64]


class Cube(Struct, frozen=True, eq=False, kw_only=True):
    """Accuracies in percent, NaN where a cell is missing; M models, D datasets, N instructions."""

    models: tuple[str, ...]
    """Names of the models."""
    datasets: tuple[str, ...]
    """Names of the datasets."""
    instructions: tuple[str, ...]
    """Names of the instructions."""
    accuracy: Floats
    """Shape [M, D, N]."""

    def missing(self) -> tuple[tuple[str, str, str], ...]:
        """Return (model, dataset, instruction) of every missing cell."""
        return tuple(
            (self.models[m], self.datasets[d], self.instructions[i])
            for m, d, i in np.argwhere(np.isnan(self.accuracy))
        )


class Profile(Struct, frozen=True, eq=False, kw_only=True):
    """What the cube says, NaN where all cells behind a number are missing."""

    best: Floats
    """Best accuracy over instructions; shape [M, D]."""
    best_instruction: npt.NDArray[np.intp]
    """Place of the instruction that gave it, the first among equals, −1 if none; shape [M, D]."""
    total: Floats
    """Sum of a model's best accuracies, each rounded to two decimals, over datasets; shape [M]."""
    gain_model: Floats
    """Mean over instructions of a model's gain on the models' mean, in percent; shape [M, D]."""
    gain_instruction: Floats
    """Mean over models of an instruction's gain on the instructions' mean; shape [N, D]."""
    stability_model: Floats
    """Population standard deviation over instructions, low is stable; shape [M, D]."""
    stability_instruction: Floats
    """Population standard deviation over models; shape [N, D]."""
    hits: Floats
    """Adaptability: percent of a model's choices that were the instruction; shape [M, N]."""
    global_hits: Floats
    """Sum of ``hits`` over models; shape [N]."""
    pickiness: Floats
    """Population variance of a model's hits over instructions (source: "std"); shape [M]."""
    left_out: tuple[tuple[str, str], ...]
    """(model, dataset) with fewer known instructions than count as a choice: not in ``hits``."""


def from_rows(rows: Iterable[tuple[str, str, str, float | None]]) -> Cube:
    """Return the cube of rows (model, dataset, instruction, accuracy in percent).

    Raises:
        DataError: a cell occurs twice, an accuracy is infinite, or there are no rows.
    """
    cells: dict[tuple[str, str, str], float] = {}
    for model, dataset, instruction, accuracy in rows:
        cell = (model, dataset, instruction)
        if cell in cells:
            raise DataError(
                f"{model!r} has several accuracies on {dataset!r} with instruction {instruction!r}:"
                " narrow the measurements until there is one."
            )
        cells[cell] = np.nan if accuracy is None else float(accuracy)
        if np.isinf(cells[cell]):
            raise DataError(f"the accuracy of {model!r} on {dataset!r} is infinite.")
    if not cells:
        raise DataError("a cube needs at least one accuracy.")
    names = [tuple(dict.fromkeys(cell[axis] for cell in cells)) for axis in range(3)]
    place = [{name: number for number, name in enumerate(axis)} for axis in names]
    values = np.full([len(axis) for axis in names], np.nan)
    for (model, dataset, instruction), value in cells.items():
        values[place[0][model], place[1][dataset], place[2][instruction]] = value
    return Cube(models=names[0], datasets=names[1], instructions=names[2], accuracy=values)


def profile(cube: Cube, *, top: int = TOP) -> Profile:
    """Return best performance, mean relative gain, stability and adaptability.

    Args:
        cube: the accuracies.
        top: instructions that count as a model's choice on a dataset; among equally good ones
            the later wins, as in the source.

    Raises:
        DescriptionError: ``top`` is not within the number of instructions.
    """
    if not 1 <= top <= len(cube.instructions):
        raise DescriptionError(
            f"the best {top} of {len(cube.instructions)} instructions cannot be taken."
        )
    a = cube.accuracy
    known = ~np.isnan(a)
    some = known.any(axis=2)
    filled = np.where(known, a, -np.inf)
    best = np.where(some, filled.max(axis=2), np.nan)
    per_model, per_instruction = _mean(a, 2) + TINY, _mean(a, 0) + TINY
    hits, left_out = _hits(cube, top)
    return Profile(
        best=best,
        best_instruction=np.where(some, filled.argmax(axis=2), -1),
        total=np.array([sum(round(float(x), 2) for x in row if not np.isnan(x)) for row in best]),
        gain_model=_mean(100 * (a - per_instruction) / per_instruction, 2),
        gain_instruction=_mean(100 * (a - per_model[:, :, None]) / per_model[:, :, None], 0).T,
        stability_model=_deviation(a, 2),
        stability_instruction=_deviation(a, 0).T,
        hits=hits,
        global_hits=np.where(np.isnan(hits), 0, hits).sum(axis=0),
        pickiness=_deviation(hits, 1) ** 2,
        left_out=left_out,
    )


def to_table(cube: Cube, found: Profile) -> Table:
    """Return one line per model: best, gain and deviation over datasets, and its choices."""
    columns = ("model", "best", "gain %", "deviation", "pickiness", "chosen most")
    rows = [
        (
            model,
            _plain_mean(found.best[place]),
            _plain_mean(found.gain_model[place]),
            _plain_mean(found.stability_model[place]),
            float(found.pickiness[place]),
            _most(cube.instructions, found.hits[place]),
        )
        for place, model in enumerate(cube.models)
    ]
    rows.sort(key=lambda row: -row[1] if row[1] == row[1] else np.inf)
    means = f"Means over {len(cube.datasets)} datasets; {len(cube.instructions)} instructions"
    said = [
        means,
        "Gain: on the models' mean with the same instruction",
        "Deviation: over instructions, low is stable",
        "Pickiness: variance of the share of choices among instructions",
    ]
    if gone := len(cube.missing()):
        said.append(f"{gone} of {cube.accuracy.size} cells are missing and count for nothing")
    if found.left_out:
        said.append(f"{len(found.left_out)} pairs of model and dataset have too few for a choice")
    return Table(columns=columns, rows=tuple(rows), caption=". ".join(said) + ".")


def _hits(cube: Cube, top: int) -> tuple[Floats, tuple[tuple[str, str], ...]]:
    models, datasets, instructions = cube.accuracy.shape
    hits = np.full((models, instructions), np.nan)
    left_out = []
    for m in range(models):
        count, choices = np.zeros(instructions), 0
        for d in range(datasets):
            row = cube.accuracy[m, d]
            known = np.flatnonzero(~np.isnan(row))
            if len(known) < top:
                left_out.append((cube.models[m], cube.datasets[d]))
                continue
            picked = sorted(known, key=lambda place: (row[place], place), reverse=True)[:top]
            count[picked] += 1
            choices += top
        if choices:
            hits[m] = [round(100 * float(one) / choices, 2) for one in count]
    return hits, tuple(left_out)


def _mean(values: Floats, axis: int) -> Floats:
    known = ~np.isnan(values)
    count = known.sum(axis=axis)
    total = np.where(known, values, 0).sum(axis=axis)
    found: Floats = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return found


def _deviation(values: Floats, axis: int) -> Floats:
    away = values - np.expand_dims(_mean(values, axis), axis)
    return np.sqrt(_mean(away * away, axis))


def _plain_mean(values: Floats) -> float:
    return float(_mean(values, 0))


def _most(instructions: Sequence[str], hits: Floats) -> str | None:
    return None if np.isnan(hits).all() else instructions[int(np.nanargmax(hits))]
