from __future__ import annotations

import ast
from pathlib import Path

import pytest

from benchwright.benchmarks.python_source import PythonSource
from benchwright.core.errors import DataError

SOURCE = '''
type Test = Callable[[App], bool]
_TAIL = "tail"
TEXT = f"""head
{_TAIL}""" + " end"
raise SystemExit("never run")

def build(self):
    WISH = ("Use {name}.").format(name=self.name)
    packages = self.packages
    packages += "\\nFurther:\\n" + "\\n".join(more)

THING = Thing(id="x", spec=TEXT, needs_db=True, count=2 + n)
'''


@pytest.fixture
def source(tmp_path: Path) -> PythonSource:
    (tmp_path / "source.py").write_text(SOURCE, "utf-8")
    return PythonSource(tmp_path / "source.py", {"known": "before"})


def test_texts_are_literals_names_sums_and_f_strings_within_functions_as_well(
    source: PythonSource,
) -> None:
    assert source.texts == {
        "known": "before",
        "_TAIL": "tail",
        "TEXT": "head\ntail end",
        "WISH": "Use {name}.",
        "packages+": "\nFurther:\n",
    }


def test_a_calls_words_are_read_and_nothing_is_run(source: PythonSource) -> None:
    words = source.call("THING")
    assert {name: source.text(node) for name, node in words.items()} == {
        "id": "x",
        "spec": "head\ntail end",
        "needs_db": None,
        "count": None,
    }
    assert ast.unparse(words["needs_db"]) == "True"


def test_what_is_not_there_or_no_python_is_said(source: PythonSource, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="assigns no call to OTHER"):
        source.call("OTHER")
    (tmp_path / "broken.py").write_text("def (", "utf-8")
    with pytest.raises(DataError, match="cannot be read as Python"):
        PythonSource(tmp_path / "broken.py")
