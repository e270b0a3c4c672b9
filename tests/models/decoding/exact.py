"""A small exact engine and a vocabulary of characters."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from benchwright.models.decoding.engine import EngineFailed, State, TokenBatch

TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}"
    "<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def logits_after(tokens: Sequence[int], n_vocab: int) -> NDArray[np.float32]:
    """What the exact engine's model says after ``tokens``: a function of all of them."""
    seed = blake2b(np.array(tokens, "<i4").tobytes(), digest_size=8).digest()
    draws = np.random.default_rng(int.from_bytes(seed, "little"))
    return draws.normal(scale=3.0, size=n_vocab).astype(np.float32)


class ExactEngine:
    """An engine that keeps cells as llama.cpp does and refuses what llama.cpp refuses.

    Its logits depend on exactly the tokens that a sequence holds, so a scheduler that mixes up
    anything gives a wrong answer. With ``window`` it loses, as layers with a sliding window do, the
    first tokens of sequences that hold them alone.
    """

    def __init__(
        self,
        *,
        n_vocab: int = 40,
        cells: int = 64,
        sequences: int = 8,
        batch: int = 16,
        window: int = 0,
    ) -> None:
        self.n_vocab, self.n_cells, self.sequences, self.batch = n_vocab, cells, sequences, batch
        self.window = window
        self.cells: list[tuple[int, int, set[int]]] = []  # position, token, sequences
        self.lost: dict[int, list[int]] = {}  # sequence → its first tokens, seen no longer
        self.evaluated = 0
        self.fail_at: int | None = None
        self._calls = 0
        self._rows: dict[int, NDArray[np.float32]] = {}

    @property
    def windowed(self) -> bool:
        return self.window > 0

    def clear(self) -> None:
        self.cells, self.lost = [], {}

    def fork(self, source: int, target: int, end: int) -> None:
        held = {cell[0] for cell in self.cells if target in cell[2]}
        assert min(held, default=end) >= end, "the target of a fork holds nothing of it"
        assert source not in self.lost, "a sequence without its first tokens cannot be forked"
        assert len(self._held(source)) >= end
        for position, _, held in self.cells:
            if source in held and position < end:
                held.add(target)

    def cut(self, sequence: int, start: int, end: int | None = None) -> None:
        for position, _, held in self.cells:
            if start <= position < (position + 1 if end is None else end):
                held.discard(sequence)
        self.cells = [cell for cell in self.cells if cell[2]]
        if start == 0:
            self.lost.pop(sequence, None)

    def intact(self, sequence: int) -> bool:
        return sequence not in self.lost

    def decode(self, batch: TokenBatch) -> None:
        self._calls += 1
        self._rows = {}
        if self._calls == self.fail_at:
            raise EngineFailed("out of order")
        assert 0 < len(batch) <= self.batch
        lengths = {s: len(self._held(s)) for held in batch.sequences for s in held}
        for held in batch.sequences:
            assert len({lengths[s] for s in held}) == 1, "coupled sequences have one length"
        for index, token in enumerate(batch.tokens):
            held, position = batch.sequences[index], batch.positions[index]
            assert len(set(held)) == len(held) > 0
            assert all(0 <= s < self.sequences for s in held)
            for sequence in held:
                assert position == len(self._held(sequence)), "positions follow one another"
            self.cells.append((position, token, set(held)))
            self.evaluated += 1
            if batch.wanted[index]:
                prefixes = {tuple(self._held(s)) for s in held}
                assert len(prefixes) == 1, "sequences that share a token share all before it"
                self._rows[index] = logits_after(prefixes.pop(), self.n_vocab)
        assert len(self.cells) <= self.n_cells, "the cache is full"
        if self.window:
            self._lose()

    def row(self, index: int) -> NDArray[np.float32]:
        return self._rows[index]

    def _held(self, sequence: int) -> list[int]:
        cells = sorted((cell[0], cell[1]) for cell in self.cells if sequence in cell[2])
        lost = self.lost.get(sequence, [])
        assert [position for position, _ in cells] == list(range(len(lost), len(lost) + len(cells)))
        return [*lost, *(token for _, token in cells)]

    def _lose(self) -> None:
        for sequence in range(self.sequences):
            held = self._held(sequence)
            while len(held) - len(self.lost.get(sequence, [])) > self.window:
                first = len(self.lost.get(sequence, []))
                cell = next(c for c in self.cells if sequence in c[2] and c[0] == first)
                if len(cell[2]) > 1:
                    break
                self.cells.remove(cell)
                self.lost.setdefault(sequence, []).append(cell[1])


class ExactParkingEngine(ExactEngine):
    """An exact engine that can put sequences aside, and sometimes has no room to bring them back.

    What it brings back takes cells of its own, as in llama.cpp.
    """

    refuse_every: int = 0
    restored = 0
    saved = 0

    def save(self, sequence: int) -> State:
        self.saved += 1
        return np.array(self._held(sequence), "<i4").view(np.uint8)

    def restore(self, sequence: int, state: State) -> bool:
        assert not self._held(sequence), "what is restored comes into an empty sequence"
        self.restored += 1
        if self.refuse_every and self.restored % self.refuse_every == 0:
            return False
        for position, token in enumerate(state.view("<i4").tolist()):
            self.cells.append((position, token, {sequence}))
        assert len(self.cells) <= self.n_cells, "the cache is full"
        return True


class Letters:
    """A vocabulary of single characters, and of the pair "ab", which merges across boundaries."""

    controls = ("<end>",)
    before_nothing = 1

    def __init__(self, *, bos: bool = False) -> None:
        self.opening = [1] if bos else []

    def encode(self, text: str, *, special: bool) -> list[int]:
        tokens = []
        while text:
            if special and text.startswith("<end>"):
                token, taken = 0, 5
            elif text.startswith("ab"):
                token, taken = 2, 2
            else:
                token, taken = 3 + ord(text[0]) % 37, 1
            tokens.append(token)
            text = text[taken:]
        return tokens

    def piece(self, token: int) -> bytes:
        return b"ab" if token == 2 else bytes([97 + token % 26]) if token > 2 else b""

    def is_end(self, token: int) -> bool:
        return token == 0
