"""Which processes live."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from benchwright.pool.owner import Owner, _started_without_proc, started


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    """Start a process that lives until it is killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", "print(flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    yield process
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream:
            stream.close()


def test_this_process_lives_and_is_read_back_from_its_text() -> None:
    me = Owner.me()

    assert me.alive()
    assert me.pid == os.getpid()
    assert Owner.parse(str(me)) == me


def test_a_killed_process_is_dead_even_before_its_parent_looks(
    child: subprocess.Popen[bytes],
) -> None:
    owner = msgspec.structs.replace(Owner.me(), pid=child.pid, started=started(child.pid))
    assert owner.alive()

    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # dead, and still a zombie

    assert not owner.alive()


@pytest.mark.parametrize(
    "change",
    [{"host": "elsewhere"}, {"boot": "another"}, {"started": "1"}, {"started": ""}, {"pid": 2**22}],
)
def test_a_process_of_another_time_or_place_is_dead(change: dict[str, object]) -> None:
    assert not msgspec.structs.replace(Owner.me(), **change).alive()


@pytest.mark.parametrize("text", ["", "host", "host~boot~pid~start", "a~b~1", "a~b~1~2~3"])
def test_what_is_no_owner_is_refused(text: str) -> None:
    assert Owner.parse(text) is None


def test_without_proc_a_process_is_still_known(
    child: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    try:
        began = _started_without_proc(child.pid)
    except FileNotFoundError:
        pytest.skip("ps is not here")
    assert began
    assert started(child.pid, tmp_path / "no proc") == began

    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)

    assert _started_without_proc(child.pid) == ""
