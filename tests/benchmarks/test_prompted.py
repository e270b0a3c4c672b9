from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchwright.benchmarks.layout import Layout
from benchwright.benchmarks.prompt_text import taken_apart
from benchwright.benchmarks.prompted import Prompted, Way
from benchwright.core.benchmark import Asking, Card, Data, Source
from benchwright.core.content import Text
from benchwright.core.errors import DataError, DescriptionError, UnknownName
from benchwright.core.flow import drive
from benchwright.core.request import Request, transcript
from benchwright.core.response import Response
from benchwright.core.sample import Presentation, Sample
from benchwright.scorers.exact_match import SCORER

LAYOUT = Layout(name="shipped", lead="Q: ", cue="\nA:", gap="", turns=False)
TEXTS = {
    "sums": "Add.\n\nQ: 1 + 1\nA: one and one\nis 2.\n\nQ: 2 + 2\nA: 4",
    "words": "Sort.\n\nQ: b a\nA: a b\n\nQ: d c\nA: c d",
}
CARD = Card(
    name="shipped",
    version="1",
    title="",
    summary="",
    paper="",
    licence="",
    size=2,
    sources=(Source(kind="folder", location="shipped", files={"test": "t"}),),
)


class Nothing:
    """Data of which nothing is read."""

    source = CARD.sources[0]


def read(data: Data, split: str) -> Iterator[Sample]:
    for task, question in (("sums", "3 + 3"), ("words", "f e")):
        yield Sample(id=task, input=(Text(question),), target="?", tags={"task": task})


BENCHMARK = Prompted(
    card=CARD,
    read=read,
    ways={
        "generate": Way(
            official=SCORER, layout=LAYOUT, shots=2, shots_tag="task", texts=lambda _: TEXTS
        ),
        "bare": Way(official=SCORER, layout=Layout(name="bare", lead="", cue="")),
    },
)


def asked(way: str, *, chat: bool = False, shots: int | None = None) -> list[Request]:
    data: Data = Nothing()  # type: ignore[assignment]
    solver = BENCHMARK.solver(Asking(ask=way, chat=chat, shots=shots), data)
    found: list[Request] = []

    def answer(request: Request) -> Response:
        found.append(request)
        return Response()

    for sample in BENCHMARK.samples(data):
        drive(solver(sample, Presentation(), 0), answer)
    return found


def test_a_shipped_prompt_is_sent_byte_for_byte() -> None:
    sums, words = asked("generate")
    assert sums.prompt_text == TEXTS["sums"] + "\n\nQ: 3 + 3\nA:"
    assert words.prompt_text == TEXTS["words"] + "\n\nQ: f e\nA:"


def test_in_a_chat_it_is_one_turn() -> None:
    sums, _ = asked("generate", chat=True)
    assert transcript(sums) == "[user]\n" + TEXTS["sums"] + "\n\nQ: 3 + 3\nA:"


def test_fewer_examples_keep_the_instruction() -> None:
    assert asked("generate", shots=0)[0].prompt_text == "Add.\n\nQ: 3 + 3\nA:"
    assert asked("generate", shots=1)[1].prompt_text == "Sort.\n\nQ: b a\nA: a b\n\nQ: f e\nA:"


def test_more_examples_than_are_shipped_are_refused() -> None:
    with pytest.raises(DescriptionError, match="holds only 2"):
        asked("generate", shots=3)


def test_every_way_has_a_prompt_of_its_own() -> None:
    assert BENCHMARK.asks == ("generate", "bare")
    assert asked("bare")[0].prompt_text == "3 + 3"
    with pytest.raises(UnknownName):
        asked("letters")


def test_another_text_is_another_condition() -> None:
    data: Data = Nothing()  # type: ignore[assignment]
    asking = Asking(ask="generate", chat=False, shots=0)
    one = BENCHMARK.solver(asking, data).conditions
    way = Way(
        official=SCORER,
        layout=LAYOUT,
        shots=2,
        shots_tag="task",
        texts=lambda _: {**TEXTS, "sums": "Do sums.\n\nQ: 1 + 1\nA: 2\n\nQ: 2 + 2\nA: 4"},
    )
    changed = Prompted(card=CARD, read=read, ways={"generate": way})
    assert changed.solver(asking, data).conditions.digest() != one.digest()


@pytest.mark.parametrize("text", ["Add.", "Add.\n\nQ: 1 + 1", "Add.\n\nQ: 1 + 1\nB: 2"])
def test_a_text_that_is_no_prompt_is_refused(text: str) -> None:
    with pytest.raises(DataError, match="prompt"):
        taken_apart(text, LAYOUT, "prompt sums")
