from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchwright.core.model import ModelSettings
from benchwright.core.request import Generation, Request
from benchwright.core.response import RequestFailed
from benchwright.models.hf import open_model

pytest.importorskip("torch", reason="needs the extra [hf]")
pytest.importorskip("transformers", reason="needs the extra [hf]")

pytestmark = pytest.mark.hf


@pytest.fixture(scope="module")
def tokens(folder: Path) -> Any:
    """Return the tokens of the tiny model without BOS."""
    return _tokens(folder)


@pytest.fixture(scope="module")
def opened_by_bos(make: Callable[..., Path]) -> Any:
    """Return the tokens of a tiny model that opens every text with BOS."""
    return _tokens(make(bos=True))


def _tokens(folder: Path) -> Any:
    return open_model(str(folder), ModelSettings())._desk.tokens


def test_whitespace_at_the_end_of_the_context_moves_to_the_continuation(tokens: Any) -> None:
    assert tokens.split("Answer: \n", "B") == tokens.split("Answer:", " \nB")


def test_context_and_continuation_are_tokenised_together(tokens: Any) -> None:
    split = tokens.split("The qui", "ck brown fox")

    assert split.tokens == tokens.encode("The quick brown fox")
    assert split.merged == (split.tokens[: split.start] != tokens.encode("The qui"))
    assert split.start == len(tokens.encode("The qui"))


def test_a_boundary_that_does_not_hold_is_reported(
    folder: Path, ask: Callable[..., list[Any]]
) -> None:
    model = open_model(str(folder), ModelSettings())
    held, merged = ask(
        model,
        [
            Request(prompt=("The quick",), continuations=(" brown",)),
            Request(prompt=("Question: What is the capit",), continuations=("al of", " fox")),
        ],
    )

    assert not held.boundary_merged
    assert merged.boundary_merged


def test_a_continuation_without_a_token_of_its_own_cannot_be_scored(tokens: Any) -> None:
    with pytest.raises(RequestFailed, match="no token of its own"):
        tokens.split("The", "")


def test_an_empty_context_is_the_token_that_opens_texts(tokens: Any, opened_by_bos: Any) -> None:
    for each in (tokens, opened_by_bos):
        split = each.split("", " fox")
        assert split.start == 1
        assert split.tokens[0] == 0
        assert split.tokens[1:] == each.split("The", " fox").tokens[-len(split.tokens) + 1 :]


def test_the_opening_token_stands_there_exactly_once(tokens: Any, opened_by_bos: Any) -> None:
    assert tokens.encode("fox").count(0) == 0
    assert opened_by_bos.opening == [0]
    for text in ("fox", "<s>fox", "<s>user: hi</s>\n<s>assistant:"):
        encoded = opened_by_bos.encode(text)
        assert encoded[0] == 0
        assert encoded[1:2] != [0]


def test_a_text_opened_twice_is_refused(opened_by_bos: Any) -> None:
    with pytest.raises(RequestFailed, match="more than once"):
        opened_by_bos.encode("<s><s>user: hi")


def test_an_empty_prompt_is_answered(
    make: Callable[..., Path], ask: Callable[..., list[Any]]
) -> None:
    model = open_model(str(make(bos=True)), ModelSettings())
    (answer,) = ask(model, [Request(prompt=("",), generation=Generation(max_tokens=2))])

    assert answer.tokens_in == 1
    assert model.identity.fields["opening"] == "0"
