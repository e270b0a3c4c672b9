"""One question, and how it becomes several."""

from __future__ import annotations

from msgspec import Struct, field

from benchwright.core.canonical import canonical, digest
from benchwright.core.content import Part, text_of

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Sample(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One question of a benchmark."""

    id: str
    """The source's own id, or ``<subset>/<row in the official split>``."""
    input: tuple[Part, ...]
    """The question."""
    choices: tuple[str, ...] = ()
    """The options of a multiple-choice question, in the order shown."""
    target: str = ""
    """The right answer; of a multiple-choice question the letter of the right option."""
    tags: dict[str, str] = field(default_factory=dict)
    """What tables are sliced by: subject, category, level, language …"""
    metadata: dict[str, str] = field(default_factory=dict)
    """What a solver or scorer needs besides: a worked solution, annotators' labels."""
    variant_of: str = ""
    """Id of the sample this is a variant of; empty for the sample as it is."""
    variant: str = ""
    """Canonical name of the variant; empty for the sample as it is."""

    @property
    def text(self) -> str:
        """The text of the question."""
        return text_of(self.input)

    @property
    def root(self) -> str:
        """Id of the sample that this one is or came from."""
        return self.variant_of or self.id

    @property
    def target_index(self) -> int:
        """Index of the right option; ``ValueError`` where the target is not a letter."""
        if len(self.target) != 1 or self.target not in LETTERS[: len(self.choices)]:
            raise ValueError(f"sample {self.id}: target {self.target!r} names no option")
        return LETTERS.index(self.target)

    def content_digest(self) -> str:
        """Return 32 hexadecimal characters that name what is asked and what is right."""
        return digest(canonical([self.input, self.choices, self.target, self.metadata]), 16)


class Presentation(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """How questions are laid out; applies to the shots as well as to the question."""

    labels: tuple[str, ...] = ()
    """Option labels; empty keeps the benchmark's own."""
    separator: str = ""
    """Between label and option; empty keeps the benchmark's own."""
    instruction: str = ""
    """Wording of the instruction; empty keeps the benchmark's own."""


class Variant(Struct, frozen=True, gc=False, kw_only=True):
    """One version of a sample that a perturbation made."""

    sample: Sample
    """The changed sample; its ``variant_of`` names the root."""
    presentation: Presentation = Presentation()
    """A changed layout, shared by the shots."""
