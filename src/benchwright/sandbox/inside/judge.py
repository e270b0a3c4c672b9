"""The judge: runs checks in a process that never holds candidate code.

A fork server: each job is judged by a child of its own. What a check calls goes out as a message
and comes back as plain values. Messages out begin with ``c`` (to the candidate) or ``v`` (verdict).
"""

from __future__ import annotations

import ast
import builtins
import os
import reprlib
import resource
import sys
import traceback
from collections.abc import Callable
from typing import Any

from . import frames, plain


class CandidateGone(BaseException):
    """The candidate ended, broke, or said nothing plain: no check can catch it."""


class NotApart(BaseException):
    """The checks need something that cannot cross to the candidate."""


def main() -> None:
    """Judge jobs one after the other, each in a child."""
    frames.become(int(sys.argv[1]))
    frames.send(1, b"ready")
    while True:
        text = frames.receive(0)
        if text is None:
            os._exit(0)
        if not text:
            continue  # news of a candidate whose checks are over
        child = os.fork()
        if child == 0:
            try:
                frames.send(1, b"v" + plain.dump(judge(plain.load(text))))
            finally:
                os._exit(0)
        _, status = os.waitpid(child, 0)
        # The warden takes the first verdict: this one counts where the child left none.
        told = f"the checks' own process ended by signal {status & 127}"
        frames.send(1, b"v" + plain.dump({"passed": False, "problem": told}))
        frames.send(1, b"d")


def judge(job: dict[str, Any]) -> dict[str, Any]:
    """Return the verdict: ``passed`` (None: the checks cannot be run apart) and ``problem``."""
    sys.path += job["site"]
    resource.setrlimit(resource.RLIMIT_AS, (job["memory"], job["memory"]))
    checks = job["checks"]
    quiet = os.open(os.devnull, os.O_RDWR)
    inward, outward = os.dup(0), os.dup(1)
    for descriptor in (0, 1, 2):
        os.dup2(quiet, descriptor)
    calls = Calls(inward, outward)
    verdict: dict[str, Any] = {"passed": True, "problem": ""}
    try:
        code = compile(checks, "checks.py", "exec")
        names = job["calls"] or unbound(checks)
        space = {"__name__": "checks", **calls.named(names)}
        exec(code, space)  # the benchmark's own checks, within the walls
    except NotApart as error:
        verdict = {"passed": None, "problem": str(error)}
    except CandidateGone as error:
        verdict = {"passed": False, "problem": str(error)}
    except BaseException as error:  # every way to end but the regular one is a failure
        verdict = {"passed": False, "problem": told(error, checks) + calls.last}
    os.dup2(outward, 1)
    return verdict


def unbound(checks: str) -> list[str]:
    """Return the names that ``checks`` read and that are no builtins."""
    read = {
        node.id
        for node in ast.walk(ast.parse(checks))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    return sorted(name for name in read if not hasattr(builtins, name))


def told(error: BaseException, checks: str) -> str:
    """Return where in ``checks`` it went wrong, and how, in a line."""
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == "checks.py" and frame.lineno
    ]
    if isinstance(error, SyntaxError) and error.filename == "checks.py" and error.lineno:
        lines.append(error.lineno)
    said = f"{type(error).__name__}: {error}".removesuffix(": ")[:300]
    if not lines:
        return said
    text = checks.splitlines()
    line = text[lines[-1] - 1].strip()[:200] if lines[-1] <= len(text) else ""
    return f"line {lines[-1]}: {line}: {said}"


class Calls:
    """The candidate's functions, as checks call them."""

    def __init__(self, inward: int, outward: int) -> None:
        """Ask through ``outward`` and hear through ``inward``."""
        self._inward, self._outward = inward, outward
        self.last = ""
        """The last call and what came of it, in words."""

    def named(self, names: list[str]) -> dict[str, Any]:
        """Return those of ``names`` that the candidate has: functions and plain values."""
        told = self._ask({"names": names}).get("names")
        if not isinstance(told, dict):
            raise CandidateGone("the candidate's reply cannot be read")
        found: dict[str, Any] = {}
        for name in names:
            kind = told.get(name, "absent")
            if kind == "call":
                found[name] = self._function(name)
            elif isinstance(kind, dict) and "value" in kind:
                found[name] = plain.decode(kind["value"])
            elif isinstance(kind, dict) and kind.get("module") == name in sys.stdlib_module_names:
                found[name] = __import__(name)
        return found

    def _ask(self, asked: dict[str, Any]) -> dict[str, Any]:
        frames.send(self._outward, b"c" + plain.dump(asked))
        text = frames.receive(self._inward)
        if not text:
            raise CandidateGone(f"the candidate ended before it answered{self.last}")
        try:
            reply = plain.load(text)
        except (ValueError, RecursionError):
            reply = None
        if not isinstance(reply, dict):
            raise CandidateGone("the candidate's reply cannot be read")
        if "broken" in reply:
            raise CandidateGone(f"the candidate does not load: {str(reply['broken'])[:500]}")
        return reply

    def _function(self, name: str) -> Callable[..., Any]:
        def called(*args: Any, **kwargs: Any) -> Any:
            try:
                sent = [plain.encode(arg) for arg in args]
                named = {key: plain.encode(arg) for key, arg in kwargs.items()}
            except plain.NotPlain as error:
                raise NotApart(f"the checks pass {error} to {name}") from None
            self.last = f" (last call: {name}({_short(args)}))"
            reply = self._ask({"call": name, "args": sent, "kwargs": named})
            return self._outcome(name, args, reply)

        called.__name__ = called.__qualname__ = name
        return called

    def _outcome(self, name: str, args: tuple[Any, ...], reply: dict[str, Any]) -> Any:
        try:
            if "raised" in reply:
                kind, message = reply["raised"]
                self.last = f"{self.last[:-1]} raised {kind!s:.60})"
                raise _rebuilt(str(kind), str(message))
            if "value" not in reply:
                raise CandidateGone(f"{name} returned {reply.get('odd', 'nothing')!s:.200}")
            value = plain.decode(reply["value"])
            for place, now in reply.get("changed", {}).items():
                _change(args[int(place)], plain.decode(now))
        except (plain.NotPlain, LookupError, TypeError, ValueError) as error:
            if "raised" in reply:
                raise
            raise CandidateGone(f"{name} returned no plain value: {error}") from None
        self.last = f"{self.last[:-1]} returned {_short((value,))})"
        return value


def _change(held: Any, now: Any) -> None:
    """Change a check's argument in place as the candidate changed its own."""
    if type(held) is not type(now):
        raise TypeError("an argument changed its class")
    if isinstance(held, (list, bytearray)):
        held[:] = now
    elif isinstance(held, (dict, set)):
        held.clear()
        held.update(now)


def _rebuilt(name: str, message: str) -> Exception:
    """Return the exception that the candidate raised; of a class of its own, a RuntimeError."""
    kind = getattr(builtins, name, None)
    if isinstance(kind, type) and issubclass(kind, Exception):
        try:
            return kind(message)
        except TypeError:  # UnicodeDecodeError wants more than a message
            pass
    return RuntimeError(f"{name}: {message}")


def _short(values: tuple[Any, ...]) -> str:
    """Return ``values`` in at most 160 characters, without writing out what is long."""
    try:
        text = ", ".join(_BRIEF.repr(value) for value in values)
    except ValueError:  # an integer of too many digits
        text = ", ".join(type(value).__name__ for value in values)
    return text if len(text) <= 160 else f"{text[:157]}…"


_BRIEF = reprlib.Repr()


if __name__ == "__main__":
    main()
