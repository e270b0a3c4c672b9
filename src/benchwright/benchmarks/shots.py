"""Worked examples: which ones stand before which question."""

from __future__ import annotations

from collections.abc import Iterable

from benchwright.core.benchmark import Source
from benchwright.core.canonical import canonical, digest
from benchwright.core.errors import DataError, DescriptionError
from benchwright.core.sample import Sample


class Shots:
    """All examples that shots may be drawn from, by the value of the tag they must share."""

    def __init__(self, samples: Iterable[Sample], *, tag: str, count: int, source: str) -> None:
        """Keep the first ``count`` examples of every value of ``tag`` (or of all, without one).

        Raises:
            DescriptionError: there are not as many.
            DataError: the source holds no examples.
        """
        self.count = count
        self.source = source if count else ""
        self._tag = tag
        groups: dict[str, list[Sample]] = {}
        for sample in samples if count else ():
            groups.setdefault(sample.tags.get(tag, "") if tag else "", []).append(sample)
        if count and not groups:
            raise DataError(f"there are no worked examples in {source}")
        fewest = min((len(group) for group in groups.values()), default=0)
        if count > fewest:
            raise DescriptionError(
                f"{count} shots are wanted, but {source} holds only {fewest}"
                + (f" for some {tag}." if tag else ".")
            )
        self._groups = {key: tuple(group) for key, group in groups.items()}
        self._ids = {sample.root for group in groups.values() for sample in group}

    @staticmethod
    def described(source: Source, words: str) -> str:
        """Return where the shots come from: ``words``, unless ``source`` holds out test samples.

        Such a source says so in its subset; the same file may well hold examples apart.
        """
        same = source.files.get("shots") == source.files.get("test")
        if same and "held-out" in source.subset:
            return f"test samples held out ({source.subset})"
        return words

    def digest(self) -> str:
        """Return 16 hexadecimal characters naming all that may be drawn, in order."""
        if not self.count:
            return ""
        contents = [
            [key, *(sample.content_digest() for sample in group)]
            for key, group in sorted(self._groups.items())
        ]
        return digest(canonical(contents), 8)

    def key(self, sample: Sample) -> str:
        """Return what samples must share to have the same shots; unique if it may be a shot."""
        if sample.root in self._ids:
            return f"\0{sample.root}"
        return sample.tags.get(self._tag, "") if self._tag else ""

    def before(self, sample: Sample, count: int) -> tuple[Sample, ...]:
        """Return the first ``count`` examples for ``sample``: never itself or a variant of it.

        Raises:
            DataError: there are none for it.
        """
        if not count:
            return ()
        value = sample.tags.get(self._tag, "") if self._tag else ""
        found = [shot for shot in self._groups.get(value, ()) if shot.root != sample.root]
        if len(found) < count:
            raise DataError(
                f"sample {sample.id}: {self.source} holds {len(found)} worked examples for "
                f"{value or 'it'}, {count} are wanted"
            )
        return tuple(found[:count])
