"""Recorded answers about code must give the scores that were published for them."""

from __future__ import annotations

from pathlib import Path

import pytest
from parity import code

pytestmark = pytest.mark.data


def test_zeroevals_figures_on_cruxeval_come_out_exactly(data_folder: Path) -> None:
    cases = list(code.cases(data_folder))
    assert len({case.model for case in cases}) >= 10
    assert len(cases) == 3 * len({case.model for case in cases})
    assert [case for case in cases if abs(case.difference) > 1e-9] == []
    worse = [c for c in cases if c.corrected is not None and c.corrected < c.ours]
    assert worse == [], "comparing values loses what comparing texts finds"
