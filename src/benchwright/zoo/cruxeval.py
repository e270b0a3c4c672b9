"""CRUXEval-O: what 800 short Python functions return."""

from __future__ import annotations

from collections.abc import Iterator

from benchwright.benchmarks.cruxeval import SOURCES, Item, items
from benchwright.benchmarks.layout import Layout
from benchwright.benchmarks.open_answer import OpenAnswer
from benchwright.benchmarks.pass_at_k import PASS_AT_K
from benchwright.core.benchmark import Card, Data, Metric, ReferenceScore
from benchwright.core.content import Text
from benchwright.core.request import Generation
from benchwright.core.sample import Sample
from benchwright.scorers.python_literal import SCORER

_ZEROEVAL = {
    "gpt-4-0314": 0.7450,
    "gemini-1.5-flash-exp-0827": 0.7450,
    "Qwen2.5-72B-Instruct": 0.7388,
    "deepseek-v2.5-0908": 0.7000,
    "Qwen2.5-32B-Instruct": 0.6988,
    "gemini-1.5-flash": 0.6375,
    "yi-large-preview": 0.6038,
    "Phi-3-mini-4k-instruct": 0.4475,
    "Phi-3.5-mini-instruct": 0.4212,
    "reka-flash-20240226": 0.3412,
}

CARD = Card(
    name="cruxeval",
    version="1",
    title="CRUXEval-O: output prediction",
    summary="What a short Python function returns for one input; cruxeval_input asks the reverse.",
    paper="Gu et al. 2024, arXiv:2401.03065",
    licence="MIT",
    size=800,
    stratum="output",
    sources=SOURCES,
    metric=Metric(name="pass@1"),
    reference_scores=tuple(
        ReferenceScore(
            model=model,
            score=score,
            setting="0-shot, JSON answer, ZeroEval's released rule (scorer zeroeval_text_paper)",
            read_at="WildEval/ZeroEval@8c1485e result_dirs/crux.summary.json",
        )
        for model, score in _ZEROEVAL.items()
    ),
    notes="The authors' direct prompt with two worked examples; they run the assertion, here the "
    "literals are compared, which is the same for literals and runs nothing.",
)

_INSTRUCTION = """You are given a Python function and an assertion containing an input to the \
function. Complete the assertion with a literal (no unsimplified expressions, no function calls) \
containing the output when executing the provided code on the given input, even if the function \
is incorrect or incomplete. Do NOT output any extra information. Provide the full assertion with \
the correct output in [ANSWER] and [/ANSWER] tags, following the examples.

"""

_SHOTS = (
    Item("shot_0", "def f(n):\n    return n", "17", "17"),
    Item("shot_1", 'def f(s):\n    return s + "a"', '"x9j"', '"x9ja"'),
)


def _read(data: Data, split: str) -> Iterator[Sample]:
    for item in _SHOTS if split == "shots" else items(data):
        call = f"assert f({item.input}) =="
        yield Sample(
            id=item.id,
            input=(Text(f"{item.code}\n{call} ??"),),
            target=item.output,
            tags={"output": item.kind},
            metadata={"solution": f"{call} {item.output}\n[/ANSWER]"},
        )


BENCHMARK = OpenAnswer(
    card=CARD,
    read=_read,
    official=SCORER,
    shots=2,
    shots_source="the authors' two",
    layout=Layout(
        name="cruxeval output",
        header=lambda sample: _INSTRUCTION,  # noqa: ARG005 - the same above every question
        lead="[PYTHON]\n",
        cue="\n[/PYTHON]\n[ANSWER]\n",
        gap="",
        shown="solution",
        turns=False,
    ),
    generation=Generation(max_tokens=1024, stop=("[/ANSWER]",)),
    raw_stop=(),
    figures=PASS_AT_K,
)
