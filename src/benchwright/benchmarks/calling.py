"""Questions that are answered by calling functions: written in a prompt, or offered as tools."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from benchwright.benchmarks.functions import attainable, documents, right_calls, tools
from benchwright.benchmarks.solving import described, seeded, settings_for
from benchwright.core.benchmark import Asking, Card, Data, Figure, Scorer, Solver
from benchwright.core.conditions import Conditions
from benchwright.core.content import Message, Text
from benchwright.core.errors import DescriptionError, UnknownName
from benchwright.core.flow import Flow, ask
from benchwright.core.request import Generation, Origin, Request
from benchwright.core.response import Response, said
from benchwright.core.sample import Presentation, Sample
from benchwright.scorers._calls.reading import Key, key_of
from benchwright.scorers.tool_calls import SCORER as TOOL_CALLS
from benchwright.scorers.written_calls import SCORER as WRITTEN_CALLS

VERSION = "1"

_SPEAKERS = {"user": "User", "assistant": "Assistant", "system": "System"}


class Calling(Struct, frozen=True, kw_only=True):
    """A benchmark whose questions are answered by function calls; a ``Benchmark``.

    * ``generate``: the functions stand in the prompt, and the calls in the answer's text.
    * ``tools``: the functions are offered as tools; a model must take them.

    A sample's metadata holds ``turns`` (a list of objects with ``role`` and ``content``) and what
    ``scorers/_calls/reading.py`` reads.
    """

    card: Card
    """What a user must know of it."""
    read: Callable[[Data, str], Iterator[Sample]]
    """(data, ``test``) → samples in the official order."""
    wording: str
    """The system prompt for ``generate``; ``{functions}`` is where the documents stand."""
    generation: Generation = Generation(max_tokens=512)
    """Generation settings."""
    figures: tuple[Figure, ...] = ()
    """What the authors report beside the mean of the scores."""
    no_canonical: str = ""
    """Empty: every sample has a right answer."""

    @property
    def asks(self) -> tuple[str, ...]:
        """Ways of asking, the default first."""
        return ("generate", "tools")

    @property
    def canonical(self) -> Callable[[Sample], Response | None]:
        """Sample → the right calls, in text and as calls of tools."""
        return _right

    def samples(self, data: Data) -> Iterator[Sample]:
        """Yield the samples in the official order."""
        return self.read(data, "test")

    def solver(self, asking: Asking, data: Data) -> Solver:  # noqa: ARG002 - no shots to read
        """Return the solver for ``asking``.

        Raises:
            UnknownName: no such way of asking.
            DescriptionError: tools are wanted in raw text, or worked examples are.
        """
        self.scorer(asking)
        if asking.ask == "tools" and not asking.chat:
            raise DescriptionError(
                f"{self.card.name}: tools are offered in chat turns only; "
                f"ask with --ask generate, or with a template other than none."
            )
        if asking.shots:
            raise DescriptionError(f"{self.card.name} has no worked examples.")
        return _Solver(self, asking)

    def scorer(self, asking: Asking) -> Scorer:
        """Return the official scorer for ``asking``.

        Raises:
            UnknownName: no such way of asking.
        """
        if asking.ask not in self.asks:
            raise UnknownName(f"way of asking {self.card.name}", asking.ask, self.asks)
        return TOOL_CALLS if asking.ask == "tools" else WRITTEN_CALLS


class _Solver:
    def __init__(self, benchmark: Calling, asking: Asking) -> None:
        self._name, self._wording = benchmark.card.name, benchmark.wording
        self._asking = asking
        settings = settings_for(asking, benchmark.generation)
        stop = ("\nUser:",) if not asking.chat else ()
        self._generation = replace(settings, stop=settings.stop + stop)
        offered = "offered as tools" if asking.ask == "tools" else "functions in the prompt"
        self._conditions = Conditions(
            solver=f"calling@{VERSION}",
            ask=asking.ask,
            layout=f"{'chat' if asking.chat else 'raw'}: {offered}",
            system=asking.system,
            generation=described(self._generation),
        )

    @property
    def conditions(self) -> Conditions:
        """Everything that decides how questions are asked."""
        return self._conditions

    def __call__(self, sample: Sample, presentation: Presentation, repeat: int) -> Flow[Response]:
        """Ask ``sample`` once.

        Raises:
            RequestFailed: the request got no answer.
        """
        key, turns = _key(sample), json.loads(sample.metadata["turns"])
        native = self._asking.ask == "tools"
        system = [self._asking.system] if self._asking.system else []
        if not native:
            shown = json.dumps(documents(key.functions, key.language), indent=4)
            system.append((presentation.instruction or self._wording).format(functions=shown))
        if turns[0]["role"] == "system":
            system.append(turns.pop(0)["content"])
        head = "\n\n".join(system)
        return (
            yield from ask(
                Request(
                    messages=_turns(head, turns) if self._asking.chat else (),
                    prompt=() if self._asking.chat else _raw(head, turns),
                    tools=tools(key.functions, key.language) if native else (),
                    generation=seeded(self._generation, self._asking, self._name, sample, repeat),
                    repeat=(repeat, 0),
                    origin=Origin(
                        benchmark=self._name,
                        sample=sample.root,
                        variant=sample.variant,
                        repeat=repeat,
                    ),
                )
            )
        )


def _turns(head: str, turns: list[dict[str, Any]]) -> tuple[Message, ...]:
    said_before = [{"role": "system", "content": head}] if head else []
    return tuple(
        Message(role=turn["role"], parts=(Text(turn["content"]),))
        for turn in (*said_before, *turns)
    )


def _raw(head: str, turns: list[dict[str, Any]]) -> tuple[str, ...]:
    spoken = "".join([f"{_SPEAKERS[turn['role']]}: {turn['content']}\n" for turn in turns])
    return (f"{head}\n\n" if head else "", f"{spoken}Assistant:")


def _key(sample: Sample) -> Key:
    key = key_of(sample)
    if key is None:
        raise ValueError(f"sample {sample.id} names no functions")
    return key


def _right(sample: Sample) -> Response | None:
    key = _key(sample)
    if not attainable(key.answers, key.functions):
        return None
    if key.wanted == "none":
        return said("None of the functions can answer this.")
    answers = key.answers or [(key.functions[0]["name"], {})]
    text, calls = right_calls(answers, key.functions, key.language)
    return Response(parts=(Text(text), *calls))
