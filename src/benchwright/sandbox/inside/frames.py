"""Messages over a pipe (four bytes of length, then the text), and who speaks them."""

from __future__ import annotations

import os

MOST = 32 << 20  # bytes; no message is longer


def send(descriptor: int, text: bytes) -> None:
    """Write one message.

    Raises:
        OSError: nobody reads.
    """
    view = memoryview(len(text).to_bytes(4, "big") + text)
    while view:
        view = view[os.write(descriptor, view) :]


def receive(descriptor: int) -> bytes | None:
    """Return the next message; None where there is none any more."""
    head = _exactly(descriptor, 4)
    if head is None:
        return None
    length = int.from_bytes(head, "big")
    return None if length > MOST else _exactly(descriptor, length)


def _exactly(descriptor: int, wanted: int) -> bytes | None:
    parts: list[bytes] = []
    while wanted:
        part = os.read(descriptor, min(wanted, 1 << 16))
        if not part:
            return None
        parts.append(part)
        wanted -= len(part)
    return b"".join(parts)


def become(user: int) -> None:
    """Become ``user`` for good, with no privileges left; 0 stays who it is."""
    if user:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
