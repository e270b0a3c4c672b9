"""The walls around a cell: bubblewrap, a container engine, or, if a person says so, none.

Each gives the command that starts one process within: Python with one of the modules of
``inside/``, its three standard descriptors being pipes to the warden.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path
from typing import Literal, Protocol

from msgspec import Struct

from benchwright.core.execution import ProgramNotRun
from benchwright.sandbox import runtimes, seccomp

Kind = Literal["bubblewrap", "docker", "podman", "none"]
"""What the walls are made of."""

Role = Literal["cell", "judge"]
"""Which module of ``inside/`` is started."""

INSIDE = Path(__file__).parent / "inside"
TEMPORARY = "/tmp"  # noqa: S108 - within the walls, where it is each cell's own
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/lib32", "/nix/store")
SETTINGS = ("/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime")
USERS = range(62_000, 65_000)  # unprivileged numbers that a superuser's cells take
PRIVATE = 1 << 26  # bytes of a cell's private folder, where the program does not say less
ENVIRONMENT = {
    "HOME": TEMPORARY,
    "TMPDIR": TEMPORARY,
    "LANG": "C.UTF-8",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MPLBACKEND": "Agg",
}
"""All of the environment within, the same everywhere so that the same program does the same."""


class Layout(Struct, frozen=True):
    """What a cell must be able to see; cells of one layout are interchangeable until used."""

    languages: tuple[str, ...] = ("python",)
    """Languages whose runtimes are visible."""
    packages: bool = False
    """Whether the Python packages of this installation are visible."""
    disk: int = PRIVATE
    """Bytes of the private folder."""
    root: bool = False
    """Whether the root, which is private too, can be written to."""


class Start(Struct, frozen=True, kw_only=True):
    """How to start one process within the walls."""

    command: tuple[str, ...]
    """The command, to be run without a shell."""
    folder: str = ""
    """Where it starts; empty where that does not matter."""
    environment: dict[str, str] | None = None
    """Its environment; None: that of this process."""
    descriptors: tuple[int, ...] = ()
    """Descriptors that it inherits, besides the three."""
    ending: tuple[str, ...] = ()
    """The command that ends it, where killing what was started does not."""
    counted: bool = True
    """Whether the kernel counts its processes by themselves, so that they can be limited."""


class Walls(Protocol):
    """What separates cells from this machine."""

    @property
    def kind(self) -> Kind:
        """What they are made of."""
        ...

    @property
    def watched(self) -> str:
        """The private folder as cells see it, if it is theirs alone; empty if not."""
        ...

    def starting(self, role: Role, layout: Layout) -> AbstractContextManager[Start]:
        """Return, as a context, how to start a process; what that needs is held meanwhile."""
        ...


def python_command(role: Role, user: int, python: str, inside: str) -> tuple[str, ...]:
    """Return the command that starts a module of the package ``inside``, found in a folder.

    It becomes ``user``; 0 stays as it is.
    """
    begin = (
        f"import sys; sys.path.insert(0, {inside!r}); from inside import {role}; sys.path.pop(0); "
        f"{role}.main()"
    )
    return (python, "-s", "-S", "-P", "-c", begin, str(user))


class Bubblewrap:
    """Namespaces made by ``bwrap``.

    A superuser's cells become an unprivileged user of their own before they read a job; anybody
    else's are in a user namespace in which they are nobody.
    """

    kind: Kind = "bubblewrap"
    watched = TEMPORARY

    def __init__(self, program: str) -> None:
        """Build walls with the bubblewrap at ``program``."""
        self._program = program
        self._filter = seccomp.compiled()
        self._superuser = os.geteuid() == 0
        self._users = count(os.getpid() * 7)
        release = tuple(int(part) for part in platform.release().split(".")[:2] if part.isdigit())
        # Before Linux 5.14 the limit counts all processes of the user, inside and outside.
        self._counted = self._superuser or release >= (5, 14)

    @contextmanager
    def starting(self, role: Role, layout: Layout) -> Iterator[Start]:
        """Yield how to start a process within new namespaces."""
        user = USERS[next(self._users) % len(USERS)] if self._superuser else 0
        handed = self._handed()
        try:
            arguments = [*self._namespaces(), *self._visible(layout)]
            if handed:
                arguments += ["--seccomp", str(handed[0])]
            python = str(runtimes.interpreter())
            yield Start(
                command=(
                    self._program,
                    *arguments,
                    "--chdir",
                    TEMPORARY,
                    "--",
                    *python_command(role, user, python, "/walled"),
                ),
                # The first process within keeps the environment that it was started in, to be read.
                environment={},
                descriptors=handed,
                counted=self._counted,
            )
        finally:
            for descriptor in handed:
                os.close(descriptor)

    def _handed(self) -> tuple[int, ...]:
        """Return a descriptor of the filter, as bubblewrap wants it."""
        if not self._filter:
            return ()
        read, write = os.pipe()
        os.write(write, self._filter)
        os.close(write)
        return (read,)

    def _namespaces(self) -> list[str]:
        arguments = [
            "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts",
            "--unshare-cgroup-try", "--hostname", "sandbox", "--die-with-parent", "--new-session",
            "--clearenv",
        ]  # fmt: skip
        if self._superuser:
            drop = ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
            return [*arguments, *drop]
        return [*arguments, "--unshare-user", "--uid", "1000", "--gid", "1000"]

    def _visible(self, layout: Layout) -> list[str]:
        sized = ["--size", str(layout.disk)]
        private = ["--perms", "1777", *sized, "--tmpfs", TEMPORARY]
        arguments: list[str] = []
        if layout.root:  # one bound for both: the private folder lies in the root then
            arguments = ["--perms", "0777", *sized, "--tmpfs", "/"]
            private = ["--perms", "1777", "--dir", TEMPORARY]
        for place in SYSTEM:
            if Path(place).is_symlink():
                arguments += ["--symlink", str(Path(place).readlink()), place]
            elif Path(place).is_dir():
                arguments += ["--ro-bind", place, place]
        for place in ("/etc", "/walled"):
            arguments += ["--perms", "0755", "--dir", place]
        for place in (*SETTINGS, *map(str, sorted(Path("/etc").glob("java-*")))):
            arguments += ["--ro-bind-try", place, place]
        # Before the runtimes: an installation may itself lie below the temporary folder.
        arguments += private
        folders = [place for name in layout.languages for place in runtimes.places(name)]
        if layout.packages:
            folders.append(runtimes.packages_folder())
        for folder in folders:
            for above in reversed(folder.parents[:-1]):
                arguments += ["--perms", "0755", "--dir", str(above)]
            arguments += ["--ro-bind", str(folder), str(folder)]
        path = [*(str(f) for f in folders if f.name == "bin"), "/usr/local/bin", "/usr/bin", "/bin"]
        for name, value in {**ENVIRONMENT, "PATH": ":".join(path)}.items():
            arguments += ["--setenv", name, value]
        arguments += [
            "--ro-bind",
            str(INSIDE),
            "/walled/inside",
            "--proc",
            "/proc",
            "--tmpfs",
            "/dev",
        ]
        for device in ("null", "zero", "full", "random", "urandom"):
            arguments += ["--dev-bind", f"/dev/{device}", f"/dev/{device}"]
        return [
            *arguments,
            "--symlink", "/proc/self/fd", "/dev/fd",
            "--symlink", "/proc/self/fd/0", "/dev/stdin",
            "--symlink", "/proc/self/fd/1", "/dev/stdout",
            "--symlink", "/proc/self/fd/2", "/dev/stderr",
            "--symlink", TEMPORARY, "/dev/shm",  # noqa: S108 - as above
            "--remount-ro", "/dev",
            *(() if layout.root else ("--remount-ro", "/")),
        ]  # fmt: skip


class Engine:
    """Containers of docker or podman, from an image with Python that is already here."""

    watched = ""

    def __init__(self, kind: Kind, program: str, image: str) -> None:
        """Start containers of ``image`` with the engine's client at ``program``."""
        self.kind = kind
        self._program = program
        self._image = image
        self._names = count()

    @contextmanager
    def starting(self, role: Role, layout: Layout) -> Iterator[Start]:
        """Yield how to start a process within a container that leaves nothing behind."""
        _refuse_root(layout, self.kind)
        environment = [f"--env={name}={value}" for name, value in ENVIRONMENT.items()]
        name = f"benchwright-{os.getpid()}-{next(self._names)}"
        yield Start(
            command=(
                self._program, "run", f"--name={name}", "--rm", "--interactive", "--init",
                "--pull=never",
                "--network=none", "--read-only", "--cap-drop=ALL", "--user=65534:65534",
                "--security-opt=no-new-privileges", "--ipc=private", "--pids-limit=128",
                "--memory=4g", "--memory-swap=4g", "--shm-size=16m",
                f"--tmpfs=/tmp:rw,exec,nosuid,nodev,mode=1777,size={layout.disk},nr_inodes=20000",
                f"--volume={INSIDE}:/walled/inside:ro", "--workdir=/tmp", *environment, self._image,
                *python_command(role, 0, "python3", "/walled"),
            ),
            ending=(self._program, "rm", "--force", name),
            counted=False,
        )  # fmt: skip


class NoWalls:
    """Nothing: a process of this machine, with its user's rights; only for who says so."""

    kind: Kind = "none"
    watched = ""

    @contextmanager
    def starting(self, role: Role, layout: Layout) -> Iterator[Start]:
        """Yield how to start a plain process in a folder that is removed afterwards."""
        _refuse_root(layout, self.kind)
        folder = tempfile.mkdtemp(prefix="benchwright-")
        try:
            path = os.pathsep.join([str(runtimes.interpreter().parent), os.environ.get("PATH", "")])
            yield Start(
                command=python_command(role, 0, str(runtimes.interpreter()), str(INSIDE.parent)),
                folder=folder,
                environment={**ENVIRONMENT, "HOME": folder, "TMPDIR": folder, "PATH": path},
                counted=False,
            )
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise


def _refuse_root(layout: Layout, kind: Kind) -> None:
    if layout.root:
        raise ProgramNotRun(f"{kind}: a program that writes at the root needs bubblewrap")


def quietly(*command: str, seconds: float = 20.0) -> tuple[int, str]:
    """Return (exit status, all it wrote) of a command that only looks; 127 where it is absent."""
    try:
        ran = subprocess.run(  # noqa: S603 - commands of our own
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return 127, str(error)
    return ran.returncode, ran.stdout.strip()
