"""Search by words over the texts of samples: Okapi BM25, computed by DuckDB."""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec import Struct

from benchwright.analysis.cells import quoted
from benchwright.analysis.responses.query import Embed, Query
from benchwright.core.errors import DataError, DescriptionError

SATURATION, LENGTH = 1.2, 0.75
"""k1 and b of BM25, as Robertson and Zaragoza recommend (Foundations and Trends in IR 3, 2009)."""
BY_WORDS, BY_EMBEDDING = 0.5, 0.7
"""What relevance must exceed unless a query says otherwise; .7 is ONEBench's."""

_UNSPACED = r"([\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}])"
_WORD = r"[\p{L}\p{N}\p{M}]+"


class Found(Struct, frozen=True, kw_only=True):
    """What a search came to."""

    condition: str
    """SQL condition over ``measurements`` that the found samples satisfy."""
    found: int
    """Number of samples found."""
    of: int
    """Number of samples searched."""
    threshold: float
    """What their relevance exceeded."""


def search(connection: Any, query: Query) -> Found:
    """Return the samples whose texts ``query.search`` finds, on a connection that stays open.

    Relevance by words is Σ idf·tf·(k1 + 1) / (tf + k1 (1 − b + b·length/average)) over the words,
    divided by Σ idf: 1 for a text of average length that holds every word once. Words are compared
    without case and accents; scripts without spaces are compared by the character.

    Raises:
        DataError: there are no texts.
        DescriptionError: a word occurs in none of them, or nothing is relevant enough.
    """
    if query.embed is not None:
        rows, threshold = _by_embedding(connection, query, query.embed)
    else:
        rows, threshold = _by_words(connection, query)
    found = connection.execute("select count(*) from chosen_samples").fetchone()[0]
    if not found:
        raise DescriptionError(
            f"No sample is relevant enough to {query.search!r} (of {rows:,}, none exceeds "
            f"{threshold:g}): there is no ranking. Search for fewer or other words, or lower the "
            "threshold."
        )
    return Found(
        condition="(benchmark, sample::varchar) in (select benchmark, sample from chosen_samples)",
        found=found,
        of=rows,
        threshold=threshold,
    )


def _words_of(text: str) -> str:
    """Return SQL for the list of words in the SQL text ``text``."""
    spaced = f"regexp_replace({text}, '{_UNSPACED}', ' \\1 ', 'g')"
    return f"regexp_extract_all(lower(strip_accents({spaced})), '{_WORD}')"


def _terms(connection: Any, text: str) -> list[tuple[str, bool]]:
    """Return the words of a query, each once, and whether each is only the beginning of one."""
    found: dict[tuple[str, bool], None] = {}
    for piece in text.split():
        sql = f"select {_words_of('?::varchar')}"
        words = connection.execute(sql, [piece]).fetchone()[0]
        for place, word in enumerate(words):
            found[word, piece.endswith("*") and place == len(words) - 1] = None
    if not found:
        raise DescriptionError(f"There is no word in {text!r} to search for.")
    return list(found)


_TEXT = "concat_ws(' ', text, array_to_string(choices, ' '))"
_ROOT = "coalesce(nullif(variant_of, ''), id)"


def _by_words(connection: Any, query: Query) -> tuple[int, float]:
    terms = _terms(connection, query.search)
    threshold = BY_WORDS if query.threshold is None else query.threshold
    counts = ", ".join(
        f"len(list_filter(words, lambda w: {_matches(word, begins)}))" for word, begins in terms
    )
    connection.execute(f"""
        create or replace temp table searched as
        select benchmark, sample, len(words) as length, [{counts}] as times
        from (select benchmark, {_ROOT} as sample, {_words_of(_TEXT)} as words from samples)""")  # noqa: S608 - made of the parts above
    held = ", ".join(f"count(*) filter (times[{place}] > 0)" for place in range(1, len(terms) + 1))
    rows, average, *holders = connection.execute(
        f"select count(*), coalesce(avg(length), 0), {held} from searched"  # noqa: S608 - numbers of our own
    ).fetchone()
    _refuse_absent(
        rows, [word for (word, _), count in zip(terms, holders, strict=True) if not count]
    )
    rarity = [float(np.log1p((rows - count + 0.5) / (count + 0.5))) for count in holders]
    pull = f"{SATURATION} * ({1 - LENGTH} + {LENGTH} * length / {average})"
    parts = [
        f"{weight} * times[{place}] * {SATURATION + 1} / (times[{place}] + {pull})"
        for place, weight in enumerate(rarity, start=1)
    ]
    connection.execute(f"""
        create or replace temp table chosen_samples as
        select benchmark, sample, max(({" + ".join(parts)}) / {sum(rarity)}) as relevance
        from searched group by benchmark, sample having relevance > {threshold}
        order by relevance desc, benchmark, sample {_limit(query)}""")  # noqa: S608 - numbers of our own
    return rows, threshold


def _matches(word: str, begins: bool) -> str:
    return f"starts_with(w, {quoted(word)})" if begins else f"w = {quoted(word)}"


def _limit(query: Query) -> str:
    return f"limit {int(query.top)}" if query.top is not None else ""


def _refuse_absent(rows: int, absent: list[str]) -> None:
    if not rows:
        raise DataError(
            "there are no texts of samples to search: they were forgotten, or the measurements "
            "came without them."
        )
    if absent:
        words = ", ".join(map(repr, absent))
        raise DescriptionError(
            f"No sample holds {words}: there is no ranking. `word*` finds what begins so."
        )


def _by_embedding(connection: Any, query: Query, embed: Embed) -> tuple[int, float]:
    threshold = BY_EMBEDDING if query.threshold is None else query.threshold
    rows = connection.execute(
        f"select benchmark, {_ROOT}, {_TEXT} from samples where variant = '' order by all"  # noqa: S608 - parts of our own
    ).fetchall()
    _refuse_absent(len(rows), [])
    matrix = np.asarray(embed([query.search, *(row[2] for row in rows)]), dtype=np.float64)
    if matrix.ndim != 2 or len(matrix) != len(rows) + 1 or not np.isfinite(matrix).all():
        raise DataError(
            f"embeddings are a finite matrix with one row a text ({len(rows) + 1}), not an array "
            f"of shape {matrix.shape}."
        )
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    unit = np.divide(matrix, lengths, out=np.zeros_like(matrix), where=lengths > 0)
    relevance = unit[1:] @ unit[0]
    order = np.argsort(-relevance, kind="stable")[: query.top]
    kept = [int(place) for place in order if relevance[place] > threshold]
    connection.execute(
        "create or replace temp table chosen_samples as "
        "select unnest(?::varchar[]) as benchmark, unnest(?::varchar[]) as sample",
        [[rows[place][0] for place in kept], [rows[place][1] for place in kept]],
    )
    return len(rows), threshold
