from __future__ import annotations

import pytest
from msgspec.structs import replace

from benchwright.benchmarks.multiple_choice import MultipleChoice
from benchwright.core.benchmark import Asking, Data, Source
from benchwright.core.canonical import canonical_request
from benchwright.core.content import Text
from benchwright.core.errors import DataError, DescriptionError, UnknownName
from benchwright.core.flow import drive
from benchwright.core.request import Request, transcript
from benchwright.core.response import Failure, RequestFailed, Response
from benchwright.core.sample import Presentation, Sample
from benchwright.testing.checks import ContractBroken, check_benchmark

USUAL = Presentation()


def asked(
    benchmark: MultipleChoice,
    data: Data,
    asking: Asking,
    sample: Sample | None = None,
    presentation: Presentation = USUAL,
    repeat: int = 0,
) -> Request:
    found: list[Request] = []

    def answer(request: Request) -> Response:
        found.append(request)
        return Response(parts=(Text("A"),))

    chosen = sample or next(iter(benchmark.samples(data)))
    drive(benchmark.solver(asking, data)(chosen, presentation, repeat), answer)
    return found[0]


def test_letters_in_raw_text_list_the_options_and_follow_the_cue_with_a_space(
    tiny: MultipleChoice, nowhere: Data
) -> None:
    request = asked(tiny, nowhere, Asking(ask="letters", chat=False, shots=1))
    assert request.prompt == (
        "Question: Example: Question 0 about tools?\nA. one0\nB. two0\nC. three0\nAnswer: A\n\n",
        "Question: Question 0 about tools?\nA. one0\nB. two0\nC. three0\nAnswer:",
    )
    assert request.continuations == (" A", " B", " C")
    assert request.generation is None


def test_options_are_not_listed_when_their_texts_are_compared(
    tiny: MultipleChoice, nowhere: Data
) -> None:
    request = asked(tiny, nowhere, Asking(ask="options", chat=False, shots=1))
    assert request.prompt == (
        "Question: Example: Question 0 about tools?\nAnswer: one0\n\n",
        "Question: Question 0 about tools?\nAnswer:",
    )
    assert request.continuations == (" one0", " two0", " three0")


def test_in_a_chat_shots_are_turns_and_continuations_open_the_answer_without_a_space(
    tiny: MultipleChoice, nowhere: Data
) -> None:
    request = asked(tiny, nowhere, Asking(ask="letters", chat=True, system="Be brief."))
    roles = [message.role for message in request.messages]
    assert roles == ["system", "user", "assistant", "user", "assistant", "user"]
    assert request.messages[2].parts == (Text("A"),)
    assert request.continuations == ("A", "B", "C")


def test_a_raw_generated_answer_stops_before_the_next_question(
    tiny: MultipleChoice, nowhere: Data
) -> None:
    raw = asked(tiny, nowhere, Asking(ask="generate", chat=False))
    chat = asked(tiny, nowhere, Asking(ask="generate", chat=True))
    assert raw.generation is not None
    assert chat.generation is not None
    assert (raw.generation.stop, chat.generation.stop) == (("\n\n",), ())


def test_shots_are_pieces_of_their_own_and_change_nothing_in_the_key(
    tiny: MultipleChoice, nowhere: Data
) -> None:
    request = asked(tiny, nowhere, Asking(ask="letters", chat=False))
    joined = replace(request, prompt=("".join(request.prompt),))
    assert len(request.prompt) == 3
    assert canonical_request(request) == canonical_request(joined)


def test_a_presentation_changes_the_shots_as_well(tiny: MultipleChoice, nowhere: Data) -> None:
    presentation = Presentation(labels=("1", "2", "3"), separator=") ", instruction="Choose.\n")
    asking = Asking(ask="letters", chat=False, shots=1)
    request = asked(tiny, nowhere, asking, presentation=presentation)
    assert request.prompt[0] == "Choose.\n"
    assert "1) one0\n2) two0" in request.prompt[1]
    assert request.prompt[1].endswith("Answer: 1\n\n")
    assert request.continuations == (" 1", " 2", " 3")


def test_shots_share_the_tag_of_the_question(tiny: MultipleChoice, nowhere: Data) -> None:
    for sample in tiny.samples(nowhere):
        text = transcript(asked(tiny, nowhere, Asking(ask="letters", chat=False), sample))
        other = "birds" if sample.tags["topic"] == "tools" else "tools"
        assert f"about {sample.tags['topic']}" in text
        assert f"about {other}" not in text


def test_a_sample_is_never_a_shot_of_itself_or_of_its_variant(
    nowhere: Data, make_questions
) -> None:
    source = Source(kind="folder", location="t", files={"test": "t"})
    pool = make_questions(4)
    benchmark = MultipleChoice(
        card=_card(make_questions, source), read=lambda data, split: iter(pool), shots=3
    )
    for sample in pool:
        variant = replace(sample, id=f"{sample.id}~v", variant_of=sample.id, variant="v")
        for one in (sample, variant):
            request = asked(benchmark, nowhere, Asking(ask="letters", chat=False), one)
            assert request.prompt_text.count(sample.text) == 1
            assert len(request.prompt) == 4


def _card(make_questions, source: Source):  # type: ignore[no-untyped-def]
    from benchwright.core.benchmark import Card

    return Card(
        name="pool", version="1", title="t", summary="s", paper="p", licence="l",
        size=4, sources=(source,),
    )  # fmt: skip


def test_more_shots_than_there_are_is_a_wrong_description(
    tiny: MultipleChoice, nowhere: Data
) -> None:
    with pytest.raises(DescriptionError, match="4 shots are wanted, but shots holds only 3"):
        tiny.solver(Asking(ask="letters", chat=False, shots=4), nowhere)


def test_a_sample_without_shots_of_its_topic_is_named(tiny: MultipleChoice, nowhere: Data) -> None:
    stray = Sample(id="x", input=(Text("?"),), choices=("a", "b"), target="A")
    with pytest.raises(DataError, match="sample x"):
        asked(tiny, nowhere, Asking(ask="letters", chat=False), stray)


def test_an_unknown_way_of_asking_suggests_the_nearest(tiny: MultipleChoice, nowhere: Data) -> None:
    with pytest.raises(UnknownName, match="letters"):
        tiny.solver(Asking(ask="letter", chat=False), nowhere)


def test_requests_say_where_they_come_from(tiny: MultipleChoice, nowhere: Data) -> None:
    root = next(iter(tiny.samples(nowhere)))
    variant = replace(root, id="v", variant_of=root.id, variant="rotate:1")
    request = asked(tiny, nowhere, Asking(ask="generate", chat=True), variant, repeat=3)
    assert request.repeat == (3, 0)
    origin = request.origin
    assert (origin.benchmark, origin.sample, origin.variant, origin.repeat, origin.step) == (
        "tiny", root.id, "rotate:1", 3, 0,
    )  # fmt: skip


def test_sampling_seeds_differ_by_repeat_and_are_no_condition(
    tiny: MultipleChoice, nowhere: Data
) -> None:
    asking = Asking(ask="generate", chat=True, temperature=0.7, seed=1)
    seeds = {asked(tiny, nowhere, asking, repeat=r).generation.seed for r in (0, 1, 1)}  # type: ignore[union-attr]
    assert len(seeds) == 2
    other = replace(asking, seed=2)
    one, two = tiny.solver(asking, nowhere), tiny.solver(other, nowhere)
    assert one.conditions == two.conditions
    greedy = asked(tiny, nowhere, Asking(ask="generate", chat=True))
    assert greedy.generation is not None
    assert greedy.generation.seed is None


@pytest.mark.parametrize(
    "changed",
    [
        {"ask": "options"},
        {"chat": True},
        {"shots": 1},
        {"system": "x"},
        {"ask": "generate"},
    ],
)
def test_everything_that_changes_the_prompt_changes_the_conditions(
    tiny: MultipleChoice, nowhere: Data, changed: dict[str, object]
) -> None:
    usual = Asking(ask="letters", chat=False)
    other = replace(usual, **changed)
    one, two = tiny.solver(usual, nowhere).conditions, tiny.solver(other, nowhere).conditions
    assert one.digest() != two.digest()


def test_generation_settings_are_conditions_of_generation_only(
    tiny: MultipleChoice, nowhere: Data
) -> None:
    def digest(ask: str, tokens: int | None) -> str:
        asking = Asking(ask=ask, chat=True, max_tokens=tokens)
        return tiny.solver(asking, nowhere).conditions.digest()

    assert digest("generate", 5) != digest("generate", None)
    assert digest("letters", 5) == digest("letters", None)


def test_shots_are_dropped_from_the_end_where_the_authors_do_so(
    tiny: MultipleChoice, nowhere: Data
) -> None:
    dropping = replace(tiny, drop_shots=True)
    sample = next(iter(tiny.samples(nowhere)))
    steps: list[int] = []

    def tight(request: Request) -> Response | Failure:
        steps.append(len(request.prompt))
        assert request.origin.step == 3 - len(request.prompt)
        if len(request.prompt) > 2:
            return Failure(kind="input_too_long", message="too long")
        return Response(parts=(Text("A"),))

    solver = dropping.solver(Asking(ask="generate", chat=False), nowhere)
    response = drive(solver(sample, Presentation(), 0), tight)
    assert steps == [3, 2]
    assert response.deviations == ("the prompt was too long: 1 of 2 shots dropped",)

    usual = tiny.solver(Asking(ask="generate", chat=False), nowhere)
    with pytest.raises(RequestFailed):
        drive(usual(sample, Presentation(), 0), tight)


def test_a_failure_that_is_not_about_length_is_never_answered_with_fewer_shots(
    tiny: MultipleChoice, nowhere: Data
) -> None:
    solver = replace(tiny, drop_shots=True).solver(Asking(ask="generate", chat=False), nowhere)
    sample = next(iter(tiny.samples(nowhere)))
    with pytest.raises(RequestFailed):
        drive(solver(sample, Presentation(), 0), lambda _: Failure(kind="timeout", message="t"))


def test_a_sound_definition_passes_its_contract(tiny: MultipleChoice, nowhere: Data) -> None:
    check_benchmark(tiny, nowhere)


def test_the_contract_names_every_breach_at_once(tiny: MultipleChoice, nowhere: Data) -> None:
    card = replace(tiny.card, licence="", size=7, sources=(Source(kind="hub", location="o/n"),))
    samples = [*tiny.samples(nowhere), next(iter(tiny.samples(nowhere)))]
    broken = replace(tiny, card=card, read=lambda data, split: iter(samples), shots=0)
    with pytest.raises(ContractBroken) as caught:
        check_benchmark(broken, nowhere)
    said = str(caught.value)
    for part in ("licence is empty", "comes twice", "card says 7", "names no split test"):
        assert part in said


def test_the_contract_finds_a_shot_that_is_the_question(
    tiny: MultipleChoice, nowhere: Data
) -> None:
    def read(data: Data, split: str):  # type: ignore[no-untyped-def]
        for sample in tiny.samples(nowhere):
            yield replace(sample, id=f"dev/{sample.id}") if split == "shots" else sample

    with pytest.raises(ContractBroken, match="a worked example is the question itself"):
        check_benchmark(replace(tiny, read=read), nowhere)
