"""The pool: a folder that anyone can open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

import msgspec

from benchwright.core.benchmark import Card
from benchwright.core.conditions import Conditions
from benchwright.core.content import Media
from benchwright.core.errors import DescriptionError, PoolError, interruptions
from benchwright.core.run import Run
from benchwright.core.sample import Sample
from benchwright.core.table import Table
from benchwright.pool import forgetting, merging, schema, upkeep
from benchwright.pool.choices import Rows, steered
from benchwright.pool.disk import (
    Checkpoint,
    Presence,
    file_name,
    locked,
    nothing_happens,
    slug,
    storage,
    write_whole,
)
from benchwright.pool.executions import FILE as EXECUTIONS
from benchwright.pool.executions import Executions
from benchwright.pool.forgetting import Forgotten
from benchwright.pool.journal import Journal, JournalInfo, read_info
from benchwright.pool.manifest import Manifest
from benchwright.pool.measurements import Measurements
from benchwright.pool.media import MediaStore
from benchwright.pool.merging import Merged
from benchwright.pool.parquet import DAMAGED, STAGING, Parquet
from benchwright.pool.samples import Samples
from benchwright.pool.upkeep import Collected, Compacted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

RESPONSES = "responses"
MEND = "Restore it from a copy, or move it out of the pool."
_ATTEMPTS = 5

T = TypeVar("T")


class Pool:
    """Everything that was asked, answered and measured, in one folder.

    Several processes of one host may have a pool open and write to it. Open one with
    ``Pool.open``; it is a context manager.
    """

    def __init__(self, path: Path, *, fsync: bool, at: Checkpoint) -> None:
        """Use ``Pool.open``."""
        self.path = path
        self.fsync = fsync
        self.manifest = Manifest(path, fsync=fsync, at=at)
        self.parquet = Parquet(path)
        self.measurements = Measurements(self.manifest, self.parquet)
        self.sample_files = Samples(self.manifest, self.parquet, fsync=fsync)
        self.media_files = MediaStore(path, fsync=fsync)
        self.presence = Presence(path / "open")

    @classmethod
    def open(
        cls,
        path: str | Path,
        *,
        create: bool = True,
        fsync: bool = False,
        at: Checkpoint = nothing_happens,
    ) -> Self:
        """Open the pool at ``path``, and make it if there is none and ``create`` is set.

        A step that a crash cut off is finished first. With ``fsync`` what is committed survives
        a loss of power, not only a killed process. ``at`` is for tests that pull the plug.

        Raises:
            PoolError: there is no pool, or it is older or newer than this version, or damaged.
        """
        folder = Path(path)
        about = schema.read_about(folder)
        if about is None:
            if not create:
                raise PoolError(f"{folder}: there is no pool here; `benchwright run` makes one.")
            schema.create(folder, fsync=fsync)
        else:
            schema.refuse_other_schema(folder, about)
        pool = cls(folder, fsync=fsync, at=at)
        try:
            pool.manifest.recover()
        except PoolError:
            pool.close()
            raise
        return pool

    def journal(self, model: str, model_key: str) -> Journal:
        """Open the journal of a model, and begin it if there is none; the key decides which.

        Raises:
            PoolError: the file is damaged, or the disk is full.
        """
        folder = self.path / RESPONSES
        short = model_key[:8]
        with locked(self.path / "lock"):
            for path in sorted(folder.glob(f"*-{short}.sqlite")):
                if read_info(path).model_key == model_key:
                    return Journal(path, model=model, model_key=model_key, fsync=self.fsync)
            path = folder / f"{slug(model)}-{short}.sqlite"
            if path.exists():  # eight characters of two keys are the same
                path = folder / f"{slug(model)}-{model_key}-{short}.sqlite"
            with storage(folder, "Make the folder writable."):
                folder.mkdir(exist_ok=True)
            return Journal(path, model=model, model_key=model_key, fsync=self.fsync)

    def journals(self) -> list[JournalInfo]:
        """Return the journals there are, by file name."""
        return [read_info(path) for path in sorted((self.path / RESPONSES).glob("*.sqlite"))]

    def executions(self) -> Executions:
        """Open what came of programs that were run, and begin it if there is none.

        Raises:
            PoolError: the file is damaged, or the disk is full.
        """
        return Executions(self.path / EXECUTIONS, fsync=self.fsync)

    def save_samples(self, benchmark: str, samples: Iterable[Sample]) -> None:
        """Keep samples of ``benchmark`` (``name@version``), each once; the stream is not held.

        Raises:
            DataError: an id and variant is there with other content.
        """
        self.sample_files.save(benchmark, samples)

    def samples(self, benchmark: str, ids: Sequence[str] | None = None) -> Iterator[Sample]:
        """Yield the exact samples of ``benchmark``; with ``ids`` of roots: those and variants."""
        return self.sample_files.read(benchmark, ids)

    def save_card(self, benchmark: str, card: Card, strata: dict[str, int]) -> None:
        """Keep a card, and the full number of samples per value of ``card.stratum``.

        Where there are no strata, the key ``""`` holds the total.
        """
        self.sample_files.save_card(benchmark, card, strata)

    def card(self, benchmark: str) -> tuple[Card, dict[str, int]]:
        """Return what ``save_card`` kept.

        Raises:
            PoolError: there is no such card, or it is damaged.
        """
        return self.sample_files.card(benchmark)

    def benchmarks(self) -> list[str]:
        """Return the benchmarks (``name@version``) that have cards."""
        return self.sample_files.benchmarks()

    def rows(self) -> int:
        """Return how many measurements there are, by the manifest alone."""
        return sum(part.rows for part in self.manifest.read().parts.values())

    def save_conditions(self, conditions: Conditions) -> None:
        """Keep ``conditions`` under their digest."""
        path = self._conditions_path(conditions.digest())
        if not path.exists():
            write_whole(path, msgspec.json.encode(conditions), fsync=self.fsync)

    def conditions(self, digest: str) -> Conditions:
        """Return the conditions with ``digest``.

        Raises:
            PoolError: they are not here, or damaged.
        """
        return _read(self._conditions_path(digest), Conditions)

    def steered(self) -> frozenset[Rows]:
        """Return the rows whose samples were chosen for what they tell, not drawn at random.

        Their plain mean is no estimate of the full score; ``run --until`` printed one that is.
        """
        return steered(self.path)

    def save_run(self, run: Run) -> None:
        """Keep the record of a run; a later one with the same id replaces it."""
        path = self.path / "runs" / f"{file_name(run.id)}.json"
        data = msgspec.json.format(msgspec.json.encode(run), indent=1)
        write_whole(path, data, fsync=self.fsync)

    def runs(self) -> list[Run]:
        """Return all runs, the oldest first."""
        runs = [_read(path, Run) for path in (self.path / "runs").glob("[!.]*.json")]
        return sorted(runs, key=lambda run: run.id)

    def put_media(self, data: bytes, mime: str) -> Media:
        """Keep the bytes of a picture, sound or film once, and return its name."""
        return self.media_files.put(data, mime)

    def media(self, media: Media) -> bytes:
        """Return the bytes of ``media``.

        Raises:
            PoolError: they are not here, or damaged.
        """
        return self.media_files.read(media)

    def query(self, sql: str) -> Table:
        """Answer one SQL question (DuckDB's dialect) asked of the views that ``connect`` lists.

        Raises:
            DescriptionError: it is not a question, or is put wrongly.
            PoolError: a file is damaged.
        """
        import duckdb  # heavy: only when something is read

        try:
            statements = duckdb.extract_statements(sql)
        except duckdb.Error as cause:
            raise DescriptionError(f"The query is not valid SQL: {cause}") from cause
        questions = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)
        if len(statements) != 1 or statements[0].type not in questions:
            raise DescriptionError("A query is one SELECT: the pool is only read by it.")
        for _ in range(_ATTEMPTS):
            generation = self.manifest.read().generation
            with interruptions(), self.connect() as connection:
                try:
                    cursor = connection.execute(sql)
                    columns = tuple(column[0] for column in cursor.description or ())
                    return Table(columns=columns, rows=tuple(cursor.fetchall()))
                except duckdb.Error as cause:
                    # Another process may have retired a part between the list and the reading.
                    if self._generation_after_steps() == generation:
                        raise self._unanswered(cause) from cause
        raise PoolError(f"{self.path}: its parts kept changing while it was read; ask again.")

    def connect(self) -> DuckDBPyConnection:
        """Return a connection whose views are the pool as it is now; it can read nothing else.

        Views: ``measurements``, ``samples``, ``runs``, ``conditions``; and of all journals
        together ``responses``, ``attempts``, ``texts`` and ``spend`` (requests, tokens and seconds
        per model, role and run, each key once). What other processes write later is not seen, and
        what they replace later is still there: the links that are read go when the pool is closed.
        """
        from benchwright.pool import views  # builds on DuckDB

        return views.connect(
            temporary=self.path / STAGING,
            measurements=self.parquet.linked(self.measurements.parts),
            samples=self.sample_files.files(),
            journals=self.journals(),
            records={"runs": self._run_records, "conditions": self._condition_records},
        )

    def compact(self) -> Compacted:
        """Join small parts of the measurements into large ones."""
        return upkeep.compact(self)

    def gc(self) -> Collected:
        """Delete what no one needs: retired parts, leftovers of killed processes, orphaned media.

        Media are left alone while another process has the pool open: it may be about to use them.
        """
        return upkeep.gc(self)

    def forget(
        self,
        *,
        model: str | None = None,
        run: str | None = None,
        benchmark: str | None = None,
        texts_of: str | None = None,
    ) -> Forgotten:
        """Remove for good what matches all of ``model``, ``run`` and ``benchmark``.

        A model goes by its display name or key, a benchmark by its name or ``name@version``.
        ``texts_of`` instead removes the texts of one benchmark (samples, prompts, targets) and
        keeps what was answered and measured.

        Raises:
            DescriptionError: nothing, or two things at once, is named.
            PoolError: another process has the pool open.
        """
        return forgetting.forget(self, model=model, run=run, benchmark=benchmark, texts_of=texts_of)

    def merge(self, other: str | Path) -> Merged:
        """Take in everything of the pool at ``other``; twice changes nothing.

        Raises:
            PoolError: there is no pool at ``other``, or one of the two is damaged.
            DataError: a benchmark's sample has other content there.
        """
        with Pool.open(other, create=False) as source:
            return merging.merge(self, source)

    def close(self) -> None:
        """Let go of the pool; twice changes nothing. Journals are closed by who opened them."""
        self.parquet.close()
        self.presence.close()

    def __enter__(self) -> Self:
        """Return the pool."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the pool."""
        self.close()

    def _unanswered(self, cause: Exception) -> PoolError | DescriptionError:
        said = str(cause)
        _, ours, trouble = said.partition(f"{PoolError.__name__}: ")
        if ours:  # a journal could not be read; DuckDB wrapped the words
            return PoolError(trouble)
        damaged = self.parquet.damaged([*self.measurements.parts(), *self.sample_files.files()])
        if damaged is not None:
            return PoolError(f"{damaged}: missing or damaged ({said}). {DAMAGED}")
        return DescriptionError(f"The query cannot be answered: {said}")

    def _generation_after_steps(self) -> int:
        with locked(self.path / "lock"):
            return self.manifest.read().generation

    def _conditions_path(self, digest: str) -> Path:
        return self.path / "conditions" / f"{file_name(digest)}.json"

    def _run_records(self) -> list[dict[str, Any]]:
        return [msgspec.to_builtins(run) for run in self.runs()]

    def _condition_records(self) -> list[dict[str, Any]]:
        kept = [_read(p, Conditions) for p in sorted((self.path / "conditions").glob("[!.]*.json"))]
        return [
            {"digest": one.digest(), "label": one.label(), **msgspec.structs.asdict(one)}
            for one in kept
        ]


def _read(path: Path, kind: type[T]) -> T:
    with storage(path, MEND):
        data = path.read_bytes()
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as cause:
        raise PoolError(f"{path}: damaged ({cause}). {MEND}") from cause
