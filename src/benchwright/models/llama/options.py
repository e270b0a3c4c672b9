"""What a user may say when opening a ``llama:`` model, read and checked at once."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path

from benchwright.core.errors import DescriptionError, UnknownName
from benchwright.core.model import ModelSettings
from benchwright.models.decoding.template import DATE
from benchwright.models.llama.convert import FORMATS

LEAST_BATCH = 16
"""Fewer tokens than this cannot be evaluated together usefully."""

OPTIONS: Mapping[str, str] = {
    "name": "display name",
    "context": "tokens of the longest request and its answer",
    "cache_mib": "memory for the key-value cache, in MiB",
    "batch": "tokens evaluated together; measured once per machine where not given",
    "park_mib": "memory for prefixes put aside, in MiB; 256",
    "date": "the day (YYYY-MM-DD) that a chat template is told",
}
"""The scheme's own options."""


class Options:
    """The scheme's own options, read."""

    def __init__(self, options: Mapping[str, str], problems: list[str]) -> None:
        """Read ``options``; what is wrong with them is added to ``problems``."""
        problems += [
            str(UnknownName("option of llama:", name, OPTIONS))
            for name in options
            if name not in OPTIONS
        ]
        self.name = options.get("name", "")
        self.context = self._number(options, "context", problems)
        self.cache_mib = self._number(options, "cache_mib", problems)
        self.batch = self._number(options, "batch", problems)
        self.park_mib = self._number(options, "park_mib", problems)
        if self.batch is not None and self.batch < LEAST_BATCH:
            problems.append(f"batch={self.batch} is less than {LEAST_BATCH}")
        self.date = DATE
        if "date" in options:
            try:
                self.date = datetime.date.fromisoformat(options["date"])
            except ValueError:
                problems.append(f"date={options['date']!r} is not a day; write it as YYYY-MM-DD")

    @staticmethod
    def _number(options: Mapping[str, str], name: str, problems: list[str]) -> int | None:
        if name not in options:
            return None
        text = options[name]
        if not text.isdecimal() or int(text) < 1:
            problems.append(f"{name}={text!r} is not a positive whole number")
            return None
        return int(text)


def read_options(path: Path, settings: ModelSettings) -> Options:
    """Read the options and check all settings for the file at ``path``.

    Raises:
        DescriptionError: with every problem found.
    """
    problems: list[str] = []
    if not path.is_file():
        near = (
            sorted(other.name for other in path.parent.glob("*.gguf"))
            if path.parent.is_dir()
            else []
        )
        there = f" In {path.parent} there are: {', '.join(near[:5])}." if near else ""
        problems.append(f"There is no file {path}.{there}")
    if settings.format and settings.format not in FORMATS:
        problems.append(str(UnknownName("format", settings.format, FORMATS)))
    if settings.template not in {"auto", "model", "none"}:
        given = Path(settings.template).expanduser()
        if not given.is_file():
            problems.append(
                f"The template {settings.template!r} is neither auto, model, none nor a file."
            )
    if settings.threads is not None and settings.threads < 1:
        problems.append(f"threads={settings.threads}: at least one is needed.")
    options = Options(settings.options, problems)
    if problems:
        raise DescriptionError(*problems)
    return options
