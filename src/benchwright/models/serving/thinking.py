"""Telling a model's thinking from its answer where a server hands both out as one text."""

from __future__ import annotations

OPENED = "<think>"
CLOSED = "</think>"


def split_thinking(text: str) -> tuple[str, str]:
    """Return (answer, thinking) of a text that may open with ``<think>…</think>``.

    Thinking that never closes leaves no answer: what a model thinks is not what it says. A text
    that closes without opening was opened by the template, as DeepSeek-R1's and QwQ's are.
    """
    begun = text.lstrip()
    if not begun.startswith(OPENED):
        thought, closed, answer = text.partition(CLOSED)
        if not closed or OPENED in thought:
            return text, ""
        return answer.lstrip("\n"), thought.strip()
    thought, _, answer = begun.removeprefix(OPENED).partition(CLOSED)
    return answer.lstrip("\n"), thought.strip()
