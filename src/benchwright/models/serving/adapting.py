"""Settings that a server refuses: dropped or renamed once it says so, and said in every answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from benchwright.core.content import Text
from benchwright.core.response import Response
from benchwright.models.serving.failures import Refusal

# A value out of range is the user's mistake; only a setting that is not taken at all is dropped.
_NOT_TAKEN = re.compile(
    r"support|deprecated|cannot both|only be set|not allowed|not permitted|unrecogni[sz]ed"
    r"|unknown|unexpected|must contain non-whitespace",
    re.IGNORECASE,
)


class Adapted(Struct, frozen=True, kw_only=True):
    """Settings as they are sent, and what differs from what was asked."""

    settings: dict[str, Any]
    """What is sent."""
    deviations: tuple[str, ...]
    """One sentence for each setting dropped or renamed."""


class Adapting:
    """What one server turned out not to take; shared by all requests to it."""

    def __init__(
        self,
        droppable: Sequence[str],
        *,
        renamed: Mapping[str, str],
        silent: frozenset[str] = frozenset(),
    ) -> None:
        """Drop ``droppable`` settings (the first named first), rename ``renamed`` ones.

        ``silent`` settings shape the transport only: dropping them is no deviation.
        """
        self._droppable = droppable
        self._renamed = renamed
        self._silent = silent
        self._refused: set[str] = set()

    def adapt(self, settings: Mapping[str, Any]) -> Adapted:
        """Return ``settings`` as this server takes them."""
        sent = {}
        deviations = []
        for name, value in settings.items():
            if name not in self._refused:
                sent[name] = value
            elif name in self._renamed:
                sent[self._renamed[name]] = value
                deviations.append(f"{name} was refused: {self._renamed[name]}={value} was sent")
            elif name in ("stop", "stop_sequences"):
                deviations.append(f"{name} was refused: the answer was cut here instead")
            elif name not in self._silent:
                deviations.append(f"{name}={value} was refused: the server's default was in force")
        return Adapted(settings=sent, deviations=tuple(deviations))

    def learn(self, refusal: Refusal, sent: Mapping[str, Any]) -> bool:
        """Return whether ``refusal`` is of a setting in ``sent`` that can be done without."""
        if refusal.status not in (400, 422):
            return False
        words = f"{refusal.code} {refusal.message}"
        for name, instead in self._renamed.items():
            if name in sent and instead in words:
                self._refused.add(name)
                return True
        if not _NOT_TAKEN.search(words):
            return False
        for name in self._droppable:
            if name in sent and (refusal.parameter == name or _names(words, name)):
                self._refused.add(name)
                return True
        return False


def cut_at(response: Response, stop: Sequence[str]) -> Response:
    """Return ``response`` with its text ended at the first of ``stop``."""
    text = response.text
    places = [place for place in map(text.find, stop) if place >= 0]
    if not places:
        return response
    kept = text[: min(places)]
    parts = (*((Text(kept),) if kept else ()), *response.tool_calls)
    return replace(response, parts=parts, finish="stop")


def _names(words: str, name: str) -> bool:
    return bool(re.search(rf"[`'\"]{name}[`'\"]|(?<![\w.]){name}(:| is | are )", words))
