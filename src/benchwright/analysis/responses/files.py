"""Tables that another tool made: Parquet, CSV, JSON Lines and data frames, as ``measurements``."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from glob import glob
from pathlib import Path
from typing import Any

import numpy as np

from benchwright.analysis.cells import quoted
from benchwright.core.errors import DataError, DescriptionError, UnknownName, boundary

ALL = "all"
"""Benchmark of a table that names none."""

REQUIRED = ("model", "item", "score")
OPTIONAL = (
    "benchmark", "conditions", "scorer", "source", "variant", "repeat", "outcome", "failure",
    "chance", "tags", "text",
)  # fmt: skip
"""Columns that mean something here; others may stand in conditions."""

_OURS = (
    "model_key", "model", "benchmark", "conditions", "scorer", "sample", "item", "source",
    "variant", "repeat", "outcome", "failure", "chance", "value", "score", "asked", "tags",
    "extractors_agree", "boundary_merged",
)  # fmt: skip
"""Columns of the view ``measurements`` over a file."""

_READERS = {
    ".parquet": "read_parquet({files}, union_by_name = true)",
    ".csv": "read_csv({files}, union_by_name = true{kinds})",
    ".tsv": "read_csv({files}, union_by_name = true, delim = '\t'{kinds})",
    ".jsonl": "read_json({files}, format = 'newline_delimited', union_by_name = true)",
    ".ndjson": "read_json({files}, format = 'newline_delimited', union_by_name = true)",
    ".json": "read_json({files}, union_by_name = true)",
}
_PACKED = (".gz", ".zst")
_NUMBERS = ("INT", "DECIMAL", "FLOAT", "DOUBLE", "BOOLEAN", "HUGEINT")
_NAMES = ("model", "item", "benchmark", "source", "variant", "conditions", "scorer", "outcome")


class Stream:
    """A data frame as DuckDB reads it without pyarrow: by Arrow's C stream."""

    def __init__(self, frame: Any) -> None:
        """Stand for ``frame``."""
        self._frame = frame

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Return the frame's stream."""
        return self._frame.__arrow_c_stream__(requested_schema)


@contextmanager
def opened(
    source: object, columns: Mapping[str, str]
) -> Iterator[tuple[Any, dict[str, str], frozenset[str], str]]:
    """Open a table as the view ``measurements`` of a connection that can read nothing else.

    Yields the connection, the source's column of every name that means something, its columns that
    conditions cannot name, and what the table is called in messages. With a column ``text`` there
    is a view ``samples`` as well.

    Raises:
        DataError: there is no such file, it cannot be read, or a column is missing or of a wrong
            kind.
        DescriptionError: ``source`` is no table.
    """
    import duckdb  # heavy: only when something is read

    connection = duckdb.connect(
        ":memory:",
        config={"autoinstall_known_extensions": False, "autoload_known_extensions": False},
    )
    try:
        if isinstance(source, (str, Path)) or (
            isinstance(source, Sequence) and all(isinstance(one, (str, Path)) for one in source)
        ):
            known, name = _file_view(connection, source, columns)
        else:
            name = "the table"
            connection.register("held", _frame(source))
            connection.execute("create view raw as select * from held")
            known = _known(_kinds(connection), columns, name)
            connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
        kinds = _kinds(connection)
        _refuse_kinds(kinds, known, name)
        connection.execute(f"create view measurements as {_canonical(kinds, known)}")
        if "text" in known:
            connection.execute(f"create view samples as {_samples(known)}")
        yield connection, known, hidden(kinds, known), name
    finally:
        connection.close()


def _paths(source: str | Path | Sequence[str | Path]) -> list[str]:
    wanted = [source] if isinstance(source, (str, Path)) else list(source)
    found: list[str] = []
    for one in map(str, wanted):
        here = [one] if Path(one).is_file() else sorted(glob(one, recursive=True))  # noqa: PTH207 - Path.glob refuses absolute patterns
        here = [path for path in here if Path(path).is_file()]
        if (Path(one) / "pool.json").is_file():
            raise DescriptionError(
                f"{one} is a pool, not a file: open it, with open_pool({one!r})."
            )
        if not here:
            raise DataError(f"{one}: there is no such file.")
        found += here
    if not found:
        raise DescriptionError("No file is named.")
    return [str(Path(path).absolute()) for path in dict.fromkeys(found)]


def _ending(path: str) -> str:
    name = Path(path)
    return (Path(name.stem).suffix if name.suffix in _PACKED else name.suffix).lower()


def _file_view(
    connection: Any, source: str | Path | Sequence[str | Path], columns: Mapping[str, str]
) -> tuple[dict[str, str], str]:
    paths = _paths(source)
    endings = {_ending(path) for path in paths}
    name = Path(paths[0]).name + (f" and {len(paths) - 1} more" if len(paths) > 1 else "")
    if len(endings) > 1 or not endings <= _READERS.keys():
        raise DescriptionError(
            f"{name}: a table is one or more files of one kind: {', '.join(_READERS)}, packed by "
            f"{' or '.join(_PACKED)} or not; not {', '.join(sorted(endings)) or 'without ending'}."
        )
    reader = _READERS[endings.pop()]
    # DuckDB takes every path as a pattern.
    patterns = ["".join(f"[{c}]" if c in "[*?" else c for c in path) for path in paths]
    files = f"[{', '.join(map(quoted, patterns))}]"
    allowed = ", ".join(quoted(path) for path in {*paths, *patterns})
    connection.execute(f"set allowed_paths = [{allowed}]")
    connection.execute("set enable_external_access = false")
    with boundary(DataError, name):
        connection.execute(
            f"create view raw as select * from {reader.format(files=files, kinds='')}"  # noqa: S608 - quoted
        )
        known = _known(_kinds(connection), columns, name)
        if "{kinds}" in reader:
            # Names that look like numbers stay as they are written: 007 is not 7.
            named = (f"{quoted(known[one])}: 'VARCHAR'" for one in _NAMES if one in known)
            kinds = f", types = {{{', '.join(named)}}}"
            connection.execute(
                f"create or replace view raw as select * from "  # noqa: S608 - quoted
                f"{reader.format(files=files, kinds=kinds)}"
            )
    return known, name


def _frame(source: object) -> object:
    """Return what DuckDB can register of a data frame or of a mapping of columns."""
    if isinstance(source, Mapping):
        columns = {str(name): _column(str(name), values) for name, values in source.items()}
        if len({len(values) for values in columns.values()}) > 1:
            sizes = ", ".join(f"{name}: {len(values)}" for name, values in columns.items())
            raise DataError(f"the columns of a table are of one length ({sizes}).")
        if not columns:
            raise DataError("a table needs columns: model, item and score.")
        return columns
    if hasattr(source, "__arrow_c_stream__"):
        return Stream(source)
    if type(source).__module__.partition(".")[0] == "pandas":
        return source
    raise DescriptionError(
        "A table is an open pool, a path or list of paths, a data frame or a mapping of columns, "
        f"not {type(source).__name__}."
    )


def _column(name: str, values: Any) -> Any:
    array = values if isinstance(values, np.ndarray) else None
    if array is None:
        held = list(values)
        numeric = all(one is None or isinstance(one, (bool, int, float)) for one in held)
        if numeric and any(one is None for one in held):
            held = [float("nan") if one is None else one for one in held]
        array = np.asarray(held) if numeric else np.asarray(held, dtype=object)
    if array.ndim != 1:
        raise DataError(f"the column {name!r} has {array.ndim} dimensions; a column has one.")
    return array.astype(object) if array.dtype.kind in "US" else np.ascontiguousarray(array)


def _kinds(connection: Any) -> dict[str, str]:
    return {row[0]: row[1] for row in connection.execute("describe raw").fetchall()}


def _known(kinds: Mapping[str, str], columns: Mapping[str, str], name: str) -> dict[str, str]:
    """Return which column of the source holds what; declared ones first."""
    here = {column.lower(): column for column in kinds}
    for meaning, column in columns.items():
        if meaning not in (*REQUIRED, *OPTIONAL):
            raise UnknownName("meaning of a column", meaning, (*REQUIRED, *OPTIONAL))
        if column.lower() not in here:
            raise UnknownName(f"column of {name}", column, kinds)
    wanted = {meaning: columns.get(meaning, meaning) for meaning in (*REQUIRED, *OPTIONAL)}
    known = {
        meaning: here[column.lower()]
        for meaning, column in wanted.items()
        if column.lower() in here
    }
    missing = [meaning for meaning in REQUIRED if meaning not in known]
    if missing:
        free = [column for column in kinds if column not in known.values()]
        raise DataError("\n".join(_absent(meaning, free, kinds, name) for meaning in missing))
    return known


def _absent(meaning: str, free: list[str], kinds: Mapping[str, str], name: str) -> str:
    lowered = {column.lower(): column for column in free}
    near = [lowered[one] for one in difflib.get_close_matches(meaning, lowered, n=1, cutoff=0.5)]
    near += [lowered[one] for one in lowered if meaning in one and lowered[one] not in near]
    hint = f"; if {near[0]!r} is it, say so" if near else "; say which it is"
    other = near[0] if near else "…"
    return (
        f"{name} has no column {meaning!r} (it has {', '.join(kinds)}){hint}: "
        f"columns={{{meaning!r}: {other!r}}}."
    )


def _refuse_kinds(kinds: Mapping[str, str], known: Mapping[str, str], name: str) -> None:
    for meaning in ("score", "chance"):
        column = known.get(meaning, "")
        kind = kinds.get(column, "DOUBLE")
        if not kind.startswith(("U", *_NUMBERS)) and not any(one in kind for one in _NUMBERS):
            raise DataError(
                f"{name}: the column {column!r} is to hold numbers and holds {kind.lower()}."
            )


def _canonical(kinds: Mapping[str, str], known: Mapping[str, str]) -> str:
    """Return SQL for the source's rows under the names of a pool's measurements."""

    def column(meaning: str, otherwise: str, form: str = "{}") -> str:
        return form.format(_name(known[meaning])) if meaning in known else otherwise

    score = _name(known["score"])
    tags = kinds.get(known.get("tags", ""), "")
    made = {
        "model_key": column("model", ""),
        "model": column("model", ""),
        "benchmark": column("benchmark", quoted(ALL), "{}::varchar"),
        "conditions": column("conditions", "''", "coalesce({}::varchar, '')"),
        "scorer": column("scorer", "''", "coalesce({}::varchar, '')"),
        "sample": column("item", ""),
        "item": column("item", ""),
        "source": column("source", column("item", "")),
        "variant": column("variant", "''", "coalesce({}::varchar, '')"),
        "repeat": column("repeat", "0"),
        "outcome": column("outcome", "'scored'", "coalesce({}::varchar, 'scored')"),
        "failure": column("failure", "''", "coalesce({}::varchar, '')"),
        "chance": column("chance", "null::double", "{}::double"),
        "value": f"{score}::double",
        "score": score,
        "asked": "''",
        "tags": _name(known["tags"]) if tags == "MAP(VARCHAR, VARCHAR)" else _NO_TAGS,
        "extractors_agree": "null::boolean",
        "boundary_merged": "false",
    }
    own = ", ".join(f"{made[name]} as {_name(name)}" for name in _OURS)
    rest = "".join(f", {_name(name)}" for name in kinds if name.lower() not in _OURS)
    return f"select {own}{rest} from raw"  # noqa: S608 - quoted names


def hidden(kinds: Mapping[str, str], known: Mapping[str, str]) -> frozenset[str]:
    """Return the source's columns that the view shows something else under the names of."""
    from_source = {**known, "sample": known["item"], "value": known["score"]}
    return frozenset(
        name.lower()
        for name in kinds
        if name.lower() in _OURS and from_source.get(name.lower()) != name
    )


_NO_TAGS = "map {}::map(varchar, varchar)"


def _samples(known: Mapping[str, str]) -> str:
    benchmark = f"{_name(known['benchmark'])}::varchar" if "benchmark" in known else quoted(ALL)
    return f"""select {benchmark} as benchmark, {_name(known["item"])}::varchar as id,
        '' as variant_of, '' as variant, min({_name(known["text"])}::varchar) as text,
        []::varchar[] as choices, {_NO_TAGS} as tags from raw group by all"""  # noqa: S608 - quoted names


def _name(column: str) -> str:
    """Return ``column`` as an SQL identifier."""
    return '"' + column.replace('"', '""') + '"'
