"""What the house calls things: modules, public names, errors."""

from __future__ import annotations

import ast
import re
import subprocess
import sys

import pytest

import benchwright
from architecture.sources import PACKAGE, REPOSITORY, imported, modules
from benchwright.core import errors

NAMELESS = {"utils", "util", "common", "helpers", "helper", "base", "manager", "misc", "tools"}

BROAD = {
    "core/errors.py": "boundary: the one place that catches whatever foreign code raises",
    "testing/checks.py": "any exception that a checked scorer raises breaks its contract",
    "sandbox/inside/cell.py": "candidate code may raise anything, and that is its result",
    "sandbox/inside/judge.py": "every way in which checks end but the regular one is a failure",
    "scorers/_baxbench/inside.py": "whatever an exploit raises, it has told nothing",
    "scorers/_symbolic_worker.py": "whatever computer algebra raises, it does not know",
    "cli/__init__.py": "the process's exit code: Python's own for a defect says measured in part",
}
"""Modules that may catch every exception, and why."""

TERMINAL = {"click", "rich"}


@pytest.mark.parametrize("name", modules())
def test_a_module_is_named_after_what_it_is_for(name: str) -> None:
    parts = {part.strip("_") for part in name.removesuffix(".py").split("/")}

    assert not parts & NAMELESS


def test_only_the_places_that_say_why_catch_every_exception() -> None:
    catching = {name for name, tree in modules().items() if any(map(_is_broad, ast.walk(tree)))}

    assert catching == set(BROAD)


def test_only_the_command_line_knows_the_terminal() -> None:
    talking = {name for name, tree in modules().items() if imported(tree) & TERMINAL}

    # A module run as a process of its own has a command line of its own.
    elsewhere = {name for name in talking if not name.startswith("cli/")}

    assert {name for name in elsewhere if not name.endswith("__main__.py")} == set()


def test_nothing_is_pickled() -> None:
    assert not {name for name, tree in modules().items() if imported(tree) & {"pickle", "shelve"}}


def test_the_tree_in_the_docstring_of_the_errors_is_the_tree_of_the_classes() -> None:
    drawn = re.findall(r"^([│├└─ ]*)([A-Z]\w+)", errors.__doc__ or "", re.MULTILINE)
    tree: list[tuple[int, str]] = [
        (len(indent) // 4, name) for indent, name in drawn if hasattr(errors, name)
    ]

    assert [(depth - tree[0][0], name) for depth, name in tree] == _classes(errors.BenchwrightError)


def test_the_public_names_are_those_that_the_root_lists_and_every_one_can_be_had() -> None:
    public = {name for name in dir(benchwright) if not name.startswith("_")}

    assert public == set(benchwright.__all__)
    assert sorted(benchwright.__all__) == benchwright.__all__
    assert len(benchwright.__all__) <= 45
    assert all(getattr(benchwright, name) is not None for name in benchwright.__all__)


def test_a_type_checker_sees_the_same_public_names_as_python() -> None:
    tree = modules()["__init__.py"]
    checked = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.If)
        for statement in node.body
        if isinstance(statement, ast.ImportFrom)
        for alias in statement.names
    }

    assert checked == set(benchwright.__all__)


def test_an_unknown_public_name_is_refused_as_python_does() -> None:
    with pytest.raises(AttributeError, match="no attribute 'rnu'"):
        benchwright.rnu  # noqa: B018


def test_every_storey_has_a_place_in_the_contract() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()",
         "--no-cache", "--no-logo"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout


def test_the_package_says_that_it_is_typed() -> None:
    assert (PACKAGE / "py.typed").is_file()


def _is_broad(node: ast.AST) -> bool:
    if isinstance(node, ast.FunctionDef) and node.name == "__exit__":
        # A context manager that asks whether it was left by any Exception at all.
        checks = [ast.unparse(one) for one in ast.walk(node) if isinstance(one, ast.Call)]
        return any(
            check.startswith("isinstance(") and check.endswith(" Exception)") for check in checks
        )
    if not isinstance(node, ast.ExceptHandler):
        return False
    last = node.body[-1]
    if isinstance(last, ast.Raise) and last.exc is None:
        return False  # it tidies up and lets the error go on
    caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    names = {one.id for one in caught if isinstance(one, ast.Name)}
    return node.type is None or bool(names & {"Exception", "BaseException"})


def _classes(root: type, depth: int = 0) -> list[tuple[int, str]]:
    found = [(depth, root.__name__)]
    for child in root.__subclasses__():
        if child.__module__ == errors.__name__:
            found += _classes(child, depth + 1)
    return found
