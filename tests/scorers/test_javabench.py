from __future__ import annotations

import pytest

from benchwright.core.execution import Program, Ran
from benchwright.core.flow import drive
from benchwright.core.measurement import Outcome, Score
from benchwright.core.response import Failure, Response, said
from benchwright.scorers._java import (
    first_java_block,
    java_class,
    methods,
    spliced,
    spliced_as_released,
    unwritten,
)
from benchwright.scorers.javabench import KIT, NO_LIBRARIES, NOT_COMPILED, SCORER

SKELETON = """package a;
import b.C;

/** A stack. */
public class Stack {
    private final String brace = "{ not ) a method(";

    public Stack(int size) {
        this.size = size; // kept
    }

    int push(int one) {
        // TODO
        return 0;
    }

    int push(int one, int two) {
        // TODO
        return 0;
    }
}
"""
WRITTEN = SKELETON.replace("        // TODO\n        return 0;", "        return store(one) + 1;")


def judged(text: str, ran: Ran) -> tuple[Score, list[Program]]:
    programs: list[Program] = []

    def execute(program: Program) -> Ran:
        programs.append(program)
        word = program.stdin.strip()
        return Ran(exit_code=ran.exit_code, stdout=ran.stdout.replace("WORD", word))

    def answer(request: object) -> Response | Failure:
        raise AssertionError("nothing is asked")

    return drive(SCORER(KIT[0].sample, said(text)), answer, execute), programs


def test_methods_are_found_by_name_and_order_whatever_strings_and_comments_hold() -> None:
    found = [(m.name, m.seq) for m in methods(SKELETON)]
    assert found == [("Stack", 0), ("push", 0), ("push", 1)]
    assert "TODO" in [m.body for m in methods(SKELETON)][1]


def test_calls_control_flow_and_anonymous_classes_are_no_methods() -> None:
    source = """class A { void run() throws E { if (x) { call(); } new T() { public void go() { }
        }; for (;;) { while (true) { } } } abstract int none(); }"""
    assert [m.name for m in methods(source)] == ["run", "go"]


def test_what_still_says_todo_and_is_no_longer_than_the_skeleton_is_unwritten() -> None:
    assert unwritten(SKELETON, SKELETON) == ["push", "push"]
    assert unwritten(SKELETON, WRITTEN) == []
    half = WRITTEN.replace("return store(one) + 1;", "// TODO\n return 0;", 1)
    assert unwritten(SKELETON, half) == ["push"]
    remark = WRITTEN.replace("return store", "// TODO: faster\n return store(two) * store", 1)
    assert unwritten(SKELETON, remark) == []


@pytest.mark.parametrize(
    "text",
    [
        f"```java\n{WRITTEN}```",
        f"First:\n```java\nclass Other {{}}\n```\nThen:\n```java\n{WRITTEN}\n```\nDone.",
        f"```java\npublic class Stack {{ }}\n```\nBetter:\n```\n{WRITTEN}\n```",
        f"```Java\n{WRITTEN}",
        WRITTEN,
    ],
)
def test_the_class_is_found_in_fences_closed_or_not_and_without_any(text: str) -> None:
    assert "return store(one) + 1;" in java_class(text, "Stack")


def test_the_authors_rule_takes_the_first_closed_java_fence_only() -> None:
    assert first_java_block("```java\nA\n```\n```java\nB\n```") == "A\n"
    assert first_java_block("```Java\nA\n```") == first_java_block("```java\nA") == ""


def test_the_package_stays_the_projects_and_what_the_answer_imports_is_imported() -> None:
    answer = "package other;\nimport java.util.List;\nimport x.C;\nclass Stack { }"
    written = spliced(SKELETON, answer, "Stack")
    assert written.startswith("package a;\nimport java.util.List;\n")
    assert "other" not in written
    assert "x.C" not in written  # the skeleton's C is meant
    assert written.endswith("/** A stack. */\nclass Stack { }")
    assert spliced(SKELETON, "class Heap { }", "Stack") == ""


def test_as_released_imports_are_lost_and_a_type_must_be_public() -> None:
    head = SKELETON[: SKELETON.index("public")]
    answer = "package other;\nimport java.util.List;\npublic class Stack { }"
    assert spliced_as_released(SKELETON, answer) == f"{head}public class Stack {{ }}"
    assert spliced_as_released(SKELETON, "class Stack { }") == ""


def test_a_class_passes_where_every_test_holds_and_the_word_was_the_runs_own() -> None:
    right = KIT[0].right.text
    score, (program,) = judged(right, Ran(exit_code=0, stdout="noise\nWORD 3 0\n"))
    assert (score.value, score.answer) == (1.0, "compiled 3/3")
    assert program.language == "java"
    score, _ = judged(right, Ran(exit_code=0, stdout="\nWORD 2 1\n"))
    assert (score.value, score.answer) == (0.0, "compiled 2/3")
    for forged in ("0123456789abcdef 3 0\n", "WORD 0 0\n", ""):
        assert judged(right, Ran(exit_code=0, stdout=forged))[0].value == 0.0


def test_compiler_errors_are_wrong_and_absent_libraries_are_not() -> None:
    right = KIT[0].right.text
    score, _ = judged(right, Ran(exit_code=NOT_COMPILED))
    assert (score.value, score.answer) == (0.0, "complete")
    score, _ = judged(right, Ran(exit_code=NO_LIBRARIES))
    assert (score.value, score.outcome) == (None, Outcome.UNJUDGED)


def test_an_answer_without_the_class_runs_nothing() -> None:
    score, programs = judged("I cannot help with that.", Ran())
    assert (score.value, programs) == (None, [])
