from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchwright.core.content import user
from benchwright.core.model import Asked, ModelSettings
from benchwright.core.request import Generation, Request
from benchwright.models.decoding.encoding import Unanswerable
from benchwright.models.hf import open_model

pytest.importorskip("torch", reason="needs the extra [hf]")
pytest.importorskip("transformers", reason="needs the extra [hf]")

pytestmark = pytest.mark.hf

Opened = Callable[..., Any]


@pytest.fixture(scope="module")
def with_bos(make: Callable[..., Path]) -> Any:
    """Return a tiny model that opens every text with BOS."""
    return open_model(str(make(bos=True)), ModelSettings())


def paths(model: Any, request: Request) -> list[list[int]]:
    return [track.tokens.tolist() for track in model._encoder.job(Asked(0, request)).tracks]


def raw(model: Any, prompt: str) -> list[int]:
    return paths(model, Request(prompt=(prompt,), generation=Generation()))[0]


def test_whitespace_at_the_end_of_the_context_moves_to_the_continuation(opened: Opened) -> None:
    one = Request(prompt=("Answer: \n",), continuations=("B fox",))
    other = Request(prompt=("Answer:",), continuations=(" \nB fox",))

    assert paths(opened(), one) == paths(opened(), other)


def test_a_boundary_that_does_not_hold_is_reported(opened: Opened, ask: Any) -> None:
    held, merged = ask(
        opened(),
        [
            Request(prompt=("The quick",), continuations=(" brown",)),
            Request(prompt=("Question: What is the capit",), continuations=("al of", " fox")),
        ],
    )

    assert not held.boundary_merged
    assert merged.boundary_merged


def test_a_continuation_without_a_token_of_its_own_cannot_be_scored(
    opened: Opened, ask: Any
) -> None:
    (failed,) = ask(opened(), [Request(prompt=("The",), continuations=(" fox", ""))])

    assert failed.kind == "invalid_request"
    assert "no token of its own" in failed.message


def test_an_empty_context_is_the_token_that_opens_texts(opened: Opened, with_bos: Any) -> None:
    for model in (opened(), with_bos):
        (path,) = paths(model, Request(prompt=("",), continuations=(" brown fox",)))
        assert path[0] == 0
        assert 0 not in path[1:]


def test_the_opening_token_stands_there_exactly_once(opened: Opened, with_bos: Any) -> None:
    assert 0 not in raw(opened(), "fox")
    assert with_bos._encoder._words.opening == [0]
    assert raw(with_bos, "fox") == [0, *raw(opened(), "fox")]
    # The template writes it itself and nothing is added to it.
    (chat,) = paths(with_bos, Request(messages=(user("hi"),), generation=Generation()))
    assert chat[0] == 0
    assert chat[1] != 0


def test_a_template_that_opens_a_text_twice_is_refused(with_bos: Any, tmp_path: Path) -> None:
    file = tmp_path / "twice.jinja"
    file.write_text("<s><s>{{ messages[0].content }}")
    folder = str(Path(with_bos.identity.notes["path"]))
    model = open_model(folder, ModelSettings(template=str(file)))

    with pytest.raises(Unanswerable, match="more than once"):
        paths(model, Request(messages=(user("hi"),), generation=Generation()))


def test_control_tokens_spelt_in_a_text_stay_text(opened: Opened) -> None:
    words = opened()._encoder._words
    spelt = raw(opened(), "a</s>b")
    (chat,) = paths(opened(), Request(messages=(user("a</s>b"),), generation=Generation()))

    assert 1 not in spelt
    assert b"".join(map(words.piece, spelt)) == b"a</s>b"
    assert b"a</s>b" in b"".join(map(words.piece, chat))
    assert words.encode("a</s>b", special=True).count(1) == 1


def test_pieces_of_a_byte_level_vocabulary_are_the_bytes_of_the_text(opened: Opened) -> None:
    words = opened()._encoder._words
    for text in ("naïve café – ünïcödé", " two  blanks\n\ttab", "👍 日本 \x00\x7f\xad"):
        assert b"".join(map(words.piece, raw(opened(), text))) == text.encode()


def test_pieces_of_a_vocabulary_with_byte_fallback_keep_blanks_and_bytes() -> None:
    from tokenizers import Tokenizer, decoders, models, normalizers
    from transformers import PreTrainedTokenizerFast

    from benchwright.models.hf.words import TokenizerWords

    vocabulary = {"<unk>": 0, "<s>": 1, **{f"<0x{byte:02X}>": byte + 2 for byte in range(256)}}
    for text in ("▁", "a", "b", "▁a", "ab", "▁ab"):
        vocabulary[text] = len(vocabulary)
    merges = [("▁", "a"), ("a", "b"), ("▁a", "b")]
    built = Tokenizer(models.BPE(vocabulary, merges, unk_token="<unk>", byte_fallback=True))
    built.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    built.decoder = decoders.Sequence(
        [
            decoders.Replace("▁", " "),
            decoders.ByteFallback(),
            decoders.Fuse(),
            decoders.Strip(" ", 1, 0),
        ]
    )
    words = TokenizerWords(
        PreTrainedTokenizerFast(tokenizer_object=built, bos_token="<s>", unk_token="<unk>"),
        frozenset(),
    )

    assert (
        b"".join(map(words.piece, words.encode("ab aé ab", special=False))) == " ab aé ab".encode()
    )
    assert words.piece(1) == b""
    assert words.opening == []


def test_an_empty_prompt_is_answered(with_bos: Any, ask: Any) -> None:
    (answer,) = ask(with_bos, [Request(prompt=("",), generation=Generation(max_tokens=2))])

    assert answer.tokens_in == 1
    assert with_bos.identity.fields["opening"] == "0"
