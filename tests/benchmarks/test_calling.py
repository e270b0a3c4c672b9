from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from benchwright.benchmarks.calling import Calling
from benchwright.benchmarks.functions import attainable, documents, right_calls, tools
from benchwright.benchmarks.leaderboard_calls import FIGURES
from benchwright.core.benchmark import Asking, Card, Row
from benchwright.core.content import Text, text_of
from benchwright.core.errors import DescriptionError
from benchwright.core.flow import drive
from benchwright.core.measurement import Outcome
from benchwright.core.request import Request
from benchwright.core.response import Response, said
from benchwright.core.sample import Presentation, Sample

FUNCTION = {
    "name": "shape.area",
    "description": "Area.",
    "parameters": {
        "type": "dict",
        "properties": {
            "base": {"type": "float", "description": "Base."},
            "more": {
                "type": "array",
                "items": {"type": "dict", "properties": {"x": {"type": "tuple"}}},
                "description": "More.",
            },
        },
        "required": ["base"],
    },
}
TURNS = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Area?"},
    {"role": "assistant", "content": "Of what?"},
    {"role": "user", "content": "A square."},
]
SAMPLE = Sample(
    id="s",
    input=(Text("Area?"),),
    metadata={
        "wanted": "calls",
        "language": "python",
        "turns": json.dumps(TURNS),
        "functions": json.dumps([FUNCTION]),
        "answers": json.dumps([{"shape.area": {"base": [3.0], "more": [""]}}]),
    },
)
CARD = Card(
    name="calls",
    version="1",
    title="Calls",
    summary="Calls.",
    paper="none",
    licence="CC0-1.0",
    size=1,
)
BENCHMARK = Calling(card=CARD, read=lambda *_: iter([SAMPLE]), wording="Call these: {functions}")


def asked(ask: str, *, chat: bool, system: str = "") -> Request:
    found: list[Request] = []

    def answer(request: Request) -> Response:
        found.append(request)
        return said("x")

    solver = BENCHMARK.solver(Asking(ask=ask, chat=chat, system=system), None)  # type: ignore[arg-type]
    drive(solver(SAMPLE, Presentation(), 0), answer)
    (request,) = found
    return request


def test_in_a_chat_the_functions_come_before_the_questions_own_system_prompt() -> None:
    request = asked("generate", chat=True, system="Mine.")
    roles = [message.role for message in request.messages]
    assert roles == ["system", "user", "assistant", "user"]
    system = text_of(request.messages[0].parts)
    assert system.startswith("Mine.\n\nCall these: [\n")
    assert system.endswith("\n\nBe brief.")
    assert not request.tools


def test_in_raw_text_the_turns_are_named_and_the_assistants_is_open() -> None:
    prompt = asked("generate", chat=False).prompt_text
    assert prompt.endswith("User: Area?\nAssistant: Of what?\nUser: A square.\nAssistant:")
    assert prompt.count("shape.area") == 1


def test_offered_tools_stand_beside_the_turns_and_need_a_chat() -> None:
    request = asked("tools", chat=True)
    assert [tool.name for tool in request.tools] == ["shape_area"]
    assert text_of(request.messages[0].parts) == "Be brief."
    with pytest.raises(DescriptionError, match="chat turns only"):
        asked("tools", chat=False)


def test_a_tools_parameters_are_a_json_schema_down_to_the_elements() -> None:
    (tool,) = tools([FUNCTION], "python")
    schema = json.loads(tool.parameters)
    assert schema["type"] == "object"
    assert schema["properties"]["base"]["type"] == "number"
    more = schema["properties"]["more"]
    assert (more["type"], more["items"]["type"]) == ("array", "object")
    assert more["items"]["properties"]["x"]["type"] == "array"
    assert FUNCTION["parameters"]["type"] == "dict"  # type: ignore[index]


def test_java_parameters_are_shown_as_texts_that_say_their_type() -> None:
    declared = {"type": "ArrayList", "items": {"type": "long"}, "description": "Ids."}
    function = {
        "name": "f",
        "description": "F.",
        "parameters": {"type": "dict", "properties": {"ids": declared}, "required": []},
    }
    (shown,) = documents([function], "java")
    ids = shown["parameters"]["properties"]["ids"]
    assert ids["type"] == "string"
    assert "items" not in ids
    assert "Java ArrayList type" in ids["description"]
    assert "elements are of type long" in ids["description"]
    assert "Java 8 SDK" in shown["description"]


def test_right_calls_are_written_in_the_functions_language() -> None:
    assert right_calls([("shape.area", {"base": [3.0], "more": [""]})], [FUNCTION], "python")[
        0
    ] == ("[shape.area(base=3.0)]")
    assert not attainable([("shape.area", {"base": [3.0], "depth": [2]})], [FUNCTION])
    assert not attainable([("shape.area", {"more": [""]})], [FUNCTION])
    assert attainable([("shape.area", {"base": [3.0], "depth": [2, ""]})], [FUNCTION])


def row(category: str, group: str, value: float | None) -> Row:
    return Row(
        sample=f"{category}/{value}",
        tags={"category": category, "group": group},
        outcome=Outcome.UNPARSED if value is None else Outcome.SCORED,
        value=value,
    )


def test_the_leaderboards_numbers_weigh_groups_as_its_script_does() -> None:
    of: dict[str, Callable[..., float | None]] = {figure.name: figure.of for figure in FIGURES}
    rows = [
        *[row("simple_python", "simple", 1.0)] * 3,
        row("simple_java", "simple", 0.0),
        row("multiple", "multiple", 1.0),
        row("parallel", "parallel", None),
        *[row("live_simple", "live", 1.0)] * 3,
        row("live_multiple", "live", 0.0),
        row("irrelevance", "irrelevance", 1.0),
        *[row("live_irrelevance", "irrelevance", 0.0)] * 3,
        row("live_relevance", "relevance", 1.0),
    ]
    assert of["non-live"](rows) == pytest.approx((0.5 + 1 + 0) / 3)
    assert of["live"](rows) == 0.75
    assert of["irrelevance"](rows) == 0.5
    assert of["relevance"](rows) == 1.0
    assert of["single-turn score"](rows) == pytest.approx((0.5 + 0.75 + 0.5) / 3)
    assert of["single-turn score"]([]) is None
