"""``read_responses``: a pool, a file or a data frame as the table that rankings are made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from benchwright.analysis.cells import condition, quoted, valued, worth
from benchwright.analysis.estimate import policy as policy_in_words
from benchwright.analysis.fold import FOLDS, Fold, checked, folded
from benchwright.analysis.responses import files
from benchwright.analysis.responses.building import Coded, build
from benchwright.analysis.responses.coding import (
    Found,
    Rows,
    read_at_once,
    read_found,
    read_rows,
)
from benchwright.analysis.responses.groups import Declared, Origin, described, group_names
from benchwright.analysis.responses.opening import Duplicates, Opened, opened_source
from benchwright.analysis.responses.query import Query, query_of, written_out
from benchwright.analysis.responses.search import search
from benchwright.analysis.responses.table import Codes, Floats, Group, Responses
from benchwright.core.average import read_average
from benchwright.core.benchmark import Worth
from benchwright.core.errors import DataError, DescriptionError, boundary


def read_responses(
    source: object,
    where: str | Query = "",
    *,
    fold: str = "plain",
    scales: Mapping[str, str] | None = None,
    bounds: Mapping[str, tuple[float, float]] | None = None,
    lower: Collection[str] = (),
    columns: Mapping[str, str] | None = None,
    duplicates: Duplicates = "error",
    policy: Mapping[str, Worth] | None = None,
) -> Responses:
    """Return who scored what on which item, from anything that holds scores.

    Of a pool, a group is what may be compared: one benchmark and version, asked one way, judged by
    one scorer. Rows without a score count as the benchmark's card declares; a failure that may
    pass is unknown. Models are named apart as everywhere. Repeats are averaged; variants become
    one by ``fold``; what was made of one sample shares a source.

    A file or data frame has a row a score: columns ``model``, ``item`` and ``score``, and where it
    has them ``benchmark``, ``conditions``, ``scorer`` (groups), ``source``, ``variant``,
    ``repeat``, ``outcome``, ``failure``, ``chance``, ``tags``, ``text``. Empty and NaN scores are
    unknown.

    Args:
        source: an open pool; a path, pattern or list of paths (Parquet, CSV, TSV, JSON Lines); a
            data frame; or a mapping of columns.
        where: SQL condition on rows, or a ``Query`` that searches texts too.
        fold: how a sample's variants become one; ``plain`` takes the samples as they are.
        scales: group → what its scores mean, where it is not what they look like: ``ordinal``.
        bounds: group → its lowest and highest possible score, as recorded: (0, 100).
        lower: groups in which a lower score is better, besides those whose cards say so.
        columns: meaning → name of the column that holds it, for files: {"item": "question_id"}.
        duplicates: what two rows of one (model, item, repeat) of a file are.
        policy: outcome → what such a row of a file counts as; unknown where it is not named.

    Raises:
        DescriptionError: the condition is none, nothing is selected, or a name means nothing.
        DataError: a file cannot be read or lacks a column, a score is infinite or outside of its
            bounds, or a model has two scores on one item.
    """
    query = query_of(where)
    declared = Declared(scales=scales or {}, bounds=bounds or {}, lower=tuple(lower))
    with opened_source(source, columns or {}, policy or {}, duplicates) as origin:
        return _Reader(origin, query, checked(fold), declared).read()


FEW = 2
"""Policies that a caption spells out; where there are more, every card tells its own."""

_MANY = 3_000_000
"""Rows above which names are not held in memory, though parts are opened twice."""


class _Reader:
    """Reads one table from an open connection."""

    def __init__(self, origin: Opened, query: Query, fold: Fold, declared: Declared) -> None:
        self._origin = origin
        self._query = query
        self._fold = fold
        self._declared = declared
        self._notes: list[str] = []

    def read(self) -> Responses:
        """Return the table."""
        origin = self._origin
        wanted = self._condition()
        with self._blamed():
            cells, samples, rows = self._read(wanted)
        self._refuse_empty(rows, cells)
        names = origin.names(cells)
        coded, origins = self._coded(cells, names, samples, rows)
        shown = group_names(origins)
        self._declared.check([*shown, *(one.base for one in origins)])
        table = build(
            coded,
            groups=lambda number, scores: self._group(origins[number], shown[number], scores),
            source=lambda owner, named: self._sources(origins, samples, owner, named),
            twice=self._twice,
        )
        self._note(cells, origins, shown, rows)
        return msgspec.structs.replace(table, notes=tuple(self._notes))

    def _read(self, wanted: str) -> tuple[list[Found], list[Any], Rows]:
        """Return cells, names of samples, and the selected rows in numbers."""
        connection, keys = self._origin.connection, self._origin.keys
        known = self._origin.benchmarks
        few = known and self._origin.rows is not None and self._origin.rows < _MANY
        if few and self._fold not in FOLDS:
            y = self._worth(known)
            plain = self._fold == "plain"
            return read_at_once(connection, keys, worth=y, wanted=condition(wanted), plain=plain)
        cells, samples = read_found(connection, keys)
        if not cells:
            raise DescriptionError(f"{self._origin.where} holds no measurements: no ranking.")
        if samples[-1] is None:  # nulls come last
            raise DataError(f"{self._origin.where}: some rows name no item.")
        return cells, samples, read_rows(connection, self._select(cells, wanted), keys)

    def _condition(self) -> str:
        """Return the query as SQL, its search done."""
        connection = self._origin.connection
        wanted = written_out(connection, self._query.where, hidden=self._origin.hidden)
        if not self._query.search.strip():
            return wanted
        if not connection.execute(
            "select 1 from duckdb_views() where view_name = 'samples'"
        ).fetchone():
            raise DataError(f"{self._origin.where} has no texts to search: no column 'text'.")
        found = search(connection, self._query)
        self._notes.append(
            f"{found.found:,} of {found.of:,} samples are found by {self._query.search!r} "
            f"(relevance above {found.threshold:g})"
        )
        return f"{condition(wanted)} and {found.condition}"

    def _blamed(self) -> AbstractContextManager[None]:
        if self._query.where.strip():
            return boundary(DescriptionError, f"the condition {self._query.where!r}")
        return boundary(DataError, self._origin.where)

    def _select(self, cells: Sequence[Found], wanted: str) -> str:
        """Return SQL for the selected rows with what each counts as in ``y``."""
        benchmarks = list(dict.fromkeys(_benchmark(cell) for cell in cells))
        if self._fold in FOLDS:
            cards = {benchmark: self._origin.card(benchmark)[0] for benchmark in benchmarks}
            return " union all ".join(
                f"""select {quoted(name)} as benchmark, * from (
                    with valued as ({valued(card, name, wanted)})
                    select model_key, conditions, scorer, sample, y
                    from ({folded(self._fold, quoted(name))}))"""  # noqa: S608 - made of parts of our own
                for name, card in cards.items()
            )
        plain = self._fold == "plain" and any(cell.variants for cell in cells)
        only = "variant = '' and " if plain else ""
        keys = ", ".join(self._origin.keys)
        return f"""select {keys}, sample, {self._worth(benchmarks)} as y from measurements
            where {only}{condition(wanted)}"""  # noqa: S608 - the condition is the user's own

    def _worth(self, benchmarks: Sequence[str]) -> str:
        """Return SQL for what a row counts as by its benchmark's policy."""
        named: dict[str, list[str]] = {}
        for name in benchmarks:
            metric = self._origin.card(name)[0].metric
            named.setdefault(worth(metric), []).append(quoted(name))
        if len(named) == 1:
            return next(iter(named))
        cases = (f"when benchmark in ({', '.join(some)}) then {y}" for y, some in named.items())
        return f"case {' '.join(cases)} end"

    def _refuse_empty(self, rows: Rows, cells: Sequence[Found]) -> None:
        if len(rows.cell):
            return
        said = self._query.words()
        if said:
            raise DescriptionError(f"Nothing in {self._origin.where} is {said}: no ranking.")
        if self._fold == "plain" and any(cell.variants for cell in cells):
            raise DescriptionError(
                f"{self._origin.where} holds variants of samples only, none as it is: there is no "
                f"ranking by fold 'plain'; others are {', '.join(FOLDS)}."
            )
        raise DescriptionError(f"{self._origin.where} holds no measurements: no ranking.")

    def _coded(
        self, cells: Sequence[Found], names: Mapping[Any, str], samples: Sequence[Any], rows: Rows
    ) -> tuple[Coded, list[Origin]]:
        """Return the rows over the models and groups that were selected, in order of name."""
        present = np.bincount(rows.cell, minlength=len(cells)) > 0
        origins = self._origins(cells)
        here = [place for place in range(len(cells)) if present[place]]
        models = sorted({names[cells[place].names["model_key"]] for place in here})
        groups = sorted({origins[place] for place in here}, key=_order)
        model_of = {name: number for number, name in enumerate(models)}
        group_of = {origin: number for number, origin in enumerate(groups)}
        place_of = [
            (model_of.get(names[cell.names["model_key"]], 0), group_of.get(origin, 0))
            for cell, origin in zip(cells, origins, strict=True)
        ]
        places = np.asarray(place_of, dtype=np.int32)
        coded = Coded(
            models=tuple(models),
            groups=len(groups),
            items=[str(sample) for sample in samples],
            cell_model=places[:, 0].copy(),
            cell_group=places[:, 1].copy(),
            cell=rows.cell,
            item=rows.item,
            score=rows.score,
        )
        return coded, groups

    def _origins(self, cells: Sequence[Found]) -> list[Origin]:
        """Return every cell's group; conditions are looked up where a benchmark has several."""
        keys = [
            (_benchmark(cell), cell.names.get("conditions", ""), cell.names.get("scorer", ""))
            for cell in cells
        ]
        asked = Counter(benchmark.partition("@")[0] for benchmark, _, _ in set(keys))
        made = {}
        for benchmark, digest, scorer in set(keys):
            several = digest and asked[benchmark.partition("@")[0]] > 1
            card, sizes = self._origin.card(benchmark)
            made[benchmark, digest, scorer] = Origin(
                benchmark=benchmark,
                conditions=digest,
                asked=self._origin.asked(digest) if several else "",
                scorer=scorer,
                size=0 if self._query.words() else sum(sizes.values()),
                lower=not card.metric.rises(scorer),
            )
        return [made[key] for key in keys]

    def _group(self, origin: Origin, name: str, scores: Floats) -> Group:
        return described(origin, name, scores, self._declared)

    def _sources(
        self,
        origins: Sequence[Origin],
        samples: Sequence[Any],
        owner: npt.NDArray[np.int64],
        named: npt.NDArray[np.int64],
    ) -> Codes:
        """Return every item's source: the sample, however it was asked, unless a column says."""
        bases: dict[str, int] = {}
        base = np.array([bases.setdefault(origin.base, len(bases)) for origin in origins])
        if not self._origin.own_sources:
            key = base[owner] * len(samples) + named
            return np.unique(key, return_inverse=True)[1].astype(np.int32)
        benchmark = "benchmark" if "benchmark" in self._origin.keys else quoted(files.ALL)
        rows = self._origin.connection.execute(f"""
            select {benchmark}, code, min(source)::varchar, max(source)::varchar
            from measurements join found_samples using (sample) group by all""").fetchall()  # noqa: S608 - one of two
        known: dict[tuple[str, int], str] = {}
        for name, code, one, other in rows:
            if one != other:
                raise DataError(
                    f"{self._origin.where}: item {samples[code]!r} of {name!r} comes from two "
                    f"sources, {one!r} and {other!r}."
                )
            if one is not None:
                known[name, code] = one
        numbers: dict[object, int] = {}
        pairs = zip(owner.tolist(), named.tolist(), strict=True)
        places = ((origins[group].benchmark, name) for group, name in pairs)
        return np.asarray(
            [numbers.setdefault(known.get(place, place), len(numbers)) for place in places],
            dtype=np.int32,
        )

    def _twice(self, model: str, item: str, group: int) -> None:
        """Refuse two scores of one model on one item that nothing explains."""
        del group
        origin = self._origin
        if origin.twice == "mean":
            return
        if origin.repeats:
            keys = ", ".join(origin.keys)
            row = origin.connection.execute(f"""
                select model_key, sample, repeat from measurements
                group by {keys}, sample, variant, repeat having count(value) > 1 limit 1
                """).fetchone()  # noqa: S608 - names of our own
            if row is None:
                return
            model, item = str(row[0]), f"{row[1]} (repeat {row[2]})"
        raise DataError(
            f"{origin.where}: {model!r} has more than one score on item {item!r}. If they are "
            "repeats, name the column that counts them (repeat) or take their mean "
            "(duplicates='mean'); if benchmarks share names of items, name the column benchmark."
        )

    def _note(
        self, cells: Sequence[Found], origins: Sequence[Origin], shown: Sequence[str], rows: Rows
    ) -> None:
        """Write down what a reader must know of the scores."""
        unknown = int(np.count_nonzero(np.isnan(rows.score)))
        if unknown:
            self._notes.append(f"{unknown:,} of {len(rows.score):,} rows are unknown: no score")
        if any(cell.variants for cell in cells):
            self._notes.append(f"Variants become one by fold {self._fold or 'mean of all rows'!r}")
            if self._fold == "plain" and any(not cell.plain for cell in cells):
                self._notes.append("What was asked as variants only is left out")
        turned = [
            name
            for origin, name in zip(origins, shown, strict=True)
            if self._declared.about(origin, name)[2]
        ]
        if turned:
            self._notes.append(f"Lower is better in {', '.join(turned)}; turned here")
        self._note_averages(origins)
        policies: dict[str, list[str]] = {}
        for origin in origins if self._origin.outcomes else ():
            words = policy_in_words(self._origin.card(origin.benchmark)[0].metric)
            policies.setdefault(words, []).append(origin.base)
        if len(policies) > FEW:
            self._notes.append("Without a score: each benchmark's declared policy")
            return
        for words, bases in policies.items():
            about = f" ({', '.join(dict.fromkeys(bases))})" if len(policies) > 1 else ""
            self._notes.append(f"Without a score{about}: {words}")

    def _note_averages(self, origins: Sequence[Origin]) -> None:
        """Say which benchmarks' own scores are no mean over items, as every one here is."""
        averages: dict[str, list[str]] = {}
        for origin in origins if self._origin.outcomes else ():
            average = read_average(self._origin.card(origin.benchmark)[0].metric.average)
            if average.kind != "micro":
                averages.setdefault(str(average), []).append(origin.base)
        for words, bases in averages.items():
            named = ", ".join(dict.fromkeys(bases))
            self._notes.append(f"Every item counts the same; the authors' own score of {named} is"
                               f" the {words}")  # fmt: skip


def _benchmark(cell: Found) -> str:
    return str(cell.names.get("benchmark", files.ALL))


def _order(origin: Origin) -> tuple[str, ...]:
    return (origin.benchmark, origin.asked, origin.scorer, origin.conditions)
