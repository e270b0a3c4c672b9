"""Whole files, names and words for the disk's errors."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchwright.core.errors import PoolError
from benchwright.pool.disk import Presence, file_name, name_of, slug, storage, write_whole


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_name_becomes_one_file_name_and_comes_back(name: str) -> None:
    escaped = file_name(name)

    assert name_of(escaped) == name
    assert "/" not in escaped
    assert "\0" not in escaped
    assert not escaped.startswith(".")


def test_a_slug_is_readable_and_never_leads_elsewhere() -> None:
    assert slug("Qwen/Qwen2.5-0.5B") == "Qwen-Qwen2.5-0.5B"
    assert slug("../../etc/passwd") == "etc-passwd"
    assert slug("/") == "model"


def test_a_file_that_could_not_be_written_keeps_what_it_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    write_whole(path, b"old", fsync=True)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(PoolError, match=r"file: the disk is full\. Nothing that was committed"):
        write_whole(path, b"new", fsync=False)

    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full"),
        (sqlite3.OperationalError("database or disk is full"), "the disk is full"),
        (sqlite3.OperationalError("database is locked"), "another process"),
        (sqlite3.OperationalError("out of memory"), "more memory than there is"),
        (sqlite3.OperationalError("attempt to write a readonly database"), "may not be written"),
        (PermissionError(errno.EACCES, "Permission denied"), "may not be written"),
        (sqlite3.OperationalError("disk I/O error"), "the disk refused"),
        (sqlite3.DatabaseError("file is not a database"), "damaged .* Do this"),
        (FileNotFoundError(errno.ENOENT, "No such file"), "missing .* Do this"),
    ],
)
def test_each_trouble_of_the_disk_says_what_where_and_what_to_do(
    cause: Exception, words: str
) -> None:
    with (
        pytest.raises(PoolError, match=f"^some/file: .*{words}"),
        storage(Path("some/file"), "Do this."),
    ):
        raise cause


def test_only_who_is_alone_is_told_so(tmp_path: Path) -> None:
    one = Presence(tmp_path / "open")
    other = Presence(tmp_path / "open")
    with one.alone() as alone:
        assert not alone
    other.close()
    with one.alone() as alone:
        assert alone
    one.close()
    one.close()
