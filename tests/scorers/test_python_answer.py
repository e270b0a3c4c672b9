"""What program an answer means, on the forms that models' answers take."""

from __future__ import annotations

import ast
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.scorers._blocks import spoken, stretches
from benchwright.scorers._python_answer import Asked, program
from benchwright.scorers.unit_tests import calls

PROMPT = '''from typing import List


def add(xs: List[int], k: int) -> int:
    """ Add them.
    >>> add([1], 2)
    3
    """
'''
ASKED = Asked(names=("add",), prompt=PROMPT, above="from typing import List")
BODY = "    total = 0\n    for x in xs:\n        total += x\n    return total + k\n"
FULL = f"def add(xs: List[int], k: int) -> int:\n{BODY}"
LISTED = "\n".join(f"   {line}" for line in FULL.split("\n"))
SHIFTED = "\n".join(f"    {line}" for line in FULL.split("\n"))

RIGHT = {
    "the body": BODY,
    "the body after an empty line": f"\n{BODY}",
    "the body, its first line's indentation lost": BODY.strip(),
    "the body at the margin": "total = 0\nfor x in xs:\n    total += x\nreturn total + k",
    "the body with tabs": BODY.replace("    ", "\t"),
    "the body, then the next function": f"{BODY}\n\ndef add(xs, k):\n    return 1\n\nfoo(",
    "the body, then prose": f"{BODY}\nThis adds them (all of them.\n",
    "the body, then a main block": f"{BODY}\n\nif __name__ == '__main__':\n    print(add([1], 2))\n",  # noqa: E501 - an answer as it came
    "the function": FULL,
    "the function, shifted": SHIFTED,
    "the prompt again": f"{PROMPT}{BODY}",
    "a block": f"Sure! Here's it:\n\n```python\n{FULL}```\n\nExplanation: it's fine.",
    "a block without language": f"```\n{FULL}```",
    "a block never closed": f"Here:\n```python\n{FULL}",
    "a block whose opening was in the prompt": f"{FULL}```\nThis works.",
    "a block that opens in a sentence": f"Here it is: ```python\n{FULL}```",
    "a block of tildes": f"~~~python\n{FULL}~~~",
    "the body in a block": f"```python\n{BODY}```",
    "the body in a block, first line at the margin": f"```python\n{BODY.strip()}\n```",
    "a block in a list": f"1. Do this:\n   ```python\n{LISTED}\n   ```\n2. Done",
    "a block beside a shell's": f"```bash\npip install x\n```\n```python\n{FULL}```",
    "a block, then its use": f"```python\n{FULL}```\n```python\nassert add([1], 2) == 4\n```",
    "a block, then fragments": f"```python\n{FULL}```\nThe loop:\n```python\nfor x in xs:\n  pass\n```",  # noqa: E501 - an answer as it came
    "a wrong version, then the right one": (
        f"```python\ndef add(xs, k):\n    return 0\n```\nNo:\n```python\n{FULL}```"
    ),
    "the signature, then the function": f"```python\n{PROMPT}```\nSo:\n```python\n{FULL}```",
    "the function, then its signature": f"```python\n{FULL}```\n```python\n{PROMPT}    pass\n```",
    "thinking": f"<think>```python\ndef add(a, b): return 5\n```</think>\n```python\n{FULL}```",
    "thinking whose opening was in the prompt": f"def add(a, b): return 5\n</think>\n{FULL}",
    "prose without fences": f"Here is the function.\n\n{FULL}\nIt's simple (really. So:\nadd([1], 2)",  # noqa: E501 - an answer as it came
    "what follows the end of text": f"{FULL}<|im_end|>\n<|im_start|>user\ndef add(a, b): return 1",
    "line ends of another system": FULL.replace("\n", "\r\n"),
    "a fence in the docstring": (
        '```python\ndef add(xs, k):\n    """Do.\n\n    ```\n    add([1], 2)\n    ```\n    """\n'
        f"{BODY}```"
    ),
    "examples, tests and input": (
        f"```python\nimport os\n{FULL}\nxs = list(map(int, input().split()))\nprint(add(xs, 2))\n"
        "assert add([1], 2) == 4\nwhile True:\n    add([1], 2)\n```"
    ),
    "marks of a few-shot prompt": f"[BEGIN]\n{FULL}[DONE]\n\nNext:\n[BEGIN]\ndef add(a, b): return 0",  # noqa: E501 - an answer as it came
    "tags": f"<answer>{FULL}</answer>",
    "a quotation": "\n".join(f"> {line}" for line in f"```python\n{FULL}```".split("\n")),
    "blanks that are no spaces": f"```python\n{FULL}```".replace("    ", "\u00a0" * 4),
    "a placeholder first": f"```python\ndef add(xs, k):\n    # ...\n    ...\n```\n```python\n{FULL}```",  # noqa: E501 - an answer as it came
    "a later function cut off": f"```python\n{FULL}\n\ndef test():\n    assert add([1], ",
}


def function(module: str, name: str = "add") -> str:
    """The last definition of ``name``, without its head and docstring."""
    found = [n for n in ast.parse(module).body if getattr(n, "name", "") == name]
    body = found[-1].body
    return "\n".join(ast.unparse(n) for n in body if not isinstance(n, ast.Expr))


@pytest.mark.parametrize("form", RIGHT)
def test_an_answer_is_read_in_whatever_form_it_comes(form: str) -> None:
    found = program(RIGHT[form], ASKED)
    wanted = "total = 0\nfor x in xs:\n    total += x\nreturn total + k"
    assert function(found.module) == wanted
    assert found.module.startswith("from typing import List\n")
    assert not found.fallback
    names = {n.id for n in ast.walk(ast.parse(found.module)) if isinstance(n, ast.Name)}
    assert not names & {"input", "print", "__name__", "os"}


def test_helpers_come_from_other_blocks_and_what_they_need_stays() -> None:
    found = program(
        "```python\nimport sys\nsys.setrecursionlimit(10**6)\nmemo = {}\nfor i in range(3):\n"
        "    memo[i] = i\ndef helper(xs):\n    sys.stdout.flush()\n    return sum(xs) + memo[0]\n"
        "```\nthen\n```python\ndef add(xs, k):\n    return helper(xs) + k\n```",
        ASKED,
    )
    kept = [ast.unparse(node).split("\n")[0] for node in ast.parse(found.module).body]
    assert kept == [
        "from typing import List",
        "import sys",
        "sys.setrecursionlimit(10 ** 6)",
        "memo = {}",
        "for i in range(3):",
        "def helper(xs):",
        "def add(xs, k):",
    ]


def test_what_a_function_changes_in_its_module_stays() -> None:
    counted = f"```python\ncount = 0\n{FULL.replace('total = 0', 'global count; count += 1')}```"
    assert "count = 0" in program(counted, ASKED).module


def test_a_function_may_be_an_assignment_and_may_be_wrapped() -> None:
    assert "add = lambda" in program("add = lambda xs, k: sum(xs) + k", ASKED).module
    wrapped = f"```python\nfrom functools import cache\n{FULL}\nadd = cache(add)\n```"
    assert "add = cache(add)" in program(wrapped, ASKED).module


def test_imports_from_the_future_come_first() -> None:
    found = program(f"```python\nfrom __future__ import annotations\n{FULL}```", ASKED)
    assert found.module.startswith("from __future__ import annotations\n")


@pytest.mark.parametrize(
    "answer",
    ["", "I'm sorry, I can't help with that.", "blue", "qxv wrzk jjfp", "<think>" + FULL,
     ">>> add([1], 2)\n3", "The answer is 42."],
)  # fmt: skip
def test_an_answer_without_code_is_none(answer: str) -> None:
    assert program(answer, ASKED).module == ""


@pytest.mark.parametrize(
    ("answer", "rule"),
    [
        ("```python\ndef addAll(xs, k):\n    return sum(xs) + k\n```", "other code"),
        ("```python\nclass Solution:\n    def add(self, xs, k):\n        return 0\n```", "other code"),  # noqa: E501 - an answer as it came
        ("```python\ndef add(xs, k):\n    return (sum(xs) + k\n```", "other code"),
        ("```python\ndef add(xs, k):\n    total = 0\n    for x in xs:\n        total += (x", "cut short"),  # noqa: E501 - an answer as it came
        ("    total = 0\n    for x in xs:\n        total += (x", "cut short"),
    ],
)  # fmt: skip
def test_code_that_cannot_be_right_is_code_all_the_same(answer: str, rule: str) -> None:
    found = program(answer, ASKED)
    assert found.module
    assert found.rule == rule
    assert found.fallback == (rule == "cut short" or "(sum" in answer)


def test_an_answer_that_may_go_on_says_so() -> None:
    assert program("```python\ndef add(xs, k):\n    total = 0", ASKED).to_the_end
    assert not program(f"```python\n{FULL}```\nDone.", ASKED).to_the_end


def test_warnings_of_the_parser_are_not_this_process_matter() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = program("def add(xs, k):\n    return '\\d' is 1if k else 2", ASKED)
    assert found.rule == "bare code"


def test_whether_a_function_calls_another_is_read_from_the_syntax() -> None:
    through = "def f(x): return x\ndef h(x): return f(x)\ndef g(x): return h(x)"
    assert calls(through, "g", "f")
    assert calls("def f(x): return x\ndef g(xs): return list(map(f, xs))", "g", "f")
    assert not calls("def f(x): return x\ndef g(x): return x", "g", "f")
    assert not calls("def f(x): return f(x - 1)\ndef g(x): return x", "g", "f")
    assert not calls("def f(", "g", "f")


@given(st.text(alphabet="`~ \n\tdefad(xs):return=1'\"#[]{}<>thinkpyo-", max_size=200))
def test_no_answer_is_too_odd_to_be_read(answer: str) -> None:
    found = program(answer, ASKED)
    assert isinstance(found.module, str)
    assert "".join(part.text for part in stretches(spoken(answer))).count("\r") == 0
