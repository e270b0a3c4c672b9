"""A worker: a process of its own outside the walls, whose warden runs what comes by its pipe.

A process and not a thread, so that thousands of small messages between candidate and judge never
wait for what else goes on in the program that wants a verdict. When that program ends, however it
ends, the worker's pipe is closed, and the kernel ends its cells with it.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import py_compile
import sys
from pathlib import Path

import msgspec

from benchwright.core.execution import Program, ProgramNotRun, Ran
from benchwright.sandbox.finding import walls_of
from benchwright.sandbox.inside import frames
from benchwright.sandbox.walls import INSIDE
from benchwright.sandbox.warden import Warden


class Reply(msgspec.Struct, omit_defaults=True):
    """What a worker answers: one of the two."""

    ran: Ran | None = None
    refused: str = ""


def compiled() -> None:
    """Compile what cells import, where that is not done and can be written: it is their start."""
    for source in INSIDE.glob("*.py"):
        there = Path(importlib.util.cache_from_source(str(source)))
        with contextlib.suppress(OSError):
            if not there.exists() or there.stat().st_mtime < source.stat().st_mtime:
                py_compile.compile(str(source), quiet=2)


def main() -> None:
    """Run programs until the pipe is closed."""
    outward = os.dup(1)
    os.dup2(2, 1)  # nothing but replies goes where replies go
    compiled()
    warden = Warden(walls_of(sys.argv[1]))
    decoder = msgspec.json.Decoder(Program)
    try:
        while (text := frames.receive(0)) is not None:
            try:
                reply = Reply(ran=warden.run(decoder.decode(text)))
            except ProgramNotRun as problem:
                reply = Reply(refused=problem.reason)
            frames.send(outward, msgspec.json.encode(reply))
    finally:
        warden.close()


if __name__ == "__main__":
    main()
