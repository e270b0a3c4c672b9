"""What benchmarks of mathematics share: how a problem is asked, and what its answer is."""

from __future__ import annotations

import re

from benchwright.benchmarks.layout import Layout

BOXED = Layout(
    name="boxed answer",
    lead="Problem:\n",
    cue="\n\nReason step by step, and put the final answer in \\boxed{}.\n\nSolution:",
    shown="solution",
)
"""A problem without options, whose answer is wanted in a box."""

_INTEGER = re.compile(r"-?[0-9][0-9,{}!\\ ]*")
_DECIMAL = re.compile(r"-?[0-9]*\.[0-9]+")
_FRACTION = re.compile(r"-?\\[dt]?frac *\{?-?[0-9]+\}? *\{?[0-9]+\}?|-?[0-9]+/[0-9]+")


def form(target: str) -> str:
    """Return what kind of thing an answer is: for slicing tables, not for scoring."""
    if _INTEGER.fullmatch(target):
        return "integer"
    if _DECIMAL.fullmatch(target):
        return "decimal"
    if _FRACTION.fullmatch(target):
        return "fraction"
    if "matrix" in target:
        return "matrix"
    if "\\text" in target or "\\mbox" in target:
        return "text or unit"
    if target[:1] in "([" or "\\cup" in target or target.startswith("\\left"):
        return "tuple or interval"
    if "," in target:
        return "several"
    return "expression"
