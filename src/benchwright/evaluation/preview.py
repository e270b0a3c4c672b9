"""What a run would ask, without asking: ``--dry-run``."""

from __future__ import annotations

from collections.abc import Sequence

from benchwright.core.canonical import cache_key
from benchwright.core.errors import DataError, boundary
from benchwright.core.flow import together
from benchwright.core.request import Request, transcript
from benchwright.core.response import Response
from benchwright.core.run import Run
from benchwright.core.sample import Variant
from benchwright.core.table import Table
from benchwright.evaluation.plan import Entry
from benchwright.evaluation.price import Price
from benchwright.evaluation.result import Preview, RunResult
from benchwright.evaluation.session import Cast
from benchwright.pool import Pool

SHOWN = 2  # prompts of every way of asking
BYTES_PER_TOKEN = 4
LOOKED_UP = 1000  # keys per look into the journal


def preview(planned: Sequence[tuple[Cast, list[Entry]]], pool: Pool) -> RunResult:
    """Render every first request and count; the only thing touched is the pool, reading."""
    prompts: list[str] = []
    rows: list[tuple[object, ...]] = []
    totals = [0, 0, 0, 0]
    cost: float | None = 0.0
    for cast, entries in planned:
        price = cast.prices.get(cast.subject.name)
        for entry in entries:
            counted = _count(entry, cast, pool, prompts)
            totals = [total + count for total, count in zip(totals, counted, strict=True)]
            dollars = _dollars(price, counted[2], counted[3])
            cost = None if cost is None or dollars is None else cost + dollars
            question = entry.question
            rows.append((question.model, question.benchmark, question.asked, *counted, dollars))
    table = Table(
        columns=(
            "model", "benchmark", "asked", "requests", "kept", "tokens in", "tokens out", "USD",
        ),
        rows=tuple(rows),
        caption="Nothing was asked. Tokens are estimated at 4 bytes each; tokens out and the cost "
        "are the most that full answers can take; flows of several turns ask more.",
    )  # fmt: skip
    return RunResult(
        run=Run(id="dry-run", status="dry-run"),
        status="complete",
        table=table,
        preview=Preview(
            prompts=prompts,
            requests=totals[0],
            kept=totals[1],
            tokens_in=totals[2],
            tokens_out=totals[3],
            cost=cost,
        ),
    )


def _count(entry: Entry, cast: Cast, pool: Pool, prompts: list[str]) -> tuple[int, int, int, int]:
    """Return (requests, kept, tokens in and most tokens out of the missing ones)."""
    identity = cast.subject.identity
    model_key, recorded = identity.key(), identity.kind == "recorded"
    journal = pool.journal(cast.subject.name, model_key)
    requests = kept = tokens_in = tokens_out = shown = 0
    batch: dict[bytes, Request] = {}

    def look_up() -> None:
        nonlocal kept, tokens_in, tokens_out
        found = journal.kept(list(batch))
        for key, request in batch.items():
            if isinstance(found.get(key), Response):
                kept += 1
            else:
                tokens_in += len(transcript(request).encode()) // BYTES_PER_TOKEN + 1
                generation = request.generation
                tokens_out += generation.max_tokens if generation else len(request.continuations)
        batch.clear()

    for variant, repeat in entry.variants():
        for request in first_requests(entry, variant, repeat):
            requests += 1
            if shown < SHOWN:
                shown += 1
                prompts.append(described(request, entry, cast))
            batch[cache_key(request, model_key, recorded=recorded)] = request
            if len(batch) >= LOOKED_UP:
                look_up()
    look_up()
    return requests, kept, tokens_in, tokens_out


def first_requests(entry: Entry, variant: Variant, repeat: int) -> list[Request]:
    """Return what the flow of one question asks first."""
    sample = variant.sample
    with boundary(DataError, f"{entry.question.benchmark}: sample {sample.id}"):
        flow = entry.question.solver(sample, variant.presentation, repeat)
        try:
            wanted = next(flow)
        except StopIteration:
            return []
        flow.close()
        requests, _, _ = together(wanted)
        return requests


def described(request: Request, entry: Entry, cast: Cast) -> str:
    """Return a request as it would be sent, headed by where it goes and what is wanted."""
    wanted = (
        f"log-likelihood of {list(request.continuations)}"
        if request.continuations
        else f"generate: {request.generation}"
    )
    head = (
        f"── {entry.question.benchmark} · {entry.question.asked} · {request.origin.sample} → "
        f"{cast.subject.name} (template: {cast.subject.template if request.messages else 'none'})"
    )
    return f"{head}\n{transcript(request)}\n── {wanted}"


def _dollars(price: Price | None, tokens_in: int, tokens_out: int) -> float | None:
    if price is None:
        return None
    return (tokens_in * price.tokens_in + tokens_out * price.tokens_out) / 1_000_000
