"""A sample of calls for the contracts of the scorers that judge them."""

from __future__ import annotations

import json

from benchwright.core.content import Text
from benchwright.core.sample import Sample

_FUNCTION = {
    "name": "shape.area",
    "parameters": {
        "type": "dict",
        "properties": {"base": {"type": "integer"}, "unit": {"type": "string"}},
        "required": ["base"],
    },
}
SAMPLE = Sample(
    id="kit/calls",
    input=(Text("Area of a square of 3 metres?"),),
    target="[shape.area(base=3, unit='m')]",
    metadata={
        "wanted": "calls",
        "language": "python",
        "functions": json.dumps([_FUNCTION]),
        "answers": json.dumps([{"shape.area": {"base": [3], "unit": ["m", ""]}}]),
    },
)
"""One call is right: of ``shape.area`` with a base of 3, in metres or without a unit."""
