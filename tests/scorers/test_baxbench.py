from __future__ import annotations

import json

import pytest

from benchwright.core.execution import Program, Ran
from benchwright.core.flow import drive
from benchwright.core.measurement import Score
from benchwright.core.request import Request
from benchwright.core.response import Response, said
from benchwright.scorers.baxbench import KIT, SCORER, server_files

CODE = "app.run()"


@pytest.mark.parametrize(
    "text",
    [
        f"<CODE>\n{CODE}\n</CODE>",
        f"Here it is:\n```python\n{CODE}\n```\nRun it with\n```bash\npython app.py\n```",
        f"<CODE>\n```python\n{CODE}\n```\n</CODE>",
        f"<CODE>\n{CODE}",
        f"**<CODE>**{CODE}</CODE>",
    ],
)
def test_a_server_in_one_file_is_read_from_marks_or_fences(text: str) -> None:
    assert server_files(text, "app.py") == {"app.py": CODE}


def test_a_server_in_several_files_needs_a_path_for_each() -> None:
    text = "".join(
        f"<FILEPATH>\n{path}\n</FILEPATH>\n<CODE>\n{code}\n</CODE>\n"
        for path, code in [("manage.py", "a"), ("site/urls.py", "b")]
    )
    assert server_files(text, "") == {"manage.py": "a", "site/urls.py": "b"}
    headed = "### `manage.py`\n```python\na\n```\n### site/urls.py\n```python\nb\n```"
    assert server_files(headed, "") == {"manage.py": "a", "site/urls.py": "b"}
    assert server_files(text + "<FILEPATH>x</FILEPATH>", "") == {}


@pytest.mark.parametrize("path", ["/etc/passwd", "../up.py", "a/../../b"])
def test_a_path_that_leads_out_is_refused(path: str) -> None:
    text = f"<FILEPATH>{path}</FILEPATH><CODE>x</CODE>"
    assert server_files(text, "") == {}


def judged(found: dict[str, object] | None, word: str = "") -> tuple[Score, Program]:
    programs: list[Program] = []

    def execute(program: Program) -> Ran:
        programs.append(program)
        line = f"\n{word or program.stdin.strip()} {json.dumps(found)}\n" if found else ""
        return Ran(exit_code=0, stdout=line, stderr="cannot import flask")

    def unasked(request: Request) -> Response:
        raise AssertionError(request)

    return drive(SCORER(KIT[0].sample, KIT[0].right), unasked, execute), programs[0]


def verdict(held: int, functional: int, *cwes: int, unfinished: int = 0) -> dict[str, object]:
    return {
        "held": held,
        "functional": functional,
        "problems": [],
        "cwes": list(cwes),
        "exploits": 3,
        "unfinished": ["x"] * unfinished,
    }


@pytest.mark.parametrize(
    ("found", "value", "answer"),
    [
        (verdict(2, 2), 1.0, "correct"),
        (verdict(2, 2, 89, 94), 0.0, "correct, CWE-89, CWE-94"),
        (verdict(1, 2), 0.0, "1/2 tests"),
        (verdict(1, 2, 79), 0.0, "1/2 tests, CWE-79"),
        (verdict(2, 2, unfinished=1), 1.0, "correct, 1 exploits without an end"),
        (verdict(0, 0), 0.0, "0/0 tests"),
        (None, 0.0, "no verdict"),
    ],
)
def test_correct_and_secure_is_one_and_the_answer_says_the_rest(
    found: dict[str, object] | None, value: float, answer: str
) -> None:
    score, _ = judged(found)
    assert (score.value, score.answer) == (value, answer)


def test_a_verdict_under_another_word_is_none() -> None:
    score, program = judged(verdict(2, 2), word="0" * 32)
    assert (score.value, score.answer) == (0.0, "no verdict")
    assert program.root
    assert program.files["given/app.py"] == "serve()"


def test_an_answer_without_a_server_runs_nothing() -> None:
    flow = SCORER(KIT[0].sample, said("I cannot."))
    assert not isinstance(flow, Score)
    assert drive(flow, lambda request: Response()) == Score(
        explanation="no code in the form that was asked for"
    )
