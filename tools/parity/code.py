"""Recorded answers to CRUXEval-O: ZeroEval's published figures, and our rule beside them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchwright.scorers import python_literal, zeroeval_text_paper
from parity.case import Case
from parity.math import zeroeval


def cases(data: Path) -> Iterator[Case]:
    """Yield the cases of this group whose folders are in ``data``."""
    if (data / "cruxeval").is_dir():
        yield from zeroeval(
            data / "cruxeval",
            "cruxeval",
            python_literal.SCORER,
            paper=zeroeval_text_paper.SCORER,
            target=lambda text: text,
        )
