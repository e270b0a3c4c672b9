"""Calls of offered tools: right by name, types and values, in any order (BFCL)."""

from __future__ import annotations

from benchwright.core.content import ToolCall
from benchwright.core.example import Example
from benchwright.core.response import Response, said
from benchwright.scorers._calls.example import SAMPLE
from benchwright.scorers._calls.judging import FORM_ONLY, judge_called
from benchwright.scorers._rule import Rule

SCORER = Rule("tool_calls", "1", judge_called, form_only=FORM_ONLY)

KIT = (
    Example(
        sample=SAMPLE,
        right=Response(parts=(ToolCall(id="1", name="shape_area", arguments='{"base": 3}'),)),
        wrong=(
            Response(parts=(ToolCall(id="1", name="shape_area", arguments='{"base": 4}'),)),
            Response(parts=(ToolCall(id="1", name="shape_area", arguments="{"),)),
            said("[shape.area(base=3)]"),
        ),
    ),
)
"""Examples for the scorer's contract."""
