"""Texts that stand in Python source: a benchmark's prompts where its authors keep them as code.

The source is parsed, never run.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

from benchwright.core.errors import DataError


class PythonSource:
    """The texts and calls of one Python file."""

    def __init__(self, path: Path, known: Mapping[str, str] | None = None) -> None:
        """Parse ``path``; ``known`` are texts that it imports, by name.

        Raises:
            DataError: the file is no Python that this version reads.
        """
        self._path = path
        try:
            self._tree = ast.parse(_older(path.read_text("utf-8")))
        except (OSError, SyntaxError, ValueError) as cause:
            raise DataError(f"{path}: cannot be read as Python ({cause})") from cause
        self.texts: dict[str, str] = dict(known or {})
        """Name → text, for every assignment of a text, within functions as well."""
        for node in ast.walk(self._tree):
            if isinstance(node, (ast.Assign, ast.AugAssign)):
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                text = self.text(node.value)
                if isinstance(target, ast.Name) and text is not None:
                    name = f"{target.id}+" if isinstance(node, ast.AugAssign) else target.id
                    self.texts.setdefault(name, text)

    def call(self, name: str) -> dict[str, ast.expr]:
        """Return the keyword arguments of the call that is assigned to ``name``.

        Raises:
            DataError: nothing such is assigned.
        """
        for node in self._tree.body:
            targets = node.targets if isinstance(node, ast.Assign) else []
            named = any(isinstance(target, ast.Name) and target.id == name for target in targets)
            if named and isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                return {word.arg: word.value for word in node.value.keywords if word.arg}
        raise DataError(f"{self._path}: assigns no call to {name}")

    def text(self, node: ast.expr | None) -> str | None:
        """Return the text that ``node`` is: a literal, a name, a sum, an f-string; else None.

        Of ``"…".format(…)`` the text that is formatted; of a sum of which only the first part is
        a text, that part.
        """
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else None
        if isinstance(node, ast.Name):
            return self.texts.get(node.id)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            left, right = self.text(node.left), self.text(node.right)
            return left if left is None or right is None else left + right
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            return self.text(node.func.value) if node.func.attr == "format" else None
        if isinstance(node, ast.FormattedValue):
            return self.text(node.value)
        if isinstance(node, ast.JoinedStr):
            parts = [self.text(part) for part in node.values]
            return None if None in parts else "".join(filter(None, parts))
        return None


def _older(source: str) -> str:
    """Return ``source`` without the ``type`` statements that Python 3.11 does not know."""
    lines = source.split("\n")
    return "\n".join(f"# {line}" if line.startswith("type ") else line for line in lines)
