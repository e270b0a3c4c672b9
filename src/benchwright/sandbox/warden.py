"""The warden: runs one program at a time within the walls, and tells what came of it.

It stands outside. What a candidate writes passes through it as bytes and is never interpreted,
except for the length of a message; a verdict comes from the judge's own process.
"""

from __future__ import annotations

import json
import os
import secrets
import select
import time
from typing import Any

from benchwright.core.execution import Ending, Program, ProgramNotRun, Ran
from benchwright.sandbox import runtimes
from benchwright.sandbox.cells import READ, Cell
from benchwright.sandbox.walls import PRIVATE, Layout, Walls
from benchwright.sandbox.watching import Bounds, overstepped

LOOK_SECONDS = 0.03  # between looks at what a group uses; small checks end before the first
OVERHEAD = 4  # processes of the walls' own in each group
DESCRIPTORS = 256  # most open at once within


class Warden:
    """Runs programs within ``walls``, one at a time, the next cell being warm by then."""

    def __init__(self, walls: Walls) -> None:
        """Guard ``walls``."""
        self._walls = walls
        self._warm: dict[Layout, Cell] = {}
        self._judges: dict[Layout, Cell] = {}

    def run(self, program: Program) -> Ran:
        """Run ``program`` and return what came of it.

        Raises:
            ProgramNotRun: it could not be run here.
        """
        if program.language not in runtimes.RUNTIMES:
            raise ProgramNotRun(f"no runtime for {program.language!r} is known")
        if program.checks and program.language != "python":
            raise ProgramNotRun(f"checks are of Python candidates, not of {program.language}")
        layout = layout_of(program)
        try:
            cell = self._warm.pop(layout, None) or Cell(self._walls, "cell", layout)
            try:
                cell.ready()
                # Begun now, the next one starts while this program runs.
                self._warm[layout] = Cell(self._walls, "cell", layout)
                return self._talk(program, layout, cell)
            finally:
                cell.close()
        except OSError as error:
            raise ProgramNotRun(f"the sandbox does not start: {error}") from error

    def close(self) -> None:
        """End all cells."""
        for cell in [*self._warm.values(), *self._judges.values()]:
            cell.close()
        self._warm.clear()
        self._judges.clear()

    def _talk(self, program: Program, layout: Layout, cell: Cell) -> Ran:
        judge = None
        if program.checks and program.apart:
            judge = self._judges.pop(layout, None)
            if judge is None:
                judge = Cell(self._walls, "judge", layout)
                judge.ready()
        talk = Talk(program, cell, judge, self._walls.watched)
        try:
            ran = talk.held()
        except BaseException:
            if judge is not None:
                judge.close()
            raise
        if judge is not None:
            if talk.clean:
                self._judges[layout] = judge
            else:
                judge.close()
        return ran


def layout_of(program: Program) -> Layout:
    """Return what a cell for ``program`` must be able to see."""
    return Layout(
        languages=tuple(dict.fromkeys(("python", program.language))),
        packages=bool(program.packages),
        disk=min(program.disk, PRIVATE) if program.disk < PRIVATE else program.disk,
        root=program.root,
    )


class Talk:
    """One program: the cell, the judge where there is one, and what they say."""

    def __init__(self, program: Program, cell: Cell, judge: Cell | None, watched: str) -> None:
        """Begin: the cell and the judge are told their jobs."""
        self._program, self._cell, self._judge, self._watched = program, cell, judge, watched
        self._began = time.monotonic()
        self._texts = {cell.out: bytearray(), cell.err: bytearray()}
        self._written = 0
        self._poll = select.poll()
        self._listening: set[int] = set()
        self._token = secrets.token_hex(16)
        self._complaint = ""
        self._verdict: dict[str, Any] | None = None
        self._over = False
        self._told = False
        self._frames = bool(program.checks)
        self._begun = False
        self._asked = False
        self.clean = False
        """Whether the judge is ready for another job."""

    def held(self) -> Ran:
        """Let them talk until there is a result or a bound is reached."""
        self._begin()
        ending: Ending = "ended"
        deadline = self._began + self._program.seconds
        look = self._began + LOOK_SECONDS
        bounds = Bounds(memory=self._program.memory, processes=self._tasks() + OVERHEAD)
        while not self._over:
            now = time.monotonic()
            if now >= deadline:
                ending = "timeout"
                break
            if now >= look:
                found = overstepped(self._cell.process, bounds, self._watched)
                if found is not None:
                    ending = found
                    break
                look = time.monotonic() + LOOK_SECONDS
            self._hear(min(deadline, look) - now)
            if self._written > self._program.output:
                ending = "output"
                break
        return self._result(ending)

    def _tasks(self) -> int:
        return self._program.processes + runtimes.RUNTIMES[self._program.language].tasks

    def _begin(self) -> None:
        program = self._program
        site = [str(runtimes.packages_folder())] if program.packages else []
        mode = "run" if not program.checks else "serve" if program.apart else "inside"
        job: dict[str, Any] = {
            "mode": mode,
            "files": program.files,
            "site": site,
            "limits": self._limits(),
            "stdin": program.stdin,
        }
        if mode == "run":
            job["command"] = self._command()
        if mode == "inside":
            job["checks"] = program.checks
        self._cell.into.send(json.dumps(job, separators=(",", ":")).encode())
        self._listen(self._cell.err)
        self._listen(self._cell.ended)
        self._listen(self._cell.out)
        if self._judge is not None:
            told = {
                "checks": program.checks,
                "calls": program.calls,
                "site": site,
                "memory": program.memory,
            }
            self._judge.into.send(json.dumps(told, separators=(",", ":")).encode())
            self._listen(self._judge.out)
            if self._judge.into.waiting:
                self._poll.register(self._judge.into.descriptor, select.POLLOUT)
        if self._cell.into.waiting:
            self._poll.register(self._cell.into.descriptor, select.POLLOUT)

    def _command(self) -> tuple[str, ...]:
        command = runtimes.command_of(self._program)
        if command[0] != "python":
            return command
        folder = [str(runtimes.packages_folder())] if self._program.packages else []
        begin = (
            f"import sys, runpy; sys.path += {folder!r}; sys.argv = sys.argv[1:]; "
            "sys.path.insert(0, '.'); runpy.run_path(sys.argv[0], run_name='__main__')"
        )
        return (str(runtimes.interpreter()), "-s", "-S", "-P", "-c", begin, *command[1:])

    def _limits(self) -> dict[str, int]:
        program = self._program
        limits = {
            "CORE": 0,
            "FSIZE": program.disk,
            "NOFILE": DESCRIPTORS,
            "CPU": int(program.seconds) + 2,
            "MSGQUEUE": 0,
            "MEMLOCK": 1 << 20,
        }
        # A runtime of its own kind reserves addresses that it does not use; only data count then.
        limits["AS" if program.language == "python" else "DATA"] = program.memory
        if self._cell.start.counted:
            limits["NPROC"] = self._tasks() + OVERHEAD
        return limits

    def _listen(self, descriptor: int) -> None:
        self._poll.register(descriptor, select.POLLIN)
        self._listening.add(descriptor)

    def _ignore(self, descriptor: int) -> None:
        if descriptor in self._listening:
            self._poll.unregister(descriptor)
            self._listening.discard(descriptor)

    def _hear(self, seconds: float) -> None:
        """Wait for whatever comes first, and deal with it."""
        for descriptor, _ in self._poll.poll(max(0.0, seconds) * 1000 + 0.5):
            if descriptor == self._cell.ended:
                self._cell_ended()
            elif descriptor == self._cell.err:
                self._take_text(descriptor)
            elif descriptor == self._cell.out:
                self._take_out()
            elif self._judge is not None and descriptor == self._judge.out:
                self._take_judge()
            else:
                self._write_on(descriptor)

    def _write_on(self, descriptor: int) -> None:
        into = self._cell.into
        if self._judge is not None and descriptor == self._judge.into.descriptor:
            into = self._judge.into
        into.flush()
        if not into.waiting:
            self._poll.unregister(descriptor)

    def _send(self, to: Cell, text: bytes) -> None:
        to.into.send(text)
        if to.into.waiting:
            self._poll.register(to.into.descriptor, select.POLLOUT)

    def _take_text(self, descriptor: int) -> bool:
        """Take what was printed; return whether there was anything."""
        try:
            part = os.read(descriptor, READ)
        except BlockingIOError:
            return False
        self._texts[descriptor] += part
        self._written += len(part)
        if not part:
            self._ignore(descriptor)
        return True

    def _take_out(self) -> bool:
        """Take what comes by the cell's second descriptor, and return whether anything came.

        Once the program has begun these are messages, or else its own output.
        """
        if self._begun and not self._frames:
            return self._take_text(self._cell.out)
        said = self._cell.said
        came = said.read()
        if not self._begun and next(said.messages(), None) == b"begun":
            self._begun = True
            if not self._frames:
                self._texts[self._cell.out] += said.rest()
                return came
        if self._begun:
            self._take_messages()
        elif said.over:
            raise ProgramNotRun(f"the sandbox broke: {self._cell.complaint() or 'no reason given'}")
        return came

    def _take_messages(self) -> None:
        """Hand on what the candidate's process said; to a judge, only what it asked for."""
        said = self._cell.said
        if self._judge is None:
            for text in said.messages():
                if self._verdict is None:  # the first holds, whatever is said after it
                    self._take_inside(text)
        elif self._asked:
            reply = next(said.messages(), None)
            if reply is not None:
                self._asked = False
                self._send(self._judge, reply or b"{}")
        if said.over:
            self._ignore(self._cell.out)
            self._gone()
        elif self._judge is not None and not self._asked:
            self._ignore(self._cell.out)

    def _take_inside(self, text: bytes) -> None:
        """Take a message of checks that ran in the candidate's own interpreter."""
        try:
            told = json.loads(text)
        except (ValueError, RecursionError):
            told = None
        if not isinstance(told, dict):
            told = {}
        if "problem" in told and not self._told:
            self._told = True
            self._complaint = str(told["problem"])[:1000]
            self._send(self._cell, self._token.encode())
            return
        held = self._told and told.get("token") == self._token and not self._complaint
        self._verdict = {"passed": held, "problem": "" if held else self._complaint or "no verdict"}
        self._over = True

    def _take_judge(self) -> None:
        """Take what the judge says: a call for the candidate, or its verdict."""
        assert self._judge is not None  # noqa: S101 - it spoke
        self._judge.said.read()
        for text in self._judge.said.messages():
            if text[:1] == b"c":
                if self._told:
                    self._send(self._judge, b"")
                    continue
                self._send(self._cell, text[1:])
                self._asked = True
                if self._begun:
                    self._listen(self._cell.out)
                    self._take_messages()
            elif text[:1] == b"v":
                self._verdict = self._verdict or json.loads(text[1:])
            else:
                self._over = self.clean = True
        if self._judge.said.over and not self._over:
            raise ProgramNotRun(f"the judge's process ended: {self._judge.complaint()}")

    def _gone(self) -> None:
        """Tell the judge that the candidate will say nothing more."""
        if self._judge is None:
            if self._frames and self._verdict is None:
                self._verdict = {
                    "passed": False,
                    "problem": self._complaint or "no verdict: it ended",
                }
                self._over = True
        elif not self._told:
            self._told = True
            self._send(self._judge, b"")

    def _cell_ended(self) -> None:
        self._ignore(self._cell.ended)
        self._cell.status()
        # What it wrote before it ended is in the pipes; nothing is added any more.
        while self._cell.out in self._listening and self._written <= self._program.output:
            if not self._take_out():
                break
        while self._cell.err in self._listening and self._written <= self._program.output:
            if not self._take_text(self._cell.err):
                break
        if not self._frames:
            self._over = True
        elif self._judge is None:
            self._gone()

    def _result(self, ending: Ending) -> Ran:
        program = self._program
        status = self._cell.status()
        seconds = time.monotonic() - self._began
        out, err = (
            bytes(self._texts[descriptor][: program.output]).decode(errors="replace")
            for descriptor in (self._cell.out, self._cell.err)
        )
        if self._frames:
            out, err = err, ""
        verdict = self._verdict if ending == "ended" else None
        passed = verdict["passed"] if verdict is not None else (False if self._frames else None)
        problem = str(verdict["problem"]) if verdict is not None else REASONS.get(ending, "")
        code = status if ending == "ended" and not self._frames else None
        if code is not None and (code < 0 or code > 128):
            ending = "killed"
        return Ran(
            ending=ending,
            passed=passed,
            apart=self._judge is not None or not self._frames,
            exit_code=code,
            stdout=out,
            stderr=err,
            problem=problem,
            seconds=round(seconds, 4),
        )


REASONS: dict[Ending, str] = {
    "timeout": "the time was up",
    "memory": "more memory than allowed",
    "output": "more output than allowed",
    "processes": "more processes than allowed",
    "disk": "more files than allowed",
}
