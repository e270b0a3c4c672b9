"""The options rolled cyclically, one variant per position: circular evaluation (MMBench).

Variant ``rotate:j`` begins with the option that stood at place j; the target's letter moves with
its text. A sample without options, or with one, has no variants. Texts that speak of positions
("all of the above", "both A and B") are rolled like any other: the source's rule.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from benchwright.core.sample import LETTERS, Sample, Variant


class RotateChoices(Struct, frozen=True):
    """Every cyclic order of the options; a ``Perturbation``."""

    name: str = "rotate_choices"
    """The catalogue's name."""
    version: str = "1"
    """Raised whenever any variant could change."""

    def expand(self, sample: Sample) -> Iterator[Variant]:
        """Yield the sample as it is, then ``rotate:1`` … ``rotate:k-1``.

        Raises:
            ValueError: the target names no option.
        """
        yield Variant(sample=sample)
        count = len(sample.choices)
        for shift in range(1, count):
            name = f"rotate:{shift}"
            rolled = sample.choices[shift:] + sample.choices[:shift]
            yield Variant(
                sample=replace(
                    sample,
                    id=f"{sample.id}~{name}",
                    choices=rolled,
                    target=LETTERS[(sample.target_index - shift) % count],
                    variant_of=sample.root,
                    variant=f"{sample.variant}+{name}" if sample.variant else name,
                )
            )


PERTURBATION = RotateChoices()
