"""The model behind ``hf:``."""

from __future__ import annotations

import datetime
import platform

import torch
import transformers

from benchwright.core.errors import BenchwrightError, ModelError, boundary
from benchwright.core.model import Ability, Identity, Inbox, ModelSettings
from benchwright.models.hf import opening
from benchwright.models.hf.evaluator import NOISE, Evaluator
from benchwright.models.hf.jobs import Desk
from benchwright.models.hf.loop import Alone, Shared
from benchwright.models.hf.tokens import Template, Tokens

DATE = "2024-07-26"
"""What templates that ask for the time fall back to where they cannot."""


class TransformersModel:
    """A causal language model of transformers, in this process."""

    def __init__(self, rest: str, settings: ModelSettings) -> None:
        """Find, check and load the model named ``rest``.

        Raises:
            DescriptionError: ``rest`` or the template names nothing.
            ModelError: the model cannot be fetched or loaded.
        """
        options = settings.options
        dtype = settings.format or "float32"
        if settings.threads is not None:
            torch.set_num_threads(settings.threads)
        place = opening.locate(rest)
        device = options.get("device") or ("cuda" if torch.cuda.is_available() else "cpu")
        loaded, tokenizer = opening.load(place, dtype, device)
        tokens = Tokens(tokenizer)
        date = datetime.date.fromisoformat(options.get("date", DATE))
        chat = Template(tokenizer, settings.template, date)
        longest = opening.longest(loaded, tokenizer, options.get("context", ""))
        self._evaluator = Evaluator(loaded, int(options.get("cache_mib", "1024")) << 20)
        self._desk = Desk(tokens, chat, opening.ends(loaded, tokenizer), longest)
        self._answers = int(options.get("answers", "32"))
        self._width = int(options.get("batch") or (384 if device == "cpu" else 4096))
        self._concurrency = settings.concurrency or 256
        self._threads = settings.threads
        self.name = settings.name or place.name
        """Display name."""
        self.template = chat.label
        """Which chat template is in force, in words."""
        self.sharing = self._sharing(dtype, plain=settings.plain)
        """How requests are evaluated together, in words: ``shared …`` or ``alone: <why>``."""
        self.identity = Identity(
            kind="local",
            fields=opening.fields(place, chat, dtype, tokens.opening),
            notes={
                "path": str(place.folder / place.gguf),
                "revision": place.revision,
                "device": device,
                "threads": str(torch.get_num_threads()),
                "context": str(longest),
                "evaluation": self.sharing,
                "torch": str(torch.__version__),
                "transformers": transformers.__version__,
                "python": platform.python_version(),
            },
        )
        """What decides its answers."""

    @property
    def abilities(self) -> frozenset[Ability]:
        """Text in, text or log-likelihoods out; chat where a template is in force."""
        able: set[Ability] = {"generate", "loglikelihood", "raw", "logprobs"}
        if self._desk.template.text is not None:
            able.add("chat")
        return frozenset(able)

    @property
    def concurrency(self) -> int:
        """How many requests it is best given at once."""
        return self._concurrency

    def serve(self, inbox: Inbox) -> None:
        """Answer what comes into ``inbox`` until it is closed.

        Raises:
            ModelError: torch cannot evaluate, for want of memory for example.
        """
        if self._threads is not None:
            torch.set_num_threads(self._threads)
        with torch.inference_mode():
            if self.sharing.startswith("alone"):
                Alone(self._evaluator, self._desk).serve(inbox)
            else:
                Shared(
                    self._evaluator,
                    self._desk,
                    width=self._width,
                    held=self._concurrency,
                    answers=min(self._answers, self._width),
                ).serve(inbox)

    def close(self) -> None:
        """Free the weights and the cache; a second time does nothing."""
        self._evaluator.free()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def _sharing(self, dtype: str, *, plain: bool) -> str:
        # Not every architecture takes positions and masks as they are given. Whether this one does
        # is measured, not guessed from its name; one that does not is evaluated text by text,
        # which gives the same answers more slowly.
        if plain:
            return "alone: as asked"
        reason = self._evaluator.why_not_shared()
        if not reason:
            try:
                with boundary(ModelError, "shared evaluation"), torch.inference_mode():
                    noise = self._evaluator.noise()
            except BenchwrightError as error:
                return f"alone: {error}"
            if noise <= NOISE[dtype]:
                return f"shared, within {noise:.1e} nats"
            reason = f"shared evaluation differs by {noise:.2g} nats"
        return f"alone: {reason}"
