"""HiBench's answers by what they mean; ``hibench_paper`` judges as the released code does."""

from __future__ import annotations

from benchwright.core.content import Text
from benchwright.core.example import Example
from benchwright.core.response import said
from benchwright.core.sample import Sample
from benchwright.scorers._hierarchy import judge
from benchwright.scorers._rule import Rule


def example(kind: str, target: str, *wrong: str) -> Example:
    """Return one sample of ``kind`` with its target in JSON as the right answer."""
    sample = Sample(id=f"kit/{kind}", input=(Text("?"),), target=target, metadata={"kind": kind})
    shown = target.replace("\n", "\\n")
    right = said(f'{{"answer": "{shown}"}}')
    return Example(sample=sample, right=right, wrong=tuple(said(text) for text in wrong))


KIT = (
    example("bool", "true", '{"answer": "false"}', "true or false"),
    example("integer", "1", '{"answer": "12"}', '{"answer": "depth"}'),
    example("number", "16.5", '{"answer": 16.4}'),
    example("text", "inorder", '{"answer": "inorder or preorder"}'),
    example("multiset", "1, 2, 3", '{"answer": "1, 2"}', '{"answer": "1, 2, 3, 4"}'),
    example("ordered", "1, 2, 3", '{"answer": "3, 2, 1"}', '{"answer": "1, 2"}'),
    example("edges", "0 -> 1, 1 -> 2", '{"answer": "0 -> 1"}', '{"answer": "1 -> 0, 1 -> 2"}'),
    example("drawing", "0\n|-- 1\n`-- 2", '{"answer": "0\\n|-- 1\\n|   `-- 2"}'),
    example("formula", "5 - ( 6 + 4 )", '{"answer": "5 - 6 + 4"}', '{"answer": "5 - ("}'),
    example("complexity", "O(n log n)", '{"answer": "O(n)"}'),
)
SCORER = Rule("hibench", "1", judge)
