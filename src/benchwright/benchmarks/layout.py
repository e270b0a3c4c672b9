"""Where the question, the options and the word before the answer go: a prompt's layout.

Layouts are code; the instructions and worked examples that they lay out come with a benchmark.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from msgspec import Struct

from benchwright.core.content import Message, Part, Text, user
from benchwright.core.sample import LETTERS, Presentation, Sample

_LETTERS = tuple(LETTERS)


class Layout(Struct, frozen=True, kw_only=True):
    """How one question, and each worked example before it, is written."""

    name: str
    """Names the wording in the conditions; renamed whenever any byte changes."""
    header: Callable[[Sample], str] = lambda sample: ""  # noqa: ARG005 - a header may ignore it
    """What stands above everything; the same for all samples that share their shots."""
    lead: str = "Question: "
    """Before the question."""
    listing: str = "\n"
    """Between the question and the list of options."""
    listed: bool = True
    """Whether the options are shown."""
    separator: str = ". "
    """Between an option's label and its text."""
    strip: bool = True
    """Whether white space around the question is dropped."""
    strip_options: bool = False
    """Whether white space around the options is dropped."""
    cue: str = "\nAnswer:"
    """After the question: what the answer follows."""
    shown: Literal["label", "option", "solution", "target"] = "label"
    """What a worked example shows after the cue; ``solution`` is the sample's metadata."""
    gap: str = " "
    """Between the cue and a worked example's answer, in raw text."""
    between: str = "\n\n"
    """After a worked example."""
    turns: bool = True
    """In a chat, whether worked examples are turns of their own or part of the question's."""


def question(layout: Layout, sample: Sample, presentation: Presentation) -> str:
    """Return the question as asked, up to and including the cue."""
    text = sample.text.strip() if layout.strip else sample.text
    lines = [f"{layout.lead}{text}"]
    if layout.listed and sample.choices:
        separator = presentation.separator or layout.separator
        options = sample.choices
        if layout.strip_options:
            options = tuple(option.strip() for option in options)
        shown = zip(labels(sample, presentation), options, strict=True)
        lines.append("\n".join([f"{label}{separator}{option}" for label, option in shown]))
    return layout.listing.join(lines) + layout.cue


def answer(layout: Layout, sample: Sample, presentation: Presentation) -> str:
    """Return what a worked example shows after the cue, without space before it."""
    if layout.shown == "solution":
        return sample.metadata["solution"]
    if layout.shown == "target":
        return sample.target
    if layout.shown == "option":
        return sample.choices[sample.target_index]
    return labels(sample, presentation)[sample.target_index]


def labels(sample: Sample, presentation: Presentation) -> tuple[str, ...]:
    """Return one label per option.

    Raises:
        ValueError: there are more options than labels.
    """
    known = presentation.labels or _LETTERS
    if len(known) < len(sample.choices):
        raise ValueError(f"sample {sample.id}: {len(sample.choices)} options, {len(known)} labels")
    return known[: len(sample.choices)]


def raw_prompt(
    layout: Layout, system: str, header: str, shots: tuple[tuple[str, str], ...], asked: str
) -> tuple[str, ...]:
    """Return a raw prompt in pieces: system prompt, header, each worked example, the question."""
    pieces = [f"{system}\n\n"] if system else []
    if header:
        pieces.append(header)
    pieces += (f"{shot}{layout.gap}{solved}{layout.between}" for shot, solved in shots)
    return (*pieces, asked)


def chat_turns(
    layout: Layout,
    system: str,
    header: str,
    shots: tuple[tuple[str, str], ...],
    asked: str,
    media: tuple[Part, ...],
) -> tuple[Message, ...]:
    """Return chat turns: the header opens the first user's turn; media come before the text."""
    turns = [Message(role="system", parts=(Text(system),))] if system else []
    if not layout.turns:
        above = raw_prompt(layout, "", header, shots, asked)
        return (*turns, user(*media, *above))
    opening = header
    for shot, solved in shots:
        turns.append(user(*filter(None, (opening, shot))))
        turns.append(Message(role="assistant", parts=(Text(solved),)))
        opening = ""
    return (*turns, user(*media, *filter(None, (opening, asked))))
