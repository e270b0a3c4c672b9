from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from benchwright.cache import cache_folder
from benchwright.core.errors import ModelError
from benchwright.models.llama.convert import converted
from benchwright.models.llama.header import read_header
from models.decoding.exact import TEMPLATE

from .tiny import write_gguf

if find_spec("gguf") is None:
    pytest.skip("needs the extra [llama]", allow_module_level=True)

DIGEST = "d" * 64


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_gguf(tmp_path_factory.mktemp("gguf") / "tiny.gguf", template=TEMPLATE)


def test_the_header_tells_what_the_file_holds(source: Path) -> None:
    header = read_header(source)
    assert header.text("general.architecture") == "llama"
    assert header.text("tokenizer.chat_template") == TEMPLATE
    assert header.number("tokenizer.ggml.bos_token_id") == 1
    assert header.number("llama.block_count") == 2
    # 2 layers, 1 head, keys and values of 32 numbers of 2 bytes.
    assert header.cache_bytes_per_token() == 2 * 1 * (32 + 32) * 2
    names = [tensor.name for tensor in header.tensors]
    assert len(names) == 2 + 2 * 9
    end = max(tensor.offset + tensor.bytes for tensor in header.tensors)
    assert end <= source.stat().st_size


def test_every_cut_and_every_wild_length_is_found(source: Path, tmp_path: Path) -> None:
    whole = source.read_bytes()
    header = read_header(source)
    first = min(tensor.offset for tensor in header.tensors)
    places = [0, 3, 7, 23, 24, 100, first // 2, first - 1, first, len(whole) - 500]
    for count in places:
        cut = tmp_path / "cut.gguf"
        cut.write_bytes(whole[:count])
        with pytest.raises(ModelError, match=r"cut\.gguf"):
            read_header(cut)
    for place in range(8, 64, 7):
        wild = tmp_path / "wild.gguf"
        wild.write_bytes(whole[:place] + b"\xff" * 8 + whole[place + 8 :])
        with pytest.raises(ModelError, match=r"wild\.gguf"):
            read_header(wild)


def test_what_is_no_gguf_or_of_another_version_is_named(tmp_path: Path) -> None:
    other = tmp_path / "other.gguf"
    other.write_bytes(b"GGML" + bytes(100))
    with pytest.raises(ModelError, match="not a GGUF file"):
        read_header(other)
    other.write_bytes(b"GGUF" + (1).to_bytes(4, "little") + bytes(100))
    with pytest.raises(ModelError, match="version 1"):
        read_header(other)
    with pytest.raises(ModelError, match="cannot be read"):
        read_header(tmp_path / "absent.gguf")


@pytest.mark.parametrize(
    ("form", "worst"), [("f32", 0.0), ("f16", 6e-4), ("bf16", 5e-3), ("q8_0", 8e-3)]
)
def test_converted_weights_are_the_same_within_the_format(
    form: str, worst: float, source: Path
) -> None:
    from gguf import GGMLQuantizationType, GGUFReader
    from gguf.quants import dequantize

    made = converted(read_header(source), DIGEST, form)
    before = {tensor.name: tensor for tensor in GGUFReader(source).tensors}
    reader = GGUFReader(made)
    for tensor in reader.tensors:
        old = np.asarray(before[tensor.name].data, np.float32)
        new = dequantize(tensor.data, tensor.tensor_type).reshape(old.shape)
        assert np.abs(old - new).max() <= worst * np.abs(old).max() + 1e-12
        vector = len(tensor.shape) == 1
        assert tensor.tensor_type == (
            GGMLQuantizationType.F32 if vector else GGMLQuantizationType[form.upper()]
        )
    old_header, new_header = read_header(source), read_header(made)
    changed = {
        key
        for key in old_header.metadata
        if old_header.metadata[key] != new_header.metadata.get(key)
    }
    assert changed <= {"general.file_type"}
    assert len(old_header.entries) == len(new_header.entries)


def test_a_conversion_is_made_once_and_leaves_nothing_half_done(source: Path) -> None:
    header = read_header(source)
    first = converted(header, DIGEST, "f16")
    stamp = first.stat().st_mtime_ns
    assert converted(header, DIGEST, "f16") == first
    assert first.stat().st_mtime_ns == stamp
    assert [path.name for path in (cache_folder() / "gguf").iterdir()] == [first.name]


def test_a_number_that_f16_cannot_hold_is_refused(source: Path, tmp_path: Path) -> None:
    header = read_header(source)
    large = tmp_path / "large.gguf"
    data = bytearray(source.read_bytes())
    matrix = next(tensor for tensor in header.tensors if len(tensor.shape) == 2)
    data[matrix.offset : matrix.offset + 4] = np.float32(1e6).tobytes()
    large.write_bytes(data)
    with pytest.raises(ModelError, match=r"too large for f16; use bf16"):
        converted(read_header(large), "e" * 64, "f16")
    assert list((cache_folder() / "gguf").iterdir()) == []
    assert converted(read_header(large), "e" * 64, "bf16").is_file()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_named(source: Path) -> None:
    cache_folder().mkdir(parents=True)
    cache_folder().chmod(0o500)
    with pytest.raises(ModelError, match="BENCHWRIGHT_CACHE"):
        converted(read_header(source), DIGEST, "f16")


def test_a_damaged_kept_conversion_is_named(source: Path) -> None:
    made = converted(read_header(source), DIGEST, "f16")
    made.write_bytes(made.read_bytes()[:-64])
    with pytest.raises(ModelError, match=made.name):
        converted(read_header(source), DIGEST, "f16")


def test_a_matrix_whose_rows_are_no_blocks_becomes_f16_and_a_vector_f32(tmp_path: Path) -> None:
    from gguf import GGMLQuantizationType, GGUFReader, GGUFWriter

    shapes = {"narrow": (3, 40), "wide": (3, 64), "vector": (5,)}
    writer = GGUFWriter(tmp_path / "odd.gguf", "llama")
    for name, shape in shapes.items():
        writer.add_tensor(name, np.ones(shape, np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    made = GGUFReader(converted(read_header(tmp_path / "odd.gguf"), "c" * 64, "q8_0"))
    assert {tensor.name: tensor.tensor_type for tensor in made.tensors} == {
        "narrow": GGMLQuantizationType.F16,
        "wide": GGMLQuantizationType.Q8_0,
        "vector": GGMLQuantizationType.F32,
    }
