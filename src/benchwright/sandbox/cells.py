"""One process within the walls, as the warden holds it: three pipes, and its whole group's end."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator

from benchwright.core.execution import ProgramNotRun
from benchwright.sandbox.inside.frames import MOST
from benchwright.sandbox.walls import Layout, Role, Start, Walls, quietly
from benchwright.sandbox.watching import group

READ = 1 << 16
START_SECONDS = 60.0
END_SECONDS = 20.0  # a killed group is gone in milliseconds; longer means a machine in trouble


class Cell:
    """A process within the walls, and everything that it may start."""

    def __init__(self, walls: Walls, role: Role, layout: Layout) -> None:
        """Start it; it waits for its job.

        Raises:
            OSError: it cannot be started.
        """
        with walls.starting(role, layout) as start:
            self.start: Start = start
            self._process = subprocess.Popen(  # noqa: S603 - the walls' own command
                start.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=start.folder or None,
                env=start.environment,
                pass_fds=start.descriptors,
                start_new_session=True,
            )
        assert self._process.stdin and self._process.stdout and self._process.stderr  # noqa: S101
        self.into = Outgoing(self._process.stdin.fileno())
        self.out = self._process.stdout.fileno()
        self.err = self._process.stderr.fileno()
        for descriptor in (self.out, self.err):
            os.set_blocking(descriptor, False)
        self.said = Incoming(self.out)
        """The messages that it sends, as far as it sends messages."""
        self.ended = os.pidfd_open(self._process.pid)
        """Readable once the process has ended."""

    def ready(self) -> None:
        """Wait until it has started.

        Raises:
            ProgramNotRun: it has not, and will not.
        """
        waiting = select.poll()
        waiting.register(self.out, select.POLLIN)
        waiting.register(self.ended, select.POLLIN)
        deadline = time.monotonic() + START_SECONDS
        while not self.said.over and (left := deadline - time.monotonic()) > 0:
            waiting.poll(left * 1000)
            self.said.read()
            if next(self.said.messages(), None) == b"ready":
                return
        raise ProgramNotRun(f"the sandbox does not start: {self.complaint() or 'no reason given'}")

    def complaint(self) -> str:
        """Return the end of what was written to its third descriptor and not read yet."""
        try:
            return os.read(self.err, READ).decode(errors="replace").strip()[-500:]
        except OSError:
            return ""

    @property
    def process(self) -> int:
        """The process that this one started; all of the group descend from it."""
        return self._process.pid

    def status(self) -> int | None:
        """Return the exit status; None while it runs."""
        return self._process.poll()

    def close(self) -> int:
        """End the whole group, wait for it, and return the exit status."""
        self._kill()
        try:
            status = self._process.wait(END_SECONDS)
        finally:
            os.close(self.ended)
            for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
                if stream is not None:
                    with contextlib.suppress(OSError):
                        stream.close()
            if self.start.folder:
                shutil.rmtree(self.start.folder, ignore_errors=True)
        return status

    def _kill(self) -> None:
        if self._process.poll() is not None and not self.start.folder:
            return
        # The second of the group is the first of its own process namespace: all end before it.
        members = group(self._process.pid)
        for process in members[1:] if self.start.folder else members[1:2]:
            _end(process)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        if self.start.ending:
            quietly(*self.start.ending, seconds=END_SECONDS)


def _end(process: int) -> None:
    """Kill ``process``, which need not be a child of this one, and wait until it is gone."""
    with contextlib.suppress(ProcessLookupError):
        descriptor = os.pidfd_open(process)
        try:
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
            select.select([descriptor], [], [], END_SECONDS)
        finally:
            os.close(descriptor)


class Outgoing:
    """The end of a pipe that never makes the writer wait: what does not fit is kept."""

    def __init__(self, descriptor: int) -> None:
        """Write to ``descriptor``."""
        self.descriptor = descriptor
        self._kept = bytearray()
        os.set_blocking(descriptor, False)

    @property
    def waiting(self) -> bool:
        """Whether something is left to write."""
        return bool(self._kept)

    def send(self, text: bytes) -> None:
        """Write one message, or keep what does not fit."""
        self._kept += len(text).to_bytes(4, "big") + text
        self.flush()

    def flush(self) -> None:
        """Write what fits; what nobody reads any more is dropped."""
        while self._kept:
            try:
                written = os.write(self.descriptor, self._kept)
            except BlockingIOError:
                return
            except OSError:
                self._kept.clear()
                return
            del self._kept[:written]


class Incoming:
    """Messages out of a pipe, as they become whole."""

    def __init__(self, descriptor: int) -> None:
        """Read from ``descriptor``, which does not block."""
        self.descriptor = descriptor
        self._kept = bytearray()
        self.over = False
        """Whether nothing more will come."""

    def read(self) -> bool:
        """Take what is there; return whether there was anything, or the end was reached."""
        try:
            part = os.read(self.descriptor, READ)
        except BlockingIOError:
            return False
        except OSError:
            part = b""
        self._kept += part
        self.over = not part
        return True

    def rest(self) -> bytes:
        """Return what was read beyond the last message."""
        rest = bytes(self._kept)
        self._kept.clear()
        return rest

    def messages(self) -> Iterator[bytes]:
        """Yield every whole message; a length that is over the bound ends the pipe."""
        while len(self._kept) >= 4:
            length = int.from_bytes(self._kept[:4], "big")
            if length > MOST:
                self.over = True
                self._kept.clear()
                return
            if len(self._kept) < 4 + length:
                return
            text = bytes(self._kept[4 : 4 + length])
            del self._kept[: 4 + length]
            yield text
