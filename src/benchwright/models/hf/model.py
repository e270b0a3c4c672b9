"""The model behind ``hf:``."""

from __future__ import annotations

import datetime
import platform
from collections.abc import Sequence

import torch
import transformers

from benchwright.core.errors import ModelError
from benchwright.core.model import Ability, Identity, Inbox, ModelSettings, Work
from benchwright.core.request import Request
from benchwright.core.response import Response
from benchwright.models.apart import apart
from benchwright.models.decoding.cache import CacheSize
from benchwright.models.decoding.encoding import Encoder
from benchwright.models.decoding.scheduler import Scheduler, Tally
from benchwright.models.decoding.service import serve, tried
from benchwright.models.decoding.template import DATE, choose_template
from benchwright.models.hf import opening
from benchwright.models.hf.engine import PlainEngine
from benchwright.models.hf.raw import raw_speed
from benchwright.models.hf.sharing import choose_engine
from benchwright.models.hf.words import TokenizerWords

WINDOW = 512
"""Requests looked at together for what they share."""

WRITERS = 32
"""Most answers written at once."""

SEQUENCES = 512
"""Most sequences in the cache: tracks in work and prefixes kept."""

BATCH, BATCH_ELSEWHERE = 1024, 4096
"""Tokens evaluated together: on a processor, and on a graphics card. SmolLM2-135M in float32 on two
cores evaluated 489 tokens a second in 1,024s, 439 in 512s, 466 in 2,048s (medians of nine)."""

CACHE_MIB, CACHE_MIB_ELSEWHERE = 1024, 4096
"""Memory for keys and values: on a processor, and on a graphics card."""


class TransformersModel:
    """A causal language model of transformers, in this process."""

    def __init__(self, place: opening.Place, settings: ModelSettings) -> None:
        """Load and check the model at ``place``.

        Raises:
            DescriptionError: the template names nothing.
            ModelError: the model cannot be loaded.
        """
        options = settings.options
        dtype = settings.format or "float32"
        if settings.threads is not None:
            torch.set_num_threads(settings.threads)
        device = options.get("device") or ("cuda" if torch.cuda.is_available() else "cpu")
        self._loaded, tokenizer = opening.load(place, dtype, device)
        words = TokenizerWords(tokenizer, opening.ends(self._loaded, tokenizer))
        date = datetime.date.fromisoformat(options.get("date", DATE.isoformat()))
        chat = choose_template(
            settings.template,
            opening.template(tokenizer),
            "the model's own",
            bos=tokenizer.bos_token or "",
            eos=tokenizer.eos_token or "",
            date=date,
        )
        near = device == "cpu"
        memory = int(options.get("cache_mib") or (CACHE_MIB if near else CACHE_MIB_ELSEWHERE))
        room = max(1, (memory << 20) // opening.bytes_per_token(self._loaded))
        longest = opening.longest(self._loaded, tokenizer, options.get("context", ""), room)
        self._size = CacheSize(
            cells=max(room, longest), sequences=SEQUENCES, keep=room // 2, keep_once=room // 4
        )
        self._longest = longest
        width = int(options.get("batch") or (BATCH if near else BATCH_ELSEWHERE))
        self._batch = min(width, self._size.cells)
        self._writers = min(int(options.get("answers") or WRITERS), self._batch)
        self._encoder = Encoder(words, chat, longest)
        self._plain = PlainEngine(self._loaded, self._loaded.config._attn_implementation)
        self._shared, self.sharing = choose_engine(
            self._loaded, self._plain, self._size.cells, dtype, alone=settings.plain
        )
        self._threads = settings.threads
        self._done = Work()
        self._tally = Tally()
        self.name = settings.name or place.name
        """Display name."""
        self.template = chat.words if chat is not None else "none"
        """Which chat template is in force, in words."""
        abilities: set[Ability] = {"generate", "loglikelihood", "raw", "logprobs"}
        if chat is not None:
            abilities.add("chat")
        self.abilities = frozenset(abilities)
        """Text in, text or log-likelihoods out; chat where a template is in force."""
        self.concurrency = settings.concurrency or WINDOW
        """How many requests it is best given at once."""
        self.identity = Identity(
            kind="local",
            fields=opening.fields(place, chat, dtype, date, words.opening),
            notes={"path": str(place.folder / place.gguf), "revision": place.revision}
            | self._notes(device),
        )
        """What decides its answers."""

    def _notes(self, device: str) -> dict[str, str]:
        """Return what is recorded of how it evaluates."""
        return {
            "device": device,
            "threads": str(torch.get_num_threads()),
            "batch": str(self._batch),
            "context": str(self._longest),
            "cells": str(self._size.cells),
            "sharing": self.sharing,
            "torch": str(torch.__version__),
            "transformers": transformers.__version__,
            "python": platform.python_version(),
        }

    @property
    def work(self) -> Work:
        """What was evaluated so far."""
        done, tally = self._done, self._tally
        return Work(
            tokens=done.tokens + tally.tokens,
            batches=done.batches + tally.batches,
            seconds=done.seconds + tally.seconds,
        )

    def serve(self, inbox: Inbox) -> None:
        """Answer what comes into ``inbox`` until it is closed.

        Raises:
            ModelError: the model was closed.
        """
        if self._loaded is None:
            raise ModelError(f"{self.name} was closed; open it again")
        scheduler = self._scheduler(plain=False)
        self._done, self._tally = self.work, scheduler.tally
        serve(inbox, self._encoder, scheduler, self.concurrency)

    def trial(self, requests: Sequence[Request], *, plain: bool) -> list[Response]:
        """Answer ``requests`` alone or together, as ``core.model.Probed`` says.

        Raises:
            ModelError: one of them cannot be answered.
        """
        if self._loaded is None:
            raise ModelError(f"{self.name} was closed; open it again")
        return apart(lambda: tried(requests, self._encoder, self._scheduler(plain=plain)))

    def limit(self) -> float:
        """Return the tokens a second of a plain forward pass, as ``core.model.Limited`` says.

        Raises:
            ModelError: torch failed, or the model was closed.
        """
        if self._loaded is None:
            raise ModelError(f"{self.name} was closed; open it again")
        return apart(self._raw_speed)

    def close(self) -> None:
        """Free the weights and the cache; a second time does nothing."""
        self._loaded = self._shared = None
        self._plain.clear()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def _raw_speed(self) -> float:
        self._set_threads()
        return raw_speed(self._loaded, self._plain.attention, self._batch)

    def _set_threads(self) -> None:
        if self._threads is not None:  # a setting of the thread that calls
            torch.set_num_threads(self._threads)

    def _scheduler(self, *, plain: bool) -> Scheduler:
        self._set_threads()
        if self._shared is None or plain:
            # One pass over each text, however long, as it would be evaluated without us.
            return Scheduler(self._plain, self._size, batch=self._longest, writers=1, plain=True)
        return Scheduler(self._shared, self._size, batch=self._batch, writers=self._writers)
