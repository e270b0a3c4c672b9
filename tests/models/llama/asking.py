"""Open the tiny models and ask them."""

from __future__ import annotations

from pathlib import Path

import msgspec

from benchwright.core.model import ModelSettings
from benchwright.core.request import Request
from benchwright.core.response import Failure, Response
from benchwright.models.llama import LlamaModel, open_model

SETTINGS = ModelSettings(threads=1, options={"cache_mib": "8"})


def opened(path: Path, **changes: object) -> LlamaModel:
    return open_model(str(path), msgspec.structs.replace(SETTINGS, **changes))


def good(answer: Response | Failure) -> Response:
    assert isinstance(answer, Response), answer
    return answer


def log_likelihood(prompt: str, *continuations: str) -> Request:
    return Request(prompt=(prompt,), continuations=continuations)
