"""The ``llama:`` model: a GGUF file opened, described, and kept fed."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

from benchwright.core.errors import ModelError, boundary
from benchwright.core.model import Ability, Identity, Inbox, ModelSettings, Work
from benchwright.core.request import Request
from benchwright.core.response import Response
from benchwright.models.apart import apart
from benchwright.models.decoding.cache import CacheSize
from benchwright.models.decoding.crowding import Crowding
from benchwright.models.decoding.encoding import Encoder
from benchwright.models.decoding.scheduler import Scheduler, Tally
from benchwright.models.decoding.service import serve, tried
from benchwright.models.decoding.template import ChatTemplate, choose_template
from benchwright.models.llama.batching import measured_batch, rate
from benchwright.models.llama.context import Context, ContextSize, Weights
from benchwright.models.llama.convert import converted
from benchwright.models.llama.header import Header, read_header
from benchwright.models.llama.library import open_library
from benchwright.models.llama.options import Options, read_options
from benchwright.models.llama.vocabulary import Vocabulary
from benchwright.models.weights import weights_digest

WINDOW = 512
"""Requests looked at together for what they share."""

WRITERS = 32
"""Most answers written at once."""

SEQUENCES = 64
"""Most sequences in the cache: tracks in work and prefixes kept."""

CACHE_MIB = 512
"""Memory for the key-value cache beyond what one full context needs, and its bound on that."""

MOST_CACHE_MIB = 2048
"""Most memory that the key-value cache takes unasked; longer contexts need ``context=``."""

KEEP, KEEP_ONCE = 768, 512
"""Most tokens of idle prefixes kept: all, and those that one request alone has used. Every
token in the cache is looked at by every token of every batch, masked or not: on two cores, 5-shot
MMLU went from 124 to 189 tokens a second when 2,275 instead of 8,192 were kept. What is shared is
parked instead."""

PARK_MIB = 256
"""Memory for prefixes put aside."""

LOOK = 1.5e-9
"""Seconds on one thread for which a head of a layer looks at a token that is masked: measured with
SmolLM2-135M, 8,192 such tokens in the cache, batches of 32 and 128 (1.4 to 2.5 nanoseconds)."""

LIMIT_BATCHES = 3
"""Batches timed for the limit."""


def open_model(rest: str, settings: ModelSettings) -> LlamaModel:
    """Open the GGUF file at path ``rest``.

    Raises:
        DescriptionError: no such file, or a setting that means nothing here; every problem at once.
        MissingExtra: the extra ``[llama]`` is not installed.
        ModelError: the file is damaged, or the library does not fit.
    """
    path = Path(rest).expanduser()
    options = read_options(path, settings)
    library = open_library()
    header = read_header(path)
    digest = weights_digest(path)
    used = converted(header, digest, settings.format) if settings.format else path
    weights = Weights(library, used)
    try:
        return apart(lambda: LlamaModel(weights, header, digest, settings, options))
    except BaseException:
        weights.close()
        raise


class LlamaModel:
    """A GGUF model in this process."""

    def __init__(
        self,
        weights: Weights,
        header: Header,
        digest: str,
        settings: ModelSettings,
        options: Options,
    ) -> None:
        """Open a context on ``weights``, which came from the file of ``header`` with ``digest``."""
        self._weights = weights
        self._plain = settings.plain
        vocabulary = Vocabulary(weights, header)
        chat = choose_template(
            settings.template,
            header.text("tokenizer.chat_template"),
            "the file's own",
            bos=vocabulary.bos_text,
            eos=vocabulary.eos_text,
            date=options.date,
        )
        form = settings.format or "as stored"
        size, self._context_tokens, self._crowding = _size(
            header, weights, digest, settings, options
        )
        self._context = Context(weights, size)
        self._encoder = Encoder(vocabulary, chat, self._context_tokens)
        self._cache_size = CacheSize(
            cells=size.cells,
            sequences=size.sequences,
            keep=min(KEEP, size.cells // 2),
            keep_once=min(KEEP_ONCE, size.cells // 4),
            park_bytes=(options.park_mib or PARK_MIB) << 20,
        )
        self._size = size
        self.name = options.name or header.path.stem
        self.template = chat.words if chat is not None else "none"
        abilities: set[Ability] = {"generate", "loglikelihood", "raw", "logprobs"}
        if chat is not None:
            abilities.add("chat")
        self.abilities = frozenset(abilities)
        self.concurrency = settings.concurrency or WINDOW
        self._tally = Tally()
        self.identity = Identity(
            kind="local",
            fields=_fields(digest, form, vocabulary, chat, options),
            notes={
                "library": weights.library.version,
                "path": str(header.path),
                "stored": header.stored(),
                "threads": str(size.threads),
                "batch": str(size.batch),
                "context": str(self._context_tokens),
                "cells": str(size.cells),
                "sharing": "off" if settings.plain else "on",
            },
        )

    @property
    def work(self) -> Work:
        """What was evaluated so far."""
        tally = self._tally
        return Work(tokens=tally.tokens, batches=tally.batches, seconds=tally.seconds)

    def serve(self, inbox: Inbox) -> None:
        """Answer what comes into ``inbox`` until it is closed; runs in a thread of its own.

        Raises:
            ModelError: the model was closed.
        """
        scheduler = self._scheduler(plain=self._plain)
        scheduler.tally = self._tally
        serve(inbox, self._encoder, scheduler, self.concurrency)

    def trial(self, requests: Sequence[Request], *, plain: bool) -> list[Response]:
        """Answer ``requests`` outside a run: one at a time sharing nothing, or as a run would.

        Raises:
            ModelError: one of them cannot be answered, or the model was closed.
        """
        answers = apart(lambda: tried(requests, self._encoder, self._scheduler(plain=plain)))
        self._context.clear()
        return answers

    def limit(self) -> float:
        """Return the tokens a second of full batches, each into an empty cache, measured now.

        Raises:
            ModelError: llama.cpp failed.
        """
        with boundary(ModelError, f"{self.name}: the limit cannot be measured"):
            batch = self._size.batch
            return apart(
                lambda: max(
                    rate(self._context, batch, batch, time.perf_counter)
                    for _ in range(LIMIT_BATCHES)
                )
            )

    def close(self) -> None:
        """Free the cache and the weights; a second call does nothing."""
        self._context.close()
        self._weights.close()

    def _scheduler(self, *, plain: bool) -> Scheduler:
        if self._context.closed:
            raise ModelError(f"{self.name} was closed; open it again")
        return Scheduler(
            self._context,
            self._cache_size,
            batch=self._size.batch,
            writers=min(WRITERS, self._size.batch // 2, self._size.sequences - 1),
            crowding=self._crowding,
            plain=plain,
        )


def _fields(
    digest: str, form: str, vocabulary: Vocabulary, chat: ChatTemplate | None, options: Options
) -> dict[str, str]:
    """Return what decides the model's answers."""
    fields = {
        "engine": "llama.cpp",
        "weights": f"sha256:{digest}",
        "format": form,
        "cache": "f16",
        "bos": "one" if vocabulary.bos is not None else "none",
        "template": f"sha256:{chat.digest}" if chat is not None else "none",
    }
    if chat is not None and chat.uses_date:
        fields["template_date"] = options.date.isoformat()
    return fields


def _size(
    header: Header, weights: Weights, digest: str, settings: ModelSettings, options: Options
) -> tuple[ContextSize, int, Crowding | None]:
    """Return the size of the context, the longest request in tokens, and what crowding costs.

    Crowding is None where the user says the batch, so that nothing was measured.
    """
    cells, context = _cells(header, weights, options)
    threads = settings.threads or _cores()
    batch, crowding = min(options.batch or cells, cells), None
    if options.batch is None:
        form = settings.format or "as stored"
        measured = measured_batch(weights, digest, form, threads, most=cells)
        layers, heads = header.attention_heads()
        batch = measured.batch
        crowding = Crowding(step=measured.step, cell=LOOK * layers * heads / threads)
    size = ContextSize(
        cells=cells,
        batch=batch,
        micro_batch=batch,
        sequences=min(SEQUENCES, batch),
        threads=threads,
    )
    return size, context, crowding


def _cells(header: Header, weights: Weights, options: Options) -> tuple[int, int]:
    """Return how many tokens the cache holds, and the longest request in tokens."""
    per_token = header.cache_bytes_per_token() or 1 << 16
    most = max(1, (options.cache_mib or MOST_CACHE_MIB) << 20) // per_token
    wanted = options.context or weights.n_ctx_train or 2048
    context = wanted if options.context else min(wanted, most)
    cells = max(context, ((options.cache_mib or CACHE_MIB) << 20) // per_token)
    return cells + -cells % 256, context  # llama.cpp counts cells in 256s


def _cores() -> int:
    """Return the processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
