from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from benchwright.benchmarks.multiple_choice import MultipleChoice
from benchwright.benchmarks.partial import filled, halves, whole
from benchwright.core.benchmark import Asking, Data
from benchwright.core.content import Text
from benchwright.core.flow import drive
from benchwright.core.request import Request, transcript
from benchwright.core.response import ContinuationScore, Failure, RequestFailed, Response, said
from benchwright.core.sample import Presentation, Sample
from benchwright.perturbations.rotate_choices import PERTURBATION

SAMPLE = Sample(
    id="s",
    input=(Text("The cup does not fit the box, as the ____ is too small."),),
    choices=("box", "cup", "lid"),
    target="A",
)
SHOT = replace(SAMPLE, id="shot", input=(Text("_ is wet because it rains."),), target="C")


@pytest.fixture
def blanks(tiny: MultipleChoice) -> MultipleChoice:
    def read(data: Data, split: str) -> Iterator[Sample]:
        yield SHOT if split == "shots" else SAMPLE

    return replace(tiny, read=read, asks=("partial",), shots=0, shots_tag="")


def scored(logprob: float, **more: object) -> Response:
    one = ContinuationScore(logprob=logprob, tokens=4, bytes=14, greedy=False)
    return Response(continuations=(one,), finish="scored", **more)  # type: ignore[arg-type]


def asked(
    benchmark: MultipleChoice, data: Data, asking: Asking, sample: Sample = SAMPLE
) -> tuple[list[Request], Response]:
    found: list[Request] = []

    def answer(request: Request) -> Response:
        found.append(request)
        return scored(-float(len(found)))

    response = drive(benchmark.solver(asking, data)(sample, Presentation(), 3), answer)
    return found, response


def test_every_option_goes_into_the_blank_and_the_same_ending_is_scored(
    blanks: MultipleChoice, nowhere: Data
) -> None:
    found, response = asked(blanks, nowhere, Asking(ask="partial", chat=False))
    assert [request.prompt_text for request in found] == [
        f"The cup does not fit the box, as the {option}" for option in SAMPLE.choices
    ]
    assert {request.continuations for request in found} == {(" is too small.",)}
    assert [request.origin.step for request in found] == [0, 1, 2]
    assert {request.repeat for request in found} == {(3, 0)}
    assert [score.logprob for score in response.continuations] == [-1.0, -2.0, -3.0]
    assert blanks.scorer(Asking(ask="partial", chat=False)).name == "likeliest"


def test_worked_examples_are_shown_filled_in_and_a_system_prompt_above_them(
    blanks: MultipleChoice, nowhere: Data
) -> None:
    asking = Asking(ask="partial", chat=False, shots=1, system="Be careful.")
    found, _ = asked(blanks, nowhere, asking)
    assert found[0].prompt == (
        "Be careful.\n\n",
        "lid is wet because it rains.\n\n",
        "The cup does not fit the box, as the box",
    )


def test_in_a_chat_the_ending_opens_the_answer_without_a_space(
    blanks: MultipleChoice, nowhere: Data
) -> None:
    found, _ = asked(blanks, nowhere, Asking(ask="partial", chat=True))
    assert transcript(found[1]) == "[user]\nThe cup does not fit the box, as the cup"
    assert found[1].continuations == ("is too small.",)


def test_rotated_options_get_the_same_requests_in_another_order(
    blanks: MultipleChoice, nowhere: Data
) -> None:
    asking = Asking(ask="partial", chat=False)
    prompts = [
        sorted(r.prompt_text for r in asked(blanks, nowhere, asking, variant.sample)[0])
        for variant in PERTURBATION.expand(SAMPLE)
    ]
    assert len(prompts) == 3
    assert all(one == prompts[0] for one in prompts)


@pytest.mark.parametrize("text", ["No blank.", "Two _ and _ blanks.", "It ends with the _ "])
def test_a_question_without_one_blank_and_an_ending_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="blank"):
        halves(replace(SAMPLE, input=(Text(text),)))


def test_the_filled_sentence_is_the_whole_one() -> None:
    assert filled(SAMPLE) == "The cup does not fit the box, as the box is too small."


def test_one_request_without_an_answer_leaves_none(blanks: MultipleChoice, nowhere: Data) -> None:
    answers: Iterator[Response | Failure] = iter(
        [scored(-1.0), Failure(kind="timeout", message="late"), scored(-2.0)]
    )
    flow = blanks.solver(Asking(ask="partial", chat=False), nowhere)(SAMPLE, Presentation(), 0)
    with pytest.raises(RequestFailed):
        drive(flow, lambda _: next(answers))


def test_kept_answers_are_put_together_only_where_there_is_one_for_every_option() -> None:
    answers = [scored(-1.0), scored(-2.0, boundary_merged=True), scored(-3.0)]
    together = whole(answers, SAMPLE)
    assert together is not None
    assert [score.logprob for score in together.continuations] == [-1.0, -2.0, -3.0]
    assert together.boundary_merged
    assert whole(answers[:2], SAMPLE) is None
    assert whole([*answers[:2], None], SAMPLE) is None
    assert whole([*answers[:2], said("text")], SAMPLE) is None
