"""Which walls work on this machine, why the others do not, and the command that mends them."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

from msgspec import Struct

from benchwright.core.errors import DescriptionError, UnknownName
from benchwright.core.execution import Program, ProgramNotRun
from benchwright.sandbox.walls import Bubblewrap, Engine, Kind, NoWalls, Walls, quietly
from benchwright.sandbox.warden import Warden

KINDS: tuple[Kind, ...] = ("bubblewrap", "podman", "docker", "none")
"""What can be asked for, the preferred first; ``none`` is never taken unasked."""

IMAGE = "BENCHWRIGHT_SANDBOX_IMAGE"
"""The environment variable that names another image for docker and podman."""

TRIAL = Program(
    files={"main.py": "def product(a, b):\n    return a * b\n"},
    checks="assert product(6, 7) == 42\n",
    seconds=30.0,
)
"""What walls must run before they count as working."""


class Found(Struct, frozen=True, kw_only=True):
    """One kind of walls, as found on this machine."""

    kind: Kind
    works: bool
    state: str
    """What was found, in words: its version, or why it does not work."""
    advice: str = ""
    """The command that mends it; empty where it works."""


def walls_of(kind: str) -> Walls:
    """Return walls of one kind, whether or not they work.

    Raises:
        UnknownName: no such kind is known.
    """
    if kind == "bubblewrap":
        return Bubblewrap(shutil.which("bwrap") or "bwrap")
    engines: dict[str, Kind] = {"docker": "docker", "podman": "podman"}
    if kind in engines:
        return Engine(engines[kind], shutil.which(kind) or kind, image())
    if kind == "none":
        return NoWalls()
    raise UnknownName("sandbox", kind, ("auto", *KINDS))


def image() -> str:
    """Return the image that docker and podman start."""
    return os.environ.get(IMAGE) or "python:{}.{}-slim".format(*sys.version_info[:2])


@cache
def look(kind: Kind) -> Found:
    """Find out whether one kind works here, by running a trial in it."""
    return Found(kind=kind, works=True, state="works") if kind == "none" else _LOOKS[kind](kind)


def choose(wanted: str) -> Kind:
    """Return the walls to take: those wanted, or of ``auto`` the first that work.

    Raises:
        UnknownName: there is no such kind.
        DescriptionError: it does not work here; says why, and the command that mends it.
    """
    if wanted != "auto" and wanted not in KINDS:
        raise UnknownName("sandbox", wanted, ("auto", *KINDS))
    tried = []
    for kind in KINDS[:-1] if wanted == "auto" else [k for k in KINDS if k == wanted]:
        found = look(kind)
        if found.works:
            return kind
        tried.append(found)
    reasons = "; ".join(f"{found.kind}: {found.state}" for found in tried)
    advice = tried[0].advice
    raise DescriptionError(
        f"Code that models wrote needs a sandbox, and none works here ({reasons}). "
        f"To mend it: {advice}. To run it with all rights of your account instead: --sandbox none."
    )


def _look_bubblewrap(kind: Kind) -> Found:
    if platform.system() != "Linux":
        return Found(
            kind=kind,
            works=False,
            state=f"there is no bubblewrap on {platform.system()}",
            advice=f"install docker or podman and run: docker pull {image()}",
        )
    program = shutil.which("bwrap")
    if program is None:
        return Found(
            kind=kind, works=False, state="not installed", advice=_installing("bubblewrap")
        )
    _, version = quietly(program, "--version")
    problem = _tried(Bubblewrap(program))
    if not problem:
        return Found(kind=kind, works=True, state=f"works ({version})")
    return Found(kind=kind, works=False, state=problem, advice=_mending())


def _look_engine(kind: Kind) -> Found:
    program = shutil.which(kind)
    if program is None:
        return Found(kind=kind, works=False, state="not installed", advice=_installing(kind))
    status, said = quietly(program, "version", "--format", "{{.Server.Version}}")
    if status:
        state = f"its client is here, its engine is not ({_last(said)})"
        advice = "start its engine: systemctl start docker" if kind == "docker" else "podman info"
        return Found(kind=kind, works=False, state=state, advice=advice)
    status, _ = quietly(program, "image", "inspect", image())
    if status:
        state, advice = f"the image {image()} is not here", f"{kind} pull {image()}"
        return Found(kind=kind, works=False, state=state, advice=advice)
    problem = _tried(Engine(kind, program, image()))
    if problem:
        return Found(kind=kind, works=False, state=problem, advice=f"{kind} info")
    return Found(kind=kind, works=True, state=f"works ({_last(said)}, {image()})")


_LOOKS: dict[Kind, Callable[[Kind], Found]] = {
    "bubblewrap": _look_bubblewrap,
    "docker": _look_engine,
    "podman": _look_engine,
}


def _tried(walls: Walls) -> str:
    """Return why ``walls`` do not run the trial; empty where they do."""
    warden = Warden(walls)
    try:
        ran = warden.run(TRIAL)
    except ProgramNotRun as problem:
        return _last(problem.reason)
    finally:
        warden.close()
    return "" if ran.passed else f"a trial did not pass: {ran.problem}"


def _last(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1].strip()[:300] if lines else "no reason given"


def _installing(package: str) -> str:
    for tool, command in (
        ("apt-get", "apt-get install"),
        ("dnf", "dnf install"),
        ("pacman", "pacman -S"),
        ("zypper", "zypper install"),
        ("apk", "apk add"),
    ):
        if shutil.which(tool):
            sudo = "" if os.geteuid() == 0 else "sudo "
            return f"{sudo}{command} {package}"
    return f"install {package}"


def _mending() -> str:
    """Return what lets bubblewrap make namespaces here."""
    for setting, bad, command in (
        ("user/max_user_namespaces", "0", "sysctl -w user.max_user_namespaces=15000"),
        ("kernel/unprivileged_userns_clone", "0", "sysctl -w kernel.unprivileged_userns_clone=1"),
        (
            "kernel/apparmor_restrict_unprivileged_userns",
            "1",
            "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
        ),
    ):
        try:
            value = Path("/proc/sys", setting).read_text().strip()
        except OSError:
            continue
        if value == bad:
            return command if os.geteuid() == 0 else f"sudo {command}"
    return (
        "let this machine make namespaces; in a container, start it with "
        "--security-opt seccomp=unconfined --security-opt systempaths=unconfined "
        "--cap-add SYS_ADMIN"
    )
