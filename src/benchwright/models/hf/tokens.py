"""Text to tokens: the special tokens that open a text, the boundary rule, chat templates."""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from benchwright.core.content import Message, Text, text_of
from benchwright.core.errors import DescriptionError, ModelError, boundary
from benchwright.core.response import Failure, FailureKind, RequestFailed

NOW = re.compile(r"""strftime_now\(\s*(?P<quote>["'])(?P<form>[^"']*)(?P=quote)\s*\)""")
"""A template's question for the time, in a form of its own."""


def refused(kind: FailureKind, message: str) -> RequestFailed:
    """Return the news that a request cannot be asked of this model."""
    return RequestFailed(Failure(kind=kind, message=message))


class Split(NamedTuple):
    """A context and its continuation, as tokens."""

    tokens: list[int]
    """Both, one after the other."""
    start: int
    """Number of tokens of the context."""
    merged: bool
    """Whether the joint tokens do not begin with the context's own."""


class Tokens:
    """A tokenizer of transformers, with its special tokens put in front exactly once."""

    def __init__(self, tokenizer: Any) -> None:
        """Find out what the tokenizer puts around a text."""
        self.tokenizer = tokenizer
        bare = self._bare("a")
        whole = tokenizer.encode("a")
        starts = [at for at in range(len(whole)) if whole[at : at + len(bare)] == bare]
        if not bare or not starts:
            raise ModelError("the tokenizer does not give a text the same tokens twice")
        self.opening: list[int] = whole[: starts[0]]
        """What the tokenizer puts before every text: usually BOS or nothing. What it puts after
        (a T5's end of text) would end the context, and is left out."""
        self.lone: int | None = tokenizer.bos_token_id
        """The token that stands before a text without context."""
        if self.lone is None:
            self.lone = tokenizer.eos_token_id

    def encode(self, text: str) -> list[int]:
        """Return the tokens of ``text``, opened exactly once."""
        return self._opened(self._bare(text))

    def prompt(self, text: str) -> list[int]:
        """Return the tokens of a prompt; an empty one becomes the lone token."""
        return self.encode(text) or [self._lone()]

    def split(self, context: str, continuation: str) -> Split:
        """Tokenise both together and cut where the context alone ends.

        The rule of lm-evaluation-harness: whitespace at the end of the context moves to the
        continuation first; without a context, the lone token stands in its place.

        Raises:
            RequestFailed: nothing is left to score.
        """
        kept = context.rstrip()
        moved = context[len(kept) :] + continuation
        if kept:
            before = self.encode(kept)
            tokens = self.encode(kept + moved)
        else:
            after = self._bare(moved)
            before = [self._lone()]
            tokens = after if after[:1] == before else before + after
        if len(tokens) <= len(before):
            raise refused("invalid_request", f"{continuation!r} has no token of its own")
        return Split(tokens, len(before), tokens[: len(before)] != before)

    def _opened(self, tokens: list[int]) -> list[int]:
        length = len(self.opening)
        if tokens[:length] != self.opening:
            return self.opening + tokens
        if length and tokens[length : 2 * length] == self.opening:
            raise refused("invalid_request", "the text is opened by BOS more than once")
        return tokens

    def _lone(self) -> int:
        if self.lone is None:
            raise refused("invalid_request", "an empty prompt, and no BOS or EOS to put there")
        return self.lone

    def _bare(self, text: str) -> list[int]:
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise refused("invalid_request", f"half a surrogate pair: {error.reason}") from error
        tokens: list[int] = self.tokenizer.encode(text, add_special_tokens=False)
        return tokens


class Template:
    """A chat template, rendered in the sandbox of transformers."""

    def __init__(self, tokenizer: Any, wanted: str, date: datetime.date) -> None:
        """Choose by ``ModelSettings.template``: auto, model, none or a file's path.

        A template that asks for the time is told ``date``, so that a prompt is the same tomorrow.

        Raises:
            DescriptionError: the model's own template is wanted and there is none, the file
                cannot be read, or it is no template.
        """
        self._tokenizer = tokenizer
        self._date = date
        self.text: str | None = None
        self._fixed = ""
        self.digest = ""
        """sha256 of the template; empty without one."""
        self.label = "none"
        """Which template is in force, in words."""
        if wanted in ("auto", "model"):
            if tokenizer.chat_template:
                self._choose(tokenizer.get_chat_template(), "the model's own")
            elif wanted == "model":
                raise DescriptionError("--template model: the model brings no chat template")
        elif wanted != "none":
            path = Path(wanted).expanduser()
            try:
                text = path.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise DescriptionError(f"--template {wanted}: cannot be read: {error}") from error
            self._choose(text, f"file {path.name}")

    @property
    def date(self) -> str:
        """The day that the template is told; empty where it does not ask."""
        if "strftime_now(" in self._fixed:  # in a form that it computes: the clock decides
            return datetime.datetime.now(tz=datetime.UTC).date().isoformat()
        return self._date.isoformat() if self._fixed != (self.text or "") else ""

    def render(self, messages: Iterable[Message]) -> str:
        """Return the turns as text that ends where the answer begins.

        Raises:
            RequestFailed: no template is in force, the template refuses these turns, the last one
                is the model's own, or one holds more than text.
        """
        if self.text is None:
            raise refused("unsupported", "chat turns need a template, and none is in force")
        turns = []
        for message in messages:
            if not all(isinstance(part, Text) for part in message.parts):
                raise refused("unsupported", "this model reads text only")
            turns.append({"role": message.role, "content": text_of(message.parts)})
        if turns[-1]["role"] == "assistant":
            raise refused("unsupported", "the last turn is the model's own")
        try:
            return self._rendered(turns)
        except ModelError as error:
            raise refused("invalid_request", str(error)) from error

    def _choose(self, text: str, source: str) -> None:
        self.text = text
        # transformers lets no function into a template, so the day is written into it.
        self._fixed = NOW.sub(lambda asked: repr(self._date.strftime(asked["form"])), text)
        self.digest = hashlib.sha256(text.encode()).hexdigest()
        self.label = f"{source} (sha {self.digest[:8]})"
        try:
            self._rendered([{"role": "user", "content": "x"}])
        except ModelError as error:
            # A template may well refuse these turns; one that does not compile refuses all.
            if type(error.__cause__).__name__ == "TemplateSyntaxError":
                raise DescriptionError(
                    f"{source}: not a Jinja template: {error.__cause__}. Give another with "
                    "--template FILE, or --template none"
                ) from error

    def _rendered(self, turns: list[dict[str, str]]) -> str:
        with boundary(ModelError, "the chat template"):
            rendered: str = self._tokenizer.apply_chat_template(
                turns,
                chat_template=self._fixed,
                tokenize=False,
                add_generation_prompt=True,
            )
        return rendered
