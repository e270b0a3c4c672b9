from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from benchwright.core.model import ModelSettings
from benchwright.core.request import Request
from benchwright.core.response import Failure, Response
from benchwright.models.openai import open_model
from benchwright.models.openai.model import OpenAIModel
from benchwright.testing.servers import OpenAIProvider, Received, Reply, StandIn, toy

QUESTION = "Which letter? Answer:"
LETTERS = (" A", " B", " C", " D")


def opened(provider: OpenAIProvider, server: StandIn) -> OpenAIModel:
    settings = ModelSettings(template="none", wants_loglikelihood=True)
    return open_model(f"{provider.model}@{server.url}", settings)


def scores(prompt: str, *continuations: str) -> Request:
    return Request(prompt=(prompt,), continuations=continuations)


@pytest.fixture
def honest(request) -> Iterator[tuple[OpenAIModel, StandIn]]:
    provider = OpenAIProvider()
    with StandIn(provider) as server:
        yield opened(provider, server), server


def test_letters_are_read_from_the_most_probable_next_tokens_in_one_request(ask, honest):
    model, server = honest
    before = len(server.requests)

    (response,) = ask(model, [scores(QUESTION, *LETTERS)])

    assert len(server.requests) == before + 1
    assert [score.logprob for score in response.continuations] == pytest.approx(
        [toy.logprob(QUESTION, letter) for letter in LETTERS]
    )
    likeliest = toy.distribution(QUESTION)[0][0]
    assert [score.greedy for score in response.continuations] == [
        letter == likeliest for letter in LETTERS
    ]
    assert all((score.tokens, score.bytes) == (1, 2) for score in response.continuations)
    assert response.finish == "scored"


def test_white_space_at_the_end_of_the_context_belongs_to_the_continuation(ask, honest):
    model, _ = honest

    moved, plain = ask(model, [scores(QUESTION + " ", "A", "B"), scores(QUESTION, " A", " B")])

    assert [s.logprob for s in moved.continuations] == [s.logprob for s in plain.continuations]
    assert [s.bytes for s in moved.continuations] == [1, 1]


def test_options_of_several_tokens_are_summed_over_the_echoed_prompt(ask, honest):
    model, _ = honest

    (response,) = ask(model, [scores(QUESTION, " the cat", " A")])

    first = toy.logprob(QUESTION, " the") + toy.logprob(QUESTION + " the", " cat")
    assert response.continuations[0].logprob == pytest.approx(first)
    assert response.continuations[0].tokens == 2
    assert response.continuations[1].logprob == pytest.approx(toy.logprob(QUESTION, " A"))
    assert not response.boundary_merged


def test_an_option_that_melts_into_the_context_is_counted_from_the_contexts_tokens(ask, honest):
    model, _ = honest

    # "Answer:A B" is read as "Answer:A" and " B": the rule takes what follows len(context) tokens.
    (response,) = ask(model, [scores(QUESTION, "A B")])

    assert response.boundary_merged
    assert response.continuations[0].tokens == 1
    assert response.continuations[0].logprob == pytest.approx(toy.logprob(QUESTION + "A", " B"))


@pytest.mark.parametrize(
    ("echo", "finding"),
    [("shifted", "shifted or wrong"), ("ignored", "ignores it")],
)
def test_an_echo_that_is_shifted_or_ignored_is_never_used(ask, echo, finding):
    provider = OpenAIProvider(echo=echo)
    with StandIn(provider) as server:
        model = opened(provider, server)

        letters, words = ask(model, [scores(QUESTION, *LETTERS), scores(QUESTION, " the cat")])

    assert isinstance(letters, Response)
    assert isinstance(words, Failure)
    assert words.kind == "unsupported"
    assert finding in model.identity.notes["loglikelihood"]


def test_a_server_that_grants_few_rivals_is_asked_for_as_many_as_it_grants():
    provider = OpenAIProvider(most_logprobs=5)
    with StandIn(provider) as server:
        model = opened(provider, server)

        assert "the top 5 tokens are right" in model.identity.notes["loglikelihood"]
        assert "loglikelihood" in model.abilities


def spoilt(how: str) -> tuple[OpenAIProvider, StandIn]:
    provider = OpenAIProvider()

    def behave(received: Received) -> Reply:
        reply = provider.answer(received)
        if b"token_logprobs" not in b"".join(reply.chunks):
            return reply
        body = msgspec.json.decode(reply.chunks[0])
        logprobs = body["choices"][0]["logprobs"]
        if how == "none":
            body["choices"][0]["logprobs"] = None
        elif how == "after sampling":
            logprobs["token_logprobs"] = [0.0 for _ in logprobs["tokens"]]
            logprobs["top_logprobs"] = [{t: 0.0, "z": -9999.0} for t in logprobs["tokens"]]
        elif how == "not of the context":
            logprobs["top_logprobs"] = [
                dict(toy.distribution(f"{received.number} {place}"))
                for place in range(len(logprobs["tokens"]))
            ]
        return Reply.json(body)

    return provider, StandIn(provider, behave)


@pytest.mark.parametrize("how", ["none", "after sampling", "not of the context"])
def test_untrue_log_probabilities_leave_the_ability_out_and_say_why(ask, how):
    provider, standin = spoilt(how)
    with standin as server:
        model = opened(provider, server)
        (failure,) = ask(model, [scores(QUESTION, *LETTERS)])

    assert "loglikelihood" not in model.abilities
    assert model.identity.notes["loglikelihood"].startswith("log-probabilities of generated")
    assert failure.kind == "unsupported"


@pytest.mark.parametrize("generated", ["shifted", "dropped"])
@pytest.mark.parametrize("echo", ["honest", "ignored"])
def test_log_probabilities_one_place_off_or_missing_are_caught_before_any_score(
    ask, generated, echo
):
    provider = OpenAIProvider(generated=generated, echo=echo)
    with StandIn(provider) as server:
        model = opened(provider, server)
        (failure,) = ask(model, [scores(QUESTION, *LETTERS)])

    assert "loglikelihood" not in model.abilities
    assert failure.kind == "unsupported"


def test_an_answer_that_comes_without_log_probabilities_after_a_passed_check_is_garbled(ask):
    provider, checked = OpenAIProvider(), False

    def behave(received: Received) -> Reply:
        body = msgspec.json.decode(provider.answer(received).chunks[0])
        if checked:
            body["choices"][0]["logprobs"] = None
        return Reply.json(body)

    def answer(received: Received) -> Reply:
        good = provider.answer(received)
        return good if good.status != 200 else behave(received)

    with StandIn(provider, answer) as server:
        model = opened(provider, server)
        checked = True
        (failure,) = ask(model, [scores(QUESTION, *LETTERS)])

    assert "loglikelihood" in model.abilities
    assert failure.kind == "garbled"


def test_tokens_that_the_server_had_are_kept_with_the_score(ask):
    provider = OpenAIProvider(cached=3)
    with StandIn(provider) as server:
        model = opened(provider, server)
        letters, words = ask(
            model, [scores(QUESTION, *LETTERS), scores(QUESTION, " the cat", " a dog")]
        )

    assert (letters.tokens_in, letters.tokens_cached) == (len(toy.tokens(QUESTION)), 3)
    assert words.tokens_cached == 4 * 3  # the first way's try, the context, and both together


def test_nothing_is_probed_unless_log_likelihoods_are_asked_for():
    provider = OpenAIProvider()
    with StandIn(provider) as server:
        model = open_model(f"stand-in@{server.url}", ModelSettings())

        assert server.requests == []
        assert "loglikelihood" not in model.abilities


SERVER = """
import sys, threading, xllamacpp
params = xllamacpp.CommonParams()
params.model.path = sys.argv[1]
params.hostnames, params.port = ["127.0.0.1"], 0
params.n_ctx, params.n_parallel, params.warmup = 512, 1, False
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
threading.Event().wait()
"""


@pytest.mark.llama
def test_a_real_llama_server_gives_true_rivals_and_ignores_the_echo(ask, smollm2: Path):
    pytest.importorskip("xllamacpp")
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(smollm2)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"OMP_WAIT_POLICY": "passive"},
    )
    with process:
        try:
            url = process.stdout.readline().strip()
            settings = ModelSettings(wants_loglikelihood=True)
            model = open_model(f"smollm2@{url}/v1", settings)
            (response,) = ask(model, [scores("The capital of France is", " Paris", " the")])
        finally:
            process.kill()

    assert model.identity.notes["loglikelihood"] == (
        "the top 200 tokens are right; echo: the server ignores it: no log-probabilities of the "
        "prompt came back"
    )
    assert model.identity.verified
    # 0.26 is what llama.cpp gives for these weights in process.
    assert response.continuations[0].logprob == pytest.approx(-0.26, abs=0.1)
    assert response.continuations[0].greedy
