from __future__ import annotations

import random
import threading
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchwright.core.content import Image, Media, Message, Text, user
from benchwright.core.model import Identity, ModelSettings
from benchwright.core.request import Generation, Request, Tool
from benchwright.core.response import Failure, Response
from benchwright.models.hf import open_model
from benchwright.testing.model_contract import model_problems

torch = pytest.importorskip("torch", reason="needs the extra [hf]")
transformers = pytest.importorskip("transformers", reason="needs the extra [hf]")

pytestmark = pytest.mark.hf

Ask = Callable[..., list[Any]]
Opened = Callable[..., Any]

NOISE = 2e-4
"""Nats by which a sum of float32 log-probabilities may differ between batches."""

SHOTS = "Question: What is the capital of France?\nA. Rome\nB. Paris\nAnswer: B\n\n"

LONG_WINDED = "The quick"
"""A prompt that the tiny model answers without an end of its own."""

WORDS = st.sampled_from(["Question:", " the", " fox", "\n", " Paris", " B", "é", " – café", " "])
TEXT = st.lists(WORDS, min_size=1, max_size=8).map("".join)
SCORED = st.builds(
    lambda shots, prompt, continuations: Request(
        prompt=(SHOTS * shots, prompt), continuations=tuple(continuations)
    ),
    st.integers(0, 2),
    TEXT,
    st.lists(TEXT, min_size=1, max_size=4),
)
WRITTEN = st.builds(
    lambda shots, prompt, count: Request(
        prompt=(SHOTS * shots, prompt), generation=Generation(max_tokens=count)
    ),
    st.integers(0, 2),
    TEXT,
    st.integers(1, 12),
)


def scored(*continuations: str, prompt: str = SHOTS) -> Request:
    return Request(prompt=(prompt,), continuations=continuations)


def written(prompt: str = LONG_WINDED, **settings: Any) -> Request:
    return Request(prompt=(prompt,), generation=Generation(**{"max_tokens": 12, **settings}))


def same(one: Response | Failure, other: Response | Failure) -> None:
    if isinstance(one, Failure) or isinstance(other, Failure):
        assert one == other
        return
    assert one.text == other.text
    assert one.finish == other.finish
    assert one.boundary_merged == other.boundary_merged
    assert (one.tokens_in, one.tokens_out) == (other.tokens_in, other.tokens_out)
    for left, right in zip(one.continuations, other.continuations, strict=True):
        assert left.logprob == pytest.approx(right.logprob, abs=NOISE)
        assert (left.tokens, left.bytes) == (right.tokens, right.bytes)


@settings(deadline=None, max_examples=15, suppress_health_check=list(HealthCheck))
@given(requests=st.lists(SCORED | WRITTEN, min_size=1, max_size=12), narrow=st.booleans())
def test_what_is_shared_and_batched_equals_what_is_asked_alone(
    opened: Opened, ask: Ask, requests: list[Request], narrow: bool
) -> None:
    options = {"batch": "7", "answers": "2"} if narrow else {}

    shared = ask(opened(options=options), requests)
    alone = ask(opened(plain=True), requests)

    for one, other in zip(shared, alone, strict=True):
        same(one, other)


def test_the_model_says_that_it_shares_and_within_what_noise(opened: Opened) -> None:
    assert opened().sharing.startswith("shared, within ")
    assert opened(plain=True).sharing == "alone: as asked"


def test_the_model_keeps_the_contract_of_all_models(opened: Opened) -> None:
    assert model_problems(opened()) == []
    assert model_problems(opened(plain=True)) == []


def test_opening_trial_and_limit_compute_in_threads_that_have_ended(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed, forward = set(), torch.nn.Linear.forward

    def recorded(layer: Any, given: Any) -> Any:
        computed.add(threading.current_thread())
        return forward(layer, given)

    monkeypatch.setattr(torch.nn.Linear, "forward", recorded)
    model = open_model(str(folder), ModelSettings(threads=1))
    assert len(computed) == 1
    model.trial([scored(" A")], plain=False)
    assert len(computed) == 2
    assert model.limit() > 0
    assert len(computed) == 3
    assert not any(thread.is_alive() for thread in computed)


@pytest.mark.parametrize("heads", [(4, 1), (4, 2), (4, 4)])
def test_heads_that_share_keys_see_the_same_stacked_or_not(
    make: Callable[..., Path], ask: Ask, monkeypatch: pytest.MonkeyPatch, heads: tuple[int, int]
) -> None:
    asked, kept = heads
    place = str(make("llama", num_attention_heads=asked, num_key_value_heads=kept))
    requests = [scored(" A", " B", prompt=SHOTS * 3 + tail) for tail in ("The", "What", " a b c")]
    stacked = ask(open_model(place, ModelSettings()), requests)
    monkeypatch.setattr("benchwright.models.hf.attention.STACKED", 0)
    apart = ask(open_model(place, ModelSettings()), requests)
    for one, other in zip(stacked, apart, strict=True):
        same(one, other)


def test_a_greedy_answer_is_the_one_that_transformers_generates(
    folder: Path, opened: Opened, ask: Ask
) -> None:
    model = transformers.AutoModelForCausalLM.from_pretrained(folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    prompts = ["The quick", SHOTS, SHOTS + "Question: What", "naïve"]
    answers = ask(opened(), [written(prompt, max_tokens=20) for prompt in prompts])

    for prompt, answer in zip(prompts, answers, strict=True):
        ids = tokenizer(prompt, return_tensors="pt")
        made = model.generate(**ids, max_new_tokens=20, do_sample=False)[0]
        new = made[ids["input_ids"].shape[1] :]
        assert answer.text == tokenizer.decode(new, skip_special_tokens=True)
        assert answer.tokens_out == len(new) - int(new[-1] == tokenizer.eos_token_id)


def test_log_probabilities_are_those_of_one_full_forward_pass(
    folder: Path, opened: Opened, ask: Ask
) -> None:
    model = transformers.AutoModelForCausalLM.from_pretrained(folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    (answer,) = ask(opened(), [scored(" B", " Paris fox", prompt="Answer:")])

    for text, score in zip((" B", " Paris fox"), answer.continuations, strict=True):
        ids = torch.tensor([tokenizer.encode("Answer:" + text)])
        start = len(tokenizer.encode("Answer:"))
        with torch.no_grad():
            logprobs = model(ids).logits[0].log_softmax(-1)
        wanted = [float(logprobs[at - 1, ids[0, at]]) for at in range(start, ids.shape[1])]
        assert score.logprob == pytest.approx(sum(wanted), abs=NOISE)
        assert score.tokens == len(wanted)
        assert score.bytes == len(text)


def test_only_the_likeliest_continuation_is_greedy(opened: Opened, ask: Ask) -> None:
    # Without whitespace at its end, which would move into the continuation.
    prompt = SHOTS.strip()
    (first,) = ask(opened(), [written(prompt, max_tokens=1, logprobs=1)])
    (answer,) = ask(opened(), [scored(first.text, first.text + " Paris", prompt=prompt)])

    assert [each.greedy for each in answer.continuations] == [True, False]
    assert answer.continuations[0].logprob == pytest.approx(first.logprobs[0].logprob, abs=NOISE)


def test_one_token_options_cost_no_token_beyond_the_prompt(opened: Opened, ask: Ask) -> None:
    prompt = "Question: one token options" + SHOTS.strip()
    (answer,) = ask(opened(options={"cache_mib": "3"}), [scored("A", "B", "C", prompt=prompt)])

    assert answer.finish == "scored"
    assert answer.tokens_out == 3
    assert answer.tokens_cached == 0
    assert answer.seconds > 0


def test_a_shared_beginning_is_counted_as_cached(opened: Opened, ask: Ask) -> None:
    answers = ask(
        opened(),
        [
            scored(" A", prompt=SHOTS + "One:"),
            scored(" A", prompt=SHOTS + "The other:"),
            written(SHOTS + "The third:"),
        ],
    )

    first, second, third = sorted(answers, key=lambda answer: answer.tokens_cached)
    assert first.tokens_cached == 0
    assert 0 < second.tokens_cached < second.tokens_in
    assert 0 < third.tokens_cached < third.tokens_in


def test_a_cache_too_small_for_what_is_asked_changes_nothing(
    folder: Path, opened: Opened, ask: Ask
) -> None:
    model = open_model(str(folder), ModelSettings(threads=1, options={"context": "100"}))
    model._size = msgspec.structs.replace(model._size, cells=110, sequences=5, keep=20, keep_once=9)
    requests = [scored(" A", " B fox", prompt=f"{n} {SHOTS}") for n in range(6)]
    requests += [written(f"{n} {SHOTS}") for n in range(4)]
    random.Random(1).shuffle(requests)

    for one, other in zip(ask(model, requests), ask(opened(plain=True), requests), strict=True):
        same(one, other)


def test_a_stop_text_ends_the_answer_wherever_tokens_are_cut(opened: Opened, ask: Ask) -> None:
    (free,) = ask(opened(), [written(max_tokens=16)])
    assert len(free.text) > 16
    for start in range(1, 10):
        stop = free.text[start : start + 3]
        if "\ufffd" in stop:
            continue  # bytes that are no character
        (answer,) = ask(opened(), [written(max_tokens=16, stop=("never", stop))])

        assert answer.text == free.text[: free.text.index(stop)]
        assert answer.finish == "stop"
        assert answer.tokens_out <= free.tokens_out


def test_an_answer_ends_at_its_length_and_says_so(opened: Opened, ask: Ask) -> None:
    (answer,) = ask(opened(), [written(max_tokens=3)])

    assert answer.finish == "length"
    assert answer.tokens_out == 3
    assert not answer.deviations


def test_too_long_an_input_fails_and_is_never_cut(opened: Opened, ask: Ask) -> None:
    long = "fox " * 400
    for failed in ask(opened(), [scored(" A", prompt=long), written(long)]):
        assert failed.kind == "input_too_long"
        assert "160" in failed.message


def test_the_longest_input_is_still_read(opened: Opened, ask: Ask) -> None:
    longest = "!" * 160
    one, two, *failed = ask(
        opened(),
        [
            scored("!", prompt=longest),
            written(longest[1:]),
            written(longest),
            scored("!!", prompt=longest),
        ],
    )

    assert one.tokens_in == 160
    assert two.tokens_out <= 1
    assert two.deviations == (("the context ended the answer after 1 tokens",) * two.tokens_out)
    assert [each.kind for each in failed] == ["input_too_long"] * 2


def test_draws_depend_on_the_request_and_not_on_its_company(opened: Opened, ask: Ask) -> None:
    drawn = written(temperature=1.5, top_p=0.95, top_k=50, seed=3)
    company = [written(f"{n}", temperature=1.0, seed=3) for n in range(5)]
    (alone,) = ask(opened(plain=True), [drawn])
    among = ask(opened(), [*company, drawn])[-1]
    other_seed, other_repeat = ask(
        opened(),
        [
            written(temperature=1.5, top_p=0.95, top_k=50, seed=4),
            Request(prompt=drawn.prompt, generation=drawn.generation, repeat=(1, 0)),
        ],
    )

    assert among.text == alone.text
    assert len({alone.text, other_seed.text, other_repeat.text}) == 3


def test_equal_prompts_written_together_get_equal_answers(opened: Opened, ask: Ask) -> None:
    answers = ask(opened(), [written()] * 5)

    assert len({answer.text for answer in answers}) == 1
    assert sorted(answer.tokens_cached == answer.tokens_in for answer in answers)[1:] == [True] * 4


def test_log_probabilities_of_generated_tokens_come_with_their_rivals(
    opened: Opened, ask: Ask
) -> None:
    (answer,) = ask(opened(), [written(max_tokens=4, logprobs=3)])

    assert "".join(each.token for each in answer.logprobs) == answer.text
    assert all(len(each.top) == 3 for each in answer.logprobs)
    assert all(each.top[0] == (each.token, each.logprob) for each in answer.logprobs)


def test_what_the_model_cannot_do_is_unsupported(opened: Opened, ask: Ask) -> None:
    picture = Image(Media(digest="0" * 64, mime="image/png", size=1))
    for failed in ask(
        opened(),
        [
            Request(messages=(user(picture, "What?"),), generation=Generation()),
            Request(messages=(user("?"),), generation=Generation(), tools=(Tool(name="f"),)),
            Request(
                messages=(user("?"), Message(role="assistant", parts=(Text("I"),))),
                generation=Generation(),
            ),
            written(response_format="{}"),
        ],
    ):
        assert failed.kind == "unsupported"


def test_text_that_is_no_unicode_is_refused_and_the_rest_goes_on(opened: Opened, ask: Ask) -> None:
    failed, other, answer = ask(opened(), [written("\ud800"), scored("\udfff"), written()])

    assert failed.kind == other.kind == "invalid_request"
    assert answer.text


def test_bytes_that_are_no_character_still_come_back_as_text(opened: Opened, ask: Ask) -> None:
    answers = ask(opened(), [written("naïve caf", max_tokens=n) for n in range(1, 12)])

    for shorter, longer in pairwise(answers):
        assert longer.text.startswith(shorter.text.rstrip("\ufffd"))


def test_equal_settings_give_equal_keys_and_another_format_another(
    folder: Path, opened: Opened
) -> None:
    again = open_model(str(folder), ModelSettings(options={"batch": "64"}))
    assert msgspec.json.decode(msgspec.json.encode(again.identity), type=Identity) == again.identity
    narrow = opened(format="bfloat16")

    assert again.identity.key() == opened().identity.key()
    assert narrow.identity.key() != opened().identity.key()
    assert narrow.identity.fields["format"] == "bfloat16"
    assert narrow.sharing.startswith("shared")


def test_bfloat16_answers_nearly_the_same(opened: Opened, ask: Ask) -> None:
    request = scored(" A", " Paris fox")
    (narrow,), (wide,) = ask(opened(format="bfloat16"), [request]), ask(opened(), [request])

    for one, other in zip(narrow.continuations, wide.continuations, strict=True):
        assert one.logprob == pytest.approx(other.logprob, abs=1.0)
        assert one.logprob != other.logprob


def test_a_closed_inbox_ends_the_service_with_requests_in_hand(
    opened: Opened, queue_inbox: Any
) -> None:
    inbox = queue_inbox([written(f"{n}", max_tokens=100) for n in range(50)], {})
    answered = inbox.answer

    def answer_then_close(asked: Any, result: Any) -> None:
        answered(asked, result)
        inbox.close()

    inbox.answer = answer_then_close
    opened().serve(inbox)

    assert 0 < len(inbox.results) < 50


def test_known_log_probabilities_of_a_real_model(smollm2: Path, ask: Ask) -> None:
    model = open_model(str(smollm2), ModelSettings(template="none"))
    text = " capital of France is Paris"
    ends = [8, 11, 18, 21, 27]
    prompts = ["The", *("The" + text[:end] for end in ends[:-1])]
    parts = [text[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    answers = ask(model, [scored(part, prompt=p) for p, part in zip(prompts, parts, strict=True)])

    found = [answer.continuations[0].logprob for answer in answers]
    assert found == pytest.approx([-11.55, -0.34, -2.42, -0.45, -0.26], abs=0.03)
    assert model.identity.fields["opening"] == ""
    model.close()
    model.close()  # one model in two roles is closed by both
