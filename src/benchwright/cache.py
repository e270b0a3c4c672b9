"""The user's cache: what can be fetched or computed again, kept so that it need not be."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """Return the user's cache: ``$BENCHWRIGHT_CACHE``, or ``benchwright`` in the system's place."""
    named = os.environ.get("BENCHWRIGHT_CACHE")
    if named:
        return Path(named).expanduser()
    root = os.environ.get("XDG_CACHE_HOME")
    return (Path(root) if root else Path.home() / ".cache") / "benchwright"
