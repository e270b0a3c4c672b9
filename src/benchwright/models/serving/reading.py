"""Reading what a server wrote: whatever it is, it is read whole or said to be unreadable."""

from __future__ import annotations

from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from benchwright.models.serving.failures import AskFailed

T = TypeVar("T")

Count = Annotated[int, Meta(ge=0, le=2**53)]
"""A number of tokens, as a server states it."""


def decoded(decoder: msgspec.json.Decoder[T], data: bytes) -> T:
    """Return the value of ``data``.

    Raises:
        AskFailed: it is not JSON, or not of the decoder's shape.
    """
    try:
        return decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise AskFailed("garbled", f"the answer cannot be read: {error}") from None
