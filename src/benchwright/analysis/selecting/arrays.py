"""The arrays that selection works with."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
"""Real numbers."""
Places = npt.NDArray[np.int64]
"""Places in a sequence, and counts."""
Mask = npt.NDArray[np.bool_]
"""Which are meant."""
