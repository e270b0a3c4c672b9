"""A short way to write the samples of a scorer's ``KIT``."""

from __future__ import annotations

from collections.abc import Mapping

from benchwright.core.content import Text
from benchwright.core.sample import Sample


def question(
    text: str,
    target: str,
    tags: Mapping[str, str] | None = None,
    metadata: Mapping[str, str] | None = None,
) -> Sample:
    """Return an open question with its target, tags and metadata."""
    return Sample(
        id=f"kit/{target}"[:40],
        input=(Text(text),),
        target=target,
        tags=dict(tags or {}),
        metadata=dict(metadata or {}),
    )
