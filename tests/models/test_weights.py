from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from benchwright.cache import cache_folder
from benchwright.core.errors import ModelError
from benchwright.models.weights import weights_digest


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCHWRIGHT_CACHE", str(tmp_path / "cache"))


def test_the_digest_of_a_file_is_its_sha256(tmp_path: Path) -> None:
    file = tmp_path / "m.gguf"
    file.write_bytes(b"weights")

    assert weights_digest(file) == hashlib.sha256(b"weights").hexdigest()


def test_a_remembered_digest_is_not_computed_again(tmp_path: Path) -> None:
    file = tmp_path / "m.gguf"
    file.write_bytes(b"weights")
    weights_digest(file)
    (remembered,) = (cache_folder() / "digests").iterdir()
    remembered.write_text(f'"{"f" * 64}"')

    assert weights_digest(file) == "f" * 64


def test_a_changed_file_gets_a_new_digest(tmp_path: Path) -> None:
    file = tmp_path / "m.gguf"
    file.write_bytes(b"weights")
    before = weights_digest(file)
    file.write_bytes(b"WEIGHTS")
    os.utime(file, ns=(1, 1))

    assert weights_digest(file) != before


def test_a_torn_cache_entry_is_computed_again(tmp_path: Path) -> None:
    file = tmp_path / "m.gguf"
    file.write_bytes(b"weights")
    right = weights_digest(file)
    (remembered,) = (cache_folder() / "digests").iterdir()
    remembered.write_text(right[:10])

    assert weights_digest(file) == right


def test_a_folder_with_one_file_has_the_digest_of_that_file(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"one")

    assert weights_digest(folder) == weights_digest(folder / "model.safetensors")


def test_exchanged_shards_change_a_folders_digest(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder, contents in ((one, (b"x", b"y")), (two, (b"y", b"x"))):
        folder.mkdir()
        for number, content in enumerate(contents):
            (folder / f"model-{number}.safetensors").write_bytes(content)

    assert weights_digest(one) != weights_digest(two)


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no weights here"):
        weights_digest(tmp_path)


def test_a_cache_that_cannot_be_written_does_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder should be")
    monkeypatch.setenv("BENCHWRIGHT_CACHE", str(blocked))
    file = tmp_path / "m.gguf"
    file.write_bytes(b"weights")

    assert weights_digest(file) == hashlib.sha256(b"weights").hexdigest()
