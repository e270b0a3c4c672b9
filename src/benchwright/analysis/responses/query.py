"""Capability queries: which samples a ranking is about, by tags and by words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

import numpy.typing as npt
from msgspec import Struct

from benchwright.analysis.cells import condition, quoted
from benchwright.core.errors import DescriptionError, UnknownName, boundary

Embed = Callable[[Sequence[str]], npt.ArrayLike]
"""Gives texts their embeddings: one row a text."""

ANY_TAG = "tag"
"""Stands in a condition for the value of any one tag."""

_BEFORE = "select 1 from measurements where ("
_IDENTIFIER = re.compile(r'"(?:[^"]|"")*"|\w+')


class Query(Struct, frozen=True, kw_only=True):
    """A selection of items: what satisfies ``where`` and is found by ``search``.

    Structured filters and a search by relevance, intersected, are the capability query of ONEBench
    (arXiv 2412.06745); there the search is by embeddings with threshold .7, here by words unless
    ``embed`` is given.
    """

    where: str = ""
    """SQL condition over the columns of ``measurements`` in which every tag's name may be used
    like a column's, and ``tag`` stands for the value of any one tag."""
    search: str = ""
    """Words that the samples' texts are searched for; ``word*`` finds what begins so."""
    threshold: float | None = None
    """What a sample's relevance must exceed: .5 for words, .7 for embeddings where it is None.

    By words, 1 is the relevance of a text of average length in which every word occurs once.
    """
    top: int | None = None
    """Most samples taken, the most relevant first; None takes all above the threshold."""
    embed: Embed | None = None
    """Compares by embeddings instead: relevance is the cosine with the embedding of ``search``."""

    def words(self) -> str:
        """Return the query in words, for captions; empty where it selects everything."""
        said = [f"where {self.where}"] if self.where.strip() else []
        said += [f"found by {self.search!r}"] if self.search.strip() else []
        said += [f"the {self.top} most relevant"] if self.search.strip() and self.top else []
        return ", ".join(said)


def query_of(where: str | Query) -> Query:
    """Return ``where`` as a query, checked.

    Raises:
        DescriptionError: a threshold, a number or embeddings are given without words to search
            for, or the number of samples is not positive.
    """
    query = where if isinstance(where, Query) else Query(where=where)
    limited = query.threshold is not None or query.top is not None or query.embed is not None
    if limited and not query.search.strip():
        raise DescriptionError("A threshold, a number of samples or embeddings need words: search.")
    if query.top is not None and query.top < 1:
        raise DescriptionError(f"The most relevant {query.top} samples are none.")
    return query


def written_out(connection: Any, where: str, *, hidden: Collection[str] = ()) -> str:
    """Return ``where`` with the names of tags as what SQL knows: ``tags['language']``.

    A column goes before a tag of its name. The parser's own places of the names are used, so that
    text in quotes is left alone. ``hidden`` names columns of a file that cannot be meant.

    Raises:
        DescriptionError: ``where`` is not an SQL condition, or names a hidden column.
        UnknownName: a name in it is neither a column's nor a tag's.
    """
    if not where.strip():
        return ""
    references = list(_references(connection, where))
    rows = connection.execute("describe measurements").fetchall()
    columns = {str(row[0]).lower() for row in rows}
    for name, _ in references:
        if name.lower() in hidden:
            raise DescriptionError(
                f"The file's column {name!r} cannot be named in a condition: another column was "
                "declared to hold what goes by that name here. Rename it."
            )
    foreign = [(name, at) for name, at in references if name.lower() not in columns]
    if not foreign:
        return where
    if "tags" not in columns:
        raise UnknownName("column", foreign[0][0], [str(row[0]) for row in rows])
    names = _tag_names(connection, {name for name, _ in foreign})
    text = where.encode()
    for name, at in sorted(foreign, key=lambda one: -one[1]):
        if name == ANY_TAG and ANY_TAG not in names:
            continue
        if name not in names:
            known = [*(str(row[0]) for row in rows), *sorted(names)]
            raise UnknownName("column or tag", name, known)
        found = _IDENTIFIER.match(text[at:].decode())
        length = len(found.group().encode()) if found else 0
        text = text[:at] + f"tags[{quoted(name)}]".encode() + text[at + length :]
    done = text.decode()
    if ANY_TAG not in names and any(name == ANY_TAG for name, _ in foreign):
        return f"len(list_filter(map_values(tags), lambda {ANY_TAG}: {condition(done)})) > 0"
    return done


def _references(connection: Any, where: str) -> Iterator[tuple[str, int]]:
    """Yield the names in ``where`` that stand alone, and where they stand in its bytes."""
    with boundary(DescriptionError, f"the condition {where!r}"):
        row = connection.execute(
            "select json_serialize_sql(?::varchar)", [f"{_BEFORE}{where}\n)"]
        ).fetchone()
    tree = json.loads(row[0])
    if tree.get("error"):
        said = tree.get("error_message", "it cannot be read")
        raise DescriptionError(f"the condition {where!r} is not SQL: {said}")
    if len(tree["statements"]) != 1:
        raise DescriptionError(f"the condition {where!r} is more than one statement.")
    bound: set[str] = set()
    found: list[tuple[str, int]] = []
    last = len(where.encode())
    for name, at in _walk(tree):
        # A lambda's parameters are written as references without a place.
        if at - len(_BEFORE) > last:
            bound.add(name)
        else:
            found.append((name, at - len(_BEFORE)))
    yield from ((name, at) for name, at in found if name not in bound)


def _walk(node: Any) -> Iterator[tuple[str, int]]:
    if isinstance(node, dict):
        if node.get("class") == "COLUMN_REF" and len(node["column_names"]) == 1:
            yield node["column_names"][0], int(node["query_location"])
        for inner in node.values():
            yield from _walk(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _walk(inner)


def _tag_names(connection: Any, wanted: set[str]) -> set[str]:
    """Return the names of tags; the samples are asked first, for they are fewer."""
    views = {row[0] for row in connection.execute("show tables").fetchall()}
    names: set[str] = set()
    for view in ("samples", "measurements"):
        if view not in views or wanted <= names:
            continue
        rows = connection.execute(
            f"select distinct unnest(map_keys(tags)) from {view}"  # noqa: S608 - one of two
        )
        names |= {row[0] for row in rows.fetchall()}
    return names
