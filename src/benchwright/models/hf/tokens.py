"""Text to tokens: the special tokens that open a text, the boundary rule, chat templates."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from benchwright.core.content import Message, Text, text_of
from benchwright.core.errors import DescriptionError, ModelError, boundary
from benchwright.core.response import Failure, FailureKind, RequestFailed


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
        already = tokens[: len(self.opening)] == self.opening
        return tokens if already else self.opening + tokens

    def _lone(self) -> int:
        if self.lone is None:
            raise refused("invalid_request", "an empty prompt, and no BOS or EOS to put there")
        return self.lone

    def _bare(self, text: str) -> list[int]:
        tokens: list[int] = self.tokenizer.encode(text, add_special_tokens=False)
        return tokens


class Template:
    """A chat template, rendered in the sandbox of transformers."""

    def __init__(self, tokenizer: Any, wanted: str) -> None:
        """Choose by ``ModelSettings.template``: auto, model, none or a file's path.

        Raises:
            DescriptionError: the model's own template is wanted and there is none, or the file
                cannot be read.
        """
        self._tokenizer = tokenizer
        self.text: str | None = None
        self.label = "none"
        if wanted in ("auto", "model"):
            if tokenizer.chat_template:
                self.text = tokenizer.get_chat_template()
                self.label = "the model's own"
            elif wanted == "model":
                raise DescriptionError("--template model: the model brings no chat template")
        elif wanted != "none":
            path = Path(wanted).expanduser()
            try:
                self.text = path.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise DescriptionError(f"--template {wanted}: cannot be read: {error}") from error
            self.label = path.name

    def render(self, messages: Iterable[Message]) -> str:
        """Return the turns as text that ends where the answer begins.

        A last turn of the assistant is left open, to be continued.

        Raises:
            RequestFailed: no template is in force, the template refuses these turns, or a turn
                holds more than text.
        """
        if self.text is None:
            raise refused("unsupported", "chat turns need a template, and none is in force")
        turns = []
        for message in messages:
            if not all(isinstance(part, Text) for part in message.parts):
                raise refused("unsupported", "this model reads text only")
            turns.append({"role": message.role, "content": text_of(message.parts)})
        going_on = turns[-1]["role"] == "assistant"
        try:
            with boundary(ModelError, "the chat template"):
                rendered: str = self._tokenizer.apply_chat_template(
                    turns,
                    chat_template=self.text,
                    tokenize=False,
                    add_generation_prompt=not going_on,
                    continue_final_message=going_on,
                )
        except ModelError as error:
            raise refused("invalid_request", str(error)) from error
        return rendered
