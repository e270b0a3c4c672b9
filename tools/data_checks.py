"""Write the page of what data checks found in the real sets: numbers, not opinions.

python tools/data_checks.py DATA docs/data_checks.md [BENCHMARK...]    # or - for standard output

With benchmarks named only these are checked. Exit code 1: one breaks its contract.
"""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from benchwright import catalog
from benchwright.benchmarks.loading import locate
from benchwright.core.errors import BenchwrightError, DataError
from benchwright.sandbox.runtimes import lacking
from benchwright.testing.answering import Executor
from benchwright.testing.data_checks import ALL
from benchwright.testing.data_checks.across import Across
from benchwright.testing.data_checks.finding import Finding, material

HEAD = """# What is odd about the data

Written by `make data-checks`: every benchmark of the zoo, all its samples, in numbers. What stands
here is mostly the authors' own data, which nobody changed; it is what a reader of scores must know.
`benchwright check NAME --all` says the same of one benchmark, `benchwright check NAME` all but the
scoring. A number that is 0 everywhere in its check is left out.

*Nearly* means four fifths of all runs of three words in common; questions of fewer than eight words
are not compared across benchmarks. A p-value is of one test: of the {tests} tests here, those below
{bound:.1g} would be below 0.05 after Bonferroni's correction, and are **bold**.
"""


class Checked(NamedTuple):
    """What was found of one benchmark."""

    name: str
    """Its name."""
    samples: int
    """How many samples it has here."""
    source: str
    """Which part of the data is here; empty where it is all."""
    findings: tuple[tuple[str, Finding], ...]
    """Check → what it found."""
    problem: str = ""
    """Why it could not be checked."""


def checked(name: str, data: Path, across: Across, execute: Executor | None) -> Checked:
    """Return what all checks find of one benchmark."""
    benchmark = catalog.benchmark(name)
    needs = benchmark.card.runtimes
    if execute is not None and (problems := lacking(needs)):
        return Checked(name, 0, "", (), "; ".join(problems))
    try:
        found = locate(benchmark.card, folder=data)
        held = material(benchmark, found, execute if needs else None)
    except DataError as absent:
        return Checked(
            name, 0, "", (), str(absent).partition("\n")[0].replace(str(data), "the data folder")
        )
    try:
        odd = [(title, one) for title, check in ALL.items() for one in check(held)]
        odd += [("across benchmarks", one) for one in across.add(held)]
    except Exception as cause:  # noqa: BLE001 - whatever a scorer raises is said on the page
        traceback.print_exc()
        return Checked(name, 0, "", (), f"**BREAKS** {type(cause).__name__}: {cause}")
    return Checked(name, len(held.samples), found.source.subset, tuple(odd))


def page(all_: Sequence[Checked], *, sandboxed: str) -> str:
    """Return the page in Markdown."""
    tests = sum(one.p is not None for checked_ in all_ for _, one in checked_.findings)
    bound = 0.05 / max(tests, 1)
    there = [one for one in all_ if not one.problem]
    parts = [HEAD.format(tests=tests, bound=bound), f"Programs: {sandboxed}.\n"]
    parts.append(_totals(there, bound))
    parts += [_section(one, bound) for one in there]
    absent = [f"- `{one.name}`: {one.problem}" for one in all_ if one.problem]
    if absent:
        parts.append("## Not checked\n\n" + "\n".join(absent) + "\n")
    return "\n".join(parts)


def _totals(there: Sequence[Checked], bound: float) -> str:
    """Return one line per benchmark with the numbers that most tell."""
    columns = {
        "word for word": "repeat another sample word for word",
        "nearly": "are nearly another sample",
        "same options": "have two options that differ in case, space or form at most",
        "rejected": "reject their right answer",
        "noise": "accept noise",
    }
    lines = [
        f"| benchmark | samples | {' | '.join(columns)} | commonest letter |",
        f"| --- | {' | '.join(['---:'] * (len(columns) + 2))} |",
    ]
    for one in there:
        cells = []
        for beginning in columns.values():
            mine = [f for _, f in one.findings if f.what.startswith(beginning)]
            cells.append(f"{sum(f.count for f in mine):,}" if mine else "")
        letter = [f for _, f in one.findings if f.what.endswith("the commonest letter")]
        cells.append(
            f"{letter[0].count / letter[0].of:.1%}{_p(letter[0], bound)}" if letter else ""
        )
        lines.append(f"| [{one.name}](#{one.name}) | {one.samples:,} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _section(one: Checked, bound: float) -> str:
    part = f" (here: {one.source})" if one.source else ""
    lines = [f"## {one.name}\n", f"{one.samples:,} samples{part}.\n"]
    for check in dict.fromkeys(check for check, _ in one.findings):
        mine = [finding for name, finding in one.findings if name == check]
        shown = [finding for finding in mine if finding.count or finding.p is not None]
        lines += [f"- *{check}*: {_line(finding, bound)}" for finding in shown]
    return "\n".join(lines) + "\n"


def _line(one: Finding, bound: float) -> str:
    text = f"{'**BREAKS** ' if one.broken else ''}{one.count:,} of {one.of:,} {one.what}"
    text += _p(one, bound)
    text += f"; {one.note}" if one.note else ""
    named = "; ".join(example[:160] for example in one.examples)
    return (text + (f": {named}" if named else "")).replace("|", "\\|").replace("\n", " ")


def _p(one: Finding, bound: float) -> str:
    if one.p is None:
        return ""
    shown = "p < 1e-12" if one.p < 1e-12 else f"p = {one.p:.2g}"
    return f" (**{shown}**)" if one.p < bound else f" ({shown})"


def sandbox(stack: ExitStack) -> tuple[Executor | None, str]:
    """Return what runs programs, and how to speak of it."""
    try:
        from benchwright.sandbox import open_sandbox

        opened = stack.enter_context(open_sandbox("auto"))
    except (ImportError, BenchwrightError) as cause:
        return None, f"a sandbox was played, for want of one ({type(cause).__name__})"
    return opened.run, "run in the sandbox"


def run(names: Sequence[str], data: Path) -> Iterator[Checked | str]:
    """Yield how programs are run, then what was found, benchmark by benchmark."""
    across = Across()
    with ExitStack() as stack:
        execute, sandboxed = sandbox(stack)
        yield sandboxed
        for name in names:
            began = time.process_time()
            found = checked(name, data, across, execute)
            used = time.process_time() - began
            sys.stderr.write(
                f"{name}: {found.samples:,} samples, {used:.1f} CPU s {found.problem}\n"
            )
            yield found


def main(arguments: Sequence[str]) -> int:
    """Write the page."""
    if len(arguments) < 2:
        sys.stderr.write(__doc__ or "")
        return 2
    data, out, *only = arguments
    # The small ones first: a run that is stopped leaves a page of all that was done.
    names = sorted(only or catalog.benchmarks(), key=lambda name: catalog.summary(name).size)
    sandboxed, text = "", ""
    all_: list[Checked] = []
    for one in run(names, Path(data)):
        if isinstance(one, str):
            sandboxed = one
            continue
        all_ = sorted([*all_, one], key=lambda each: each.name)
        text = page(all_, sandboxed=sandboxed)
        if out != "-":
            Path(out).write_text(text, encoding="utf-8")
    if out == "-":
        sys.stdout.write(text)
    broken = any(finding.broken for one in all_ for _, finding in one.findings)
    return int(broken or any("BREAKS" in one.problem for one in all_))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
