"""A model's vocabulary: text to tokens and back, and the one rule about BOS."""

from __future__ import annotations

import ctypes
from functools import cached_property, lru_cache

import numpy as np

from benchwright.core.errors import ModelError
from benchwright.models.llama.context import Weights
from benchwright.models.llama.header import Header

_CONTROL_OR_UNKNOWN = 1 << 3 | 1 << 0
"""``LLAMA_TOKEN_ATTR_CONTROL | LLAMA_TOKEN_ATTR_UNKNOWN``: what ``parse_special`` reads."""


class Vocabulary:
    """The vocabulary of ``weights``.

    BOS is never left to llama.cpp's ``add_special``, which may also append EOS: the encoding puts
    exactly one in front where the file says that the model wants one.
    """

    def __init__(self, weights: Weights, header: Header) -> None:
        """Read the special tokens.

        Raises:
            ModelError: the file asks for a BOS that it does not name.
        """
        self._weights = weights
        self._call = weights.library.call
        self._handle = weights.vocabulary
        self.size = weights.n_vocab
        # llama.cpp fills in ids that a file does not name; only named ones count.
        self._named_bos = self._named(header, "bos")
        self._named_eos = self._named(header, "eos")
        adds = bool(self._call.llama_vocab_get_add_bos(self._handle))
        self.bos = int(self._call.llama_vocab_bos(self._handle)) if adds else None
        if self.bos is not None and not 0 <= self.bos < self.size:
            raise ModelError(f"{header.path}: the model wants a BOS token and the file names none")
        self.opening = [] if self.bos is None else [self.bos]
        """What every text begins with."""
        self.piece = lru_cache(65536)(self._piece)
        self.is_end = lru_cache(65536)(self._is_end)

    @property
    def before_nothing(self) -> int:
        """The token in place of an empty context: BOS, else what the file calls so, else EOS."""
        for token in (self.bos, self._named_bos, self._named_eos):
            if token is not None:
                return token
        return int(self._call.llama_vocab_eos(self._handle))

    @property
    def bos_text(self) -> str:
        """The text of the token that the file calls BOS, empty without one."""
        return self._text(self._named_bos)

    @property
    def eos_text(self) -> str:
        """The text of the token that the file calls EOS, empty without one."""
        return self._text(self._named_eos)

    @cached_property
    def controls(self) -> tuple[str, ...]:
        """Texts of the control tokens, the longest first."""
        attribute = self._call.llama_vocab_get_attr
        texts = {
            self._text(token)
            for token in range(self.size)
            if attribute(self._handle, token) & _CONTROL_OR_UNKNOWN
        }
        return tuple(sorted(texts - {""}, key=lambda text: (-len(text), text)))

    def encode(self, text: str, *, special: bool) -> list[int]:
        """Return the tokens of ``text``, without BOS; ``special`` reads control tokens in it.

        Raises:
            UnicodeEncodeError: the text holds half a surrogate pair.
            ModelError: llama.cpp cannot tokenise it.
        """
        raw = text.encode()
        room = len(raw) + 8
        while True:
            tokens = np.empty(room, np.int32)
            count = self._call.llama_tokenize(
                self._handle, raw, len(raw), tokens.ctypes.data, room, False, special
            )
            if count >= 0:
                found: list[int] = tokens[:count].tolist()
                return found
            if -count <= room:
                raise ModelError(f"llama.cpp cannot tokenise {text[:40]!r}…")
            room = -count

    def _piece(self, token: int) -> bytes:
        """Return the bytes that ``token`` writes: possibly part of a character, or none."""
        if not 0 <= token < self.size:  # llama.cpp would end the process
            raise ModelError(f"token {token} is not in the vocabulary of {self.size}")
        room = 64
        while True:
            buffer = ctypes.create_string_buffer(room)
            count = self._call.llama_token_to_piece(self._handle, token, buffer, room, 0, False)
            if count >= 0:
                return buffer.raw[:count]
            room = -count

    def _is_end(self, token: int) -> bool:
        """Return whether ``token`` ends an answer."""
        return bool(self._call.llama_vocab_is_eog(self._handle, token))

    def _text(self, token: int | None) -> str:
        if token is None:
            return ""
        raw: bytes | None = self._call.llama_vocab_get_text(self._handle, token)
        return (raw or b"").decode("utf-8", "replace")

    def _named(self, header: Header, which: str) -> int | None:
        token = header.number(f"tokenizer.ggml.{which}_token_id", -1)
        return token if 0 <= token < self.size else None
