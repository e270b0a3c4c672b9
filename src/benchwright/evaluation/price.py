"""What tokens cost, and how much may be spent."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from benchwright.core.errors import DescriptionError
from benchwright.core.request import Request
from benchwright.core.response import Response

TOKENS_PER_PRICE = 1_000_000
TEMPLATE_TOKENS = 64  # what a chat template may add around a request


class Price(Struct, frozen=True, kw_only=True):
    """US dollars per million tokens."""

    tokens_in: float
    """Prompt tokens."""
    tokens_out: float
    """Generated tokens, thinking included."""
    cached: float | None = None
    """Prompt tokens read from the server's cache; None: as other prompt tokens."""

    def of(self, response: Response) -> float | None:
        """Return what one response cost in US dollars; None where it does not tell its tokens."""
        if response.tokens_in is None or response.tokens_out is None:
            return None
        cached = response.tokens_cached or 0
        rate = self.tokens_in if self.cached is None else self.cached
        fresh = response.tokens_in - cached
        spent = fresh * self.tokens_in + cached * rate + response.tokens_out * self.tokens_out
        return spent / TOKENS_PER_PRICE


def read_price(text: str, model: str) -> Price | None:
    """Return the price of ``model`` from ``IN,OUT`` or a TOML price file; None if it has none.

    The file holds one table a model: ``["name"]`` with ``in``, ``out``, optionally ``cached``
    (US dollars per million tokens) and ``date`` (when the price was read).

    Raises:
        DescriptionError: ``text`` is neither.
    """
    if not text:
        return None
    if re.fullmatch(r"\s*[\d.]+\s*,\s*[\d.]+\s*", text):
        tokens_in, tokens_out = (float(part) for part in text.split(","))
        return Price(tokens_in=tokens_in, tokens_out=tokens_out)
    path = Path(text).expanduser()
    if not path.is_file():
        raise DescriptionError(
            f"--price {text!r} is neither IN,OUT in dollars per million tokens nor a file."
        )
    try:
        entry = tomllib.loads(path.read_text(encoding="utf-8")).get(model)
        if entry is None:
            return None
        return Price(
            tokens_in=float(entry["in"]),
            tokens_out=float(entry["out"]),
            cached=float(entry["cached"]) if "cached" in entry else None,
        )
    except (ValueError, KeyError, TypeError) as cause:
        raise DescriptionError(
            f"--price {path.name}: {model}: {cause!r} is missing or wrong."
        ) from cause


class Spent(Struct, kw_only=True):
    """What a plan has used so far, requests in flight at their maximum."""

    requests: float = 0
    tokens: float = 0
    usd: float = 0.0
    minutes: float = 0.0


_UNITS = {"requests": "requests", "tokens": "tokens", "usd": "usd", "min": "minutes"}


class Budget(Struct, frozen=True, kw_only=True):
    """The most that a plan may use; a field of None is not bounded."""

    requests: float | None = None
    tokens: float | None = None
    usd: float | None = None
    minutes: float | None = None

    def exceeded_by(self, spent: Spent) -> str:
        """Return the name of the first bound that ``spent`` is over; empty if it holds."""
        for name in ("requests", "tokens", "usd", "minutes"):
            bound = getattr(self, name)
            if bound is not None and getattr(spent, name) > bound:
                return name
        return ""


def read_budget(texts: Sequence[str]) -> Budget:
    """Return the budget of texts such as ``2usd``, ``500requests``, ``1e6tokens``, ``30min``.

    Raises:
        DescriptionError: a text is none of these; every wrong one is named.
    """
    bounds: dict[str, float] = {}
    problems = []
    for text in texts:
        match = re.fullmatch(r"\s*([\d.]+(?:e\d+)?)\s*(requests|tokens|usd|min)\s*", text.lower())
        if match:
            bounds[_UNITS[match[2]]] = float(match[1])
        else:
            problems.append(f"--budget {text!r} is not a number with usd, tokens, requests or min.")
    if problems:
        raise DescriptionError(*problems)
    return Budget(**bounds)


def worst_case(request: Request, price: Price | None) -> Spent:
    """Return the most that ``request`` can use: every byte a token, and a full answer."""
    size = len(request.prompt_text.encode()) + sum(
        len(getattr(part, "text", "").encode()) if hasattr(part, "text") else 4096
        for message in request.messages
        for part in message.parts
    )
    tokens_in = size + TEMPLATE_TOKENS
    tokens_out = request.generation.max_tokens if request.generation else len(request.continuations)
    usd = 0.0
    if price is not None:
        usd = (tokens_in * price.tokens_in + tokens_out * price.tokens_out) / TOKENS_PER_PRICE
    return Spent(requests=1, tokens=tokens_in + tokens_out, usd=usd)
