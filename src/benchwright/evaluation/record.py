"""The record of a run: which versions, on which machine, when."""

from __future__ import annotations

import platform
import secrets
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

RECORDED = (
    "benchwright", "duckdb", "httpx", "msgspec", "numpy", "xllamacpp", "llama-cpp-python", "torch",
    "transformers", "gguf",
)  # fmt: skip


def new_run_id() -> str:
    """Return a run id that sorts by time and is unique: ``20261121T101500-4f2a9c``."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"


def now() -> str:
    """Return the time in ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that can change an answer."""
    found = {"python": platform.python_version()}
    for package in RECORDED:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
