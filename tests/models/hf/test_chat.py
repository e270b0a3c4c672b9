from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchwright.core.content import Message, Text, user
from benchwright.core.model import Asked, ModelSettings
from benchwright.core.request import Generation, Request
from benchwright.models.hf import open_model

pytest.importorskip("torch", reason="needs the extra [hf]")
transformers = pytest.importorskip("transformers", reason="needs the extra [hf]")

pytestmark = pytest.mark.hf

Ask = Callable[..., list[Any]]
Opened = Callable[..., Any]


def written(prompt: str, *, max_tokens: int) -> Request:
    return Request(prompt=(prompt,), generation=Generation(max_tokens=max_tokens))


def test_chat_turns_become_the_tokens_that_transformers_makes_of_them(
    folder: Path, opened: Opened
) -> None:
    turns = (Message(role="system", parts=(Text("Be brief."),)), user("Who ", "are you?"))
    job = opened()._encoder.job(Asked(0, Request(messages=turns, generation=Generation())))
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)

    assert "chat" in opened().abilities
    assert opened().template.startswith("the model's own (sha ")
    assert job.tracks[0].tokens.tolist() == tokenizer.apply_chat_template(
        [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Who are you?"},
        ],
        add_generation_prompt=True,
        return_dict=False,
    )


def test_the_likelihood_of_a_turn_is_asked_behind_the_template(opened: Opened) -> None:
    def path(request: Request) -> list[int]:
        tokens: list[int] = opened()._encoder.job(Asked(0, request)).tracks[0].tokens.tolist()
        return tokens

    asked = path(Request(messages=(user("Who?"),), continuations=(" Paris fox",)))
    prompt = path(Request(messages=(user("Who?"),), generation=Generation()))

    assert asked[: len(prompt)] == prompt
    words = opened()._encoder._words
    assert b" Paris fox".startswith(b"".join(map(words.piece, asked[len(prompt) :])))


def test_a_template_that_asks_for_the_time_is_told_a_fixed_day(
    folder: Path, tmp_path: Path, ask: Ask
) -> None:
    file = tmp_path / "dated.jinja"
    file.write_text("{{ strftime_now('%d %b %Y') }}: {{ messages[0].content }}")
    models = [
        open_model(str(folder), ModelSettings(template=str(file), options=options))
        for options in ({}, {"date": "2024-07-26"}, {"date": "2031-01-01"})
    ]

    assert models[0].identity.fields["template_date"] == "2024-07-26"
    assert models[0].identity.key() == models[1].identity.key() != models[2].identity.key()
    chat = Request(messages=(user("Hi"),), generation=Generation())
    tokens = models[2]._encoder.job(Asked(0, chat)).tracks[0].tokens.tolist()
    assert b"".join(map(models[2]._encoder._words.piece, tokens)) == b"01 Jan 2031: Hi"


def test_thinking_is_kept_apart_from_a_chats_answer(opened: Opened, ask: Ask) -> None:
    request = Request(messages=(user("Hi"),), generation=Generation())
    job = opened()._encoder.job(Asked(0, request))
    job.tracks[0].writing._bytes += b"<think>Hm.</think>\nHello."
    response = job.response()

    assert (response.text, response.reasoning) == ("Hello.", "Hm.")


def test_without_a_template_chat_is_unsupported(opened: Opened, ask: Ask) -> None:
    model = opened(template="none")
    (failed,) = ask(model, [Request(messages=(user("Hi"),), generation=Generation())])

    assert "chat" not in model.abilities
    assert model.template == "none"
    assert failed.kind == "unsupported"
    assert model.identity.fields["template"] == "none"
    assert model.identity.key() != opened().identity.key()


def test_a_template_file_takes_the_place_of_the_models_own(
    folder: Path, tmp_path: Path, ask: Ask, opened: Opened
) -> None:
    file = tmp_path / "shout.jinja"
    file.write_text("{% for m in messages %}{{ m.content | upper }}{% endfor %}")
    model = open_model(str(folder), ModelSettings(template=str(file)))
    chat, raw = ask(
        model,
        [
            Request(messages=(user("fox"),), generation=Generation(max_tokens=5)),
            written("x", max_tokens=5),
        ],
    )
    (upper,) = ask(opened(), [written("FOX", max_tokens=5)])

    assert model.template.startswith("file shout.jinja (sha ")
    assert chat.text == upper.text
    assert raw.tokens_in == 1


def test_a_template_that_refuses_the_turns_is_the_requests_fault(
    folder: Path, tmp_path: Path, ask: Ask
) -> None:
    file = tmp_path / "strict.jinja"
    file.write_text("{{ raise_exception('no system turns here') }}")
    model = open_model(str(folder), ModelSettings(template=str(file)))
    (failed,) = ask(model, [Request(messages=(user("x"),), generation=Generation())])

    assert failed.kind == "invalid_request"
    assert "no system turns here" in failed.message
