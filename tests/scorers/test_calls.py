from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.core.content import Text, ToolCall
from benchwright.core.response import Response, said
from benchwright.core.sample import Sample
from benchwright.scorers._calls.checking import Rules, normal, wrong
from benchwright.scorers._calls.literals import java_value, javascript_value
from benchwright.scorers._calls.python_calls import Call, Unreadable, read_python
from benchwright.scorers._calls.reading import written
from benchwright.scorers._calls.source_calls import read_source
from benchwright.scorers.tool_calls import SCORER as TOOLS
from benchwright.scorers.written_calls import SCORER as WRITTEN
from benchwright.scorers.written_calls_paper import SCORER as PAPER


def function(name: str, required: list[str] | None = None, **types: Any) -> dict[str, Any]:
    properties = {
        word: kind if isinstance(kind, dict) else {"type": kind} for word, kind in types.items()
    }
    parameters = {"type": "dict", "properties": properties, "required": required or []}
    return {"name": name, "description": "", "parameters": parameters}


def sample(
    functions: list[dict[str, Any]],
    answers: list[dict[str, Any]],
    *,
    wanted: str = "calls",
    language: str = "python",
) -> Sample:
    return Sample(
        id="s",
        input=(Text("?"),),
        metadata={
            "wanted": wanted,
            "language": language,
            "functions": json.dumps(functions),
            "answers": json.dumps(answers),
        },
    )


AREA = function("shape.area", ["base"], base="integer", unit="string", exact="boolean")
ONE = sample([AREA], [{"shape.area": {"base": [3], "unit": ["m", "metre", ""]}}])
NONE = sample([AREA], [], wanted="none")
SOME = sample([AREA], [], wanted="some")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[shape.area(base=3)]", 1.0),
        ("shape.area(base=3)", 1.0),
        ("```\n[shape.area(base=3, unit='M')]\n```", 1.0),
        ("```python\n[shape.area(base=3)]\n```", 1.0),
        ("Here it is:\n```\nshape.area(base=3)\n```\nDone.", 1.0),
        ("I call:\n\n[shape.area(base=3)]\n\nThat is all.", 1.0),
        ("<think>[shape.area(base=4)]</think>[shape.area(base=3)]", 1.0),
        ("[shape.area(base=1+2)]", 1.0),
        ("[shape.area(base=+3)]", 1.0),
        ("[shape.area(base=3.0)]", 0.0),
        ("[shape.area(base='3')]", 0.0),
        ("[shape.area(base=True)]", 0.0),
        ("[shape.area(base=3, unit='km')]", 0.0),
        ("[shape.area(base=3, exact=True)]", 0.0),
        ("[shape.area(3)]", 0.0),
        ("[area(base=3)]", 0.0),
        ("[shape.area(base=3), shape.area(base=3)]", 0.0),
        ("[]", 0.0),
        ("The area is 9.", None),
        ("[shape.area(base=__import__('os').getpid())]", 0.0),
        ("[shape.area(base=9**9**9)]", None),
        ("[shape.area(base=3", None),
    ],
)
def test_a_written_call_is_read_and_compared_by_name_type_and_value(
    text: str, value: float | None
) -> None:
    assert WRITTEN(ONE, said(text)).value == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("```python\n[shape.area(base=3)]\n```", None),
        ("I call:\n[shape.area(base=3)]", None),
        ("[shape.area(base=+3)]", 0.0),
        ("`[shape.area(base=3)]`", 1.0),
    ],
)
def test_the_released_rule_reads_nothing_but_calls_and_takes_every_sign_for_a_minus(
    text: str, value: float | None
) -> None:
    assert PAPER(ONE, said(text)).value == value


@pytest.mark.parametrize("scorer", [WRITTEN, PAPER])
def test_where_no_function_fits_any_text_is_right_and_any_call_is_wrong(scorer) -> None:
    assert scorer(NONE, said("Which base?")).value == 1.0
    assert scorer(NONE, said("[]")).value == 1.0
    assert scorer(NONE, said("[shape.area(base=3)]")).value == 0.0
    assert scorer(SOME, said("[shape.area(base=9)]")).value == 1.0
    assert scorer(SOME, said("[]")).value == 0.0
    assert scorer(SOME, said("Which base?")).value is None
    assert scorer(NONE, said("")).value == (1.0 if scorer is PAPER else None)


def call(name: str, arguments: str) -> Response:
    return Response(parts=(ToolCall(id="1", name=name, arguments=arguments),))


def test_a_called_tool_has_underscores_for_dots_and_json_arguments() -> None:
    assert TOOLS(ONE, call("shape_area", '{"base": 3, "unit": "Metre"}')).value == 1.0
    assert TOOLS(ONE, call("shape.area", '{"base": 3}')).value == 1.0
    assert TOOLS(ONE, call("shape_area", '{"base": 4}')).value == 0.0
    assert TOOLS(ONE, call("shape_area", "[3]")).value == 0.0
    assert TOOLS(ONE, said("[shape.area(base=3)]")).value is None
    assert TOOLS(NONE, call("shape_area", "{")).value == 0.0
    assert TOOLS(NONE, said("No.")).value == 1.0
    assert TOOLS(NONE, Response()).value is None


def test_parallel_calls_are_free_in_their_order_and_each_is_used_once() -> None:
    functions = [function("f", x="integer"), function("g", x="integer")]
    asked = sample(functions, [{"f": {"x": [1]}}, {"g": {"x": [2]}}])
    assert WRITTEN(asked, said("[g(x=2), f(x=1)]")).value == 1.0
    assert WRITTEN(asked, said("[f(x=1), f(x=1)]")).value == 0.0
    assert WRITTEN(asked, said("[f(x=1)]")).value == 0.0


def test_a_call_that_fits_two_right_ones_is_left_to_the_one_that_needs_it() -> None:
    answers = [("f", {"x": [1, 2]}), ("f", {"x": [1]})]
    calls = [Call("f", {"x": 1}), Call("f", {"x": 2})]
    functions = [function("f", x="integer")]
    assert wrong(calls, answers, functions, Rules(language="python")) == ""
    assert wrong(calls, answers, functions, Rules(language="python", paper=True)) != ""


LISTS = {"type": "array", "items": {"type": "string"}}
OBJECTS = {"type": "array", "items": {"type": "dict"}}


@pytest.mark.parametrize(
    ("kind", "options", "value", "right"),
    [
        ("float", [2.5, 2], 2, True),
        ("float", [2.0], 2, True),
        ("integer", [2], 2.0, False),
        ("boolean", [True], 1, False),
        ("string", ["April 1, 2024"], "april 1 2024", True),
        ("string", ["it's"], 'it"s', True),
        ("any", [5], 5, True),
        ("integer", ["n"], "n", True),
        ("integer", ["n"], "N", False),
        (LISTS, [["New York", "L.A."]], ["new york", "LA"], True),
        (LISTS, [["a", "b"]], ["b", "a"], False),
        (LISTS, [["a"], ["b"]], ["b"], True),
        (LISTS, [], [], True),
        ({"type": "tuple", "items": {"type": "float"}}, [[1.0, 2.0]], (1.0, 2.0), True),
        ("dict", [{"a": [1], "b": ["x", ""]}], {"a": 1}, True),
        ("dict", [{"a": [1], "b": ["x"]}], {"a": 1}, False),
        ("dict", [{"a": [1]}], {"a": 1, "c": 2}, False),
        ("dict", [{"a": [{"b": ["X"]}]}], {"a": {"b": "x"}}, True),
        (OBJECTS, [[{"a": [1, 2]}, {"a": [3]}]], [{"a": 2}, {"a": 3}], True),
        (OBJECTS, [[{"a": [1]}, {"a": [3]}]], [{"a": 3}, {"a": 1}], False),
    ],
)
def test_values_are_compared_by_their_declared_type(
    kind: Any, options: list[Any], value: Any, right: bool
) -> None:
    functions, answers = [function("f", x=kind)], [("f", {"x": options})]
    found = wrong([Call("f", {"x": value})], answers, functions, Rules(language="python"))
    assert (found == "") is right


@pytest.mark.parametrize(
    ("text", "kind", "nested", "value"),
    [
        ("5L", "long", None, 5),
        ("5", "long", None, "5"),
        ("-2.5e3", "double", None, -2500.0),
        ("2.5f", "float", None, 2.5),
        ("true", "boolean", None, True),
        ("name", "boolean", None, "name"),
        ("new int[]{1, 2}", "Array", "integer", [1, 2]),
        ('new String[] { "a, b", "c" }', "Array", "String", ["a, b", "c"]),
        ('new ArrayList<>(Arrays.asList("a", "b"))', "ArrayList", "String", ["a", "b"]),
        ("new ArrayList<Long>() {{ add(1L); add(2L); }}", "ArrayList", "long", [1, 2]),
        ("new ArrayList<>()", "ArrayList", "String", []),
        ("names", "ArrayList", "String", "names"),
        ('new HashMap<String, Object>() {{ put("a", 5); put("b", "x,y"); }}', "HashMap", None,
         {"a": 5, "b": "x,y"}),
        ("new HashMap<>()", "HashMap", None, {}),
    ],
)  # fmt: skip
def test_java_source_is_worth_its_value_and_a_name_stays_a_name(
    text: str, kind: str, nested: str | None, value: object
) -> None:
    assert java_value(text, kind, nested) == value


def test_the_released_rule_keeps_the_quotation_marks_in_a_java_array() -> None:
    assert java_value('new String[]{"a"}', "Array", "String", paper=True) == ['"a"']


@pytest.mark.parametrize(
    ("text", "kind", "nested", "value"),
    [
        ('"a"', "String", None, "a"),
        ("5n", "Bigint", None, 5),
        ("2.5", "float", None, 2.5),
        ("[1, 2]", "array", "integer", [1, 2]),
        ("['a', \"b\"]", "array", "String", ["a", "b"]),
        ("new Array(1.5, 2)", "array", "float", [1.5, 2.0]),
        ("[[1, 2], [3]]", "array", "array", [[1, 2], [3]]),
        ("list", "array", "String", "list"),
        ('{a: 1, "b": [true], c: {d: x}}', "dict", None, {"a": 1, "b": [True], "c": {"d": "x"}}),
        ("{}", "dict", None, {}),
    ],
)
def test_javascript_source_is_worth_its_value(
    text: str, kind: str, nested: str | None, value: object
) -> None:
    assert javascript_value(text, kind, nested) == value


def test_a_source_call_is_cut_at_commas_that_nothing_holds() -> None:
    text = '[a.b(x=new HashMap<String, Object>() {{ put("k,", 1); }}, y="(", z=[1, 2], w=c)]'
    (found,) = read_source(text)
    assert found.name == "a.b"
    assert [*found.arguments] == ["x", "y", "z", "w"]
    assert found.arguments["y"] == "("
    for broken in ("a.b(x=1", "a.b(x=')", "a b", "a(x=1)) ", "a(x=1, x=2)", "text"):
        with pytest.raises(Unreadable):
            read_source(broken)


@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,5}_x", fullmatch=True),
        st.recursive(
            st.none() | st.booleans() | st.integers(-999, 999) | st.text(max_size=8),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.text(max_size=4), inner, max_size=3)
            ),
            max_leaves=6,
        ),
        max_size=3,
    )
)
def test_what_python_writes_is_read_as_it_is(arguments: dict[str, Any]) -> None:
    written_out = ", ".join(f"{name}={value!r}" for name, value in arguments.items())
    (found,) = read_python(f"[m.f({written_out})]")
    assert found == Call("m.f", arguments)


@pytest.mark.parametrize(
    "text",
    ["-" * 9_000 + "1", "(" * 9_000, "f(x=" + "[" * 3_000 + "]" * 3_000 + ")", "f(x='a'*10**9)",
     "f(x=2**2**2**99)", "f(x=" + "1+" * 9_000 + "1)", "f(**{})x", "\\d", "f(x=1e999)+1"],
)  # fmt: skip
def test_hostile_text_is_no_call_and_takes_no_time(text: str) -> None:
    for language in ("python", "java", "javascript"):
        try:
            calls, _ = written(text, language, paper=False)
        except Unreadable:
            continue
        assert len(calls) <= 1


@given(st.text(max_size=40))
def test_a_normal_form_is_the_normal_form_of_itself(text: str) -> None:
    assert normal(normal(text)) == normal(text)
