"""A cell: waits for one job, limits itself, and becomes what the job says.

Descriptor 0 brings the job, and in a job with checks what is to be called; 1 takes the replies; 2
takes all that the candidate prints. A job without checks has 1 and 2 to itself. Two messages are
sent before any candidate code runs: that the cell is ready, and that the job is about to begin.
What ends before the second was the sandbox's fault, what ends after it the candidate's.
"""

from __future__ import annotations

import os
import sys

from . import frames, plain

TYPE_CHECKING = False  # see `plain`
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

WORK = "program"  # the program's own folder, within the private temporary one


def main() -> None:
    """Read a job and do it."""
    frames.become(int(sys.argv[1]))
    frames.send(1, b"ready")
    text = frames.receive(0)
    if text is None:
        os._exit(0)
    job = plain.load(text)
    limit(job)
    os.makedirs(WORK, exist_ok=True)
    os.chdir(WORK)
    for path, content in job["files"].items():
        if "/" in path:
            os.makedirs(path.rpartition("/")[0], exist_ok=True)
        with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(content)
    sys.path[:0] = [os.getcwd()]
    sys.path += job["site"]
    if job["mode"] == "run":
        run(job)
    serve(job)


def limit(job: dict[str, Any]) -> None:
    """Bound what this process and its children may use."""
    import resource

    for name, most in job["limits"].items():
        which = getattr(resource, f"RLIMIT_{name}", None)
        if which is None:
            continue
        hard = resource.getrlimit(which)[1]
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(which, (bound, bound))


def run(job: dict[str, Any]) -> None:
    """Become the program: its output and status are all that is told of it."""
    with open("../stdin", "w+", encoding="utf-8", errors="surrogateescape") as file:
        file.write(job["stdin"])
        file.flush()
        os.unlink("../stdin")
        os.lseek(file.fileno(), 0, os.SEEK_SET)
        os.dup2(file.fileno(), 0)
    command = job["command"]
    frames.send(1, b"begun")
    try:
        os.execvp(command[0], command)  # noqa: S606 - no shell is wanted
    except OSError as error:
        os.write(2, f"{command[0]}: {error.strerror}\n".encode())
        os._exit(127)


def serve(job: dict[str, Any]) -> None:
    """Load the candidate and call it as told, or run checks beside it."""
    inward, outward = _hidden(0), _hidden(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    problem, module = "", type(sys)("main")
    sys.modules["main"] = module
    sys.argv = ["main.py"]
    source = job["files"]["main.py"]
    frames.send(outward, b"begun")
    try:
        exec(compile(source, "main.py", "exec"), module.__dict__)  # it is what the sandbox is for
    except BaseException as error:  # also SystemExit is an end of the candidate
        problem = f"{type(error).__name__}: {error}"[:500]
    if job["mode"] == "inside":
        _inside(job, inward, outward, module, problem)
    else:
        _answer(inward, outward, module, problem)
    os._exit(0)


def _hidden(descriptor: int) -> int:
    # Not a secret, only out of the way of what writes to every small descriptor.
    place = 32 + descriptor + int.from_bytes(os.urandom(1), "big") // 2 * 2 % 192
    return os.dup2(descriptor, place, inheritable=False)


def _answer(inward: int, outward: int, module: ModuleType, problem: str) -> None:
    """Call what is asked for until nobody asks."""
    while True:
        text = frames.receive(inward)
        if text is None:
            return
        asked = plain.load(text)
        if problem:
            reply: dict[str, Any] = {"broken": problem}
        elif "names" in asked:
            reply = {"names": {name: _described(module, name) for name in asked["names"]}}
        else:
            reply = _called(module, asked)
        try:
            out = plain.dump(reply)
        except BaseException as error:  # hostile values may raise anything
            out = plain.dump({"odd": type(error).__name__})
        frames.send(outward, out)


def _described(module: ModuleType, name: str) -> Any:
    found = module.__dict__.get(name, module)
    if found is module:
        return "absent"
    if isinstance(found, type(sys)):
        return {"module": found.__name__}
    if callable(found):
        return "call"
    try:
        return {"value": plain.encode(found)}
    except BaseException:  # as above
        return "odd"


def _called(module: ModuleType, asked: dict[str, Any]) -> dict[str, Any]:
    try:
        args = [plain.decode(arg) for arg in asked["args"]]
        kwargs = {name: plain.decode(arg) for name, arg in asked["kwargs"].items()}
        value = module.__dict__[asked["call"]](*args, **kwargs)
    except BaseException as error:  # the checks are told, whatever it is
        try:
            return {"raised": [type(error).__name__, str(error)[:500]]}
        except BaseException:  # a hostile __str__
            return {"raised": [type(error).__name__, ""]}
    try:
        reply = {"value": plain.encode(value)}
    except BaseException as error:  # as above
        return {"odd": str(error)[:200] if type(error) is plain.NotPlain else type(error).__name__}
    changed = {}
    for place, (before, after) in enumerate(zip(asked["args"], args, strict=True)):
        now = _again(after)
        if now is not None and now != before:
            changed[str(place)] = now
    return {**reply, "changed": changed} if changed else reply


def _again(argument: Any) -> Any:
    """Return an argument that a call can have changed, as a tree; None where it cannot be told."""
    try:
        mutable = isinstance(argument, (list, dict, set, bytearray))
        return plain.encode(argument) if mutable else None
    except BaseException:  # hostile values may raise anything
        return None


def _inside(
    job: dict[str, Any], inward: int, outward: int, module: ModuleType, problem: str
) -> None:
    """Run checks in the candidate's interpreter; the token comes only once they have ended."""
    if not problem:
        try:
            exec(compile(job["checks"], "checks.py", "exec"), module.__dict__)  # as above
        except BaseException as error:  # as above
            from . import judge

            problem = judge.told(error, job["checks"])
    try:
        sys.stdout.flush()
    except BaseException:  # the candidate may have put anything in its place
        problem = problem or "its output cannot be written out"
    frames.send(outward, plain.dump({"problem": problem}))
    token = frames.receive(inward)
    frames.send(outward, plain.dump({"token": (token or b"").decode()}))


if __name__ == "__main__":
    main()
