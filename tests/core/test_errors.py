from __future__ import annotations

import pytest

from benchwright.core.errors import interruptions


def test_duckdbs_word_for_ctrl_c_is_ctrl_c() -> None:
    with pytest.raises(KeyboardInterrupt), interruptions():
        raise RuntimeError("Query interrupted")


def test_other_errors_are_left_as_they_are() -> None:
    with pytest.raises(RuntimeError, match="dictionary changed"), interruptions():
        raise RuntimeError("dictionary changed size during iteration")
