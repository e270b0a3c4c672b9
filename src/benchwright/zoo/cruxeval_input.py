"""CRUXEval-I: an input for which each of 800 short Python functions returns a given output."""

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
from benchwright.scorers.cruxeval_input import SCORER

CARD = Card(
    name="cruxeval_input",
    version="1",
    title="CRUXEval-I: input prediction",
    summary="An input for which a short Python function returns a given output; any such is right.",
    paper="Gu et al. 2024, arXiv:2401.03065",
    licence="MIT",
    size=800,
    runtimes=("python",),
    stratum="output",
    sources=SOURCES,
    metric=Metric(name="pass@1"),
    reference_scores=tuple(
        ReferenceScore(
            model=model, score=score, setting=setting, read_at="arXiv:2401.03065, abstract"
        )
        for model, score, setting in (
            ("GPT-4", 0.75, "chain of thought"),
            ("Code Llama 34B", 0.50, "not stated there"),
        )
    ),
    notes="The authors' direct prompt with two worked examples. The proposed input is run in the "
    "sandbox.",
)

_INSTRUCTION = """You will be given a function f and an output in the form f(??) == output. Find \
any input such that executing f on the input leads to the given output. There may be multiple \
answers, but you should only output one. In [ANSWER] and [/ANSWER] tags, complete the assertion \
with one such input that will produce the output when executing the function.

"""

_COUNT = """def f(my_list):
    count = 0
    for i in my_list:
        if len(i) % 2 == 0:
            count += 1
    return count"""

_SHOTS = (
    Item("shot_0", _COUNT, '["mq", "px", "zy"]', "3"),
    Item("shot_1", "def f(s1, s2):\n    return s1 + s2", '"ba", "nana"', '"banana"'),
)


def _read(data: Data, split: str) -> Iterator[Sample]:
    for item in _SHOTS if split == "shots" else items(data):
        whole = f"assert f({item.input}) == {item.output}"
        yield Sample(
            id=item.id,
            input=(Text(f"{item.code}\nassert f(??) == {item.output}"),),
            target=whole,
            tags={"output": item.kind},
            metadata={
                "code": item.code,
                "output": item.output,
                "solution": f"{whole}\n[/ANSWER]",
            },
        )


BENCHMARK = OpenAnswer(
    card=CARD,
    read=_read,
    official=SCORER,
    shots=2,
    shots_source="the authors' two",
    layout=Layout(
        name="cruxeval input",
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
