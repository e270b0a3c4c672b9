"""Whether a predicted formation energy puts a material on the right side of the hull."""

from __future__ import annotations

from functools import partial

from benchwright.core.content import Text
from benchwright.core.example import Example
from benchwright.core.response import said
from benchwright.core.sample import Sample
from benchwright.scorers._hull import judge
from benchwright.scorers._rule import Rule

_BELOW = Sample(id="kit/below", input=(Text("?"),), target="-1.5", metadata={"hull": "-0.1"})
KIT = (
    Example(
        sample=_BELOW,
        right=said("It is -1.45 eV/atom."),
        wrong=(said("-1.3"), said("low"), said("nan")),
    ),
)
SCORER = Rule("hull_distance", "1", partial(judge, decimals=None))
