"""Samples come back as they were, each once."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchwright.core.benchmark import Card, Metric, ReferenceScore, Source
from benchwright.core.content import Image, Media, Text
from benchwright.core.errors import DataError, PoolError
from benchwright.core.sample import Sample
from benchwright.pool import Pool

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from(
    ["", "null", "\u2028", "a\0b", '"', "[1]", "é" * 300]
)
media = st.builds(Media, digest=texts, mime=texts, size=st.integers(0, 2**62))
samples = st.builds(
    Sample,
    id=texts,
    input=st.lists(st.builds(Text, texts) | st.builds(Image, media), max_size=3).map(tuple),
    choices=st.lists(texts, max_size=3).map(tuple),
    target=texts,
    tags=st.dictionaries(texts, texts, max_size=3),
    metadata=st.dictionaries(texts, texts, max_size=3),
    variant_of=texts,
    variant=texts,
)
CARD = Card(
    name="mmlu",
    version="1",
    title="Measuring Massive Multitask Language Understanding",
    summary="57 subjects.",
    paper="arXiv:2009.03300",
    licence="MIT",
    size=14042,
    sources=(Source(kind="hub", location="cais/mmlu", files={"test": "a/{subject}.csv"}),),
    metric=Metric(average="macro:subject", policy={"unparsed": "wrong"}),
    stratum="subject",
    reference_scores=(ReferenceScore(model="m", score=0.439, setting="5-shot", read_at="p. 5"),),
)


def sample(number: int, **fields: object) -> Sample:
    described: dict[str, object] = {
        "id": str(number),
        "input": (Text(f"What is {number}?"),),
        "choices": ("one", "two"),
        "target": "A",
        "tags": {"subject": "law"},
    }
    return Sample(**{**described, **fields})  # type: ignore[arg-type]


@settings(max_examples=40, deadline=None)
@given(st.lists(samples, max_size=6, unique_by=lambda one: (one.id, one.variant)))
def test_every_sample_comes_back_as_it_was(some: list[Sample]) -> None:
    with tempfile.TemporaryDirectory() as folder, Pool.open(folder) as pool:
        pool.save_samples("any/name@1", iter(some))

        assert list(pool.samples("any/name@1")) == some
        shown = pool.query("select id, text, choices, target, tags, metadata from samples")
        assert list(shown.rows) == [
            (s.id, s.text, list(s.choices), s.target, s.tags, s.metadata) for s in some
        ]


def test_the_same_samples_are_not_written_twice_and_variants_come_beside_them(pool: Pool) -> None:
    some = [sample(number) for number in range(4)]
    variants = [sample(n, variant_of=str(n), variant="rotate:1", target="B") for n in range(2)]
    pool.save_samples("mmlu@1", some)
    [first] = pool.sample_files.files("mmlu@1")
    generation = pool.manifest.read().generation

    pool.save_samples("mmlu@1", reversed(some))
    assert pool.manifest.read().generation == generation

    pool.save_samples("mmlu@1", [*some, *variants])
    assert first in pool.sample_files.files("mmlu@1")
    assert len(pool.sample_files.files("mmlu@1")) == 2
    assert sorted(pool.samples("mmlu@1"), key=repr) == sorted([*some, *variants], key=repr)


def test_a_stream_of_samples_may_repeat_itself(pool: Pool) -> None:
    pool.save_samples("mmlu@1", [sample(0), sample(1), sample(0)])

    assert sorted(one.id for one in pool.samples("mmlu@1")) == ["0", "1"]


def test_samples_are_found_by_their_id_with_their_variants(pool: Pool) -> None:
    pool.save_samples("mmlu@1", [sample(number) for number in range(5)])

    assert [one.id for one in pool.samples("mmlu@1", ["3", "1", "no such"])] == ["1", "3"]
    assert list(pool.samples("mmlu@1", [])) == []
    rotated = sample(3, id="3~1", variant_of="3", variant="rotate:1")
    pool.save_samples("mmlu@1", [rotated])
    assert {one.id for one in pool.samples("mmlu@1", ["3"])} == {"3", "3~1"}
    assert list(pool.samples("other@1")) == []


def test_the_same_id_with_other_content_is_refused_and_nothing_changes(pool: Pool) -> None:
    pool.save_samples("mmlu@1", [sample(0), sample(1)])

    with pytest.raises(DataError, match=r"mmlu@1: sample 1 comes with two different contents"):
        pool.save_samples("mmlu@1", [sample(1, target="B"), sample(2)])
    with pytest.raises(DataError, match=r"sample 7 \(rotate:1\)"):
        pool.save_samples("mmlu@1", [sample(7, variant="rotate:1", target=t) for t in "AB"])

    assert list(pool.samples("mmlu@1")) == [sample(0), sample(1)]
    assert not list(pool.path.glob("staging/*/*/*"))


def test_a_sample_whose_tags_changed_replaces_the_old_one(pool: Pool) -> None:
    pool.save_samples("mmlu@1", [sample(0), sample(1)])
    changed = sample(1, tags={"subject": "law", "level": "hard"})
    pool.save_samples("mmlu@1", [sample(0), changed])

    assert sorted(pool.samples("mmlu@1"), key=lambda one: one.id) == [sample(0), changed]


def test_an_error_in_the_stream_leaves_nothing_behind(pool: Pool) -> None:
    def broken() -> Iterator[Sample]:
        yield sample(0)
        raise DataError("line 2 is malformed")

    with pytest.raises(DataError, match="line 2"):
        pool.save_samples("mmlu@1", broken())

    assert list(pool.samples("mmlu@1")) == []
    assert not list(pool.path.glob("staging/*/*/*"))


def test_a_damaged_sample_file_is_named(pool: Pool) -> None:
    pool.save_samples("mmlu@1", [sample(0)])
    [path] = pool.sample_files.files()
    path.write_bytes(b"PAR1 and nothing more")

    with pytest.raises(PoolError, match=rf"{path.name}: missing or damaged"):
        list(pool.samples("mmlu@1"))


def test_a_card_and_its_strata_come_back(pool: Pool) -> None:
    assert pool.benchmarks() == []
    pool.save_card("mmlu@1-abc", CARD, {"law": 1534, "virology": 166})
    pool.save_card("file:a/b.jsonl@2", CARD, {"": 14042})
    pool.save_samples("without card@1", [sample(0)])

    assert pool.benchmarks() == ["file:a/b.jsonl@2", "mmlu@1-abc"]
    assert pool.card("mmlu@1-abc") == (CARD, {"law": 1534, "virology": 166})
    with pytest.raises(PoolError, match=r"card\.json: missing"):
        pool.card("without card@1")
    (pool.sample_files.folder("mmlu@1-abc") / "card.json").write_text("{}")
    with pytest.raises(PoolError, match=r"card\.json: damaged"):
        pool.card("mmlu@1-abc")
