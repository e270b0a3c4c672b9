"""Short ways to make a question and an answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import settings

from benchwright.core.content import Text
from benchwright.core.response import Response
from benchwright.core.sample import Sample

settings.register_profile("shared machine", deadline=None)
settings.load_profile("shared machine")


@pytest.fixture
def animals() -> Sample:
    return Sample(
        id="animals",
        input=(Text("What is in the picture?"),),
        choices=("cat", "dog", "red fox", "wolf"),
        target="B",
    )


@pytest.fixture
def answer() -> Callable[..., Response]:
    def make(text: str, served_model: str = "") -> Response:
        return Response(parts=(Text(text),), served_model=served_model)

    return make
