from __future__ import annotations

import datetime
from importlib.util import find_spec

import pytest

from benchwright.core.errors import DescriptionError, ModelError
from benchwright.models.decoding.template import DATE, ChatTemplate

from .exact import TEMPLATE

if find_spec("jinja2") is None:
    pytest.skip("needs the extra [llama]", allow_module_level=True)


def made(text: str, date: datetime.date = DATE) -> ChatTemplate:
    return ChatTemplate(text, "a test", bos="<s>", eos="</s>", date=date)


TURNS = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi & <b>"}]


def test_turns_become_the_text_that_the_model_was_trained_on() -> None:
    assert made(TEMPLATE).render(TURNS) == (
        "<s><|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi & <b><|im_end|>\n"
        "<|im_start|>assistant\n"
    )


def test_blocks_leave_no_blank_lines() -> None:
    text = (
        "{% for m in messages %}\n    {% if m.role == 'user' %}\n{{ m.content }}\n    {% endif %}\n"
        "{% endfor %}\n"
    )
    assert made(text).render(TURNS) == "Hi & <b>\n"


def test_loop_controls_and_unescaped_json_are_there() -> None:
    text = (
        "{% for m in messages %}{% if loop.first %}{% continue %}{% endif %}{{ m | tojson }}"
        "{% endfor %}"
    )
    assert made(text).render(TURNS) == '{"role": "user", "content": "Hi & <b>"}'


def test_a_template_that_raises_refuses_the_turns() -> None:
    text = "{{ raise_exception('No system turn') if messages[0].role == 'system' else 'ok' }}"
    with pytest.raises(ModelError, match="No system turn"):
        made(text).render(TURNS)
    assert made(text).render(TURNS[1:]) == "ok"


def test_a_template_cannot_reach_out_of_its_sandbox() -> None:
    for text in (
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ messages.append(1) }}",
        "{{ cycler.__init__.__globals__ }}",
    ):
        with pytest.raises(ModelError):
            made(text).render(TURNS)


def test_what_is_not_jinja_is_described_wrongly() -> None:
    with pytest.raises(DescriptionError, match="line 2 of the chat template"):
        made("fine\n{% for %}")


def test_the_date_is_the_one_given_and_the_same_tomorrow() -> None:
    text = "{{ strftime_now('%d %b %Y') }}"
    assert made(text).render(TURNS) == "26 Jul 2024"
    assert made(text, datetime.date(2025, 2, 3)).render(TURNS) == "03 Feb 2025"
    assert made(text).uses_date
    assert not made(TEMPLATE).uses_date


def test_a_template_is_named_by_its_text() -> None:
    assert made(TEMPLATE).words == made(TEMPLATE).words != made(TEMPLATE + " ").words
    assert made(TEMPLATE).words.startswith("a test (sha ")
