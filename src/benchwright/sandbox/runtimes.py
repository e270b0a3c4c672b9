"""The languages that programs are written in: what each needs here, and how it is started."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from pathlib import Path

from msgspec import Struct

from benchwright.core.execution import Program


class Runtime(Struct, frozen=True, kw_only=True):
    """One language."""

    needs: tuple[str, ...]
    """Programs that must be found; none for the Python that runs Benchwright."""
    command: tuple[str, ...]
    """What is started in the program's folder where it does not say; ``{memory}`` is megabytes."""
    package: str
    """The Debian package that brings it."""
    version: tuple[str, ...] = ()
    """The command whose first line of output names the version."""
    tasks: int = 0
    """Threads that the runtime itself starts, on top of the program's own."""


RUNTIMES: dict[str, Runtime] = {
    "python": Runtime(needs=(), command=("python", "main.py"), package="python3"),
    "bash": Runtime(
        needs=("bash",), command=("bash", "main.sh"), package="bash", version=("bash", "--version")
    ),
    "c": Runtime(
        needs=("gcc",),
        command=("sh", "-c", "gcc -O2 -w -o main *.c -lm && exec ./main"),
        package="gcc libc6-dev",
        version=("gcc", "--version"),
    ),
    "cpp": Runtime(
        needs=("g++",),
        command=("sh", "-c", "g++ -O2 -w -o main *.cpp && exec ./main"),
        package="g++",
        version=("g++", "--version"),
    ),
    "java": Runtime(
        needs=("java", "javac"),
        command=("java", "-Xmx{memory}m", "-XX:-UsePerfData", "-XX:TieredStopAtLevel=1",
                 "-Xshare:auto", "-XX:+UseSerialGC", "Main.java"),
        package="openjdk-17-jdk-headless",
        version=("java", "-version"),
        tasks=48,
    ),
    "javascript": Runtime(
        needs=("node",),
        command=("node", "main.js"),
        package="nodejs",
        version=("node", "--version"),
        tasks=24,
    ),
    "go": Runtime(
        needs=("go",), command=("go", "run", "main.go"), package="golang-go",
        version=("go", "version"), tasks=48,
    ),
    "rust": Runtime(
        needs=("rustc",),
        command=("sh", "-c", "rustc -O -o main main.rs && exec ./main"),
        package="rustc",
        version=("rustc", "--version"),
        tasks=16,
    ),
    "ruby": Runtime(
        needs=("ruby",), command=("ruby", "main.rb"), package="ruby-full",
        version=("ruby", "--version"), tasks=4,
    ),
    "php": Runtime(
        needs=("php",), command=("php", "main.php"), package="php-cli", version=("php", "--version")
    ),
}  # fmt: skip
"""Language → what it needs."""


class Need(Struct, frozen=True, kw_only=True):
    """One runtime that a benchmark or scorer declares, as found on this machine."""

    name: str
    """As declared: ``java``, ``python[numpy,pandas]``."""
    found: str
    """Version here; empty where it is absent."""
    advice: str
    """The command that brings it; empty where it is here."""


def parse(need: str) -> tuple[str, tuple[str, ...]]:
    """Return (language, Python packages) of a declared runtime such as ``python[numpy]``."""
    language, _, rest = need.partition("[")
    names = (name.strip() for name in rest.rstrip("]").split(","))
    return language.strip(), tuple(name for name in names if name)


def look_up(need: str) -> Need:
    """Find one declared runtime on this machine."""
    language, packages = parse(need)
    runtime = RUNTIMES.get(language)
    if runtime is None:
        advice = f"no such language is known; known are {', '.join(RUNTIMES)}"
        return Need(name=need, found="", advice=advice)
    if any(shutil.which(program) is None for program in runtime.needs):
        return Need(name=need, found="", advice=f"apt-get install {runtime.package}")
    absent = [name for name in packages if importlib.util.find_spec(name) is None]
    if absent:
        wanted = " ".join(_distribution(name) for name in absent)
        return Need(name=need, found="", advice=f"pip install {wanted}")
    return Need(name=need, found=described(language, packages), advice="")


def lacking(needs: Iterable[str]) -> list[str]:
    """Return a sentence for every declared runtime that is absent here."""
    found = [look_up(need) for need in dict.fromkeys(needs)]
    return [
        f"It needs {need.name}, which is not here: {need.advice}" for need in found if need.advice
    ]


def described(language: str, packages: tuple[str, ...] = ()) -> str:
    """Return the version of a language and of Python packages, which decide what a program does."""
    if language != "python":
        return _version(language)
    parts = [".".join(map(str, sys.version_info[:3]))]
    for name in sorted(packages):
        try:
            parts.append(f"{name} {version(_distribution(name))}")
        except PackageNotFoundError:
            parts.append(name)
    return ", ".join(parts)


def needed(program: Program) -> str:
    """Return the runtime that ``program`` needs, as it is declared."""
    if not program.packages:
        return program.language
    return f"{program.language}[{','.join(sorted(program.packages))}]"


def command_of(program: Program) -> tuple[str, ...]:
    """Return what is started for ``program``."""
    if program.command:
        return program.command
    memory = str(max(64, program.memory // (1 << 20) * 3 // 4))
    return tuple(part.replace("{memory}", memory) for part in RUNTIMES[program.language].command)


def places(language: str) -> tuple[Path, ...]:
    """Return the folders, other than the system's own, that hold the runtime of ``language``."""
    if language == "python":
        base = Path(sys.base_prefix).resolve()
        return () if _of_the_system(base) else (base / "bin", base / "lib")
    found: list[Path] = []
    for program in RUNTIMES[language].needs:
        where = shutil.which(program)
        if where is None:
            continue
        folder = _prefix(where)
        if not _of_the_system(folder):
            # Never the whole of it: a prefix in a home directory has more than runtimes in it.
            parts = ("bin",) if folder in _PERSONAL else _PARTS
            found += [folder / part for part in parts if (folder / part).is_dir()]
    return tuple(dict.fromkeys(found))


def packages_folder() -> Path:
    """Return the folder that holds the Python packages of this installation."""
    import sysconfig

    return Path(sysconfig.get_path("purelib")).resolve()


def interpreter() -> Path:
    """Return the Python that runs Benchwright, outside its virtual environment."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    base = Path(sys.base_prefix).resolve() / "bin" / name
    return base if base.exists() else Path(os.path.realpath(sys.executable))


_PARTS = ("bin", "lib", "lib64", "libexec", "conf", "include", "pkg", "src")
_PERSONAL = (Path.home(), Path.home() / ".local", Path.home() / ".cargo")


def _prefix(where: str) -> Path:
    """Return the folder that a runtime is installed under, given one of its programs."""
    program = Path(where).resolve()
    if program.name == "rustup":  # a stand-in for the toolchain that it manages
        ran = subprocess.run(  # noqa: S603 - the program that was found
            [where, "--print", "sysroot"], capture_output=True, text=True, timeout=30, check=False
        )
        return Path(ran.stdout.strip() or program.parent.parent)
    return program.parent.parent


def _of_the_system(folder: Path) -> bool:
    return any(folder.is_relative_to(place) for place in ("/usr", "/bin", "/lib", "/nix/store"))


@cache
def _version(language: str) -> str:
    command = RUNTIMES[language].version
    try:
        ran = subprocess.run(  # noqa: S603 - a command of the table above
            command, capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    lines = (ran.stdout or ran.stderr).strip().splitlines()
    numbers = re.search(r"\d+(\.\d+)+", lines[0]) if lines else None
    return numbers[0] if numbers else (lines[0][:60] if lines else "")


@cache
def _distributions() -> dict[str, list[str]]:
    return dict(packages_distributions())


def _distribution(name: str) -> str:
    """Return the name under which the package imported as ``name`` is installed."""
    known = {"sklearn": "scikit-learn", "bs4": "beautifulsoup4", "PIL": "pillow", "cv2": "opencv-python-headless", "yaml": "pyyaml", "dateutil": "python-dateutil"}  # fmt: skip  # noqa: E501
    return known.get(name) or _distributions().get(name, [name])[0]
