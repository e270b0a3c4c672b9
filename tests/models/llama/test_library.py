from __future__ import annotations

import ctypes
import importlib.metadata
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest

from benchwright.core.errors import MissingExtra, ModelError
from benchwright.models.decoding.engine import EngineFailed, TokenBatch
from benchwright.models.llama import layouts, library
from benchwright.models.llama.context import Context, ContextSize, Weights
from benchwright.models.llama.library import Library, Structs, check_wheel, open_library

from .tiny import write_gguf

needs_wheel = pytest.mark.skipif(
    not all(map(find_spec, ("gguf", "xllamacpp"))), reason="needs the extra [llama]"
)
KNOWN = next(iter(library.KNOWN_DIGESTS))


def changed(struct: type[ctypes.Structure], fields: list[tuple[str, type]]) -> type:
    return type(struct.__name__, (ctypes.Structure,), {"_fields_": fields})


def fields(struct: type[ctypes.Structure]) -> list[tuple[str, type]]:
    return [(field[0], field[1]) for field in struct._fields_]


def without(name: str) -> list[tuple[str, type]]:
    return [field for field in fields(layouts.ContextParams) if field[0] != name]


def inserted(after: str, kind: type) -> list[tuple[str, type]]:
    found = fields(layouts.ContextParams)
    place = [name for name, _ in found].index(after) + 1
    return [*found[:place], ("surprise", kind), *found[place:]]


def retyped(name: str, kind: type) -> list[tuple[str, type]]:
    return [(one, kind if one == name else old) for one, old in fields(layouts.ContextParams)]


def swapped(one: str, other: str) -> list[tuple[str, type]]:
    names = {one: other, other: one}
    kinds = dict(fields(layouts.ContextParams))
    return [
        (names.get(name, name), kinds[names.get(name, name)])
        for name, _ in fields(layouts.ContextParams)
    ]


@pytest.fixture(scope="module")
def loaded() -> Library:
    return open_library()


@needs_wheel
@pytest.mark.llama
def test_the_installed_library_is_the_one_that_is_known(loaded: Library) -> None:
    check_wheel(loaded, importlib.metadata.version("xllamacpp"), KNOWN)
    assert loaded.version == f"xllamacpp {library.WHEEL_VERSION}"


@needs_wheel
@pytest.mark.llama
@pytest.mark.parametrize(
    "layout",
    [
        without("moe_cache_size"),
        without("n_rs_seq"),
        without("kv_unified"),
        inserted("n_ctx", ctypes.c_uint32),
        inserted("kv_unified", ctypes.c_bool),
        inserted("ctx_other", ctypes.c_void_p),
        retyped("n_samplers", ctypes.c_int32),
        swapped("n_ctx", "n_batch"),
        swapped("flash_attn_type", "ctx_type"),
        swapped("embeddings", "offload_kqv"),
    ],
    ids=[
        "field missing",
        "number missing",
        "flag missing",
        "number too many",
        "flag too many",
        "pointer too many",
        "narrower type",
        "two numbers swapped",
        "two enums swapped",
        "two flags swapped",
    ],
)
def test_a_wrong_layout_is_refused(loaded: Library, layout: list[tuple[str, type]]) -> None:
    wrong = changed(layouts.ContextParams, layout)
    with pytest.raises(ModelError, match="--force-reinstall"):
        layouts.check_defaults(
            loaded.call, "llama_context_default_params", wrong, layouts.CONTEXT_DEFAULTS
        )


@needs_wheel
@pytest.mark.llama
def test_what_the_probe_cannot_see_the_context_reads_back(tmp_path: Path) -> None:
    # Two neighbours of equal type and default: the defaults look right, the settings do not.
    structs = Structs(
        context_params=changed(layouts.ContextParams, swapped("n_threads", "n_threads_batch"))
    )
    honest = open_library()
    wrong = Library(honest.path, structs, "wrong")
    weights = Weights(wrong, write_gguf(tmp_path / "m.gguf"))
    size = ContextSize(cells=256, batch=64, micro_batch=32, sequences=4, threads=2)
    Context(weights, size).close()  # equal values: no harm done
    structs = Structs(context_params=changed(layouts.ContextParams, swapped("n_batch", "n_ubatch")))
    weights = Weights(Library(honest.path, structs, "wrong"), tmp_path / "m.gguf")
    with pytest.raises(ModelError, match="was asked for"):
        Context(weights, size)
    # The library's prototypes are this object's own: the honest one is not disturbed.
    Context(Weights(honest, tmp_path / "m.gguf"), size).close()


@needs_wheel
@pytest.mark.llama
def test_another_version_is_refused(loaded: Library) -> None:
    with pytest.raises(ModelError, match=r"pip install 'xllamacpp=="):
        check_wheel(loaded, "2026.1.1", KNOWN)


@needs_wheel
@pytest.mark.llama
def test_an_unknown_file_passes_only_where_it_can_be_probed(
    loaded: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    if layouts.can_probe():
        check_wheel(loaded, library.WHEEL_VERSION, "0" * 64)
    monkeypatch.setattr(layouts, "can_probe", lambda: False)
    with pytest.raises(ModelError, match="cannot be probed"):
        check_wheel(loaded, library.WHEEL_VERSION, "0" * 64)
    check_wheel(loaded, library.WHEEL_VERSION, KNOWN)


@needs_wheel
@pytest.mark.llama
def test_a_library_without_the_functions_is_refused(loaded: Library) -> None:
    libc = ctypes.CDLL(None)
    assert libc is not None
    path = Path(find_spec("msgspec._core").origin or "")  # type: ignore[union-attr]
    with pytest.raises(ModelError, match="does not export llama_backend_init"):
        Library(path, Structs(), "none")


def test_without_a_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"benchwright\[llama\]"):
        open_library.__wrapped__()


@needs_wheel
@pytest.mark.llama
def test_a_native_library_brings_its_own_layouts(
    loaded: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Stands in for llama-cpp-python: the same names, around the library that is here.
    native = ModuleType("llama_cpp.llama_cpp")
    native.__dict__.update(
        llama_model_params=layouts.ModelParams,
        llama_context_params=layouts.ContextParams,
        llama_batch=layouts.Batch,
        _lib=loaded.call,
    )
    package = ModuleType("llama_cpp")
    package.__spec__ = find_spec("msgspec")
    monkeypatch.setitem(sys.modules, "llama_cpp", package)
    monkeypatch.setitem(sys.modules, "llama_cpp.llama_cpp", native)
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "0.0")
    opened = open_library.__wrapped__()
    assert opened.version == "llama-cpp-python 0.0"
    assert opened.path == loaded.path


@needs_wheel
@pytest.mark.llama
def test_nothing_is_loaded_before_a_model_is_opened_and_nothing_reaches_the_terminal(
    tmp_path: Path,
) -> None:
    path = write_gguf(tmp_path / "m.gguf")
    script = f"""
import sys
import benchwright.models.llama as llama
heavy = {{"xllamacpp", "llama_cpp", "gguf", "jinja2"}} & set(sys.modules)
assert not heavy, heavy
maps = open("/proc/self/maps").read() if sys.platform == "linux" else ""
assert "xllamacpp" not in maps
from benchwright.core.model import ModelSettings
model = llama.open_model({str(path)!r}, ModelSettings(options={{"cache_mib": "4"}}, threads=1))
assert "xllamacpp" not in sys.modules
model.close()
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.fixture
def context(tmp_path: Path) -> Context:
    # The newest Library has llama.cpp's log.
    opened = Library(open_library().path, Structs(), "test")
    weights = Weights(opened, write_gguf(tmp_path / "m.gguf"))
    return Context(
        weights, ContextSize(cells=256, batch=64, micro_batch=32, sequences=4, threads=1)
    )


def batch(*tokens: int, sequence: int = 0, position: int = 0) -> TokenBatch:
    made = TokenBatch()
    for offset, token in enumerate(tokens):
        made.add(token, position + offset, [sequence], wanted=True)
    return made


@needs_wheel
@pytest.mark.llama
def test_what_would_end_the_process_is_refused_before_the_call(context: Context) -> None:
    too_many = batch(*([5] * 65))
    for wrong in (
        TokenBatch(),
        too_many,
        batch(-1),
        batch(context.n_vocab),
        batch(5, sequence=4),
        batch(5, sequence=256),
        batch(5, sequence=-1),
        batch(5, position=-1),
    ):
        with pytest.raises(EngineFailed):
            context.decode(wrong)
    unheld = batch(5)
    unheld.sequences[0] = []
    with pytest.raises(EngineFailed, match="a sequence for every token"):
        context.decode(unheld)
    for call in (
        lambda: context.fork(0, 4, 1),
        lambda: context.fork(300, 0, 1),
        lambda: context.cut(-1, 0),
        lambda: context.intact(256),
        lambda: context.row(0),
    ):
        with pytest.raises(EngineFailed):
            call()
    context.decode(batch(5, 6))
    assert context.row(1).shape == (context.n_vocab,)


@needs_wheel
@pytest.mark.llama
def test_what_llama_cpp_refuses_is_an_error_with_its_reason(context: Context) -> None:
    context.decode(batch(5, 6))
    with pytest.raises(EngineFailed, match=r"llama_decode answered -1 .*positions"):
        context.decode(batch(5, position=7))
    assert context.intact(0)


@needs_wheel
@pytest.mark.llama
def test_a_full_cache_is_an_error_and_not_the_end(context: Context) -> None:
    for number in range(4):
        context.decode(batch(*([5] * 64), sequence=number))
    with pytest.raises(EngineFailed, match="answered 1"):
        context.decode(batch(5, sequence=0, position=64))
    context.clear()
    context.decode(batch(5))


@needs_wheel
@pytest.mark.llama
def test_sizes_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    weights = Weights(open_library(), write_gguf(tmp_path / "m.gguf"))
    for sequences, batch_size, micro in ((257, 512, 512), (64, 64, 32), (4, 32, 64), (0, 32, 32)):
        size = ContextSize(
            cells=512, batch=batch_size, micro_batch=micro, sequences=sequences, threads=1
        )
        with pytest.raises(ModelError):
            Context(weights, size)
