"""One sandbox for all tests of this folder; where there is none, they are skipped."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchwright.sandbox import Sandbox, open_sandbox
from benchwright.sandbox.finding import look


@pytest.fixture(scope="session")
def walled() -> Iterator[Sandbox]:
    found = look("bubblewrap")
    if not found.works:
        pytest.skip(f"bubblewrap: {found.state}")
    with open_sandbox("bubblewrap", workers=1) as one:
        yield one
