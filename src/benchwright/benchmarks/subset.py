"""The samples that a subset file names: exactly these are asked."""

from __future__ import annotations

from collections.abc import Container

from benchwright.analysis.selecting.file import SubsetFile, read_subset
from benchwright.core.errors import DescriptionError

__all__ = ["SubsetFile", "drawn_of", "read_subset"]


def drawn_of(file: SubsetFile, version: str, there: Container[str]) -> frozenset[str]:
    """Return the ids that ``file`` asks of the benchmark ``version`` (``name@version``).

    Raises:
        DescriptionError: the file is of another version of the benchmark, has none of it, or
            names samples that are not ``there``.
    """
    name = version.partition("@")[0]
    parts = {part.benchmark: part for part in file.parts}
    # A table that knows no versions was calibrated on: then the name must do.
    part = parts.get(version) or parts.get(name)
    if part is None:
        others = ", ".join(part.benchmark for part in file.parts if part.name == name)
        if others:
            raise DescriptionError(
                f"The subset file is of {others}, the benchmark here is {version}: other samples. "
                f"Choose a subset of this version with benchwright select {name}."
            )
        held = ", ".join(parts) or "nothing"
        raise DescriptionError(f"The subset file has no samples of {version}, only of {held}.")
    absent = [sample for sample in part.samples if sample not in there]
    if absent:
        named = ", ".join(absent[:3]) + (" …" if len(absent) > 3 else "")
        raise DescriptionError(
            f"{version} has no samples {named} ({len(absent):,} of {len(part.samples):,} that the "
            f"subset file names)."
        )
    return frozenset(part.samples)
