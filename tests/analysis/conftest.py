"""A pool in memory: the columns of a real one, filled by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
import pytest

from benchwright.core.benchmark import Card, Metric
from benchwright.core.conditions import Conditions
from benchwright.core.measurement import Measurement, Outcome

BENCHMARK = "quiz@1-abc"

COLUMNS = {
    "id": "varchar",
    "model_key": "varchar",
    "benchmark": "varchar",
    "sample": "varchar",
    "variant": "varchar",
    "repeat": "bigint",
    "conditions": "varchar",
    "scorer": "varchar",
    "model": "varchar",
    "asked": "varchar",
    "tags": "map(varchar, varchar)",
    "outcome": "varchar",
    "value": "double",
    "failure": "varchar",
    "extractors_agree": "boolean",
    "chance": "double",
    "boundary_merged": "boolean",
    "answer": "varchar",
    "target": "varchar",
}


class MemoryPool:
    """What the analysis reads of a pool, without a folder."""

    def __init__(self) -> None:
        self.chosen: frozenset[tuple[str, str, str, str]] = frozenset()
        import duckdb

        self.connection = duckdb.connect()
        self.connection.execute(
            f"create table measurements ({', '.join(' '.join(c) for c in COLUMNS.items())})"
        )
        self.connection.execute("create table runs (id varchar, models json)")
        self.cards: dict[str, tuple[Card, dict[str, int]]] = {}
        self.kept: dict[str, Conditions] = {}

    def connect(self) -> Any:
        return self.connection.cursor()

    def card(self, benchmark: str) -> tuple[Card, Mapping[str, int]]:
        return self.cards[benchmark]

    def conditions(self, digest: str) -> Conditions:
        return self.kept.get(digest, Conditions(solver="choice@1", layout="chat: plain"))

    def steered(self) -> frozenset[tuple[str, str, str, str]]:
        return self.chosen

    def add(self, rows: Iterable[Measurement]) -> None:
        for row in rows:
            fields = {**msgspec.to_builtins(row), "id": row.identity()}
            values = [fields[name] for name in COLUMNS]
            self.connection.execute(
                f"insert into measurements values ({', '.join('?' for _ in COLUMNS)})", values
            )

    def save_card(self, sizes: dict[str, int], metric: Metric, name: str = BENCHMARK) -> None:
        card = Card(
            name=name.partition("@")[0],
            version="1",
            title="Quiz",
            summary="Questions.",
            paper="none",
            licence="CC0",
            size=sum(sizes.values()),
            metric=metric,
            stratum="subject" if set(sizes) != {""} else "",
        )
        self.cards[name] = (card, sizes)

    def save_conditions(self, **fields: Any) -> str:
        conditions = Conditions(solver="choice@1", **fields)
        self.kept[conditions.digest()] = conditions
        return conditions.digest()


@pytest.fixture
def pool() -> MemoryPool:
    """Make a pool with one benchmark of ten questions and no measurements."""
    pool = MemoryPool()
    pool.save_card({"": 10}, Metric())
    return pool


@pytest.fixture
def row() -> Callable[..., Measurement]:
    """Make a measurement, scored right unless told otherwise."""

    def make(sample: str, value: float | None = 1.0, **fields: Any) -> Measurement:
        outcome = Outcome.SCORED if value is not None else Outcome.UNPARSED
        told = {
            "model_key": "a" * 32,
            "model": "ada",
            "benchmark": BENCHMARK,
            "variant": "",
            "repeat": 0,
            "conditions": "c0",
            "scorer": "choice@1",
            "asked": "letters, 0-shot",
            "outcome": outcome,
            **fields,
        }
        return Measurement(sample=sample, value=value, **told)

    return make
