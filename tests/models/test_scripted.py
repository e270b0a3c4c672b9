from __future__ import annotations

import threading
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.core.content import user
from benchwright.core.errors import DescriptionError
from benchwright.core.model import ModelSettings
from benchwright.core.request import Generation, Origin, Request
from benchwright.core.response import Failure, Response
from benchwright.models.scripted import Script, ScriptedModel, open_model, respond


def opened(**options: str) -> ScriptedModel:
    return open_model("fake", ModelSettings(options=options))


def chat(text: str, **settings: object) -> Request:
    return Request(messages=(user(text),), generation=Generation(**settings))


def texts(answers: list[Response | Failure]) -> list[str]:
    return [answer.text for answer in answers if isinstance(answer, Response)]


def test_the_same_question_gets_the_same_answer_in_another_instance(ask):
    questions = [chat(f"question {number}") for number in range(50)]

    first, second = ask(opened(), questions), ask(opened(), questions)

    assert texts(first) == texts(second)
    assert len(set(texts(first))) == 4


def test_origin_and_role_do_not_change_the_answer(ask):
    plain = chat("Q")
    judged = Request(
        messages=plain.messages,
        generation=plain.generation,
        role="judge",
        origin=Origin(benchmark="b", sample="7"),
    )

    one, other = ask(opened(), [plain, judged])

    assert one == other


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("echo", "What?"), ("forty-two", "forty-two")],
)
def test_echo_and_fixed_texts_are_answered_as_they_are(ask, answer, expected):
    assert texts(ask(opened(answer=answer), [chat("What?")])) == [expected]


def test_an_answer_longer_than_its_limit_is_cut_and_says_so(ask):
    (cut,) = ask(opened(answer="one two three"), [chat("Q", max_tokens=2)])

    assert (cut.text, cut.finish, cut.tokens_out) == ("one two", "length", 2)


def test_a_stop_text_ends_the_answer_and_is_not_part_of_it(ask):
    (stopped,) = ask(opened(answer="one\n\ntwo"), [chat("Q", stop=("\n\n",))])

    assert (stopped.text, stopped.finish) == ("one", "stop")


def test_the_favoured_continuation_wins_and_alone_is_greedy(ask):
    request = Request(prompt=("Answer:",), continuations=(" A", " B", " C"))

    (scored,) = ask(opened(favour="B"), [request])

    values = [score.logprob for score in scored.continuations]
    assert max(values) == values[1]
    assert [score.greedy for score in scored.continuations] == [False, True, False]
    assert scored.finish == "scored"


@given(st.binary(min_size=16, max_size=16), st.lists(st.text(), min_size=1, max_size=30))
def test_every_log_likelihood_is_negative_and_there_is_one_for_each(seed, continuations):
    request = Request(prompt=("p",), continuations=tuple(continuations))

    response = respond(request, seed, 1, 0.0, Script())

    assert len(response.continuations) == len(continuations)
    assert all(score.logprob < 0 for score in response.continuations)


def test_a_fault_strikes_by_attempt_so_that_asking_again_comes_through(ask):
    model = opened(fail="0.5:server_error:0.25")
    questions = [chat(f"question {number}") for number in range(200)]

    rounds = 0
    waiting = questions
    failed: list[int] = []
    while waiting:
        answers = ask(model, waiting)
        waiting = [q for q, a in zip(waiting, answers, strict=True) if isinstance(a, Failure)]
        failed.append(len(waiting))
        rounds += 1
        assert rounds < 30

    assert 60 < failed[0] < 140
    assert all(later <= earlier for earlier, later in pairwise(failed))
    failure = ask(opened(fail="1:rate_limit:0.25"), [chat("Q")])[0]
    assert failure == Failure(kind="rate_limit", message="a scripted fault", retry_after=0.25)


def test_latency_delays_answers_without_changing_them(ask):
    questions = [chat(f"question {number}") for number in range(20)]

    slow = ask(opened(latency="0.002"), questions)

    assert texts(slow) == texts(ask(opened(), questions))
    assert all(0.001 <= answer.seconds <= 0.003 for answer in slow)


def test_a_hanging_model_answers_nothing_and_still_returns_when_closed(queue_inbox):
    inbox = queue_inbox([chat("Q")], {})
    model = open_model("fake", ModelSettings(options={"hang": "1"}, concurrency=1))
    thread = threading.Thread(target=model.serve, args=(inbox,))
    thread.start()
    inbox.close()
    thread.join(10)

    assert not thread.is_alive()
    assert inbox.results == {}


def test_faults_and_latency_are_not_part_of_the_identity_but_answers_are():
    assert opened().identity == opened(latency="1", fail="0.1:timeout").identity
    assert opened().identity.key() != opened(answer="number").identity.key()


def test_every_wrong_option_is_named_at_once():
    with pytest.raises(DescriptionError) as caught:
        opened(latency="soon", fail="0.1:explosion", anwser="x")

    assert len(caught.value.problems) == 3
    assert "Did you mean answer?" in str(caught.value)


def test_a_numeric_format_is_refused_because_there_are_no_weights():
    with pytest.raises(DescriptionError, match="no weights"):
        open_model("fake", ModelSettings(format="f16"))
