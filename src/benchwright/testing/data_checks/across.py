"""Questions that several benchmarks ask: word for word, or nearly."""

from __future__ import annotations

from collections.abc import Iterator

from benchwright.core.canonical import digest
from benchwright.testing.data_checks.finding import Finding, Material, counted
from benchwright.testing.data_checks.sketches import Index, sketch
from benchwright.testing.data_checks.wording import words

FEWEST = 8
"""Words from which a question can be told from any other: "Which of these is true?" cannot."""


class Across:
    """What earlier benchmarks asked; hands each new one its repetitions of them.

    Questions are compared without their options, which derived benchmarks change. Memory: about a
    kilobyte a question.
    """

    def __init__(self) -> None:
        """Begin with no benchmark."""
        self._known: list[tuple[str, dict[str, str], Index]] = []

    def add(self, material: Material) -> Iterator[Finding]:
        """Yield what ``material`` has in common with each benchmark before it, then keep it."""
        exact: dict[str, str] = {}
        index = Index()
        found: dict[str, tuple[list[str], list[str]]] = {
            name: ([], []) for name, _, _ in self._known
        }
        compared = 0
        for sample in material.samples:
            wording = words(sample.text)
            if len(wording) < FEWEST:
                continue
            compared += 1
            key = digest(" ".join(wording).encode("utf-8", "surrogatepass"), 8)
            made = sketch(wording)
            for name, keys, others in self._known:
                if key in keys:
                    found[name][0].append(f"{sample.id} = {keys[key]}")
                elif match := others.find(made):
                    found[name][1].append(f"{sample.id} ≈ {match}")
            exact.setdefault(key, sample.id)
            index.add(sample.id, made)
        for name, (same, near) in found.items():
            if same:
                yield counted(f"ask word for word what {name} asks", same, compared)
            if near:
                yield counted(f"ask nearly what {name} asks", near, compared)
        self._known.append((material.name, exact, index))
