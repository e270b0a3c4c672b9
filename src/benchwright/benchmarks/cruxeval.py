"""CRUXEval's functions, from ZeroEval's items or from the authors' own file."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from benchwright.core.benchmark import Data, Source
from benchwright.core.errors import DataError
from benchwright.models.records import records
from benchwright.scorers._literals import literal

SOURCES = (
    Source(
        kind="folder",
        location="cruxeval",
        files={"test": "zeroeval_crux_items.jsonl.gz"},
        digests={
            "zeroeval_crux_items.jsonl.gz": (
                "ea0e86e5def65a76615bb5c18bc9d3624ceeccc0efa4a4489fbd74a7a2dabefd"
            )
        },
        note="WildEval/ZeroEval@8c1485e; function, input and output are taken from its questions.",
    ),
    Source(
        kind="hub",
        location="cruxeval-org/cruxeval",
        revision="b96af0450242eb4da433032b90998f25588a5d0f",
        files={"test": "test.jsonl"},
        note="Revision and file as several public projects name them; digest unverified.",
    ),
)


class Item(Struct, frozen=True):
    """One function with one call of it."""

    id: str
    """The authors' id, ``sample_0`` to ``sample_799``."""
    code: str
    """The function ``f``."""
    input: str
    """Its arguments, as Python."""
    output: str
    """What it returns, as a literal."""

    @property
    def kind(self) -> str:
        """The type of the output, for slicing."""
        return type(literal(self.output)).__name__


def items(data: Data) -> Iterator[Item]:
    """Yield the 800 items in the authors' order.

    Raises:
        DataError: a question is not of ZeroEval's form.
    """
    for row, (_, record) in enumerate(records(data.path("test"))):
        if "question" not in record:
            yield Item(record["id"], record["code"], record["input"], record["output"])
            continue
        asked = record["question"].partition("[PYTHON]\n")[2].rpartition("\n[/PYTHON]")[0]
        code, mark, call = asked.rpartition("\nassert f(")
        if not mark or not call.endswith(") == ??"):
            raise DataError(f"cruxeval: question {row} ends in no assertion")
        number = record["id"].rpartition("#")[2]
        yield Item(f"sample_{number}", code, call.removesuffix(") == ??"), record["answer"])
