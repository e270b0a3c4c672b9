"""The budgets of the house: how long a file, a function and a start may be."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from architecture.sources import PACKAGE, modules

FILE_LINES, FUNCTION_LINES, ZOO_LINES = 400, 60, 60
LONG = {
    "evaluation/run.py": {"run"}  # one keyword for every setting, written out: no **kwargs
}
"""Functions that may be longer, and why; the list may only shrink."""

HEAVY = {
    "duckdb",
    "gguf",
    "httpx",
    "jinja2",
    "llama_cpp",
    "numpy",
    "pandas",
    "polars",
    "pyarrow",
    "rich",
    "torch",
    "transformers",
    "xllamacpp",
}


@pytest.mark.parametrize("name", modules())
def test_a_file_is_at_most_400_lines(name: str) -> None:
    lines = (PACKAGE / name).read_text(encoding="utf-8").count("\n")

    assert lines <= FILE_LINES


@pytest.mark.parametrize("name", modules())
def test_a_function_is_at_most_60_lines(name: str) -> None:
    long = {
        node.name
        for node in ast.walk(modules()[name])
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        if _length(node) - _docstring_length(node) > FUNCTION_LINES
    }

    assert long == LONG.get(name, set())


@pytest.mark.parametrize("name", [n for n in modules() if n.startswith("zoo/")])
def test_a_benchmark_is_at_most_60_lines_of_code_beside_its_card_and_tables(name: str) -> None:
    lines = (PACKAGE / name).read_text(encoding="utf-8").splitlines()
    code = {number for number, line in enumerate(lines, 1) if line.strip()}
    for node in modules()[name].body:
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and _is_data(node.value):
            code -= set(range(node.lineno, node.lineno + _length(node)))

    assert len(code) <= ZOO_LINES


@pytest.mark.parametrize(
    ("arguments", "seconds"),
    [
        (["-c", "import benchwright"], 0.2),
        (["-m", "benchwright", "--help"], 0.2),
        (["-m", "benchwright", "list"], 0.5),
        (["-m", "benchwright", "list", "benchmarks"], 0.5),
    ],
)
def test_starting_stays_within_its_processor_time(arguments: list[str], seconds: float) -> None:
    assert min(_cpu_seconds(arguments) for _ in range(5)) <= seconds


@pytest.mark.parametrize(
    "statement", ["import benchwright", "import benchwright.catalog", "import benchwright.cli"]
)
def test_importing_brings_no_heavy_library(statement: str) -> None:
    program = f"import sys; {statement}; print(*sys.modules)"
    loaded = {name.partition(".")[0] for name in _output(["-c", program]).split()}

    assert not loaded & HEAVY


def test_help_and_list_bring_neither_models_nor_the_pool() -> None:
    shown = _output(["-X", "importtime", "-m", "benchwright", "list"], stream="stderr")
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in shown.splitlines()}

    assert "benchwright" in loaded
    assert not loaded & (HEAVY - {"numpy"})


def _length(node: ast.stmt) -> int:
    return (node.end_lineno or 0) - node.lineno + 1


def _docstring_length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return _length(node.body[0]) if ast.get_docstring(node) is not None else 0


def _is_data(node: ast.expr | None) -> bool:
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == "Card"
    literal = (ast.Dict, ast.Tuple, ast.List, ast.Set, ast.Constant, ast.JoinedStr)
    return isinstance(node, literal)


def _environment() -> dict[str, str]:
    # Measuring coverage in the child would be measured as well.
    return {key: value for key, value in os.environ.items() if not key.startswith("COVERAGE_")}


def _output(arguments: list[str], stream: str = "stdout") -> str:
    done = subprocess.run(
        [sys.executable, *arguments], env=_environment(), capture_output=True, text=True, check=True
    )
    text: str = getattr(done, stream)
    return text


def _cpu_seconds(arguments: list[str]) -> float:
    # One waiting child at a time: os.wait4 tells the use of this child alone.
    with Path(os.devnull).open("wb") as nothing:
        child = subprocess.Popen(
            [sys.executable, *arguments], env=_environment(), stdout=nothing, stderr=nothing
        )
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0
    return used.ru_utime + used.ru_stime
