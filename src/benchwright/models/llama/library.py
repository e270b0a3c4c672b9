"""The one door to llama.cpp's C interface: find the library, check it, bind what is used.

Two packages bring the library. ``llama-cpp-python`` compiles it for the machine and describes its
own structs; where it is installed it is used. Otherwise the ``xllamacpp`` wheel, pinned exactly,
whose shared object exports the interface and whose structs are in ``layouts.py``. Everything above
this module is the same for both.
"""

from __future__ import annotations

import ctypes
import importlib
import importlib.metadata
import importlib.util
import os
from collections import deque
from collections.abc import Mapping
from ctypes import POINTER, c_bool, c_char_p, c_float, c_int32, c_size_t, c_uint32, c_void_p
from functools import cache
from pathlib import Path
from typing import Any

from msgspec import Struct

from benchwright.core.errors import MissingExtra, ModelError, boundary
from benchwright.models.llama import layouts
from benchwright.models.weights import weights_digest

WHEEL = "xllamacpp"
"""The package whose shared object is used where nothing was compiled for the machine."""

WHEEL_VERSION = "2026.10.11549"
"""The version whose struct layouts ``layouts.py`` describes."""

LLAMA_VERSION = "0.6.0-dev"
"""What ``llama_version()`` of that wheel answers."""

KNOWN_DIGESTS = frozenset(
    {
        "78dcbbfcc861ee3377554325dc12864829a76ec3de6f1882886d4a82a2def7f5",  # Linux x86-64
        "d217f8da7094890dffa84ce3be7c88fa021e6e6e54f64f49d165df886ec62ed8",  # Linux aarch64
        "9e7a0d4d692fe590a7562109f90f57835fcd324c2b6ec0b5251a34860cbf80d4",  # macOS arm64
        "4d85a9cddd28e01c8c17fbd6783d2179cfb9fced0a0cc11b873fc9eb3384671d",  # macOS x86-64
    }
)
"""sha256 of the shared objects in the wheels of that version."""

NATIVE = "llama_cpp"
"""The module of the package that compiles llama.cpp and brings its own struct layouts."""

MAX_SEQUENCES = 256
"""``LLAMA_MAX_SEQ``: a sequence id beyond it ends the process."""

_INT, _PTR, _STR = c_int32, c_void_p, c_char_p

_SIGNATURES: Mapping[str, tuple[Any, list[Any]]] = {
    "llama_backend_init": (None, []),
    "llama_log_set": (None, [layouts.LogCallback, _PTR]),
    "llama_model_free": (None, [_PTR]),
    "llama_model_get_vocab": (_PTR, [_PTR]),
    "llama_model_n_ctx_train": (_INT, [_PTR]),
    "llama_model_n_swa": (_INT, [_PTR]),
    "llama_model_is_recurrent": (c_bool, [_PTR]),
    "llama_model_is_hybrid": (c_bool, [_PTR]),
    "llama_model_is_diffusion": (c_bool, [_PTR]),
    "llama_model_has_encoder": (c_bool, [_PTR]),
    "llama_vocab_n_tokens": (_INT, [_PTR]),
    "llama_vocab_bos": (_INT, [_PTR]),
    "llama_vocab_eos": (_INT, [_PTR]),
    "llama_vocab_get_add_bos": (c_bool, [_PTR]),
    "llama_vocab_get_attr": (_INT, [_PTR, _INT]),
    "llama_vocab_get_text": (_STR, [_PTR, _INT]),
    "llama_vocab_is_eog": (c_bool, [_PTR, _INT]),
    "llama_tokenize": (_INT, [_PTR, _STR, _INT, _PTR, _INT, c_bool, c_bool]),
    "llama_token_to_piece": (_INT, [_PTR, _INT, _PTR, _INT, _INT, c_bool]),
    "llama_free": (None, [_PTR]),
    "llama_n_ctx": (c_uint32, [_PTR]),
    "llama_n_batch": (c_uint32, [_PTR]),
    "llama_n_ubatch": (c_uint32, [_PTR]),
    "llama_n_seq_max": (c_uint32, [_PTR]),
    "llama_n_threads": (_INT, [_PTR]),
    "llama_n_threads_batch": (_INT, [_PTR]),
    "llama_get_memory": (_PTR, [_PTR]),
    "llama_memory_clear": (None, [_PTR, c_bool]),
    "llama_memory_seq_rm": (c_bool, [_PTR, _INT, _INT, _INT]),
    "llama_state_seq_get_size": (c_size_t, [_PTR, _INT]),
    "llama_state_seq_get_data": (c_size_t, [_PTR, _PTR, c_size_t, _INT]),
    "llama_state_seq_set_data": (c_size_t, [_PTR, _PTR, c_size_t, _INT]),
    "llama_memory_seq_cp": (None, [_PTR, _INT, _INT, _INT, _INT]),
    "llama_memory_seq_pos_min": (_INT, [_PTR, _INT]),
    "llama_get_logits_ith": (POINTER(c_float), [_PTR, _INT]),
}
"""Result and argument types of every function used whose signature holds no struct."""

_STRUCT_FUNCTIONS = (
    "llama_model_default_params",
    "llama_context_default_params",
    "llama_model_load_from_file",
    "llama_init_from_model",
    "llama_decode",
)


class Structs(Struct, frozen=True, kw_only=True):
    """The three structs that cross the C interface by value."""

    model_params: type[ctypes.Structure] = layouts.ModelParams
    """``llama_model_params``."""
    context_params: type[ctypes.Structure] = layouts.ContextParams
    """``llama_context_params``."""
    batch: type[ctypes.Structure] = layouts.Batch
    """``llama_batch``."""


class Library:
    """llama.cpp, loaded and checked; its functions are attributes of ``call``."""

    def __init__(self, path: Path, structs: Structs, version: str) -> None:
        """Load the shared object at ``path``, keep its log quiet, and check the layouts.

        Raises:
            ModelError: it cannot be loaded, lacks a function, or has other struct layouts.
        """
        self.path = path
        self.structs = structs
        self.version = version
        self.log: deque[str] = deque(maxlen=20)
        """The last warnings and errors of llama.cpp, which never reach the terminal."""
        # Waiting threads that spin take the cores from whoever else works on this machine; OpenMP
        # reads this once, when it is loaded.
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")
        with boundary(ModelError, f"llama.cpp: cannot load {path.name}"):
            self.call = ctypes.CDLL(str(path))
        self._bind()
        callback = layouts.LogCallback(self._keep)
        # llama.cpp's log is the process's: it may be called after this object is gone.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(callback))
        self.call.llama_log_set(callback, None)
        self.call.llama_backend_init()

    def complaint(self) -> str:
        """Return the last errors of llama.cpp in one line, and forget them."""
        lines = list(dict.fromkeys(line.strip() for line in self.log if line.strip()))
        self.log.clear()
        return "; ".join(lines[-3:]) or "no reason given"

    def _bind(self) -> None:
        needed = [*_SIGNATURES, *_STRUCT_FUNCTIONS]
        absent = [name for name in needed if not hasattr(self.call, name)]
        if absent:
            raise ModelError(
                f"llama.cpp: {self.path.name} does not export {', '.join(absent)}. "
                "Install the pinned library: pip install --force-reinstall 'benchwright[llama]'"
            )
        for name, (result, arguments) in _SIGNATURES.items():
            function = getattr(self.call, name)
            function.restype, function.argtypes = result, arguments
        structs = self.structs
        self._sign("llama_model_default_params", structs.model_params)
        self._sign("llama_context_default_params", structs.context_params)
        self._sign("llama_model_load_from_file", _PTR, _STR, structs.model_params)
        self._sign("llama_init_from_model", _PTR, _PTR, structs.context_params)
        self._sign("llama_decode", _INT, _PTR, structs.batch)

    def _sign(self, name: str, result: Any, *arguments: Any) -> None:
        function = getattr(self.call, name)
        function.restype, function.argtypes = result, list(arguments)

    def _keep(self, level: int, text: bytes | None, _data: int | None) -> None:
        if level >= 3 and text:  # GGML_LOG_LEVEL_WARN = 3, _ERROR = 4, _CONT = 5
            self.log.append(text.decode("utf-8", "replace"))


@cache
def open_library() -> Library:
    """Return llama.cpp, loaded once per process.

    Raises:
        MissingExtra: neither package is installed.
        ModelError: the installed one is not the one whose structs are known.
    """
    if importlib.util.find_spec(NATIVE) is not None:
        return _open_native()
    return _open_wheel()


def _open_native() -> Library:
    with boundary(ModelError, "llama-cpp-python cannot be imported"):
        native = importlib.import_module(f"{NATIVE}.{NATIVE}")
        structs = Structs(
            model_params=native.llama_model_params,
            context_params=native.llama_context_params,
            batch=native.llama_batch,
        )
        path = Path(native._lib._name)
    version = importlib.metadata.version("llama-cpp-python")
    return Library(path, structs, f"llama-cpp-python {version}")


def _open_wheel() -> Library:
    spec = importlib.util.find_spec(WHEEL)
    if spec is None:
        raise MissingExtra("llama", "a model named llama:…")
    folders = list(spec.submodule_search_locations or ())
    found = [path for folder in folders for path in sorted(Path(folder).glob(f"{WHEEL}*.so"))]
    if not found:
        raise ModelError(
            f"llama.cpp: the {WHEEL} wheel for this system exports no C interface. "
            "Compile one instead: pip install 'benchwright[llama-native]'"
        )
    version = importlib.metadata.version(WHEEL)
    library = Library(found[0], Structs(), f"{WHEEL} {version}")
    check_wheel(library, version, weights_digest(found[0]))
    return library


def check_wheel(library: Library, version: str, digest: str) -> None:
    """Refuse a library that is not the wheel whose layouts are known.

    Raises:
        ModelError: another version, other struct layouts, or an unknown file on a machine where
            the layouts cannot be probed.
    """
    if version != WHEEL_VERSION:
        raise ModelError(
            f"llama.cpp: {WHEEL} {version} is installed; its C structs change between releases and "
            f"are known for {WHEEL_VERSION} only. Run: pip install '{WHEEL}=={WHEEL_VERSION}'"
        )
    layouts.check_sizes(
        {
            "ModelParams": library.structs.model_params,
            "ContextParams": library.structs.context_params,
            "Batch": library.structs.batch,
        }
    )
    answer = ctypes.CFUNCTYPE(c_char_p)(("llama_version", library.call))()
    if answer.decode() != LLAMA_VERSION:
        raise ModelError(
            f"llama.cpp: the library says it is {answer.decode()!r} where {WHEEL} {version} is "
            f"{LLAMA_VERSION!r}. Run: pip install --force-reinstall '{WHEEL}=={WHEEL_VERSION}'"
        )
    if digest not in KNOWN_DIGESTS and not layouts.can_probe():
        raise ModelError(
            f"llama.cpp: {library.path.name} has the unknown digest {digest[:16]}… and its struct "
            "layouts cannot be probed on this machine. Install the published wheel: "
            f"pip install --only-binary :all: '{WHEEL}=={WHEEL_VERSION}'"
        )
    layouts.check_defaults(
        library.call,
        "llama_model_default_params",
        library.structs.model_params,
        layouts.MODEL_DEFAULTS,
    )
    layouts.check_defaults(
        library.call,
        "llama_context_default_params",
        library.structs.context_params,
        layouts.CONTEXT_DEFAULTS,
    )
