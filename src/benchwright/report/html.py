"""One HTML file that shows a pool: it asks nothing of any other place and works from disk."""

from __future__ import annotations

import html
from importlib import resources
from pathlib import Path
from typing import Any

from benchwright.analysis.ranking.rank import rank
from benchwright.analysis.ranking.result import Ranking
from benchwright.analysis.responses import Responses, read_responses
from benchwright.core.errors import BenchwrightError
from benchwright.pool import Pool
from benchwright.report import ranked, sections
from benchwright.report.drawing import PATTERNS
from benchwright.report.embed import Embedded, embedded
from benchwright.report.gather import Gathered, gather

TEXTS = 100_000
"""Rows that come with prompt and answer unless the caller says otherwise."""

WAYS = {
    "intervals": "Scores",
    "linkage": "Ties",
    "missing": "Coverage",
    "items": "Items",
    "agreement": "Agreement",
}
"""How the ranking page's links to its pictures read."""

POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"


def write_report(
    pool: Pool, out: str | Path, *, title: str = "", where: str = "", limit: int = TEXTS
) -> Path:
    """Write the report on ``pool`` and return its path.

    Args:
        pool: the measurements and answers.
        out: the file to write; its folder must be there.
        title: the page's heading.
        where: SQL condition over the columns of ``measurements``; every row where it is empty.
        limit: rows whose prompt and answer are embedded; the facts of all rows always are, and
            the page says how many come with their texts.

    Raises:
        DescriptionError: ``where`` is no such condition.
        PoolError: the pool cannot be read.
    """
    gathered = gather(pool, where)
    with pool.connect() as connection:
        data = embedded(pool, connection, gathered.names, where=where, limit=limit)
    order = _order(pool, where) if gathered.models > 1 else ""
    parts = gathered.parts
    links = '<a href="#ranking">Ranking</a>' if order else ""
    links += "".join(
        f'<a href="#b{place}">{html.escape(part.card.title or part.card.name)}</a>'
        for place, part in enumerate(parts)
    )
    body = order + "".join(
        sections.benchmark(part, place, gathered.names) for place, part in enumerate(parts)
    )
    empty = '<p class="lead">No measurements.</p>'
    path = Path(out)
    page = _page(
        title or "What was measured",
        lead=_lead(gathered),
        facts=_condition(where),
        links=f'{links}<a href="#samples">Samples</a>',
        body=f"{body or empty}{_browser(data)}",
        footer=_runs(gathered),
        elements=data.elements,
        scripts=("page.js", "samples.js"),
    )
    path.write_text(page, encoding="utf-8")
    return path


def write_ranking(
    source: Any,
    out: str | Path,
    *,
    title: str = "",
    where: str = "",
    ranking: Ranking | None = None,
) -> Path:
    """Write the ranking page alone, of any table of scores, and return its path.

    Args:
        source: an open pool, a file or files, a data frame, columns, or ``Responses``: whatever
            ``rank`` reads. Where that needs more words (bounds, lower is better), read it with
            ``read_responses`` and give what comes.
        out: the file to write; its folder must be there.
        title: the page's heading.
        where: SQL condition over the columns of the source; not for ``Responses``.
        ranking: the ranking made of the same source, where there is one already.

    Raises:
        DescriptionError: ``where`` is no such condition, or there is nothing to rank.
        DataError: the source cannot be read as a table of responses.
    """
    table = source if isinstance(source, Responses) else read_responses(source, where)
    found = ranked.ranked(table, ranking or rank(table))
    path = Path(out)
    page = _page(
        title or "What was ranked",
        lead="",
        facts=_condition(where),
        links="".join(
            f'<a href="#{picture.name}">{WAYS[picture.name]}</a>' for picture in found.pictures
        ),
        body=ranked.section(found),
        footer="Made by Benchwright.",
        elements="",
        scripts=("page.js",),
    )
    path.write_text(page, encoding="utf-8")
    return path


def _order(pool: Pool, where: str) -> str:
    """Return the section of the ranking; the report stands without it, and then says why."""
    try:
        table = read_responses(pool, where)
        if len(table.models) < 2:
            return ""
        return ranked.section(ranked.ranked(table, rank(table)))
    except BenchwrightError as error:
        return ranked.refused(f"There is no ranking: {error}")


def _page(
    title: str,
    *,
    lead: str,
    facts: str,
    links: str,
    body: str,
    footer: str,
    elements: str,
    scripts: tuple[str, ...],
) -> str:
    heading = html.escape(title)
    style = "".join(map(_resource, ("page.css", "pictures.css")))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{heading}</title>
<style>
{style}</style>
</head>
<body>
{PATTERNS}
<header>
<h1>{heading}</h1>
{lead and f'<p class="lead">{lead}</p>'}
{facts}
<nav>{links}
<button id="theme" type="button" aria-label="Light or dark">◐</button></nav>
</header>
<main>
{body}
</main>
<footer><p>{footer}</p></footer>
{elements}
<script>
{"".join(map(_resource, scripts))}</script>
</body>
</html>
"""


def _lead(gathered: Gathered) -> str:
    def counted(number: int, noun: str) -> str:
        return f"{number:,} {noun}{'' if number == 1 else 's'}"

    return (
        f"{counted(gathered.models, 'model')} on {counted(len(gathered.parts), 'benchmark')}: "
        f"{counted(gathered.rows, 'measurement')} of {counted(gathered.samples, 'question')}."
    )


def _condition(where: str) -> str:
    return f'<p class="facts">where <code>{html.escape(where)}</code></p>' if where else ""


def _runs(gathered: Gathered) -> str:
    if not gathered.runs:
        return "Made by Benchwright."
    ident, began, status = gathered.runs[0]
    return (
        f"Made by Benchwright from {len(gathered.runs):,} run{'s'[: len(gathered.runs) > 1]}; "
        f"the latest, {html.escape(ident)}, began {html.escape(began)} ({html.escape(status)})."
    )


def _browser(data: Embedded) -> str:
    notes = []
    if data.rows < data.rows_of:
        notes.append(f"{data.rows:,} of {data.rows_of:,} rows are here (questions at random)")
    if data.texts < data.rows:
        notes.append(
            f"{data.texts:,} of {data.rows:,} rows come with their prompt and answer (questions at "
            f"random, the same for every model); the facts of all rows are here"
        )
    if data.pictures_left_out:
        notes.append(f"pictures named but not shown: {data.pictures_left_out:,}")
    said = f'<p class="note">{". ".join(notes)}.</p>' if notes else ""
    return f"""<section id="samples">
<h2>Samples</h2>
<p class="lead">Every answer, with what was asked and how it was read.</p>
{said}
<noscript><p class="note">The browser of samples needs JavaScript; it asks nothing of any other
place.</p></noscript>
<form id="filters" autocomplete="off"></form>
<div id="browser"><div><p id="count" aria-live="polite"></p><ol id="list"></ol>
<div id="pager"><button type="button" id="back">← earlier</button><span id="page"></span>
<button type="button" id="on">later →</button></div></div>
<article id="detail" aria-live="polite"></article></div>
</section>"""


def _resource(name: str) -> str:
    return resources.files("benchwright.report").joinpath(name).read_text(encoding="utf-8")
