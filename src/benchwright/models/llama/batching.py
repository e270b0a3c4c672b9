"""How many tokens a batch should have on this machine: measured once, then remembered.

On a graphics card a batch must be large to be fast. On a processor a small one may be as fast, and
it is better: what is read together waits less, and fewer tokens of other requests are looked at
only to be masked.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from msgspec import Struct

from benchwright.cache import cache_folder, machine, recall, remember
from benchwright.core.canonical import canonical, digest
from benchwright.models.decoding.engine import TokenBatch
from benchwright.models.llama.context import Context, ContextSize, Weights

BATCHES = (128, 256, 512, 1024, 2048)
"""Sizes tried, in tokens, from the smallest on while they get faster."""

FASTER = 1.05
"""A larger batch must be faster by this factor: less is within what measurements scatter."""

BUDGET = 6.0
"""Seconds that the measurement may take; a size that would exceed them is not tried."""

LEAST = 256
"""Tokens evaluated to measure one size."""

STEPS = 3
"""Batches of one token evaluated to measure what the smallest batch costs."""


class Measured(Struct, frozen=True, kw_only=True):
    """What was found on one machine."""

    batch: int
    """Tokens a batch."""
    rates: dict[int, float]
    """Batch size → tokens a second."""
    step: float
    """Seconds that a batch takes however small, its tokens left out."""


def rate(context: Context, batch: int, tokens: int, clock: Callable[[], float]) -> float:
    """Return the tokens a second of full batches, each into an empty cache.

    At least ``tokens`` are evaluated after a small batch that does not count. The cache is left
    empty.

    Raises:
        EngineFailed: llama.cpp cannot evaluate them.
    """
    context.clear()
    context.decode(_filled(min(batch, 32), context.n_vocab))
    rounds = -(-tokens // batch)
    begun = clock()
    for _ in range(rounds):
        context.clear()
        context.decode(_filled(batch, context.n_vocab))
    seconds = clock() - begun
    context.clear()
    return rounds * batch / max(seconds, 1e-9)


def measured_batch(
    weights: Weights,
    digest_of_weights: str,
    form: str,
    threads: int,
    *,
    most: int,
    clock: Callable[[], float] = time.perf_counter,
) -> Measured:
    """Return the batch, of ``most`` tokens at most, that is fastest for ``weights`` here.

    What was measured is kept in the user's cache (``batches/``) by weights, format, library,
    threads and machine.

    Raises:
        EngineFailed: llama.cpp cannot evaluate them.
        ModelError: there is no memory for it.
    """
    keyed = [digest_of_weights, form, weights.library.version, threads, most, machine()]
    place = cache_folder() / "batches" / f"{digest(canonical(keyed), 16)}.json"
    found = recall(place, Measured)
    if found is None:
        found = _measure(weights, threads, most, clock)
        remember(place, found)
    return found


def _measure(weights: Weights, threads: int, most: int, clock: Callable[[], float]) -> Measured:
    begun = clock()
    rates: dict[int, float] = {}
    step = 0.0
    best = min(BATCHES[0], most)
    for batch in BATCHES:
        tokens = max(LEAST, batch)
        spent = clock() - begun
        if batch > most or (rates and spent + tokens / rates[best] > BUDGET):
            break
        size = ContextSize(
            cells=batch + -batch % 256,
            batch=batch,
            micro_batch=batch,
            sequences=1,
            threads=threads,
        )
        context = Context(weights, size)
        try:
            rates[batch] = rate(context, batch, tokens, clock)
            if len(rates) == 1:  # one token takes as long in a context of any size
                step = max(0.0, 1 / rate(context, 1, STEPS, clock) - 1 / rates[batch])
        finally:
            context.close()
        if rates[batch] > FASTER * rates.get(best, 0.0):
            best = batch
        elif batch > best:
            break
    return Measured(
        batch=best,
        rates={size: round(value, 1) for size, value in rates.items()},
        step=round(step, 6),
    )


def _filled(count: int, n_vocab: int) -> TokenBatch:
    batch = TokenBatch()
    for position in range(count):
        token = (position * 7919 + 11) % n_vocab
        batch.add(token, position, [0], wanted=position == count - 1)
    return batch
