"""How many scores become one: the grammar of ``Metric.average``."""

from __future__ import annotations

import re
from typing import Literal

from msgspec import Struct

Kind = Literal["micro", "macro", "nested", "harmonic"]
"""Every sample alike; every group; every group within every outer one; the harmonic mean."""

JOINT = "\x1f"
"""Between the outer and the inner value in the name of a nested group."""

_GRAMMAR = re.compile(r"micro|(macro|harmonic):([^/:]+)|macro:([^/:]+)/([^/:]+)")


class Average(Struct, frozen=True, kw_only=True):
    """An average, read."""

    kind: Kind = "micro"
    """How groups are weighed."""
    tags: tuple[str, ...] = ()
    """The tags that make the groups, the outer before the inner."""

    def group(self, tags: dict[str, str]) -> str:
        """Return the name of the group that a sample with ``tags`` belongs to."""
        return JOINT.join(tags.get(tag, "") for tag in self.tags)

    def __str__(self) -> str:
        """Return what it is in words."""
        if self.kind == "micro":
            return "mean over samples"
        if self.kind == "nested":
            outer, inner = self.tags
            return f"mean over {outer} of means over {inner}"
        if self.kind == "harmonic":
            return f"harmonic mean over {self.tags[0]} of (percent + 1), less 1"
        return f"mean over {self.tags[0]}"


def read_average(text: str) -> Average:
    """Return the average that ``text`` names.

    ``micro``, ``macro:<tag>``, ``macro:<outer>/<inner>`` or ``harmonic:<tag>``.

    Raises:
        ValueError: it is none of these.
    """
    match = _GRAMMAR.fullmatch(text)
    if match is None:
        raise ValueError(
            f"an average is micro, macro:<tag>, macro:<outer>/<inner> or harmonic:<tag>, "
            f"not {text!r}"
        )
    named, tag, outer, inner = match.groups()
    if named:
        return Average(kind="macro" if named == "macro" else "harmonic", tags=(tag,))
    return Average(kind="nested", tags=(outer, inner)) if outer else Average()
