"""Questions about the complexity of small Python functions, put together from known parts."""

from __future__ import annotations

import random
from collections.abc import Iterator

from benchwright.benchmarks.hierarchy.asked import Question

_NAMES = ("alpha", "compare", "gather", "inspect", "merge", "process", "scan", "select", "visit")
_WORDS = ("count", "found", "kept", "marks", "result", "sums", "total", "work")

# Size → (time, space, body); {x} is a name, {k} a constant, {f} the function itself.
_PARTS = {
    "easy": (
        ("O(1)", "O(1)", """
{x} = values[0] + {k}
return {x}"""),
        ("O(n)", "O(1)", """
{x} = 0
for value in values:
    {x} += value * {k}
return {x}"""),
        ("O(n)", "O(n)", """
{x} = [value + {k} for value in values]
return {x}"""),
        ("O(log n)", "O(1)", """
{x} = n
while {x} > {k}:
    {x} //= 2
return {x}"""),
    ),
    "medium": (
        ("O(n^2)", "O(1)", """
{x} = 0
for i in range(n):
    for j in range(n):
        {x} += values[i] * values[j] + {k}
return {x}"""),
        ("O(n log n)", "O(1)", """
{x} = 0
for value in values:
    step = n
    while step > 1:
        step //= 2
        {x} += value + {k}
return {x}"""),
        ("O(n^2)", "O(n^2)", """
{x} = [[{k}] * n for _ in range(n)]
for i in range(n):
    {x}[i][i] = values[i]
return {x}"""),
        ("O(n)", "O(n)", """
if n <= {k}:
    return 0
{x} = {f}(values, n - 1)
return {x} + values[n - 1]"""),
    ),
    "hard": (
        ("O(n^2)", "O(1)", """
{x} = 0
for i in range(n):
    for j in range(i, n):
        for h in range({k}):
            {x} += values[i] - values[j] + h
return {x}"""),
        ("O(n^3)", "O(1)", """
{x} = 0
for i in range(n):
    for j in range(n):
        for h in range(n):
            {x} += values[i] * values[j] - values[h] + {k}
return {x}"""),
        ("O(n log n)", "O(log n)", """
if n <= 1:
    return {k}
{x} = {f}(values, n // 2) + {f}(values, n // 2)
for i in range(n):
    {x} += values[i]
return {x}"""),
        ("O(2^n)", "O(n)", """
if n <= 1:
    return {k}
{x} = {f}(values, n - 1) + {f}(values, n - 1)
return {x}"""),
    ),
}  # fmt: skip


def question(draw: random.Random, task: str, representation: str, size: str) -> Question:
    """Return one question of ``task`` about a function."""
    time, space, body = draw.choice(_PARTS[size])
    name, word = draw.choice(_NAMES), draw.choice(_WORDS)
    written = body.strip().format(x=word, k=draw.randint(2, 99), f=name)
    indented = "\n".join(f"    {line}" for line in written.split("\n"))
    what = (
        "time"
        if task == "time complexity"
        else "extra space, its result and all open calls included,"
    )
    return Question(
        task=task,
        given=f"```python\ndef {name}(values, n):\n{indented}\n```",
        asked=f"`values` is a list of n numbers. What {what} does a call need in the worst case?",
        answer=time if task == "time complexity" else space,
        kind="complexity",
        representation=representation,
    )


def tasks() -> Iterator[str]:
    """Yield both tasks."""
    yield from ("time complexity", "space complexity")
