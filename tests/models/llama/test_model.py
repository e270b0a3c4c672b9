from __future__ import annotations

import itertools
import math
import random
import threading
from importlib.util import find_spec
from pathlib import Path

import pytest

from benchwright.core.errors import DescriptionError, ModelError
from benchwright.core.model import ModelSettings
from benchwright.core.request import Generation, Request
from benchwright.core.response import Failure, Response
from benchwright.models.decoding.engine import TokenBatch
from benchwright.models.llama import open_model
from benchwright.models.llama.context import Context
from benchwright.testing.model_contract import model_problems
from models.decoding.exact import TEMPLATE

from .asking import SETTINGS, good, log_likelihood, opened
from .conftest import Ask
from .tiny import write_gguf

if not all(map(find_spec, ("gguf", "jinja2", "xllamacpp"))):
    pytest.skip("needs the extra [llama]", allow_module_level=True)


def few_shot(seed: int, n_subjects: int, n_questions: int) -> list[Request]:
    """Requests of all kinds that share prefixes, shuffled."""
    draws = random.Random(seed)
    words = ["hello", "world", "the", "an", "ab", "x", "42", "é", "\n"]

    def text(count: int) -> str:
        return " ".join(draws.choice(words) for _ in range(count))

    requests = []
    for _ in range(n_subjects):
        shots = text(30) + "\n"
        for _ in range(n_questions):
            question = text(draws.randint(1, 12))
            requests.append(log_likelihood(shots + question, " a", " b", " the world", " x\ny"))
            requests.append(
                Request(prompt=(shots, question), generation=Generation(max_tokens=12, logprobs=2))
            )
    draws.shuffle(requests)
    return requests


def same(one: Response | Failure, other: Response | Failure, *, within: float) -> None:
    """Assert that two answers agree, log-probabilities to ``within`` nats a token.

    Two greedy answers may part where the two best tokens were closer than that.
    """
    one, other = good(one), good(other)
    assert one.tokens_in == other.tokens_in
    for left, right in zip(one.continuations, other.continuations, strict=True):
        assert (left.tokens, left.bytes, left.greedy) == (right.tokens, right.bytes, right.greedy)
        assert math.isclose(left.logprob, right.logprob, abs_tol=within * left.tokens)
    for a, b in zip(one.logprobs, other.logprobs, strict=False):
        if a.token != b.token:
            assert a.top[0][1] - a.top[1][1] < within
            return
        assert math.isclose(a.logprob, b.logprob, abs_tol=within)
    assert (one.text, one.finish) == (other.text, other.finish)


@pytest.mark.llama
def test_prefixes_that_come_back_are_brought_back_with_the_same_answers(
    tmp_path: Path, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchwright.models.llama.model.KEEP", 0)
    monkeypatch.setattr("benchwright.models.llama.model.KEEP_ONCE", 0)
    path = write_gguf(tmp_path / "m.gguf")
    requests = few_shot(2, 2, 4)
    parked, again = opened(path), opened(path, options={**SETTINGS.options, "park_mib": "1"})
    once = ask(parked, *requests)
    evaluated = parked.work.tokens
    for one, other in zip(once, ask(again, *requests, portion=5), strict=True):
        same(one, other, within=0.02)
    # In portions, what the next portion needs is dropped in between: parked, it costs little.
    assert again.work.tokens < 1.2 * evaluated
    parked.close()
    again.close()


@pytest.mark.llama
@pytest.mark.parametrize("arch", ["llama", "gemma3"])
def test_sharing_and_batching_change_no_answer(arch: str, tmp_path: Path, ask: Ask) -> None:
    path = write_gguf(tmp_path / "m.gguf", arch=arch, window=16)
    requests = few_shot(1, 3, 4)
    shared, plain = opened(path), opened(path, plain=True)
    for portion in (3, len(requests)):
        for one, other in zip(
            ask(shared, *requests, portion=portion), ask(plain, *requests), strict=True
        ):
            same(one, other, within=0.05)
    assert shared.work.tokens < plain.work.tokens / 2
    shared.close()
    plain.close()


@pytest.mark.llama
def test_a_cache_too_small_for_all_gives_the_same_answers(tmp_path: Path, ask: Ask) -> None:
    path = write_gguf(tmp_path / "m.gguf", context=256)
    requests = few_shot(2, 6, 3)
    small = opened(path, options={"context": "256", "cache_mib": "1", "batch": "48"})
    plain = opened(path, plain=True)
    for one, other in zip(ask(small, *requests), ask(plain, *requests), strict=True):
        same(one, other, within=0.02)


@pytest.mark.llama
def test_opening_trial_and_limit_compute_in_threads_that_have_ended(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCHWRIGHT_CACHE", str(tmp_path))  # so that opening measures
    computed, decode = [], Context.decode

    def recorded(context: Context, batch: TokenBatch) -> None:
        computed.append(threading.current_thread())
        decode(context, batch)

    monkeypatch.setattr(Context, "decode", recorded)
    model = opened(tiny)
    model.trial([log_likelihood("hello", " world")], plain=False)
    assert model.limit() > 0
    assert len(set(computed)) == 3
    assert not any(thread.is_alive() for thread in computed)
    model.close()


@pytest.mark.llama
def test_it_holds_the_contract_of_every_model(smollm2: Path) -> None:
    assert model_problems(opened(smollm2, options={"cache_mib": "64"})) == []


@pytest.mark.llama
def test_log_likelihoods_add_up_over_the_tokens(tiny: Path, ask: Ask) -> None:
    model = opened(tiny)
    whole, first, second = ask(
        model,
        log_likelihood("hello", " world x"),
        log_likelihood("hello", " world"),
        log_likelihood("hello world", " x"),
    )
    parts = good(first).continuations[0].logprob + good(second).continuations[0].logprob
    assert math.isclose(good(whole).continuations[0].logprob, parts, abs_tol=1e-3)


@pytest.mark.llama
def test_the_generated_tokens_log_probability_is_the_scored_one(tiny: Path, ask: Ask) -> None:
    model = opened(tiny, template="none")
    (written,) = ask(
        model, Request(prompt=("hello",), generation=Generation(max_tokens=1, logprobs=3))
    )
    token = good(written).logprobs[0]
    (scored,) = ask(model, log_likelihood("hello", token.token))
    if good(scored).continuations[0].tokens == 1 and not good(scored).boundary_merged:
        assert math.isclose(good(scored).continuations[0].logprob, token.logprob, abs_tol=1e-3)
        assert good(scored).continuations[0].greedy
    assert token.top[0] == (token.token, token.logprob)
    assert sorted((logprob for _, logprob in token.top), reverse=True) == [
        logprob for _, logprob in token.top
    ]


@pytest.mark.llama
def test_the_draw_depends_on_the_request_and_not_on_its_company(tiny: Path, ask: Ask) -> None:
    model = opened(tiny)
    drawn = [
        Request(
            prompt=("hello world",),
            generation=Generation(max_tokens=10, temperature=1.5, seed=seed),
            repeat=(repeat, 0),
        )
        for seed, repeat in itertools.product((None, 7), (0, 1))
    ]
    together = [good(answer).text for answer in ask(model, *few_shot(3, 2, 2), *drawn)[-4:]]
    alone = [good(ask(model, request)[0]).text for request in drawn]
    assert together == alone
    assert len(set(alone)) == 4


@pytest.mark.llama
def test_a_stop_text_ends_the_answer_and_is_not_part_of_it(tiny: Path, ask: Ask) -> None:
    model = opened(tiny)
    (free,) = ask(model, Request(prompt=("hello",), generation=Generation(max_tokens=30)))
    text = good(free).text
    stop = next(character for character in text[6:] if character.isascii())
    cut = text.index(stop)
    (stopped,) = ask(
        model, Request(prompt=("hello",), generation=Generation(max_tokens=30, stop=(stop,)))
    )
    assert good(stopped).text == text[:cut]
    assert good(stopped).finish == "stop"
    assert good(free).finish == "length"
    assert good(free).tokens_out == 30


@pytest.mark.llama
def test_an_answer_that_fills_the_context_says_so(tiny: Path, ask: Ask) -> None:
    model = opened(tiny, options={"context": "64", "cache_mib": "8"})
    answers = ask(
        model,
        *(
            Request(prompt=("x y " * 13 + letter,), generation=Generation(max_tokens=100))
            for letter in "abcdefgh"
        ),
    )
    full = [good(answer) for answer in answers if good(answer).finish == "length"]
    assert full
    for answer in full:
        assert (answer.tokens_in or 0) + (answer.tokens_out or 0) == 64
        assert len(answer.deviations) == 1


@pytest.mark.llama
def test_identity_is_what_changes_answers_and_nothing_else(tiny: Path, tmp_path: Path) -> None:
    first = opened(tiny)
    key = first.identity.key()
    copy = tmp_path / "other name.gguf"
    copy.write_bytes(tiny.read_bytes())
    same_weights = opened(
        copy, plain=True, options={"name": "x", "batch": "64", "context": "128", "cache_mib": "4"}
    )
    assert same_weights.identity.key() == key
    assert same_weights.name == "x"
    assert first.name == "tiny"
    changed = {
        opened(tiny, template="none").identity.key(),
        opened(tiny, format="f16").identity.key(),
        opened(write_gguf(tmp_path / "t.gguf", template=TEMPLATE, seed=1)).identity.key(),
    }
    assert key not in changed
    assert len(changed) == 3


@pytest.mark.llama
def test_the_template_in_force_is_said_in_words(tiny: Path, tmp_path: Path) -> None:
    model = opened(tiny)
    assert model.template.startswith("the file's own (sha ")
    assert "chat" in model.abilities
    bare = opened(tiny, template="none")
    assert bare.template == "none"
    assert "chat" not in bare.abilities
    given = tmp_path / "mine.jinja"
    given.write_text("{{ messages[0]['content'] }}")
    assert opened(tiny, template=str(given)).template.startswith("file mine.jinja (sha ")


@pytest.mark.llama
def test_a_template_wanted_and_absent_is_refused(without_bos: Path) -> None:
    with pytest.raises(DescriptionError, match="no chat template"):
        opened(without_bos, template="model")


def test_everything_described_wrongly_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "near.gguf").write_bytes(b"")
    with pytest.raises(DescriptionError) as caught:
        open_model(
            str(tmp_path / "none.gguf"),
            ModelSettings(
                format="q9",
                template="absent.jinja",
                threads=0,
                options={"contxt": "1", "batch": "many", "date": "today"},
            ),
        )
    assert len(caught.value.problems) == 7
    assert "near.gguf" in str(caught.value)
    assert "Did you mean context" in str(caught.value)


@pytest.mark.llama
def test_a_damaged_file_is_named_before_llama_cpp_sees_it(tiny: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(tiny.read_bytes()[:-100])
    with pytest.raises(ModelError, match=r"cut\.gguf.*Fetch it again"):
        opened(cut)
    text = tmp_path / "text.gguf"
    text.write_text("this is no model, but long enough to be looked at")
    with pytest.raises(ModelError, match="not a GGUF file"):
        opened(text)


@pytest.mark.llama
def test_one_model_can_be_served_again_after_its_inbox_closed(tiny: Path, ask: Ask) -> None:
    model = opened(tiny)
    once = ask(model, log_likelihood("hello", " world"))
    again = ask(model, log_likelihood("hello", " world"))
    assert good(once[0]).continuations == good(again[0]).continuations


@pytest.mark.llama
def test_a_closed_model_serves_no_more(tiny: Path, ask: Ask) -> None:
    model = opened(tiny)
    model.close()
    model.close()
    with pytest.raises(ModelError, match="closed"):
        ask(model, log_likelihood("a", "b"))


@pytest.mark.llama
@pytest.mark.parametrize("form", ["f16", "bf16", "q8_0", "f32"])
def test_a_converted_model_says_nearly_the_same(form: str, tiny: Path, ask: Ask) -> None:
    request = log_likelihood("hello world", " the an", " x")
    (stored,) = ask(opened(tiny), request)
    (made,) = ask(opened(tiny, format=form), request)
    worst = {"f32": 1e-4, "f16": 0.02, "bf16": 0.2, "q8_0": 0.3}[form]
    for one, other in zip(good(stored).continuations, good(made).continuations, strict=True):
        assert abs(one.logprob - other.logprob) < worst * one.tokens


@pytest.mark.llama
def test_the_real_model_gives_the_known_log_probabilities(smollm2: Path, ask: Ask) -> None:
    model = opened(smollm2, options={"cache_mib": "64", "context": "512"})
    parts = [" capital", " of", " France", " is", " Paris"]
    texts = ["".join(parts[: count + 1]) for count in range(len(parts))]
    (answer,) = ask(model, log_likelihood("The", *texts))
    sums = [0.0, *(one.logprob for one in good(answer).continuations)]
    steps = [after - before for before, after in itertools.pairwise(sums)]
    # transformers in float32 from the same weights; 4-bit activations differ by up to 0.1.
    for got, reference in zip(steps, [-11.55, -0.34, -2.42, -0.45, -0.26], strict=True):
        assert abs(got - reference) < 0.15
    assert model.identity.fields["bos"] == "none"
    assert "chat" in model.abilities
