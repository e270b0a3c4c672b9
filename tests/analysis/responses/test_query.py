from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from benchwright.analysis.responses.query import Query
from benchwright.analysis.responses.reading import read_responses
from benchwright.core.benchmark import Card
from benchwright.core.content import Text
from benchwright.core.errors import DataError, DescriptionError, UnknownName
from benchwright.core.sample import Sample
from benchwright.pool import Pool

SAMPLES = {
    "contract": ("When is a contract binding?", {"subject": "law", "language": "en"}),
    "contrat": ("L'École: un contrat est formé quand?", {"subject": "law", "language": "fr"}),
    "cells": ("How do cells divide? The law of growth.", {"subject": "biology", "language": "en"}),
    "法": ("合同法律是什么?", {"subject": "law", "language": "zh"}),
}


@pytest.fixture
def folder(tmp_path: Path, row):  # type: ignore[no-untyped-def]
    """Make a pool of four tagged questions, two of them asked in a variant too."""
    benchmark = "quiz@1-abc"
    with Pool.open(tmp_path / "pool") as pool:
        card = Card(
            name="quiz", version="1", title="", summary="", paper="", licence="", size=len(SAMPLES)
        )
        pool.save_card(benchmark, card, {"": len(SAMPLES)})
        pool.save_samples(
            benchmark,
            [
                Sample(id=name, input=(Text(text=text),), tags=tags, choices=("yes", "never"))
                for name, (text, tags) in SAMPLES.items()
            ],
        )
        pool.measurements.write(
            [
                row(name, benchmark=benchmark, tags=tags, model=m, model_key=m * 32)
                for name, (_, tags) in SAMPLES.items()
                for m in "ab"
            ]
        )
        yield pool


def items(folder: Pool, where: str | Query) -> set[str]:
    return set(read_responses(folder, where).items)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("language = 'fr'", {"contrat"}),
        ("subject = 'law' and language in ('fr', 'zh')", {"contrat", "法"}),
        ("tags['subject'] = 'law' and \"language\" <> 'zh'", {"contract", "contrat"}),
        ("tag = 'law' and language = 'fr'", {"contrat"}),
        ("tag like 'b%'", {"cells"}),
        (
            "sample = 'cells' or 'é' = 'e' or language = 'zh' -- and language = 'fr'",
            {"cells", "法"},
        ),
        ("len(list_filter(['law'], lambda x: x = subject)) = 0", {"cells"}),
    ],
)
def test_tags_are_used_like_columns(folder: Pool, where: str, expected: set[str]) -> None:
    assert items(folder, where) == expected


def test_a_name_that_is_neither_column_nor_tag_is_refused_with_the_nearest(folder: Pool) -> None:
    with pytest.raises(UnknownName, match="Did you mean language"):
        read_responses(folder, "langauge = 'fr'")


@pytest.mark.parametrize(
    "where", ["language = 'it'", Query(search="cells", where="language = 'fr'")]
)
def test_an_empty_selection_has_no_ranking(folder: Pool, where: str | Query) -> None:
    with pytest.raises(DescriptionError, match="no ranking"):
        read_responses(folder, where)


def test_a_condition_is_one_condition(folder: Pool) -> None:
    with pytest.raises(DescriptionError):
        read_responses(folder, "true); drop view samples; select (1")


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("contract", {"contract"}),
        ("contr*", {"contract", "contrat"}),
        ("ecole", {"contrat"}),
        ("LAW growth", {"cells"}),
        ("法律", {"法"}),
        ("never", set(SAMPLES)),
    ],
)
def test_words_are_found_whole_without_case_and_accents(
    folder: Pool, search: str, expected: set[str]
) -> None:
    assert items(folder, Query(search=search, threshold=0.3)) == expected


def test_the_most_relevant_are_taken_and_the_notes_say_so(folder: Pool) -> None:
    table = read_responses(folder, Query(search="contract never", threshold=0, top=1))

    assert list(table.items) == ["contract"]
    assert table.groups[0].size == 0
    assert any("1 of 4 samples are found by 'contract never'" in note for note in table.notes)


def test_relevance_is_1_for_a_text_of_average_length_with_every_word_once() -> None:
    columns = {
        "model": ["a"] * 3,
        "item": [1, 2, 3],
        "score": [1, 0, 1],
        "text": ["red blue green", "red blue white", "black white green"],
    }

    assert set(read_responses(columns, Query(search="red blue", threshold=0.999)).items) == {
        "1",
        "2",
    }
    with pytest.raises(DescriptionError, match=r"none exceeds 1\.001"):
        read_responses(columns, Query(search="red blue", threshold=1.001))


def test_words_that_occur_nowhere_are_named(folder: Pool) -> None:
    with pytest.raises(DescriptionError, match="No sample holds 'tort'"):
        read_responses(folder, Query(search="tort law"))
    with pytest.raises(DescriptionError, match="no word"):
        read_responses(folder, Query(search="?!"))


def test_a_search_needs_texts() -> None:
    columns = {"model": ["a"], "item": ["q"], "score": [1.0]}

    with pytest.raises(DataError, match="no texts"):
        read_responses(columns, Query(search="law"))


def test_embeddings_of_the_caller_may_find_the_samples(folder: Pool) -> None:
    asked: list[str] = []

    def embed(texts: Sequence[str]) -> np.ndarray:
        asked.extend(texts)
        return np.array([[3.0, 0.0] if "cell" in text else [0.0, 0.5] for text in texts])

    assert items(folder, Query(search="stem cell", embed=embed)) == {"cells"}
    assert asked[0] == "stem cell"
    assert len(asked) == 1 + len(SAMPLES)
    with pytest.raises(DataError, match="one row a text"):
        read_responses(folder, Query(search="x", embed=lambda texts: np.zeros((1, 2))))


def test_thresholds_without_a_search_are_a_mistake(folder: Pool) -> None:
    with pytest.raises(DescriptionError, match="need words"):
        read_responses(folder, Query(top=5))
    with pytest.raises(DescriptionError, match="are none"):
        read_responses(folder, Query(search="law", top=0))
