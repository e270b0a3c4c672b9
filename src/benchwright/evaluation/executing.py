"""Whether code can be run here, found out before anything is asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchwright.core.errors import DescriptionError
from benchwright.evaluation.plan import Entry
from benchwright.sandbox.finding import choose
from benchwright.sandbox.runtimes import lacking

NOT_RUN = "some code could not be run; the same command runs it, and asks nothing again"


def executed_by(part: object) -> tuple[str, ...]:
    """Return the runtimes that a scorer or solver declares; empty where it runs no code."""
    declared: tuple[str, ...] = getattr(part, "executes", ())
    return declared


def runtimes_of(entries: Iterable[Entry]) -> list[str]:
    """Return every runtime that scorers, solvers and cards of ``entries`` declare, each once."""
    needs: list[str] = []
    for entry in entries:
        parts = [entry.question.solver, *(scorer for _, scorer in entry.question.scorers)]
        declared = [need for part in parts for need in executed_by(part)]
        # A card's runtimes are its official scorer's; recorded verdicts are judged without.
        needs += [*declared, *entry.benchmark.card.runtimes] if declared else []
    return list(dict.fromkeys(needs))


def sandbox_for(needs: Sequence[str], wanted: str) -> str:
    """Return the sandbox to take; where no code is run, ``wanted`` as it is.

    Raises:
        DescriptionError: code is to be run, and no sandbox works here or a runtime is absent;
            says why, and the command that mends it.
    """
    if not needs:
        return wanted
    problems = lacking(needs)
    try:
        wanted = choose(wanted)
    except DescriptionError as error:
        problems = [*error.problems, *problems]
    if problems:
        raise DescriptionError(*problems)
    return wanted


def remarks_on(sandbox: str) -> list[str]:
    """Return what the user is told of how code was run."""
    if sandbox != "none":
        return []
    return ["NO SANDBOX: code that models wrote was run with all rights of this account"]
