"""Programs without checks, other languages, workers that end, and walls that are not there."""

from __future__ import annotations

import os
import select
import shutil
import signal
import tempfile
import threading
from pathlib import Path

import pytest
from msgspec.structs import replace

from benchwright.core.errors import DescriptionError, UnknownName
from benchwright.core.execution import Program, ProgramNotRun
from benchwright.sandbox import Sandbox, finding, open_sandbox, runtimes
from benchwright.sandbox.finding import Found, choose, look
from benchwright.sandbox.seccomp import compiled
from benchwright.sandbox.walls import Bubblewrap
from benchwright.sandbox.warden import Warden
from benchwright.sandbox.watching import group

PROGRAMS = {
    "python": ("main.py", "import sys\nprint(input() * 2)\nsys.exit(3)\n"),
    "bash": ("main.sh", "read x; echo $x$x; exit 3\n"),
    "javascript": (
        "main.js",
        """
const x = require("fs").readFileSync(0, "utf8").trim();
console.log(x + x);
process.exit(3);
""",
    ),
    "c": (
        "main.c",
        """
#include <stdio.h>
int main() { char x[9]; scanf("%8s", x); printf("%s%s\\n", x, x); return 3; }
""",
    ),
}


@pytest.mark.parametrize("language", PROGRAMS)
def test_a_program_reads_writes_and_ends_with_its_status(walled: Sandbox, language: str) -> None:
    need = runtimes.look_up(language)
    if need.advice:
        pytest.skip(f"{language}: {need.advice}")
    name, text = PROGRAMS[language]
    ran = walled.run(Program(language=language, files={name: text}, stdin="ab\n", seconds=60.0))
    assert (ran.stdout, ran.exit_code, ran.passed) == ("abab\n", 3, None), ran.stderr


def test_files_may_lie_in_folders_and_a_command_may_be_given(walled: Sandbox) -> None:
    program = Program(
        files={"pack/__init__.py": "", "pack/one.py": "print('one')\n"},
        command=("python", "-c", "x"),
    )
    ran = walled.run(
        Program(files={**program.files, "go.py": "import pack.one\n"}, command=("python", "go.py"))
    )
    assert (ran.stdout, ran.exit_code) == ("one\n", 0)


def test_the_root_can_be_written_only_where_that_is_stated_and_only_so_much(
    walled: Sandbox,
) -> None:
    source = """
def f(path, size):
    try:
        with open(path, "wb") as file:
            file.write(bytes(size))
        return True
    except OSError:
        return False
"""
    files, checks = {"main.py": source}, "assert not f('/here', 1)"
    assert walled.run(Program(files=files, checks=checks)).passed
    checks = (
        "assert f('/here', 1 << 20)\nassert f('/tmp/there', 1 << 20)\n"
        "assert not f('/large', 3 << 20)\nassert not f('/usr/here', 1)\n"
    )
    ran = walled.run(Program(files=files, checks=checks, root=True, disk=4 << 20))
    assert (ran.passed, ran.problem) == (True, "")


def test_packages_are_seen_where_the_installation_lies_in_the_temporary_folder(
    walled: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    bwrap = shutil.which("bwrap")
    if walled.kind != "bubblewrap" or bwrap is None:
        pytest.skip("of bubblewrap's walls alone")
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        (Path(folder) / "answer.py").write_text("value = 42\n")
        monkeypatch.setattr(runtimes, "packages_folder", lambda: Path(folder))
        warden = Warden(Bubblewrap(bwrap))
        source = "import answer\nopen('own', 'w').close()\ndef f():\n    return answer.value\n"
        program = Program(files={"main.py": source}, checks="assert f() == 42", calls=("f",))
        ran = [warden.run(replace(program, packages=names)) for names in (("answer",), ())]
        warden.close()
    assert [one.passed for one in ran] == [True, False]
    assert "No module named 'answer'" in ran[1].problem


def test_a_program_that_is_killed_says_so(walled: Sandbox) -> None:
    ran = walled.run(Program(files={"main.sh": "kill -9 $$"}, language="bash"))
    assert (ran.ending, ran.exit_code) == ("killed", 137)


def test_an_unknown_language_is_no_verdict(walled: Sandbox) -> None:
    with pytest.raises(ProgramNotRun, match="no runtime for 'cobol'"):
        walled.run(Program(language="cobol"))


def test_a_file_outside_the_folder_is_no_verdict(walled: Sandbox) -> None:
    with pytest.raises(ProgramNotRun, match="the sandbox broke"):
        walled.run(Program(files={"/usr/x": "", "main.py": ""}, checks="pass"))


def test_the_same_program_has_the_same_key_and_another_one_another(walled: Sandbox) -> None:
    one = Program(files={"main.py": "x = 1\n"}, checks="assert x == 1\n")
    other = Program(files={"main.py": "x = 1\n"}, checks="assert x == 1\n", apart=False)
    assert walled.key(one) == walled.key(Program(files=dict(one.files), checks=one.checks))
    assert walled.key(one) != walled.key(other)


def _cells_of(process: int) -> list[int]:
    return group(process)[1:]


def test_a_killed_worker_takes_its_cells_along_and_another_takes_its_place(
    walled: Sandbox,
) -> None:
    program = Program(files={"main.py": "def f():\n    return 1\n"}, checks="assert f() == 1\n")
    with open_sandbox("bubblewrap", workers=1) as sandbox:
        assert sandbox.run(program).passed
        (worker,) = sandbox.processes
        cells = [os.pidfd_open(cell) for cell in _cells_of(worker)]
        assert cells
        os.kill(worker, signal.SIGKILL)
        for cell in cells:
            assert select.select([cell], [], [], 30)[0]
            os.close(cell)
        with pytest.raises(ProgramNotRun, match="ended or does not answer"):
            sandbox.run(program)
        assert sandbox.run(program).passed


def test_closing_ends_what_runs(walled: Sandbox) -> None:
    sandbox = open_sandbox("bubblewrap", workers=1)
    caught: list[str] = []

    def ask() -> None:
        try:
            sandbox.run(Program(files={"main.py": "while True: pass\n"}, seconds=600.0))
        except ProgramNotRun as problem:
            caught.append(problem.reason)

    thread = threading.Thread(target=ask)
    thread.start()
    while not sandbox.processes:
        pass
    sandbox.close()
    thread.join(30)
    assert caught == ["a worker of the sandbox ended or does not answer"]


def test_walls_that_do_not_stand_are_no_verdict(tmp_path: Path) -> None:
    program = tmp_path / "bwrap"
    program.write_text(
        "#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n"
    )
    program.chmod(0o755)
    warden = Warden(Bubblewrap(str(program)))
    with pytest.raises(ProgramNotRun, match="No permissions to create new namespace"):
        warden.run(Program(files={"main.py": ""}, checks="pass"))
    warden.close()


def test_a_sandbox_that_is_missing_says_why_and_what_mends_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    absent = Found(
        kind="bubblewrap", works=False, state="not installed", advice="apt-get install bubblewrap"
    )
    monkeypatch.setattr(finding, "look", lambda kind: absent)
    with pytest.raises(DescriptionError) as caught:
        choose("auto")
    said = str(caught.value)
    assert "none works here" in said and "not installed" in said
    assert "To mend it: apt-get install bubblewrap." in said
    with pytest.raises(UnknownName):
        choose("bublewrap")


def test_no_walls_are_only_taken_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    real = look

    def broken(kind: str) -> Found:
        if kind == "none":
            return real("none")
        return Found(kind="docker", works=False, state="no", advice="x")

    monkeypatch.setattr(finding, "look", broken)
    with pytest.raises(DescriptionError):
        choose("auto")
    assert choose("none") == "none"


def test_without_walls_programs_run_too_and_their_folder_goes(tmp_path: Path) -> None:
    with open_sandbox("none", workers=1) as sandbox:
        ran = sandbox.run(
            Program(
                files={"main.py": "import os\ndef f():\n    return os.getcwd()\n"},
                checks="raise ValueError(f())\n",
            )
        )
        assert sandbox.kind == "none"
    folder = ran.problem.split("ValueError: ")[1].split(" ")[0]
    assert folder.endswith("program") and not Path(folder).exists()


def test_the_filter_is_whole_and_known_for_two_machines() -> None:
    for machine in ("x86_64", "aarch64"):
        code = compiled(machine)
        assert len(code) % 8 == 0 and len(code) // 8 < 256
    assert compiled("riscv64") == b""


def test_runtimes_that_are_absent_are_named_with_the_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert runtimes.lacking(["java", "java"]) == [
        "It needs java, which is not here: apt-get install openjdk-17-jdk-headless"
    ]
    assert runtimes.lacking(["python[msgspec]"]) == []
    assert (
        "pip install nothing_of_that_name" in runtimes.lacking(["python[nothing_of_that_name]"])[0]
    )
    assert "no such language" in runtimes.lacking(["cobol"])[0]
