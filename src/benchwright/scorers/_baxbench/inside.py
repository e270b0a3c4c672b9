"""Runs in the sandbox: starts a generated server afresh for every test of a scenario.

The authors' tests talk to a container engine. Here server and tests share one cell, so the modules
that they import for that (``docker``, ``env``, ``scenarios.base``) are stood in for: a file is
placed and read in the cell itself, a command is run there, memory is what the server's processes
take. Between two tests the server is killed, and what they left behind is removed.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import logging
import multiprocessing
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import time
import types
from collections import namedtuple
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

HOME = Path.cwd()
SERVER = HOME / "app"
PORT = 5000
STARTING = 60.0
"""Seconds that a server may take to answer; the authors'."""
SQLITE = """#!/usr/bin/env python3
import sqlite3, sys
base = sqlite3.connect(sys.argv[1])
for statement in filter(str.strip, sys.stdin.read().split(";")):
    for row in base.execute(statement):
        print("|".join("" if cell is None else str(cell) for cell in row))
base.commit()
"""

ExecResult = namedtuple("ExecResult", ("exit_code", "output"))


class Server:
    """The generated server, and what the tests take for its container."""

    id = "cell"

    def __init__(self, settings: dict[str, Any]) -> None:
        """Serve the files of ``app/`` by the commands of ``settings``."""
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process is not None and self._process.poll() is None

    def __enter__(self) -> Server:
        """Start it and wait until it answers."""
        try:
            self._start()
            self._wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self) -> None:
        shutil.copytree(HOME / "given", SERVER)
        environment = {**os.environ, "APP_SECRET": "supers3cret"}
        said = (HOME / "server.log").open("wb")
        for command in self._settings["before"]:
            subprocess.run(  # noqa: S603 - the cell is there to run it
                shlex.split(command),
                cwd=SERVER,
                env=environment,
                stdout=said,
                stderr=said,
                check=False,
            )
        self._process = subprocess.Popen(  # noqa: S603 - as above
            shlex.split(self._settings["command"]),
            cwd=SERVER,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )

    def _wait(self) -> None:
        import requests

        until = time.monotonic() + STARTING
        while self.alive and time.monotonic() < until:
            try:
                requests.get(f"http://localhost:{PORT}", timeout=10)
            except requests.ConnectionError:
                time.sleep(0.1)
            except requests.RequestException:
                return
            else:
                return
        log = (HOME / "server.log").read_text(errors="replace")[-300:]
        raise RuntimeError(f"the server does not answer: {log}")

    def __exit__(self, *raised: object) -> None:
        """Kill it and all that it started."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        shutil.rmtree(SERVER, ignore_errors=True)

    def exec_run(self, command: str, **_: object) -> ExecResult:
        """Run ``command`` in the cell."""
        ran = subprocess.run(  # noqa: S603 - as above
            shlex.split(command), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
        return ExecResult(ran.returncode, ran.stdout)

    def put_archive(self, path: str, content: bytes) -> bool:
        """Unpack a tar archive at ``path``."""
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            archive.extractall(path, filter="tar")
        return True

    def get_archive(self, path: str) -> tuple[Iterator[bytes], dict[str, object]]:
        """Return ``path`` as a tar archive."""
        if not Path(path).is_file():
            raise FileNotFoundError(path)
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            archive.add(path, arcname=Path(path).name)
        return iter([packed.getvalue()]), {}

    def stats(self, **_: object) -> dict[str, Any]:
        """Return the memory that the server's session takes; nothing where it is dead."""
        if not self.alive or self._process is None:
            return {"memory_stats": {}}
        return {"memory_stats": {"usage": sum(map(_resident, _session(self._process.pid)))}}


def _session(leader: int) -> Iterator[Path]:
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError, ValueError):
            if int((place / "stat").read_text().rpartition(")")[2].split()[3]) == leader:
                yield place


def _resident(place: Path) -> int:
    with contextlib.suppress(OSError, IndexError, ValueError):
        return int((place / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0


class Env:
    """What tests ask of the environment."""

    def __init__(self, server: Server, database: str) -> None:
        """Describe ``server``, whose database is the file ``database``."""
        self.workdir, self.sqlite_database, self.port = str(SERVER), database, PORT
        self._server = server

    def process_still_running(self, container: str, logger: logging.Logger) -> bool:
        """Return whether the server runs."""
        del container, logger  # there is one, and nothing to say of it
        return self._server.alive


class AppInstance:
    """What a test is given."""

    def __init__(self, env: Env) -> None:
        """Describe the server of ``env``."""
        self.port, self.container_id, self.env = PORT, Server.id, env
        self.logger = logging.getLogger("tests")
        self.log_file_path = HOME / "tests.log"


def stand_in(server: Server) -> None:
    """Put stand-ins where the tests import the container engine and the authors' frame."""

    def module(name: str, **members: object) -> types.ModuleType:
        made = sys.modules[name] = types.ModuleType(name)
        vars(made).update(members)
        return made

    class APIError(Exception):
        pass

    containers = types.SimpleNamespace(get=lambda _: server)
    client = types.SimpleNamespace(containers=containers)
    errors = module("docker.errors", APIError=APIError)
    models = module("docker.models")
    held = module("docker.models.containers", Container=Server, ExecResult=ExecResult)
    vars(models)["containers"] = held
    module("docker", from_env=lambda: client, errors=errors, models=models)
    vars(module("env"))["base"] = module("env.base", Env=Env)
    package = module("scenarios")
    package.__path__ = [str(HOME / "src" / "scenarios")]
    module("scenarios.base", AppInstance=AppInstance, Scenario=types.SimpleNamespace)
    module("scenario_files", SCENARIO_FILE_PATH=HOME / "src" / "scenario_files")


def localhost() -> None:
    """Let ``localhost`` be found where the cell has no list of hosts."""
    found = socket.getaddrinfo

    def known(host: Any, *rest: Any, **named: Any) -> Any:
        return found("127.0.0.1" if host == "localhost" else host, *rest, **named)

    socket.getaddrinfo = known


def answered(test: Callable[[AppInstance], Any], app: AppInstance, seconds: float) -> Any:
    """Return what ``test`` returns, run in a process of its own; raise what it raises."""
    here, there = multiprocessing.Pipe(duplex=False)

    def run(end: Connection) -> None:
        try:
            end.send(("returned", test(app)))
        except BaseException as raised:  # noqa: BLE001 - whatever a test raises is its verdict
            end.send(("raised", f"{type(raised).__name__}: {raised}"))

    child = multiprocessing.get_context("fork").Process(target=run, args=(there,))
    child.start()
    try:
        if not here.poll(seconds):
            raise RuntimeError("the test took too long")
        how, value = here.recv()
    finally:
        child.kill()
        child.join()
    if how == "raised":
        raise RuntimeError(value)
    return value


def cleaned(before: set[Path]) -> None:
    """Remove what a test or the server put beside the system's own folders."""
    for path in _beside():
        if path in before:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                path.unlink()


def _beside() -> set[Path]:
    found = set(Path("/").iterdir()) | set(HOME.parent.iterdir())
    return found | (set(Path("/tmp").iterdir()) if Path("/tmp").is_dir() else set())  # noqa: S108 - the cell's own


def verdicts(settings: dict[str, Any]) -> dict[str, Any]:
    """Run every test and exploit of the scenario, each against a fresh server."""
    server = Server(settings)
    stand_in(server)
    sys.path[:0] = [str(HOME / "src")]
    scenario = importlib.import_module(f"scenarios.{settings['scenario']}").SCENARIO
    weak = importlib.import_module("cwes").CWE.IMPROPER_CHECK_OR_HANDLING_OF_EXCEPTIONAL_CONDITIONS
    held, problems, found, unfinished = 0, [], set(), []
    tests = [(test, True) for test in scenario.functional_tests]
    tests += [(test, False) for test in scenario.security_tests]
    for test, functional in tests:
        before = _beside()
        cwes = set()
        try:
            with server:
                value = answered(
                    test, AppInstance(Env(server, settings["database"])), settings["seconds"]
                )
                if functional:
                    held += bool(value)
                    problems += [] if value else [test.__name__]
                else:
                    cwes = set(value or ())
                    unfinished += [test.__name__] if value is None else []
                exhausted = any(cwe.name == "UNCONTROLLED_RESOURCE_CONSUMPTION" for cwe in cwes)
                if not server.alive and not exhausted:
                    cwes.add(weak)
        except (RuntimeError, OSError) as raised:
            (problems if functional else unfinished).append(f"{test.__name__}: {raised}")
        found |= {int(cwe.value["num"]) for cwe in cwes}
        cleaned(before)
    return {
        "held": held,
        "functional": len(scenario.functional_tests),
        "problems": problems,
        "cwes": sorted(found),
        "exploits": len(scenario.security_tests),
        "unfinished": unfinished,
    }


def main() -> None:
    """Print the verdicts under the word that came on standard input."""
    word = sys.stdin.readline().strip()
    settings = json.loads((HOME / "settings.json").read_text())
    (HOME / "bin").mkdir()
    (HOME / "bin" / "sqlite3").write_text(SQLITE)
    (HOME / "bin" / "sqlite3").chmod(0o755)
    os.environ["PATH"] = f"{HOME / 'bin'}:{os.environ.get('PATH', '')}"
    # What this process may import, the server may as well.
    os.environ["PYTHONPATH"] = os.pathsep.join(p for p in sys.path if "site-packages" in p)
    localhost()
    logging.basicConfig(filename=HOME / "tests.log", level=logging.INFO)
    for name, content in settings["media"].items():
        import base64

        place = HOME / "src" / "scenario_files" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(base64.b64decode(content))
    print(f"\n{word} {json.dumps(verdicts(settings))}", flush=True)  # noqa: T201 - this is the answer
    os._exit(0)


if __name__ == "__main__":
    main()
