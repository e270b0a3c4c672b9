"""MAMO: what a solver finds for the model or program that was written is the target.

An answer that is nothing but a number is compared as well (ours: it shows what a model reckons
without a solver). ``mamo_paper`` is the released rule.
"""

from __future__ import annotations

from benchwright.core.content import Text
from benchwright.core.example import Example
from benchwright.core.response import said
from benchwright.core.sample import Sample
from benchwright.scorers._mamo import Solver, written

SCORER = Solver("mamo", "1", paper=False)

KIT = tuple(
    Example(
        sample=Sample(id=f"kit/{part}", input=(Text("?"),), target="57.0", tags={"part": part}),
        right=said(written(part, "57.0")),
        wrong=(said("It is probably 57, or 58."), said(written(part, "58"))),
    )
    for part in ("easy_lp", "ode")
)
