"""Write the page of published scores beside ours, of every group of benchmarks.

PYTHONPATH=tools python -m parity DATA docs/parity.md [GROUP...]    # - for standard output

With groups named only these are reckoned, and the rest is said to be missing. Exit code 1: a group
could not be reckoned, or a difference is unexplained.
"""

from __future__ import annotations

import importlib
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from parity.case import Case
from parity.page import Standing, page, standing, summary

GROUPS = ("knowledge", "reasoning", "math", "code", "instructions", "domain")
"""Modules of this package that are to be; any other module with ``cases`` counts as well."""
APART = {"__init__", "__main__", "case", "page"}


def names() -> list[str]:
    """Return the groups: those that are to be, and what else there is."""
    there = {path.stem for path in Path(__file__).parent.glob("*.py")} - APART
    return [*GROUPS, *sorted(name for name in there - {*GROUPS} if not name.startswith("_"))]


def reckoned(name: str, data: Path) -> list[Case] | str:
    """Return the cases of one group, or why they cannot be had."""
    try:
        module = importlib.import_module(f"parity.{name}")
        cases = list(module.cases(data))
    except Exception as cause:  # noqa: BLE001 - whatever a group raises is said on the page
        if isinstance(cause, ModuleNotFoundError) and cause.name == f"parity.{name}":
            return "there is no such module yet"
        traceback.print_exc()
        return f"{type(cause).__name__}: {cause}"
    return cases or "its folders hold no recorded outputs"


def main(arguments: Sequence[str]) -> int:
    """Write the page and print its summary."""
    if len(arguments) < 2:
        sys.stderr.write(__doc__ or "")
        return 2
    data, out, *only = arguments
    groups: dict[str, list[Case] | str] = {}
    for name in names():
        began = time.process_time()
        wanted = not only or name in only
        groups[name] = reckoned(name, Path(data)) if wanted else "was not asked for"
        sys.stderr.write(f"{name}: {time.process_time() - began:.1f} CPU s\n")
    text = page(groups)
    cases = [case for group in groups.values() if not isinstance(group, str) for case in group]
    problems = {name: group for name, group in groups.items() if isinstance(group, str)}
    if out == "-":
        sys.stdout.write(text)
    else:
        Path(out).write_text(text, encoding="utf-8")
        sys.stdout.write(summary(cases, problems))
    open_ = any(standing(case) is Standing.UNEXPLAINED for case in cases)
    return 1 if problems or open_ else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
