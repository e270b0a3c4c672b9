from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from tempfile import SpooledTemporaryFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.benchmarks import spool
from benchwright.benchmarks.file import file_benchmark
from benchwright.benchmarks.loading import locate
from benchwright.benchmarks.spool import BLOCK, Spool
from benchwright.core.content import Image, Media, Text
from benchwright.core.sample import Sample

TEXTS = st.text(max_size=8)
PICTURE = Image(Media(digest="0" * 64, mime="image/png", size=1))
SAMPLES = st.builds(
    Sample,
    id=TEXTS,
    input=st.lists(st.builds(Text, TEXTS) | st.just(PICTURE), max_size=3).map(tuple),
    choices=st.lists(TEXTS, max_size=4).map(tuple),
    target=TEXTS,
    tags=st.dictionaries(TEXTS, TEXTS, max_size=2),
    metadata=st.dictionaries(TEXTS, TEXTS, max_size=2),
)


def numbered(count: int) -> list[Sample]:
    return [Sample(id=str(i), input=(Text("?"),)) for i in range(count)]


def never() -> Iterator[Sample]:
    yield pytest.fail("read again")


@given(st.lists(SAMPLES, max_size=5))
def test_what_was_taken_once_is_read_again_without_its_source(samples: list[Sample]) -> None:
    kept = Spool()
    assert list(kept.through(samples)) == samples
    assert list(kept.through(never())) == samples


@pytest.mark.parametrize("count", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK])
def test_readers_that_take_turns_see_all_samples_in_order(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "IN_MEMORY", 1000)
    samples, kept = numbered(count), Spool()
    pairs = zip(kept.through(samples), kept.through(samples), strict=True)
    assert list(pairs) == list(zip(samples, samples, strict=True))
    pairs = zip(kept.through(never()), kept.through(never()), strict=True)
    assert list(pairs) == list(zip(samples, samples, strict=True))


def test_a_reader_that_stops_early_leaves_nothing_half_kept() -> None:
    samples, kept = numbered(2 * BLOCK), Spool()
    assert len(list(islice(kept.through(samples), BLOCK + 1))) == BLOCK + 1
    assert list(kept.through(samples)) == samples


def test_a_full_disk_costs_time_and_no_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(SpooledTemporaryFile[bytes]):
        """Meets the full disk as a buffered file does: late, and once more when it is closed."""

        def flush(self) -> None:
            raise OSError(28, "No space left on device")

        def close(self) -> None:
            if not self.closed:
                super().close()
                self.flush()

    monkeypatch.setattr(spool, "SpooledTemporaryFile", Full)
    samples, kept = numbered(2 * BLOCK + 1), Spool()
    assert list(kept.through(samples)) == samples
    assert list(kept.through(samples)) == samples


def test_a_file_that_was_checked_is_not_read_again(tmp_path: Path) -> None:
    path = tmp_path / "my.jsonl"
    path.write_text('{"q": "6 · 7?", "a": 42}\n{"q": "2 + 2?", "a": 4}\n', "utf-8")
    benchmark = file_benchmark(path, input="q", target="a")
    data = locate(benchmark.card)
    samples = list(benchmark.samples(data))
    path.write_text("no record\n", "utf-8")
    assert list(benchmark.samples(data)) == samples
    assert [sample.target for sample in samples] == ["42", "4"]
