"""MAMO's rule as released: only what a solver finds counts, and any number up to 1 passes for 0."""

from __future__ import annotations

from benchwright.core.content import Text
from benchwright.core.example import Example
from benchwright.core.response import said
from benchwright.core.sample import Sample
from benchwright.scorers._mamo import Solver, written

SCORER = Solver("mamo_paper", "1", paper=True)

KIT = tuple(
    Example(
        sample=Sample(id=f"kit/{part}", input=(Text("?"),), target="57.0", tags={"part": part}),
        right=said(written(part, "57.0")),
        wrong=(said("It is probably 57, or 58."), said(written(part, "58"))),
    )
    for part in ("easy_lp", "ode")
)
