"""JavaBench as released: the first ``java`` fence, whose imports are lost."""

from __future__ import annotations

from benchwright.scorers.javabench import KIT as KIT
from benchwright.scorers.javabench import JavaBench

SCORER = JavaBench("javabench_paper", released=True)
