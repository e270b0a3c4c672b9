"""What lm-evaluation-harness and lmms-eval, which began as a copy of it, write alike."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from benchwright.exchange.untrusted import mapping, plain

_SECRET = re.compile(r"key|token|secret|password|header", re.IGNORECASE)
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


def arguments(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a model's arguments, written as an object or as ``name=value,…``, without secrets."""
    said = config.get("model_args")
    if isinstance(said, str):
        pairs = (part.partition("=") for part in said.split(",") if "=" in part)
        said = {name.strip(): value.strip() for name, _, value in pairs}
    return {name: value for name, value in mapping(said).items() if not secret(name)}


def secret(name: str) -> bool:
    """Return whether an argument of this name may hold a secret: it is never kept."""
    told = name.strip().startswith(("tokenizer", "add_bos"))
    return bool(_SECRET.search(name)) and not told


def without_addresses(value: Any) -> str:
    """Return a setting as text without the addresses of functions, which no two runs share."""
    return _ADDRESS.sub("", plain(value))


def aggregations(config: Mapping[str, Any]) -> dict[str, str]:
    """Return by metric how a task makes one figure of its samples' values."""
    return {
        plain(one.get("metric")): plain(one.get("aggregation", "mean"))
        for one in config.get("metric_list") or ()
        if isinstance(one, dict)
    }


def moment(date: str) -> str:
    """Return a date of a file's name, ``2026-11-21T17-01-07.49``, in ISO 8601."""
    day, _, clock = date.partition("T")
    return f"{day}T{clock.replace('-', ':')}" if clock else ""
