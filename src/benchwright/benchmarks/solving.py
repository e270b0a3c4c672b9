"""The single-turn solver: one prompt, asked as text or as the log-likelihood of continuations."""

from __future__ import annotations

from functools import cache
from typing import Literal

import msgspec
from msgspec.structs import replace

from benchwright.benchmarks.layout import (
    Layout,
    answer,
    chat_turns,
    labels,
    question,
    raw_prompt,
)
from benchwright.benchmarks.shots import Shots
from benchwright.core.benchmark import Asking, Card
from benchwright.core.conditions import Conditions
from benchwright.core.content import Text
from benchwright.core.errors import DescriptionError
from benchwright.core.flow import Flow, ask
from benchwright.core.request import Generation, Origin, Request
from benchwright.core.response import RequestFailed, Response
from benchwright.core.sample import Presentation, Sample
from benchwright.core.seeds import derive
from benchwright.scorers._references import references

_REMEMBERED = 256
"""Rendered shots kept: MMLU has 57 subjects, a perturbation may multiply them."""

Shown = tuple[str, tuple[tuple[str, str], ...]]
"""A header, and worked examples as (question, answer)."""


def refuse_raw_media(card: Card, asking: Asking) -> None:
    """Refuse to ask pictures, sound or film in raw text.

    Raises:
        DescriptionError: ``card`` has such questions and ``asking`` wants no chat turns.
    """
    media = sorted(set(card.modalities) - {"text"})
    if media and not asking.chat:
        raise DescriptionError(
            f"{card.name}: raw text cannot hold {' or '.join(media)}; "
            f"ask in chat turns (a template other than none)."
        )


class PromptSolver:
    """Lays out shots and question, asks once, returns the response.

    Continuations follow a raw prompt with one space (" A"), because the cue ends in a word; in a
    chat they open the assistant's turn and have none ("A").
    """

    def __init__(
        self,
        *,
        name: str,
        benchmark: str,
        asking: Asking,
        layout: Layout,
        shots: Shots,
        wanted: Literal["text", "labels", "options", "references"],
        generation: Generation | None = None,
        drop_shots: bool = False,
    ) -> None:
        """Make the solver called ``name`` (``name@version``).

        Args:
            name: Solver's name and version.
            benchmark: For the origin of requests and the seeds of draws.
            asking: What the user wants.
            layout: How questions are written.
            shots: What worked examples there are.
            wanted: A generated text, or the log-likelihood of the labels, of the option texts, or
                of the sample's true and false reference answers (``scorers._references``).
            generation: The benchmark's own settings; the user's words go before them.
            drop_shots: Whether shots are dropped, the last first, while the prompt is too long.
        """
        self._benchmark = benchmark
        self._asking = asking
        self._layout = layout
        self._shots = shots
        self._wanted = wanted
        self._generation = settings_for(asking, generation) if wanted == "text" else None
        self._drop_shots = drop_shots
        self._rendered: dict[tuple[str, int, Presentation], Shown] = {}
        self._conditions = self._describe(name)

    @property
    def conditions(self) -> Conditions:
        """Everything that decides how questions are asked."""
        return self._conditions

    def __call__(self, sample: Sample, presentation: Presentation, repeat: int) -> Flow[Response]:
        """Ask ``sample`` once; again with fewer shots where the benchmark's rule is to drop them.

        Raises:
            RequestFailed: the request got no answer.
            ValueError: the sample cannot be laid out so.
        """
        for step in range(self._shots.count + 1):
            count = self._shots.count - step
            try:
                response = yield from ask(self._request(sample, presentation, repeat, step, count))
            except RequestFailed as failed:
                dropping = self._drop_shots and failed.failure.kind == "input_too_long"
                if not dropping or not count:
                    raise
            else:
                if not step:
                    return response
                note = f"the prompt was too long: {step} of {self._shots.count} shots dropped"
                return replace(response, deviations=(*response.deviations, note))
        raise AssertionError("the loop returns or raises")

    def _request(
        self, sample: Sample, presentation: Presentation, repeat: int, step: int, count: int
    ) -> Request:
        header, shots = self._above(sample, presentation, count)
        asked = question(self._layout, sample, presentation)
        media = tuple([part for part in sample.input if not isinstance(part, Text)])
        system, chat = self._asking.system, self._asking.chat
        if media and not chat:
            raise ValueError(f"sample {sample.id}: a raw prompt cannot hold pictures or sound")
        return Request(
            prompt=() if chat else raw_prompt(self._layout, system, header, shots, asked),
            messages=chat_turns(self._layout, system, header, shots, asked, media) if chat else (),
            generation=self._sampled(sample, repeat),
            continuations=self._continuations(sample, presentation),
            repeat=(repeat, 0),
            origin=Origin(
                benchmark=self._benchmark,
                sample=sample.root,
                variant=sample.variant,
                repeat=repeat,
                step=step,
            ),
        )

    def _above(self, sample: Sample, presentation: Presentation, count: int) -> Shown:
        header = presentation.instruction or self._layout.header(sample)
        if not count:
            return header, ()
        key = (self._shots.key(sample), count, presentation)
        shown = self._rendered.get(key)
        if shown is None or shown[0] != header:
            shots = self._shots.before(sample, count)
            written = tuple(
                (question(self._layout, s, presentation), answer(self._layout, s, presentation))
                for s in shots
            )
            shown = (header, written)
            if len(self._rendered) >= _REMEMBERED:
                self._rendered.clear()
            self._rendered[key] = shown
        return shown

    def _continuations(self, sample: Sample, presentation: Presentation) -> tuple[str, ...]:
        if self._wanted == "text":
            return ()
        space = "" if self._asking.chat else " "
        if self._wanted == "references":
            return tuple([f"{space}{answer}" for answer in references(sample).every])
        if not sample.choices:
            raise ValueError(f"sample {sample.id} has no options to compare")
        if self._wanted == "labels":
            return _spaced(labels(sample, presentation), space)
        return tuple([f"{space}{option}" for option in sample.choices])

    def _sampled(self, sample: Sample, repeat: int) -> Generation | None:
        settings = self._generation
        if settings is None:
            return None
        return seeded(settings, self._asking, self._benchmark, sample, repeat)

    def _describe(self, name: str) -> Conditions:
        asking, layout = self._asking, self._layout
        form = "raw" if not asking.chat else "chat" if layout.turns else "chat in one turn"
        return Conditions(
            solver=name,
            options={"too long": "drop shots"} if self._drop_shots else {},
            ask=asking.ask,
            layout=f"{form}: {layout.name}",
            system=asking.system,
            shots=self._shots.count,
            shots_source=self._shots.source,
            shots_digest=self._shots.digest(),
            generation=described(self._generation),
        )


@cache
def _spaced(words: tuple[str, ...], space: str) -> tuple[str, ...]:
    """Return ``words`` after ``space``: nearly all questions have the same labels."""
    return tuple(f"{space}{word}" for word in words)


def settings_for(asking: Asking, own: Generation | None) -> Generation:
    """Return the benchmark's ``own`` generation settings with what the user wants otherwise."""
    settings = own or Generation()
    if asking.temperature is not None:
        settings = replace(settings, temperature=asking.temperature)
    if asking.max_tokens is not None:
        settings = replace(settings, max_tokens=asking.max_tokens)
    return settings


def seeded(
    settings: Generation, asking: Asking, benchmark: str, sample: Sample, repeat: int
) -> Generation:
    """Return ``settings`` with the sample's own seed where the answer is sampled."""
    if settings.temperature == 0:
        return settings
    purpose = (benchmark, sample.root, sample.variant, repeat, 0, 0, "sampling")
    return replace(settings, seed=derive(asking.seed, *purpose) % 2**31)


def described(settings: Generation | None) -> dict[str, str]:
    """Return the settings that shape an answer, as the conditions keep them."""
    if settings is None:
        return {}
    values = msgspec.to_builtins(settings)
    shaping = ("max_tokens", "temperature", "top_p", "top_k", "stop", "response_format")
    default = msgspec.structs.asdict(Generation())
    return {name: msgspec.json.encode(values.get(name, default[name])).decode() for name in shaping}
