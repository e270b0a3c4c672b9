"""The samples of each benchmark, as they were asked, and the benchmark's card."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from benchwright.core.benchmark import Card
from benchwright.core.errors import DataError, PoolError
from benchwright.core.sample import Sample
from benchwright.pool.disk import file_name, name_of, storage, write_whole
from benchwright.pool.manifest import Manifest, Step
from benchwright.pool.parquet import SAMPLE_COLUMNS, Parquet, files, scan

SAMPLES = "samples"
MEND = "Move it out of the pool; the next run of the benchmark writes it again."
_CHUNK = 2048


class _Row(Struct, kw_only=True):
    benchmark: str
    id: str
    variant_of: str
    variant: str
    text: str
    choices: tuple[str, ...]
    target: str
    tags: dict[str, str]
    metadata: dict[str, str]
    content: str
    sample: str


class _CardFile(Struct, frozen=True, kw_only=True):
    benchmark: str
    card: Card
    strata: dict[str, int]


class Samples:
    """The samples and cards of one pool, in ``samples/<benchmark>/``."""

    def __init__(self, manifest: Manifest, parquet: Parquet, *, fsync: bool = False) -> None:
        """Read and write the pool that ``manifest`` belongs to."""
        self._manifest = manifest
        self._parquet = parquet
        self._fsync = fsync
        self._folder = manifest.folder / SAMPLES

    def folder(self, benchmark: str) -> Path:
        """Return where the samples of ``benchmark`` (``name@version``) are."""
        return self._folder / file_name(benchmark)

    def files(self, benchmark: str = "") -> list[Path]:
        """Return the sample files of one benchmark, or of all."""
        folders = [self.folder(benchmark)] if benchmark else sorted(self._folder.glob("*"))
        return [path for folder in folders for path in sorted(folder.glob("*.parquet"))]

    def save(self, benchmark: str, samples: Iterable[Sample]) -> None:
        """Keep ``samples``; those that are there already are not written again.

        The stream is never held in memory. A sample whose tags changed replaces the old one.

        Raises:
            DataError: an id and variant is there with other content.
        """
        staged = self._parquet.stage_lines(self._lines(benchmark, samples), SAMPLE_COLUMNS)
        try:
            with self._manifest.step() as step:
                here = self.files(benchmark)
                self._refuse_changed(benchmark, [staged, *here])
                fresh = self._fresh(staged, here)
                if fresh is not None:
                    self._take_in(step, benchmark, fresh, here)
        finally:
            staged.unlink(missing_ok=True)

    def read(self, benchmark: str, ids: Sequence[str] | None = None) -> Iterator[Sample]:
        """Yield the exact samples of ``benchmark``, a window at a time.

        With ``ids`` of root samples: those and their variants.

        Raises:
            PoolError: a file is damaged.
        """
        here = self.files(benchmark)
        where = (
            ""
            if ids is None
            else " WHERE coalesce(nullif(variant_of, ''), id) IN (SELECT unnest(?))"
        )
        cursor = self._parquet.cursor()
        with self._parquet.reading(here, self.folder(benchmark)):
            cursor.execute(
                f"SELECT sample FROM ({scan(here, SAMPLE_COLUMNS)}){where}",  # noqa: S608 - quoted
                [] if ids is None else [list(ids)],
            )
            while chunk := cursor.fetchmany(_CHUNK):
                for (packed,) in chunk:
                    yield msgspec.json.decode(packed, type=Sample)

    def save_card(self, benchmark: str, card: Card, strata: dict[str, int]) -> None:
        """Keep the card, and how many samples the whole benchmark has per stratum."""
        value = _CardFile(benchmark=benchmark, card=card, strata=strata)
        data = msgspec.json.format(msgspec.json.encode(value), indent=1)
        path = self.folder(benchmark) / "card.json"
        if not path.exists() or path.read_bytes() != data:
            write_whole(path, data, fsync=self._fsync)

    def card(self, benchmark: str) -> tuple[Card, dict[str, int]]:
        """Return the card and the numbers that ``save_card`` kept.

        Raises:
            PoolError: there is none, or it is damaged.
        """
        path = self.folder(benchmark) / "card.json"
        with storage(path, MEND):
            data = path.read_bytes()
        try:
            kept = msgspec.json.decode(data, type=_CardFile)
        except msgspec.DecodeError as cause:
            raise PoolError(f"{path}: damaged ({cause}). {MEND}") from cause
        return kept.card, kept.strata

    def benchmarks(self) -> list[str]:
        """Return the benchmarks (``name@version``) whose cards are here."""
        return sorted(name_of(path.parent.name) for path in self._folder.glob("*/card.json"))

    def _lines(self, benchmark: str, samples: Iterable[Sample]) -> Iterator[bytes]:
        encoder = msgspec.json.Encoder()
        for sample in samples:
            yield encoder.encode(
                _Row(
                    benchmark=benchmark,
                    id=sample.id,
                    variant_of=sample.variant_of,
                    variant=sample.variant,
                    text=sample.text,
                    choices=sample.choices,
                    target=sample.target,
                    tags=sample.tags,
                    metadata=sample.metadata,
                    content=sample.content_digest(),
                    sample=encoder.encode(sample).decode(),
                )
            )

    def _refuse_changed(self, benchmark: str, sources: list[Path]) -> None:
        with self._parquet.reading(sources, self.folder(benchmark)):
            found = self._parquet.cursor().execute(
                f"SELECT id, variant FROM read_parquet({files(sources)})"  # noqa: S608 - quoted
                " GROUP BY ALL HAVING count(DISTINCT content) > 1 LIMIT 1"
            )
            changed = found.fetchall()
        if changed:
            sample, variant = changed[0]
            raise DataError(
                f"{benchmark}: sample {sample}{f' ({variant})' if variant else ''} comes with two "
                "different contents; the same id must mean the same question. Raise the "
                "benchmark's version where its samples changed."
            )

    def _fresh(self, staged: Path, here: list[Path]) -> Path | None:
        """Return a staged file of the samples that no file holds as they are, or None."""
        source = f"read_parquet({files([staged])})"
        with self._parquet.reading([staged], staged):
            found = self._parquet.cursor().execute(
                f"SELECT count(*), count(DISTINCT (id, variant)) FROM {source}"  # noqa: S608 - quoted
            )
            rows, different = found.fetchall()[0]
        if not rows:
            return None
        if rows == different and not here:
            return staged
        select = f"SELECT * FROM {source}"  # noqa: S608 - quoted
        if rows != different:
            select = f"SELECT DISTINCT ON (id, variant) * FROM {source}"  # noqa: S608 - quoted
        fresh = self._parquet.stage(
            f"FROM ({select}) ANTI JOIN ({scan(here, SAMPLE_COLUMNS)}) USING (id, variant, sample)",
            [staged, *here],
        )
        if self._parquet.rows(fresh):
            return fresh
        fresh.unlink()
        return None

    def _take_in(self, step: Step, benchmark: str, fresh: Path, here: list[Path]) -> None:
        folder = f"{SAMPLES}/{file_name(benchmark)}"
        step.place(fresh, f"{folder}/{_file_digest(fresh)}.parquet")
        if not here:
            return
        new = f"(SELECT id, variant FROM read_parquet({files([fresh])}))"  # noqa: S608 - quoted
        with self._parquet.reading([*here, fresh], self.folder(benchmark)):
            found = self._parquet.cursor().execute(
                f"SELECT DISTINCT filename FROM read_parquet({files(here)}, filename = true)"  # noqa: S608 - quoted
                f" SEMI JOIN {new} USING (id, variant)"
            )
            holders = {Path(name) for (name,) in found.fetchall()}
        for path in sorted(holders):
            left = self._parquet.stage(
                f"FROM ({scan([path], SAMPLE_COLUMNS)}) ANTI JOIN {new} USING (id, variant)", [path]
            )
            step.move_away(f"{folder}/{path.name}")
            if self._parquet.rows(left):
                step.place(left, f"{folder}/{_file_digest(left)}.parquet")
            else:
                left.unlink()


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
