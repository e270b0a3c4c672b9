"""``llama:FILE.gguf``: a model in this process, asked through llama.cpp's token-level interface."""

from __future__ import annotations

from benchwright.models.llama.model import LlamaModel, open_model

__all__ = ["LlamaModel", "open_model"]
