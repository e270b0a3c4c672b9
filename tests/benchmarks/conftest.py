"""A small benchmark, its card and its data, made on the spot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from benchwright.benchmarks.loading import LocalData
from benchwright.benchmarks.multiple_choice import MultipleChoice
from benchwright.core.benchmark import Card, Data, Source
from benchwright.core.content import Text
from benchwright.core.sample import LETTERS, Sample

settings.register_profile("shared machine", deadline=None)
settings.load_profile("shared machine")


@pytest.fixture(autouse=True)
def no_settings_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("BENCHWRIGHT_DATA", "BENCHWRIGHT_SOURCE", "HF_ENDPOINT", "HF_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("BENCHWRIGHT_CACHE", str(tmp_path / "cache"))


def a_card(*sources: Source, size: int = 4) -> Card:
    return Card(
        name="tiny",
        version="1",
        title="Tiny",
        summary="Four questions.",
        paper="none",
        licence="CC0-1.0",
        size=size,
        sources=sources,
    )


def questions(count: int = 4, topic: str = "tools") -> list[Sample]:
    return [
        Sample(
            id=f"{topic}/{row}",
            input=(Text(f"Question {row} about {topic}?"),),
            choices=(f"one{row}", f"two{row}", f"three{row}"),
            target=LETTERS[row % 3],
            tags={"topic": topic},
            metadata={"solution": f"Because {row}."},
        )
        for row in range(count)
    ]


@pytest.fixture
def make_card() -> Callable[..., Card]:
    return a_card


@pytest.fixture
def make_questions() -> Callable[..., list[Sample]]:
    return questions


@pytest.fixture
def nowhere() -> Data:
    source = Source(kind="folder", location="tiny", files={"test": "t", "shots": "s"})
    return LocalData(source, lambda relative: Path(relative))


@pytest.fixture
def tiny() -> MultipleChoice:
    def read(data: Data, split: str) -> Iterator[Sample]:
        for topic in ("tools", "birds"):
            if split == "test":
                yield from questions(2, topic)
            else:
                for sample in questions(3, topic):
                    yield Sample(
                        id=f"dev/{sample.id}",
                        input=(Text(f"Example: {sample.text}"),),
                        choices=sample.choices,
                        target=sample.target,
                        tags=sample.tags,
                        metadata=sample.metadata,
                    )

    source = Source(kind="folder", location="tiny", files={"test": "t"}, note="unverified")
    return MultipleChoice(card=a_card(source), read=read, shots=2, shots_tag="topic")
