"""What the scheduler drives: a key-value cache shared by sequences, and rows of logits.

A token in the cache belongs to one or several sequences. A sequence's next token attends to all
that the sequence holds; forking costs nothing and copies nothing. llama.cpp is such an engine, and
so is the small exact one that tests use.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray


class EngineFailed(Exception):
    """The engine could not do what it was asked; what it held is lost."""


class TokenBatch:
    """Tokens to evaluate in one call, in order."""

    def __init__(self) -> None:
        """Begin empty."""
        self.tokens: list[int] = []
        """Token ids."""
        self.positions: list[int] = []
        """Position of each token within its sequences."""
        self.sequences: list[list[int]] = []
        """Sequences that hold each token."""
        self.wanted: list[bool] = []
        """Whether the logits after each token are wanted."""

    def __len__(self) -> int:
        return len(self.tokens)

    def add(self, token: int, position: int, sequences: list[int], *, wanted: bool) -> int:
        """Append a token and return its index."""
        self.tokens.append(token)
        self.positions.append(position)
        self.sequences.append(sequences)
        self.wanted.append(wanted)
        return len(self.tokens) - 1


class Engine(Protocol):
    """A key-value cache shared by sequences."""

    @property
    def windowed(self) -> bool:
        """Whether a sequence may lose its first tokens (``intact`` must then be asked)."""
        ...

    def clear(self) -> None:
        """Forget every sequence."""
        ...

    def fork(self, source: int, target: int, end: int) -> None:
        """Let ``target``, which holds nothing before ``end``, hold ``source``'s tokens up to it."""
        ...

    def cut(self, sequence: int, start: int, end: int | None = None) -> None:
        """Forget what ``sequence`` holds from position ``start`` on, before ``end`` if given."""
        ...

    def intact(self, sequence: int) -> bool:
        """Return whether ``sequence`` still holds its first token."""
        ...

    def decode(self, batch: TokenBatch) -> None:
        """Evaluate ``batch``; its wanted rows are readable until the next call."""
        ...

    def row(self, index: int) -> NDArray[np.float32]:
        """Return the logits after token ``index`` of the last batch, shape (n_vocab,), a view."""
        ...


State = NDArray[np.uint8]
"""What a sequence holds, as bytes that only the engine reads."""


@runtime_checkable
class ParkingEngine(Engine, Protocol):
    """An engine that every token in its cache slows down, and that can put sequences aside."""

    def save(self, sequence: int) -> State:
        """Return what ``sequence`` holds; it goes on holding it."""
        ...

    def restore(self, sequence: int, state: State) -> bool:
        """Let ``sequence``, which is empty, hold ``state``; False, and still empty, without room.

        What comes back takes cells of its own, also where other sequences hold the same tokens.
        """
        ...
