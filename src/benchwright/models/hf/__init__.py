"""``hf:`` – a model of transformers in this process: a hub's name, a folder or a GGUF file."""

from __future__ import annotations

import datetime
import importlib.util
from typing import TYPE_CHECKING

from benchwright.core.errors import DescriptionError, MissingExtra, UnknownName
from benchwright.core.model import ModelSettings
from benchwright.models.apart import apart

if TYPE_CHECKING:
    from benchwright.models.hf.model import TransformersModel

FORMATS = ("float32", "bfloat16", "float16")
OPTIONS = {
    "device": "cpu, cuda, cuda:1, mps …; the first graphics card where there is one",
    "context": "tokens of the longest request and its answer",
    "cache_mib": "memory for keys and values, in MiB; 1024, on a graphics card 4096",
    "batch": "tokens evaluated together; 1024, on a graphics card 4096",
    "answers": "answers written at once; 32",
    "date": "the day (YYYY-MM-DD) that a chat template is told",
}
"""The scheme's own options."""
NUMBERS = ("context", "cache_mib", "batch", "answers")


def open_model(rest: str, settings: ModelSettings) -> TransformersModel:
    """Open ``owner/name[@revision]``, a folder of safetensors or a ``.gguf`` file.

    Weights are loaded as ``settings.format`` (float32, bfloat16 or float16; float32 where not
    said). No code that a model brings is run and no pickled weights are read.

    Raises:
        MissingExtra: torch or transformers is not installed.
        DescriptionError: unknown formats, options or values of these, or a name that is no model's.
        ModelError: the model cannot be fetched or loaded.
    """
    if not all(map(importlib.util.find_spec, ("torch", "transformers"))):
        raise MissingExtra("hf", f"hf:{rest}")
    problems = [problem for item in settings.options.items() if (problem := _problem(*item))]
    if settings.format and settings.format not in FORMATS:
        problems.append(str(UnknownName("format", settings.format, FORMATS)))
    if problems:
        raise DescriptionError(*problems)
    from benchwright.models.hf.model import TransformersModel
    from benchwright.models.hf.opening import locate

    place = locate(rest)  # here, so that Ctrl-C ends a download
    return apart(lambda: TransformersModel(place, settings))


def _problem(name: str, value: str) -> str:
    if name not in OPTIONS:
        return str(UnknownName("option of hf:", name, OPTIONS))
    if name in NUMBERS and not (value.isdecimal() and int(value) > 0):
        return f"hf: option {name}={value!r} is not a positive whole number"
    if name == "date":
        try:
            datetime.date.fromisoformat(value)
        except ValueError:
            return f"hf: option date={value!r} is not a day; write it as YYYY-MM-DD"
    return ""
