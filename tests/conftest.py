"""Fixtures that tests share: where real data and real weights are, or why they are not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of real benchmark data in their authors' formats."""
    folder = Path(os.environ.get("BENCHWRIGHT_DATA", REPOSITORY.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"real benchmark data is not here: {folder.name}/ (set BENCHWRIGHT_DATA)")
    return folder


@pytest.fixture(scope="session")
def smollm2() -> Path:
    """The weights of SmolLM2-135M-Instruct, as `make material` fetches them."""
    named = os.environ.get("BENCHWRIGHT_SMOLLM2")
    path = Path(named) if named else REPOSITORY / ".venv" / "material" / "smollm2.gguf"
    if not path.is_file():
        pytest.skip("the weights of SmolLM2-135M are not here: run `make material`")
    return path
