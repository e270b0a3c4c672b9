"""Texts made comparable: what of a text two people would call the same."""

from __future__ import annotations

import re
import unicodedata

from benchwright.core.content import Audio, Image, Text, Video
from benchwright.core.sample import Sample

_WORD = re.compile(r"\w+|[^\w\s]")
_QUOTES = str.maketrans("‘’“”", "''\"\"")
_SPACE = re.compile(r"\s+")


def words(text: str) -> list[str]:
    """Return the words and marks of ``text``: compatible forms, without case, accents kept."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold().translate(_QUOTES))


def same(text: str) -> str:
    """Return ``text`` without case, surrounding and repeated space, and a full stop at its end."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _SPACE.sub(" ", folded).strip().rstrip(".").rstrip()


def asked(sample: Sample) -> list[str]:
    """Return the words of what ``sample`` asks: question, media, and the options in any order."""
    found = words(sample.text)
    for part in sample.input:
        if isinstance(part, (Image, Audio, Video)):
            found.append(part.media.digest)
    for choice in sorted(map(same, sample.choices)):
        found += ["\n", *words(choice)]
    return found


def texts(sample: Sample) -> list[tuple[str, str]]:
    """Return every text of ``sample`` under the name of where it stands."""
    found = [("question", part.text) for part in sample.input if isinstance(part, Text)]
    found += [("option", choice) for choice in sample.choices]
    found += [("target", sample.target)]
    return found + [(f"metadata {name}", text) for name, text in sample.metadata.items()]
