"""BIG-bench's JSON tasks as a benchmark: any folder of them, asked as their authors say."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from benchwright.benchmarks.json_tasks import (
    COMPARED,
    Settings,
    all_settings,
    asked,
    examples_above,
    options_of,
    read,
    targets_of,
)
from benchwright.benchmarks.solving import described, seeded, settings_for
from benchwright.core.benchmark import Asking, Card, Data, Figure, Scorer, Solver
from benchwright.core.canonical import canonical, digest
from benchwright.core.conditions import Conditions
from benchwright.core.content import Message, Text, user
from benchwright.core.errors import UnknownName
from benchwright.core.flow import Flow, ask
from benchwright.core.request import Generation, Origin, Request
from benchwright.core.response import Response, said
from benchwright.core.sample import Presentation, Sample

VERSION = "1"
_GENERATION = Generation(max_tokens=256)


class JsonTasks(Struct, frozen=True, kw_only=True):
    """A benchmark of JSON tasks; a ``Benchmark``.

    * ``options``: where a task's preferred score compares options, the log-likelihood of every
      option's text; elsewhere a generated text.
    * ``generate``: a generated text for every task.
    """

    card: Card
    """What a user must know of it."""
    official: Scorer
    """The official scorer: it reads both."""
    figures: tuple[Figure, ...] = ()
    """What the authors report."""
    no_canonical: str = ""
    """Why no right answer in text is known for any sample; empty where it is."""

    @property
    def asks(self) -> tuple[str, ...]:
        """Ways of asking, the default first."""
        return ("options", "generate")

    def samples(self, data: Data) -> Iterator[Sample]:
        """Yield the examples of all tasks in order of name."""
        return read(data, "test")

    def solver(self, asking: Asking, data: Data) -> Solver:
        """Return the solver for ``asking``.

        Raises:
            UnknownName: no such way of asking.
            DataError: a task has fewer examples than shots are wanted.
        """
        self.scorer(asking)
        return TaskSolver(self.card.name, asking, data)

    def scorer(self, asking: Asking) -> Scorer:
        """Return the official scorer.

        Raises:
            UnknownName: no such way of asking.
        """
        if asking.ask not in self.asks:
            raise UnknownName(f"way of asking {self.card.name}", asking.ask, self.asks)
        return self.official

    def canonical(self, sample: Sample) -> Response | None:
        """Return a right answer in text.

        None for a task that is measured by a model, and where nothing, or no option, is all right.
        """
        first, scores = targets_of(sample)[0], json.loads(sample.metadata.get("scores", "[1]"))
        unmeasured = sample.tags["preferred"] in {"bleurt", "log_likelihood"}
        return None if unmeasured or not first.strip() or max(scores) < 1 else said(first)


class TaskSolver:
    """Lays out a question by its task's settings and asks it once."""

    def __init__(self, benchmark: str, asking: Asking, data: Data) -> None:
        """Ask the tasks of ``data`` as ``asking`` says.

        Raises:
            DataError: a task has fewer examples than shots are wanted.
        """
        self._benchmark = benchmark
        self._asking = asking
        self._data = data
        self._settings = all_settings(data)
        self._generation = settings_for(asking, _GENERATION)
        self._shots = asking.shots or 0
        form = "chat in one turn" if asking.chat else "raw"
        self._conditions = Conditions(
            solver=f"json_tasks@{VERSION}",
            ask=asking.ask,
            layout=f"{form}: as each task's file says",
            options={"settings": digest(canonical(sorted(self._settings.items())), 4)},
            system=asking.system,
            shots=self._shots,
            shots_source="other examples of the task, drawn with the authors' seed"
            if self._shots
            else "",
            shots_digest=digest(canonical(sorted(self._above.items())), 8) if self._shots else "",
            generation=described(self._generation),
        )

    @property
    def conditions(self) -> Conditions:
        """Everything that decides how questions are asked."""
        return self._conditions

    def __call__(self, sample: Sample, presentation: Presentation, repeat: int) -> Flow[Response]:  # noqa: ARG002 - a task's file alone says how it is laid out
        """Ask ``sample`` once."""
        response = yield from ask(self._request(sample, repeat))
        return response

    @cached_property
    def _above(self) -> Mapping[str, str]:
        """Sample → what stands above it: nothing without shots."""
        if not self._shots:
            return {}
        groups: dict[str, list[Sample]] = {}
        for sample in read(self._data, "test"):
            groups.setdefault(_name(sample), []).append(sample)
        return {
            sample.id: above
            for name, group in groups.items()
            for sample, above in zip(
                group, examples_above(group, self._settings[name], self._shots), strict=True
            )
        }

    def _request(self, sample: Sample, repeat: int) -> Request:
        settings = self._settings[_name(sample)]
        pieces = (
            settings.prefix + self._above.get(sample.root, ""),
            asked(sample, settings),
        )
        compared = self._compares(sample, settings)
        prompt, gap = _without_last_space(pieces) if compared else (pieces, "")
        system = self._asking.system
        return Request(
            prompt=() if self._asking.chat else tuple(filter(None, (_above(system), *prompt))),
            messages=_turns(system, pieces) if self._asking.chat else (),
            generation=None if compared else self._sampled(sample, settings, repeat),
            continuations=self._continuations(sample, gap) if compared else (),
            repeat=(repeat, 0),
            origin=Origin(
                benchmark=self._benchmark,
                sample=sample.root,
                variant=sample.variant,
                repeat=repeat,
            ),
        )

    def _compares(self, sample: Sample, settings: Settings) -> bool:
        wanted = self._asking.ask == "options" and settings.preferred in COMPARED
        return wanted and bool(options_of(sample))

    def _continuations(self, sample: Sample, gap: str) -> tuple[str, ...]:
        gap = "" if self._asking.chat else gap
        return tuple([f"{gap}{option}" for option in options_of(sample)])

    def _sampled(self, sample: Sample, settings: Settings, repeat: int) -> Generation:
        own = self._generation
        if not self._asking.chat and settings.before_input.strip():
            # What follows an answer in a raw text is the next question.
            own = replace(own, stop=(*own.stop, f"\n{settings.before_input.strip()}"))
        return seeded(own, self._asking, self._benchmark, sample, repeat)


def _name(sample: Sample) -> str:
    task, subtask = sample.tags["task"], sample.tags["subtask"]
    return task if task == subtask else f"{task}/{subtask}"


def _above(system: str) -> str:
    return f"{system}\n\n" if system else ""


def _turns(system: str, pieces: tuple[str, ...]) -> tuple[Message, ...]:
    turns = [Message(role="system", parts=(Text(system),))] if system else []
    return (*turns, user("".join(pieces).strip()))


def _without_last_space(pieces: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    """Return the prompt without a space at its end, and the space: it belongs to the option.

    Tokenizers join a space with the word after it; the text as a whole stays the same.
    """
    *above, last = pieces
    bare = last.removesuffix(" ")
    return (*above, bare), last[len(bare) :]
