"""Partial scoring: every option goes into the question's blank, the same ending is scored.

The way WinoGrande is asked since Trinh and Le 2018 (arXiv:1806.02847) and in GPT-3's evaluation;
`partial evaluation` there. What differs between the options stands before the text that is scored,
so the endings are the same tokens and their sums are compared as they are: there is no length to
divide by.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from benchwright.benchmarks.shots import Shots
from benchwright.core.benchmark import Asking
from benchwright.core.conditions import Conditions
from benchwright.core.content import Message, Text, user
from benchwright.core.flow import Flow, ask_all
from benchwright.core.request import Origin, Request
from benchwright.core.response import Failure, Response
from benchwright.core.sample import Presentation, Sample

BLANK = re.compile(r"_+")
"""What stands where the option goes."""

BETWEEN = "\n\n"
"""After a worked example."""


def halves(sample: Sample) -> tuple[str, str]:
    """Return what stands before the question's blank, and what after it.

    Raises:
        ValueError: the question has no blank, several, or nothing after it.
    """
    pieces = BLANK.split(sample.text)
    if len(pieces) != 2 or not pieces[1].strip():
        raise ValueError(f"sample {sample.id} has not one blank (_) with an ending after it")
    return pieces[0], pieces[1]


class PartialSolver:
    """Asks for the ending's log-likelihood once per option, and puts the answers together."""

    def __init__(self, *, name: str, benchmark: str, asking: Asking, shots: Shots) -> None:
        """Make the solver called ``name`` (``name@version``).

        Args:
            name: Solver's name and version.
            benchmark: For the origin of requests.
            asking: What the user wants.
            shots: What worked examples there are; they are shown with the right option filled in.
        """
        self._benchmark = benchmark
        self._asking = asking
        self._shots = shots
        self._conditions = Conditions(
            solver=name,
            ask=asking.ask,
            layout=f"{'chat' if asking.chat else 'raw'}: option in the blank",
            system=asking.system,
            shots=shots.count,
            shots_source=shots.source,
            shots_digest=shots.digest(),
        )

    @property
    def conditions(self) -> Conditions:
        """Everything that decides how questions are asked."""
        return self._conditions

    def __call__(self, sample: Sample, presentation: Presentation, repeat: int) -> Flow[Response]:
        """Ask ``sample``: one request per option, one log-likelihood per option in the response.

        Raises:
            RequestFailed: a request got no answer.
            ValueError: the sample has no blank or no options.
        """
        if not sample.choices:
            raise ValueError(f"sample {sample.id} has no options to put into its blank")
        above = [presentation.instruction] if presentation.instruction else []
        above += [f"{filled(shot)}{BETWEEN}" for shot in self._before(sample)]
        steps = range(len(sample.choices))
        answers = yield from ask_all(
            [self._request(sample, tuple(above), option, repeat) for option in steps]
        )
        return joined(answers)

    def _before(self, sample: Sample) -> tuple[Sample, ...]:
        return self._shots.before(sample, self._shots.count)

    def _request(self, sample: Sample, above: tuple[str, ...], option: int, repeat: int) -> Request:
        before, after = halves(sample)
        system, chat = self._asking.system, self._asking.chat
        context, ending = before + sample.choices[option], after.strip()
        messages: tuple[Message, ...] = ()
        if chat:
            head = (Message(role="system", parts=(Text(system),)),) if system else ()
            messages = (*head, user(*above, context))
        elif after[0].isspace():
            ending = f" {ending}"
        return Request(
            prompt=() if chat else (*([f"{system}\n\n"] if system else ()), *above, context),
            messages=messages,
            continuations=(ending,),
            repeat=(repeat, 0),
            origin=Origin(
                benchmark=self._benchmark,
                sample=sample.root,
                variant=sample.variant,
                repeat=repeat,
                step=option,
            ),
        )


def filled(sample: Sample) -> str:
    """Return the question with the right option in its blank."""
    before, after = halves(sample)
    return f"{before}{sample.choices[sample.target_index]}{after.rstrip()}"


def whole(answers: Sequence[Response | Failure | None], sample: Sample) -> Response | None:
    """Return one response of the answers to ``sample`` asked so; None where they are no such.

    For reading kept answers: they were asked option by option if there is one log-likelihood in
    each and one answer for each option.
    """
    if not len(answers) == len(sample.choices) > 1:
        return None
    found = [answer for answer in answers if isinstance(answer, Response)]
    single = all(len(answer.continuations) == 1 for answer in found)
    return joined(found) if single and len(found) == len(answers) else None


def joined(answers: Sequence[Response]) -> Response:
    """Return one response that holds the one log-likelihood of each of ``answers``, in order."""
    return Response(
        continuations=tuple(answer.continuations[0] for answer in answers),
        boundary_merged=any(answer.boundary_merged for answer in answers),
        finish="scored",
        served_model=answers[-1].served_model,
        deviations=tuple(dict.fromkeys(d for answer in answers for d in answer.deviations)),
    )
