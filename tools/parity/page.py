"""The page of published scores beside ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

from parity.case import Case

NEAR = 0.05
"""Points up to which a difference counts as none: the aim of this page."""
SAME = 1e-9
"""Points up to which two rounded figures are equal."""
SHOWN = 12
"""Samples named for one difference."""

HEAD = """# Published scores beside ours

Written by `make parity` from outputs that other people recorded; nothing here is typed by hand.
*Ours* is what the rule named beside it makes of the recorded answers, rounded as the published
figure is. *Corrected* is the same by the rule that is the default here, where it differs from the
authors' released script ([Benchmarks](benchmarks.md#official-and-corrected-rules)).
Figures are in percent unless their name says otherwise, differences in points.
"""


class Standing(StrEnum):
    """How near ours is to what was published."""

    EXACT = "exact"
    NEAR = "within 0.05 points"
    EXPLAINED = "explained sample by sample"
    UNEXPLAINED = "UNEXPLAINED"


def standing(case: Case) -> Standing:
    """Return how near ours is."""
    away = abs(case.difference)
    if away <= SAME:
        return Standing.EXACT
    if away <= NEAR + SAME:
        return Standing.NEAR
    return Standing.EXPLAINED if case.explained else Standing.UNEXPLAINED


def page(groups: Mapping[str, Sequence[Case] | str]) -> str:
    """Return the page in Markdown.

    Args:
        groups: name → its cases, or why there are none.
    """
    cases = [case for group in groups.values() if not isinstance(group, str) for case in group]
    problems = {name: group for name, group in groups.items() if isinstance(group, str)}
    sections = (
        _section(name, [case for case in cases if case.benchmark == name])
        for name in sorted({case.benchmark for case in cases})
    )
    return "\n".join([HEAD, summary(cases, problems), *sections])


def summary(cases: Sequence[Case], problems: Mapping[str, str]) -> str:
    """Return how many of how many come out, benchmark by benchmark, and what could not be had."""
    columns = ["benchmark", "models", "figures", *Standing]
    lines = [_row(columns), _row(["---", *["---:"] * (len(columns) - 1)])]
    names = sorted({case.benchmark for case in cases})
    for name in [*names, ""]:
        mine = [case for case in cases if name in ("", case.benchmark)]
        models = len({(case.benchmark, case.model) for case in mine})
        counts = [sum(standing(case) is one for case in mine) for one in Standing]
        lines.append(_row([name or "**all**", models, len(mine), *counts]))
    said = "\n".join(lines)
    for name, problem in sorted(problems.items()):
        said += f"\n\n**NOT RECKONED, {name}:** {_cell(problem)}"
    open_ = [case for case in cases if standing(case) is Standing.UNEXPLAINED]
    if open_:
        named = ", ".join(f"{c.benchmark} {c.model} ({c.figure})" for c in open_)
        said += f"\n\n**UNEXPLAINED:** {_cell(named)}"
    return said + "\n"


def _section(benchmark: str, cases: Sequence[Case]) -> str:
    corrected = any(case.corrected is not None for case in cases)
    columns = ["model", "figure", "published", "ours", "difference"]
    columns += ["corrected"] if corrected else []
    columns += ["rows", "rule"]
    right = ["---:"] * (3 + corrected)
    lines = [f"## {benchmark}\n", _row(columns), _row(["---", "---", *right, "---:", "---"])]
    for case in cases:
        row: list[object] = [case.model, case.figure, _number(case.published), _number(case.ours)]
        row.append(f"{case.difference:+.4g}" if abs(case.difference) > SAME else "0")
        if corrected:
            row.append("" if case.corrected is None else _number(case.corrected))
        lines.append(_row([*row, f"{case.rows:,}" if case.rows else "", f"`{case.rule}`"]))
    lines += [""]
    lines += _explanations(cases)
    sources = sorted({case.source for case in cases if case.source})
    if sources:
        lines += [f"Read at: {_cell('; '.join(sources))}.", ""]
    return "\n".join(lines)


def _explanations(cases: Sequence[Case]) -> Iterator[str]:
    """Yield every reason once, with the figures that it concerns."""
    told: dict[tuple[str, str], list[str]] = {}
    for case in cases:
        more = len(case.explained) - SHOWN
        named = "; ".join(case.explained[:SHOWN]) + (f"; and {more} more" if more > 0 else "")
        if not named and standing(case) is Standing.UNEXPLAINED:
            named = "**UNEXPLAINED**"
        if named:
            told.setdefault((case.model, named), []).append(case.figure)
    for (model, named), figures in told.items():
        yield f"- {_cell(model)} ({_cell('; '.join(figures))}): {_cell(named)}"
    if told:
        yield ""


def _number(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".") if abs(value) < 1e6 else f"{value:g}"


def _row(cells: Sequence[object]) -> str:
    return f"| {' | '.join(_cell(str(cell)) for cell in cells)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
