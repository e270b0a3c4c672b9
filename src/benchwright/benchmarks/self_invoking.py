"""Self-invoking questions: a harder problem whose solution calls that of the problem before it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Sequence

from benchwright.benchmarks.coding import above, called, size, together, tree_of
from benchwright.benchmarks.layout import Layout
from benchwright.benchmarks.open_answer import OpenAnswer
from benchwright.benchmarks.pass_at_k import PASS_AT_K
from benchwright.core.benchmark import Card, Data, Figure, Row
from benchwright.core.content import Text
from benchwright.core.request import Generation
from benchwright.core.sample import Sample
from benchwright.models.records import records
from benchwright.scorers.unit_tests import UnitTests

LAYOUT = Layout(
    name="codeeval pro",
    lead="Write a solution of python file to the following problems, the solution of the second "
    "problem requires single or multiple calls to the first solution.\n```python\n",
    cue="\n```\nPlease put the two solutions to the above problems in one Python code block.\n"
    "```python\n",
    shown="target",
)
"""The authors' instruction (CodeEval-Pro/CodeEval-Pro, README.md), gone on with in raw text."""

CHAT_LAYOUT = Layout(
    name="codeeval pro chat",
    lead=LAYOUT.lead,
    cue="\n```\nPlease put the two solutions to the above problems in one Python code block.",
    shown="target",
)
"""The same in a chat."""

SECONDS = "30"
"""The authors' limit for the statistics of errors, used for all (they allow pass@k 3 s)."""


def _calling(rows: Sequence[Row]) -> float | None:
    read = [row.answer for row in rows if row.answer]
    calling = sum(answer.startswith("# calls ") for answer in read)
    return calling / len(read) if read else None


SELF_INVOCATION = Figure(
    name="self-invocation rate",
    about="The share of the answers with code whose second function calls the first, directly or "
    "through other functions of the answer, 0 to 1; ours, by the syntax tree.",
    of=_calling,
)


def read(data: Data, split: str, prefix: str, objects: str = "") -> Iterator[Sample]:
    """Yield the samples of one of the authors' files.

    Ids that are numbers get the ``prefix``; ``objects`` says why the tests must share a process
    with the answer, where they all do.
    """
    for _, record in records(data.path(split)):
        raw, new = record["raw_problem"].strip(), record["new_problem"].strip()
        first = f"{record['raw_problem']}{record['raw_solution']}"
        second = f"{record['new_problem']}{record['new_solution']}"
        base = _last_function(first)
        *others, entry = called(record["test_code"], f"{first}\n\n{second}")
        yield Sample(
            id=f"{prefix}/{record['id']}" if isinstance(record["id"], int) else record["id"],
            input=(Text(f"{raw}\n{new}"),),
            target=f"{first.strip()}\n\n\n{second.strip()}\n",
            tags={"solution": size(record["new_solution"])},
            metadata={
                "entry_point": entry,
                "uses": " ".join(dict.fromkeys((base, *others))),
                "prompt": f"{raw}\n",
                "above": f"{above(first, base)}\n{_imports(second)}".strip(),
                "checks": _tests(record["test_code"], f"{first}\n{second}"),
                "base": base,
                "seconds": SECONDS,
                "packages": _packages(f"{first}\n{second}\n{record['test_code']}"),
                "together": together(others) or objects,
            },
        )


def self_invoking(card: Card, prefix: str, objects: str = "") -> OpenAnswer:
    """Return the benchmark of ``card``, with the authors' prompt, pass@k and self-invocation."""
    return OpenAnswer(
        card=card,
        read=lambda data, split: read(data, split, prefix, objects),
        official=UnitTests(executes=card.runtimes),
        layout=LAYOUT,
        chat_layout=CHAT_LAYOUT,
        generation=Generation(max_tokens=2048),
        raw_stop=("\n```",),
        figures=(*PASS_AT_K, SELF_INVOCATION),
    )


def _last_function(source: str) -> str:
    return [n.name for n in tree_of(source).body if isinstance(n, ast.FunctionDef)][-1]


def _imports(source: str) -> str:
    nodes = [n for n in tree_of(source).body if isinstance(n, ast.Import | ast.ImportFrom)]
    return "\n".join(ast.unparse(node) for node in nodes)


def _packages(source: str) -> str:
    """Return the packages outside the standard library that ``source`` imports, by spaces."""
    names = set[str]()
    for node in ast.walk(tree_of(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return " ".join(sorted(names - sys.stdlib_module_names))


def _tests(checks: str, solution: str) -> str:
    """Return ``checks`` after the imports of ``solution`` that they use and do not make.

    The authors run both as one module; here modules do not cross from the answer to the tests.
    """
    read = {node.id for node in ast.walk(tree_of(checks)) if isinstance(node, ast.Name)}
    found = [
        ast.unparse(node)
        for node in tree_of(solution).body
        if isinstance(node, ast.Import | ast.ImportFrom)
        and any((alias.asname or alias.name.partition(".")[0]) in read for alias in node.names)
    ]
    return "\n".join((*dict.fromkeys(found), checks.strip(), ""))
