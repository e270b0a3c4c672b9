"""Prompts that a benchmark ships as whole texts: taken apart, and never changed.

A text is an instruction and worked examples, up to where the question follows. Taken apart it can
be asked with fewer examples or in chat turns like any other; laid out again it is the shipped
text, byte for byte, or it is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from benchwright.benchmarks.layout import Layout
from benchwright.core.canonical import canonical, digest
from benchwright.core.content import Text
from benchwright.core.errors import DataError
from benchwright.core.sample import Sample


class PromptText(Struct, frozen=True, kw_only=True):
    """One shipped prompt in its parts."""

    instruction: str
    """What stands above the first worked example."""
    examples: tuple[tuple[str, str], ...]
    """(question, what follows the cue) of each worked example, white space kept."""


def taken_apart(text: str, layout: Layout, where: str) -> PromptText:
    """Return the parts of ``text``: examples begin with the lead and end before the next one.

    Args:
        text: The prompt up to the last worked example, without the question asked.
        layout: Its ``lead``, ``cue``, ``gap`` and ``between`` are what the text is written with.
        where: Named in the error.

    Raises:
        DataError: the parts laid out again are not the text.
    """
    instruction, *pieces = text.split(f"{layout.between}{layout.lead}")
    examples = []
    for piece in pieces:
        question, cue, solved = piece.partition(layout.cue)
        if not cue:
            raise DataError(f"{where}: a worked example has no {layout.cue!r}")
        examples.append((question, solved.removeprefix(layout.gap)))
    again = instruction + "".join(
        f"{layout.between}{layout.lead}{question}{layout.cue}{layout.gap}{solved}"
        for question, solved in examples
    )
    if not examples or again != text:
        raise DataError(f"{where}: not an instruction and worked examples with {layout.lead!r}")
    return PromptText(instruction=instruction, examples=tuple(examples))


def shipped(texts: Mapping[str, str], tag: str, layout: Layout) -> tuple[Layout, list[Sample]]:
    """Return the layout with the shipped instructions as its header, and the worked examples.

    Args:
        texts: Value of ``tag`` → the text shipped for it.
        tag: The tag whose value a question and its prompt share.
        layout: How the texts are written; its ``shown`` becomes ``solution``.

    Raises:
        DataError: a text cannot be taken apart.
    """
    parts = {value: taken_apart(text, layout, f"prompt {value}") for value, text in texts.items()}
    named = digest(canonical(sorted(texts.items())), 4)

    def header(sample: Sample) -> str:
        return parts[sample.tags[tag]].instruction + layout.between

    changed = replace(
        layout, name=f"{layout.name} ({named})", header=header, shown="solution", strip=False
    )
    return changed, list(_examples(parts, tag))


def _examples(parts: Mapping[str, PromptText], tag: str) -> Iterator[Sample]:
    for value, part in parts.items():
        for row, (question, solved) in enumerate(part.examples):
            yield Sample(
                id=f"prompt/{value}/{row}",
                input=(Text(question),),
                target=solved.strip(),
                tags={tag: value},
                metadata={"solution": solved},
            )
