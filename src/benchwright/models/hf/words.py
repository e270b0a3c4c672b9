"""A tokenizer of transformers as the vocabulary that decoding works with."""

from __future__ import annotations

import json
import re
from functools import cached_property, lru_cache
from typing import Any

from benchwright.core.errors import ModelError

BYTE = re.compile(r"<0x([0-9A-Fa-f]{2})>")
"""How vocabularies with byte fallback spell a token that is one byte."""

ANCHOR = "a"
"""A text in front, so that a tokenizer that drops the blank at the beginning of a text drops none
of a token in the middle of one."""


class TokenizerWords:
    """The vocabulary of a tokenizer."""

    def __init__(self, tokenizer: Any, ends: frozenset[int]) -> None:
        """Find out what ``tokenizer`` puts before every text; answers end at ``ends``.

        Raises:
            ModelError: it gives the same text different tokens.
        """
        self._tokenizer = tokenizer
        self._ends = ends
        bare = self.encode(ANCHOR, special=False)
        whole = tokenizer.encode(ANCHOR)
        starts = [at for at in range(len(whole)) if whole[at : at + len(bare)] == bare]
        if not bare or not starts:
            raise ModelError("the tokenizer does not give a text the same tokens twice")
        self.opening: list[int] = whole[: starts[0]]
        """What the tokenizer puts before every text: usually BOS or nothing. What it puts after
        (a T5's end of text) would end the context, and is left out."""
        self._anchor = bare
        self._bytes_of = {character: byte for byte, character in enumerate(_byte_letters())}
        self._special = frozenset(tokenizer.all_special_ids) | {
            token for token, added in tokenizer.added_tokens_decoder.items() if added.special
        }
        self.piece = lru_cache(65536)(self._piece)

    @property
    def before_nothing(self) -> int:
        """The token in place of an empty context: BOS, else EOS.

        Raises:
            ModelError: the tokenizer has neither.
        """
        for token in (self._tokenizer.bos_token_id, self._tokenizer.eos_token_id):
            if token is not None:
                return int(token)
        raise ModelError("an empty prompt, and no BOS or EOS to put there")

    @cached_property
    def controls(self) -> tuple[str, ...]:
        """Texts of the control tokens, the longest first."""
        texts = {
            str(added)
            for token, added in self._tokenizer.added_tokens_decoder.items()
            if token in self._special
        }
        return tuple(sorted(texts - {""}, key=lambda text: (-len(text), text)))

    def encode(self, text: str, *, special: bool) -> list[int]:
        """Return the tokens of ``text``, not opened; ``special`` reads control tokens in it.

        Raises:
            UnicodeEncodeError: the text holds half a surrogate pair.
        """
        text.encode()
        tokens: list[int] = self._tokenizer.encode(
            text, add_special_tokens=False, split_special_tokens=not special
        )
        return tokens

    def is_end(self, token: int) -> bool:
        """Return whether ``token`` ends an answer."""
        return token in self._ends

    def _piece(self, token: int) -> bytes:
        """Return the bytes that ``token`` writes: possibly part of a character, or none."""
        if token in self._special:
            return b""
        spelt: str | None = self._tokenizer.convert_ids_to_tokens(token)
        if spelt is None:  # rows of the output layer beyond the vocabulary
            return b""
        if "ByteLevel" in self._decoders:
            found = [self._bytes_of.get(character) for character in spelt]
            return (
                spelt.encode()
                if None in found
                else bytes(byte for byte in found if byte is not None)
            )
        byte = BYTE.fullmatch(spelt)
        if byte and "ByteFallback" in self._decoders:
            return bytes([int(byte[1], 16)])
        return self._decoded([*self._anchor, token])[len(self._decoded(self._anchor)) :].encode()

    def _decoded(self, tokens: list[int]) -> str:
        text: str = self._tokenizer.decode(tokens, clean_up_tokenization_spaces=False)
        return text

    @cached_property
    def _decoders(self) -> frozenset[str]:
        """The kinds of steps by which the tokenizer makes text of tokens."""
        backend = getattr(self._tokenizer, "backend_tokenizer", None)
        if backend is None:
            return frozenset()
        decoder = json.loads(backend.to_str()).get("decoder") or {}
        steps = decoder.get("decoders", [decoder])
        return frozenset(step.get("type", "") for step in steps)


def _byte_letters() -> str:
    """Return the 256 letters by which byte-level vocabularies spell bytes, in their order.

    Printable characters of Latin-1 stand for themselves, the other bytes for the letters from
    U+0100 on, as in GPT-2's vocabulary.
    """
    shown = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = iter(range(0x100, 0x200))
    return "".join(chr(byte if byte in shown else next(hidden)) for byte in range(256))
