"""A text being written, token by token, until it ends."""

from __future__ import annotations

from benchwright.core.request import Generation
from benchwright.core.response import Finish, TokenLogprob
from benchwright.models.decoding.sampling import Logits, Sampler
from benchwright.models.decoding.words import Words


class Writing:
    """The answer to one request so far.

    Pieces of tokens are bytes: a character may span several tokens and a token may hold half of
    one, so bytes are collected and read as UTF-8 once, at the end. Stop texts are looked for in the
    bytes and may begin in one token and end in another.
    """

    def __init__(self, generation: Generation, seed: int, words: Words, room: int) -> None:
        """Begin an answer of at most ``room`` tokens, the context's rest."""
        self._sampler = Sampler(generation, seed)
        self._words = words
        self._stops = tuple(stop.encode() for stop in generation.stop)
        self._longest = max((len(stop) for stop in self._stops), default=0)
        self._top = generation.logprobs
        self.limit = min(generation.max_tokens, room)
        self.cut_by_context = room < generation.max_tokens
        """Whether the context ends the answer before ``max_tokens`` does."""
        self.tokens: list[int] = []
        """Tokens written, an end token left out."""
        self.logprobs: list[TokenLogprob] = []
        """Their log-probabilities, where wanted."""
        self.finish: Finish | None = None
        """Why it ended; None while it goes on."""
        self._bytes = bytearray()

    def accept(self, logits: Logits) -> None:
        """Draw the next token and add it.

        Raises:
            ValueError: the row holds something that is no number.
        """
        token = self._sampler.draw(logits)
        if self._words.is_end(token):
            self.finish = "stop"
            return
        self.tokens.append(token)
        if self._top:
            self.logprobs.append(self._logprob(logits, token))
        piece = self._words.piece(token)
        self._bytes += piece
        if self._cut_at_stop(len(piece)):
            self.finish = "stop"
        elif len(self.tokens) >= self.limit:
            self.finish = "length"

    def text(self) -> str:
        """Return the text written; bytes that are no UTF-8 become U+FFFD."""
        return self._bytes.decode("utf-8", "replace")

    def _cut_at_stop(self, fresh: int) -> bool:
        begin = max(0, len(self._bytes) - fresh - self._longest + 1)
        places = [self._bytes.find(stop, begin) for stop in self._stops]
        found = [place for place in places if place >= 0]
        if found:
            del self._bytes[min(found) :]
        return bool(found)

    def _logprob(self, logits: Logits, token: int) -> TokenLogprob:
        return TokenLogprob(
            token=self._shown(token),
            logprob=logits.logprob(token),
            top=tuple((self._shown(rival), value) for rival, value in logits.top(self._top)),
        )

    def _shown(self, token: int) -> str:
        return self._words.piece(token).decode("utf-8", "replace")
