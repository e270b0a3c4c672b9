"""Questions answered by code: how they are written, and what their tests need."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from benchwright.benchmarks.layout import Layout
from benchwright.core.errors import DataError
from benchwright.scorers._python_statements import parsed

VERBATIM = Layout(name="prompt as it is", lead="", cue="", strip=False, gap="", shown="target")
"""A raw prompt that the model's text goes on from (openai/human-eval)."""

INSTRUCTED = Layout(
    name="evalplus instruction",
    lead="Please provide a self-contained Python script that solves the following problem in a "
    "markdown code block:\n```\n",
    cue="\n```\n",
    shown="target",
)
"""How evalplus asks chat models (evalplus/evalplus, evalplus/codegen.py)."""

HUMANEVAL_STOP = ("\nclass", "\ndef", "\n#", "\nif", "\nprint")
"""What ends a completion of a function (Chen et al. 2021, section 3)."""
EVALPLUS_STOP = ("\nif __name__", "\ndef main(", "\nprint(", '\n"""', "\nassert")
"""What ends a raw answer that begins with the function's head (evalplus, provider utility)."""


def above(prompt: str, entry: str) -> str:
    """Return what stands in ``prompt`` above the function ``entry``: imports and helpers.

    Raises:
        DataError: the prompt is not Python, or does not define the function at its margin.
    """
    tree = tree_of(prompt)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == entry:
            first = min([node.lineno, *(item.lineno for item in node.decorator_list)])
            given = "\n".join(prompt.split("\n")[: first - 1])
            return given if tree_of(given).body else ""
    raise DataError(f"the prompt defines no function {entry}")


def called(checks: str, solution: str) -> list[str]:
    """Return what ``checks`` use of a solution: the names it defines, the function called last.

    Raises:
        DataError: either is not Python, or the checks use nothing of the solution.
    """
    defined = {
        node.name: isinstance(node, ast.FunctionDef)
        for node in tree_of(solution).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }
    tree = tree_of(checks)
    read = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} & defined.keys()
    used = [
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in read
    ]
    if not used:
        raise DataError(f"the checks call no function of the solution: {checks[:60]!r}")
    used = [name for name in used if defined[name]] or used
    entry = max(used, key=used.count)
    return [*sorted(read - {entry}), entry]


def together(others: Sequence[str]) -> str:
    """Return why the checks cannot have a process of their own; empty where they can.

    A class of the candidate is no plain value: its objects cannot cross to another process.
    """
    classes = any(name[:1].isupper() for name in others)
    return "the tests make objects of the candidate's classes" if classes else ""


def size(solution: str) -> str:
    """Return how long a reference solution is, as a tag: a rough measure of difficulty."""
    lines = sum(1 for line in solution.split("\n") if line.strip())
    return "1-4 lines" if lines < 5 else "5-9 lines" if lines < 10 else "10 lines and more"


def tree_of(source: str) -> ast.Module:
    """Return the syntax tree of Python that the data holds.

    Raises:
        DataError: it is not Python.
    """
    tree = parsed(source)
    if tree is None:
        raise DataError(f"not Python: {source[:60]!r}")
    return tree
