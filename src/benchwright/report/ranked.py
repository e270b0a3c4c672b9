"""The ranking page: what a table of responses says of its models, gathered into pictures."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from benchwright.analysis.agreement.bat import FEWEST
from benchwright.analysis.agreement.boards import from_responses
from benchwright.analysis.agreement.correlation import kendall
from benchwright.analysis.agreement.items import Items, analyse
from benchwright.analysis.ranking.result import Ranking
from benchwright.analysis.responses import weak_links
from benchwright.analysis.responses.table import Responses, Scale
from benchwright.report.pictures.agreement import agreement
from benchwright.report.pictures.intervals import intervals
from benchwright.report.pictures.items import SUSPECTS, items
from benchwright.report.pictures.linkage import linkage
from benchwright.report.pictures.marks import counted, cut, e
from benchwright.report.pictures.missing import missing
from benchwright.report.pictures.picture import Picture, sentences

SLICES = 60
"""Columns of the missingness map of one group."""

INVERTED = 0.5
"""Probability that stronger models do worse on an item, above which it is marked."""

BENCHMARKS = 120
"""Most benchmarks whose agreement is told; of more, those that most models answered."""

FEW = 10
"""Models below which the discrimination of items is mostly chance."""

LISTED = 8
"""Most sentences of a kind that stand under a picture."""


class Ranked(Struct, frozen=True, kw_only=True):
    """All that the ranking page shows."""

    ranking: Ranking
    """The models in order."""
    models: int
    """Models."""
    items: int
    """Items."""
    groups: int
    """Groups of items."""
    observations: int
    """Scores."""
    pictures: tuple[Picture, ...]
    """In the order of the page."""


def ranked(table: Responses, ranking: Ranking) -> Ranked:
    """Return the page's content for a ``table`` and the ``ranking`` made of it."""
    several = len(table.groups) > 1
    found = [intervals(ranking.lines, confidence=ranking.confidence, unit=ranking.unit)]
    if several:
        found.append(_linkage(table, ranking))
    found.append(_missing(table))
    found += _items(table)
    if several:
        found += _agreement(table)
    return Ranked(
        ranking=ranking,
        models=len(table.models),
        items=len(table.group),
        groups=len(table.groups),
        observations=len(table),
        pictures=tuple(found),
    )


def section(found: Ranked) -> str:
    """Return the page's section of a ranking."""
    ranking = found.ranking
    about = {
        "questions": "for questions like these",
        "benchmark": "for the full benchmarks, of which a part was asked",
        "items": "for these items and no others",
    }.get(ranking.population, ranking.population)
    alike = "items" if ranking.weights == "items" else "benchmarks"
    facts = [
        counted(found.models, "model"),
        counted(found.items, "item"),
        *([counted(found.groups, "group")] if found.groups > 1 else []),
        counted(found.observations, "score"),
        f"all {alike} count the same",
        f"{ranking.confidence:.0%} intervals {about}",
    ]
    grave = [note for note in ranking.notes if note.startswith(("NOT ", "COUNTED "))]
    warned = "".join(f'<p class="note">{sentences(note)}</p>' for note in grave[:LISTED])
    plain = [note.rstrip(".") for note in ranking.notes if note not in grave]
    told = f'<p class="facts">{sentences(". ".join(plain))}.</p>' if plain else ""
    return (
        f'<section id="ranking"><h2>Ranking</h2>'
        f'<p class="lead">{sentences(" ".join(ranking.claims[:LISTED]))}</p>'
        f'<p class="facts">{" · ".join(map(e, facts))}</p>'
        f'<p class="facts">Estimator: {sentences(ranking.why or ranking.estimator)}</p>'
        f"{told}{warned}{''.join(picture.html() for picture in found.pictures)}</section>"
    )


def refused(reason: str) -> str:
    """Return the section that says why there is no ranking."""
    return (
        f'<section id="ranking"><h2>Ranking</h2><p class="note">{sentences(reason)}</p></section>'
    )


def _linkage(table: Responses, ranking: Ranking) -> Picture:
    tied = ranking.linkage
    names = [group.name for group in table.groups]
    number = {model: n for n, models in enumerate(tied.components) for model in models}
    of = np.array([number.get(model, 0) for model in table.models])
    there = table.counts() > 0
    lowest = np.where(there, of[:, None], len(number)).min(axis=0, initial=len(number))
    return linkage(
        names,
        tied.links,
        weak=[(link.a, link.b) for link in weak_links(tied)],
        component=dict(zip(names, lowest.tolist(), strict=True)),
        warned=tied.weak,
    )


def _missing(table: Responses) -> Picture:
    bounds = np.searchsorted(table.group, np.arange(len(table.groups) + 1))
    if len(table.groups) > 1:
        size = np.maximum(np.diff(bounds), 1)
        names = [group.name for group in table.groups]
        return missing(table.models, names, table.counts() / size, weight=size.tolist())
    share, width = _sliced(table)
    return missing(
        table.models,
        [""] * len(width),
        share,
        weight=width.tolist(),
        what=f"{counted(len(table.group), 'item')}, the most answered at the left",
    )


def _sliced(table: Responses) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Return the share that each model answered of slices of the items, and their sizes."""
    answered = np.diff(table.start)
    order = np.argsort(-answered, kind="stable")
    slices = min(SLICES, max(len(order), 1))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order)) * slices // max(len(order), 1)
    seen = np.zeros(len(table.models) * slices)
    for part in table.chunks():
        first, last = table.start[part.start], table.start[part.stop]
        column = np.repeat(place[part], answered[part])
        seen += np.bincount(
            table.model[first:last].astype(np.int64) * slices + column, minlength=len(seen)
        )
    size = np.bincount(place, minlength=slices)
    return seen.reshape(len(table.models), slices) / np.maximum(size, 1), size


def _items(table: Responses) -> list[Picture]:
    """Return the map of all items with scores between 0 and 1."""
    bounded = [g for g in table.groups if g.scale in (Scale.BINARY, Scale.BOUNDED)]
    if not bounded or len(table.models) < 2:
        return []
    parts = [analyse(table, group.name) for group in bounded]
    names = [
        f"{part.group.name} · {name}" if len(table.groups) > 1 else name
        for part in parts
        for name in part.names
    ]
    inverted = np.concatenate([part.inverted for part in parts])
    doubt = np.where(np.isnan(inverted), 0.0, inverted)
    first = np.argsort(-doubt, kind="stable")[:SUSPECTS]
    suspects = [(int(n), _why(float(doubt[n]))) for n in first if doubt[n] > INVERTED]
    picture = items(
        names,
        1 - np.concatenate([part.difficulty for part in parts]),
        np.concatenate([part.discrimination for part in parts]),
        suspects=suspects,
        said=_ends(parts),
    )
    return [picture] if picture.drawn else []


def _why(inverted: float) -> str:
    return f"stronger models do worse (p = {min(inverted, 0.999):.2f})"


def _ends(parts: list[Items]) -> tuple[str, ...]:
    """Return what share of the items says nothing of these models."""
    count = sum(len(part.names) for part in parts)
    all_right = sum(int(part.ceiling.sum()) for part in parts)
    all_wrong = sum(int(part.floor.sum()) for part in parts)
    models = max((part.models for part in parts), default=0)
    found = []
    if models < FEW:
        found.append(f"With {counted(models, 'model')}, discrimination is mostly chance.")
    if all_right:
        found.append(f"{counted(all_right, 'item')} of {count:,} got the full score from everyone.")
    if all_wrong:
        found.append(f"{counted(all_wrong, 'item')} of {count:,} got nothing from anyone.")
    return tuple(found)


def _agreement(table: Responses) -> list[Picture]:
    board = from_responses(table)
    models = (~np.isnan(board.scores)).sum(axis=0)
    kept = sorted(np.argsort(-models, kind="stable")[:BENCHMARKS].tolist())
    names = [board.scenarios[place] for place in kept]
    scores = board.scores[:, kept]
    count = len(names)
    tau, common = np.full((count, count), math.nan), np.zeros((count, count), dtype=np.int64)
    for one in range(count):
        for other in range(one + 1, count):
            both = ~np.isnan(scores[:, one]) & ~np.isnan(scores[:, other])
            common[one, other] = common[other, one] = int(both.sum())
            if common[one, other] >= FEWEST:
                value = kendall(scores[both, one], scores[both, other])
                tau[one, other] = tau[other, one] = value
    picture = agreement(names, tau, common, said=tuple(cut(note, 600) for note in board.notes))
    return [picture] if picture.drawn else []
