"""SimpleQA's grades as released: the first of A, B, C anywhere in the reply, else not attempted."""

from __future__ import annotations

from benchwright.scorers.simpleqa_judge import KIT, GradingJudge, read_grade_paper

__all__ = ["KIT", "SCORER"]

SCORER = GradingJudge(name="simpleqa_judge_paper", version="1", read=read_grade_paper)
