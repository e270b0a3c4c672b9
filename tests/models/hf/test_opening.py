from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchwright.core.errors import DescriptionError, MissingExtra, ModelError
from benchwright.core.model import ModelSettings
from benchwright.models.hf import open_model


def test_without_torch_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)

    with pytest.raises(MissingExtra, match=r"benchwright\[hf\]"):
        open_model("owner/name", ModelSettings())


def test_importing_the_scheme_imports_no_torch() -> None:
    code = "import sys, benchwright.models.hf; sys.exit('torch' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.fixture
def _installed() -> None:
    pytest.importorskip("torch", reason="needs the extra [hf]")
    pytest.importorskip("transformers", reason="needs the extra [hf]")


pytestmark = pytest.mark.hf
needs_extra = pytest.mark.usefixtures("_installed")


@needs_extra
def test_an_unknown_format_or_option_suggests_the_nearest(folder: Path) -> None:
    with pytest.raises(DescriptionError, match="bfloat16"):
        open_model(str(folder), ModelSettings(format="bfloat"))
    with pytest.raises(DescriptionError, match="Did you mean device"):
        open_model(str(folder), ModelSettings(options={"devise": "cpu"}))
    with pytest.raises(DescriptionError) as raised:
        open_model(str(folder), ModelSettings(options={"batch": "many", "date": "today"}))
    assert len(raised.value.problems) == 2


@needs_extra
def test_a_path_that_is_not_there_is_not_looked_for_on_the_hub() -> None:
    with pytest.raises(DescriptionError, match="no such file"):
        open_model("./nowhere.gguf", ModelSettings())
    with pytest.raises(DescriptionError, match="neither a file"):
        open_model("what is this", ModelSettings())


@needs_extra
def test_a_file_that_is_no_template_stops_before_the_first_request(
    folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "t.jinja"
    file.write_text("{% for %}")

    with pytest.raises(DescriptionError, match="not Jinja"):
        open_model(str(folder), ModelSettings(template=str(file)))
    with pytest.raises(DescriptionError, match="cannot be read"):
        open_model(str(folder), ModelSettings(template=str(tmp_path / "absent.jinja")))


@needs_extra
def test_pickled_weights_are_refused(folder: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "pickled"))
    (copy / "model.safetensors").rename(copy / "pytorch_model.bin")

    with pytest.raises(ModelError, match="pickled"):
        open_model(str(copy), ModelSettings())


@needs_extra
def test_code_that_a_model_brings_is_not_run(folder: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "with_code"))
    config = json.loads((copy / "config.json").read_text())
    config |= {"model_type": "own", "auto_map": {"AutoConfig": "own.Config"}}
    (copy / "config.json").write_text(json.dumps(config))
    (copy / "own.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()")

    with pytest.raises(ModelError):
        open_model(str(copy), ModelSettings())
    assert not (tmp_path / "ran").exists()


@needs_extra
def test_a_folder_or_file_that_is_no_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"config\.json"):
        open_model(str(tmp_path), ModelSettings())
    file = tmp_path / "m.gguf"
    file.write_bytes(b"no model")
    with pytest.raises(ModelError, match="not a GGUF file"):
        open_model(str(file), ModelSettings())
    file.write_bytes(b"GGUF" + b"\0" * 50)
    with pytest.raises(ModelError, match=r"m\.gguf"):
        open_model(str(file), ModelSettings())


@needs_extra
def test_damaged_weights_are_named(folder: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "damaged"))
    weights = copy / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])

    with pytest.raises(ModelError, match="damaged"):
        open_model(str(copy), ModelSettings())


@needs_extra
def test_a_hub_that_cannot_be_reached_is_said_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")

    with pytest.raises(ModelError, match="give a local folder"):
        open_model("benchwright-tests/absent", ModelSettings())


@needs_extra
def test_other_weights_or_another_tokenizer_is_another_model(folder: Path, tmp_path: Path) -> None:
    def key(change: str = "", content: bytes = b"") -> str:
        copy = Path(shutil.copytree(folder, tmp_path / f"copy{len(list(tmp_path.iterdir()))}"))
        if change:
            file = copy / change
            file.write_bytes(file.read_bytes().replace(*content.split(b"|")))
        return open_model(str(copy), ModelSettings()).identity.key()

    same = key()
    assert key() == same
    assert key("config.json", b'"rms_norm_eps": 1e-06|"rms_norm_eps": 1e-05') != same
    assert key("config.json", b'"use_cache": true|"use_cache": true ') == same
    assert key("tokenizer.json", b'"ignore_merges": false|"ignore_merges": true') != same
