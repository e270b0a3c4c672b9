"""Chat templates: from turns to the text that the model was trained on.

A template is a Jinja text, from the file's metadata or given by the user. It is foreign code: it
runs in Jinja's immutable sandbox with the names that templates expect (``messages``,
``bos_token``, ``eos_token``, ``add_generation_prompt``, ``raise_exception``, ``strftime_now``).
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

from benchwright.core.errors import DescriptionError, MissingExtra, ModelError, boundary

DATE = datetime.date(2024, 7, 26)
"""The day that templates are told, so that a prompt is the same tomorrow: the one that templates
with a date fall back to where they cannot ask for it."""


def choose_template(
    wanted: str, own: str, source: str, *, bos: str, eos: str, date: datetime.date
) -> ChatTemplate | None:
    """Return the template that ``ModelSettings.template`` means, or None for no chat.

    Args:
        wanted: ``auto``, ``model``, ``none`` or a file's path.
        own: The model's own template; empty where it brings none.
        source: Whose that is, in words.
        bos: The text of the token that opens texts; empty without one.
        eos: The text of the token that ends answers; empty without one.
        date: The day that the template is told.

    Raises:
        DescriptionError: the model's own is wanted and there is none, the file cannot be read, or
            it is no template.
    """
    if wanted == "none" or (wanted == "auto" and not own):
        return None
    text = own
    if wanted == "model" and not own:
        raise DescriptionError(
            "The model brings no chat template. Give one with --template FILE, or ask raw prompts "
            "with --template none"
        )
    if wanted not in {"auto", "model"}:
        given = Path(wanted).expanduser()
        source = f"file {given.name}"
        try:
            text = given.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise DescriptionError(f"{given}: the template cannot be read: {error}") from error
    return ChatTemplate(text, source, bos=bos, eos=eos, date=date)


class ChatTemplate:
    """One template, ready to render."""

    def __init__(self, text: str, source: str, *, bos: str, eos: str, date: datetime.date) -> None:
        """Compile ``text``, which came from ``source`` (in words).

        Raises:
            DescriptionError: it is not a Jinja template.
        """
        try:
            import jinja2
        except ImportError as error:
            raise MissingExtra("llama", "a chat template") from error
        self.text = text
        self.digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        self.words = f"{source} (sha {self.digest[:8]})"
        """Which template this is, for captions."""
        self._names = {"bos_token": bos, "eos_token": eos}
        self._date = date
        try:
            self._compiled = self._environment.from_string(text)
        except jinja2.TemplateSyntaxError as error:
            raise DescriptionError(
                f"{source}: line {error.lineno} of the chat template is not Jinja: {error.message}."
                " Give another with --template FILE, or --template none"
            ) from error

    @property
    def uses_date(self) -> bool:
        """Whether the text that it renders may hold the date."""
        return "strftime_now" in self.text

    def render(self, turns: Sequence[dict[str, str]]) -> str:
        """Return the text for ``turns`` (role and content each), open for the model's answer.

        Raises:
            ModelError: the template raises, or asks for what does not exist.
        """
        with boundary(ModelError, "the chat template refuses these turns"):
            rendered: str = self._compiled.render(
                messages=list(turns), tools=None, add_generation_prompt=True, **self._names
            )
        return rendered

    @cached_property
    def _environment(self) -> Any:
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
        )
        environment.globals["raise_exception"] = _raise
        environment.globals["strftime_now"] = self._date.strftime
        environment.filters["tojson"] = _to_json
        return environment


def _raise(message: str) -> NoReturn:
    from jinja2.exceptions import TemplateError

    raise TemplateError(message)


def _to_json(value: Any, indent: int | None = None) -> str:
    # Jinja's own filter escapes for HTML, which no model was trained on.
    return json.dumps(value, ensure_ascii=False, indent=indent)
