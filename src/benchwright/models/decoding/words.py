"""What the scheduler and the encoding need to know of a vocabulary and of a chat template."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Words(Protocol):
    """Tokens and their texts."""

    @property
    def opening(self) -> list[int]:
        """The tokens that every text begins with: mostly BOS, or nothing."""
        ...

    @property
    def before_nothing(self) -> int:
        """The token in place of an empty context: BOS, else what the file calls so, else EOS."""
        ...

    @property
    def controls(self) -> tuple[str, ...]:
        """Texts of the control tokens."""
        ...

    def encode(self, text: str, *, special: bool) -> list[int]:
        """Return the tokens of ``text``, without BOS; ``special`` reads control tokens in it."""
        ...

    def piece(self, token: int) -> bytes:
        """Return the bytes that ``token`` writes: possibly part of a character, or none."""
        ...

    def is_end(self, token: int) -> bool:
        """Return whether ``token`` ends an answer."""
        ...


class Chat(Protocol):
    """How turns become the text that a model was trained on."""

    def render(self, turns: Sequence[dict[str, str]]) -> str:
        """Return the text for ``turns`` (role and content each), open for the model's answer.

        Raises:
            ModelError: the template refuses these turns.
        """
        ...
