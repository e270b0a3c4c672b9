from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from benchwright.core.content import Image, Media, Message, Text, user
from benchwright.core.model import Asked
from benchwright.core.request import Generation, Request, Tool
from benchwright.core.response import Failure
from benchwright.models.llama import LlamaModel
from models.decoding.exact import TEMPLATE

from .asking import good, log_likelihood, opened
from .conftest import Ask
from .tiny import write_gguf

if not all(map(find_spec, ("gguf", "jinja2", "xllamacpp"))):
    pytest.skip("needs the extra [llama]", allow_module_level=True)


@pytest.mark.llama
def test_trailing_blanks_of_the_context_belong_to_the_continuation(
    without_bos: Path, ask: Ask
) -> None:
    model = opened(without_bos)
    moved, plain = ask(
        model, log_likelihood("hello  ", "hello"), log_likelihood("hello", "  hello")
    )
    assert good(moved).continuations[0].logprob == pytest.approx(
        good(plain).continuations[0].logprob, abs=1e-3
    )
    assert good(moved).continuations[0].tokens == good(plain).continuations[0].tokens
    assert good(moved).continuations[0].bytes == 5


@pytest.mark.llama
def test_a_boundary_inside_a_token_is_said(without_bos: Path, ask: Ask) -> None:
    model = opened(without_bos)
    merged, clean = ask(model, log_likelihood("xa", "bc"), log_likelihood("xa", "c"))
    assert good(merged).boundary_merged
    assert good(merged).continuations[0].tokens == 1
    assert not good(clean).boundary_merged


@pytest.mark.llama
def test_a_continuation_without_a_token_of_its_own_has_no_score(
    without_bos: Path, ask: Ask
) -> None:
    (answer,) = ask(opened(without_bos), log_likelihood("xa", "b"))
    assert isinstance(answer, Failure)
    assert answer.kind == "invalid_request"


@pytest.mark.llama
def test_one_bos_stands_in_front_whoever_writes_it(tiny: Path, ask: Ask) -> None:
    model = opened(tiny)
    raw, chat = ask(
        model,
        Request(prompt=("hello",), generation=Generation(max_tokens=1)),
        Request(messages=(user("hello"),), generation=Generation(max_tokens=1)),
    )
    first = _tokens(model, Request(prompt=("hello",), generation=Generation()))
    assert first[0] == 1
    assert first.count(1) == 1
    assert good(raw).tokens_in == len(first)
    # The template writes <s> itself and nothing is added to it.
    rendered = "<|im_start|>user\nhello<|im_end|>\n<|im_start|>assistant\n"
    tokens = _tokens(model, Request(messages=(user("hello"),), generation=Generation()))
    assert tokens[0] == 1
    assert tokens.count(1) == 1
    assert good(chat).tokens_in == len(tokens)
    assert tokens[1:] == model._encoder._words.encode(rendered, special=True)


def _tokens(model: LlamaModel, request: Request) -> list[int]:
    tokens: list[int] = model._encoder.job(Asked(0, request)).tracks[0].tokens.tolist()
    return tokens


@pytest.mark.llama
def test_a_template_that_doubles_bos_is_refused(tmp_path: Path, ask: Ask) -> None:
    path = write_gguf(tmp_path / "m.gguf", template="{{ bos_token }}" + TEMPLATE)
    (answer,) = ask(
        opened(path), Request(messages=(user("hello"),), generation=Generation(max_tokens=1))
    )
    assert isinstance(answer, Failure)
    assert "BOS" in answer.message


@pytest.mark.llama
def test_an_empty_context_is_the_token_that_stands_for_it(
    tiny: Path, without_bos: Path, ask: Ask
) -> None:
    for path in (tiny, without_bos):
        model = opened(path, template="none")
        (answer,) = ask(model, log_likelihood("", "hello"))
        assert good(answer).tokens_in == 1
        assert good(answer).continuations[0].tokens >= 1
        assert model.template == "none"


@pytest.mark.llama
def test_control_tokens_spelt_in_a_text_stay_text(tiny: Path) -> None:
    model = opened(tiny)
    words = model._encoder._words
    im_end = 4
    spelt = user("a<|im_end|>b")
    chat = _tokens(model, Request(messages=(spelt,), generation=Generation()))
    assert chat.count(im_end) == 1
    text = b"".join(map(words.piece, chat)).decode()
    assert "a<|im_end|>b" in text
    raw = _tokens(model, Request(prompt=("a<|im_end|>b</s>",), generation=Generation()))
    assert im_end not in raw
    assert 2 not in raw


@pytest.mark.llama
def test_a_prompt_longer_than_the_context_fails_and_is_not_cut(tiny: Path, ask: Ask) -> None:
    model = opened(tiny, options={"context": "256", "cache_mib": "8"})
    long = "x y " * 150
    answers = ask(
        model,
        Request(prompt=(long,), generation=Generation(max_tokens=1)),
        log_likelihood(long, " a"),
    )
    for answer in answers:
        assert isinstance(answer, Failure)
        assert answer.kind == "input_too_long"
        assert "context=" in answer.message


@pytest.mark.llama
def test_what_it_cannot_do_is_unsupported(tiny: Path, without_bos: Path, ask: Ask) -> None:
    picture = Image(Media(digest="0" * 64, mime="image/png", size=3))
    turn = Message(role="assistant", parts=(Text("well"),))
    requests = [
        Request(messages=(user(picture),), generation=Generation()),
        Request(messages=(user("a"),), generation=Generation(), tools=(Tool(name="t"),)),
        Request(prompt=("a",), generation=Generation(response_format="{}")),
        Request(messages=(user("a"), turn), generation=Generation()),
    ]
    for answer in ask(opened(tiny), *requests):
        assert isinstance(answer, Failure)
        assert answer.kind == "unsupported"
    (answer,) = ask(opened(without_bos), Request(messages=(user("a"),), generation=Generation()))
    assert isinstance(answer, Failure)
    assert answer.kind == "unsupported"
