"""``hf:`` – a model of transformers in this process: a hub's name, a folder or a GGUF file."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

from benchwright.core.errors import DescriptionError, MissingExtra, UnknownName
from benchwright.core.model import ModelSettings

if TYPE_CHECKING:
    from benchwright.models.hf.model import TransformersModel

FORMATS = ("float32", "bfloat16")
OPTIONS = {
    "device": "cpu, cuda, cuda:1, mps …; the first graphics card where there is one",
    "context": "most tokens to read, where fewer than the model's own",
    "cache": "MiB of keys and values to keep, 1024",
    "batch": "tokens evaluated at once, 512 on a processor and 4096 on a graphics card",
    "answers": "answers written at once, 32",
}


def open_model(rest: str, settings: ModelSettings) -> TransformersModel:
    """Open ``owner/name[@revision]``, a folder of safetensors or a ``.gguf`` file.

    Weights are loaded as ``settings.format`` (float32 or bfloat16; float32 where not said). No
    code that a model brings is run and no pickled weights are read.

    Raises:
        MissingExtra: torch or transformers is not installed.
        DescriptionError: an unknown format or option, or a name that is no model's.
        ModelError: the model cannot be fetched or loaded.
    """
    if not all(map(importlib.util.find_spec, ("torch", "transformers"))):
        raise MissingExtra("hf", f"hf:{rest}")
    if settings.format and settings.format not in FORMATS:
        raise UnknownName("format", settings.format, FORMATS)
    for name, value in settings.options.items():
        if name not in OPTIONS:
            raise UnknownName("option of hf:", name, OPTIONS)
        if name != "device" and not (value.isdecimal() and int(value) > 0):
            raise DescriptionError(f"hf: option {name}={value}: a whole number above 0 is needed")
    from benchwright.models.hf.model import TransformersModel

    return TransformersModel(rest, settings)
