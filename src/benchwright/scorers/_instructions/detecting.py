"""Which language a text is in, by langdetect with a fixed seed and order of profiles."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from benchwright.core.errors import MissingExtra

SEED = 0
"""langdetect draws n-grams at random; the released code leaves the draw open."""


def detected(text: str, *, seed: int = SEED) -> str | None:
    """Return the language's code (``en``, ``zh-cn``); None where the text has no letters.

    Args:
        text: Of any length.
        seed: Of the draw of n-grams; another one shows how sure the guess is.

    Raises:
        MissingExtra: langdetect is not installed.
    """
    factory, unable = _factory()
    detector = factory.create()
    detector.seed = seed
    detector.append(text)
    try:
        return str(detector.detect())
    except unable:
        return None


def require() -> None:
    """Raise ``MissingExtra`` where langdetect is not installed."""
    _factory()


@cache
def _factory() -> tuple[Any, type[Exception]]:
    try:
        from langdetect import LangDetectException
        from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory
    except ImportError as cause:
        raise MissingExtra("instructions", "telling an answer's language") from cause
    factory = DetectorFactory()
    profiles = sorted(Path(PROFILES_DIRECTORY).iterdir())
    factory.load_json_profile([profile.read_text("utf-8") for profile in profiles])
    return factory, LangDetectException
