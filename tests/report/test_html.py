from __future__ import annotations

import base64
import gzip
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import pytest

from benchwright.core.errors import DescriptionError
from benchwright.core.measurement import Measurement
from benchwright.pool import Pool
from benchwright.report import embed, texts
from benchwright.report.html import write_report


class Page(HTMLParser):
    """What a browser makes of the page: its elements, and the text of each script."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: dict[str, str] = {}
        self.words: list[str] = []
        self._script: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "script":
            self._script = dict(attrs).get("id") or "page"

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._script = None

    def handle_data(self, data: str) -> None:
        if self._script is None:
            self.words.append(data)
        else:
            self.scripts[self._script] = self.scripts.get(self._script, "") + data

    def unpacked(self, name: str) -> Any:
        return json.loads(gzip.decompress(base64.b64decode(self.scripts[name])))


@pytest.fixture(scope="module")
def page(unchanged: Pool, tmp_path_factory: pytest.TempPathFactory) -> Page:
    out = tmp_path_factory.mktemp("report") / "report.html"
    return Page(write_report(unchanged, out).read_text(encoding="utf-8"))


def resolved(page: Page, parts: list[Any]) -> list[Any]:
    shared, _ = page.unpacked("shared")
    return [shared[part][0] if isinstance(part, int) else part for part in parts]


def test_the_page_asks_nothing_of_any_other_place(page: Page) -> None:
    for tag, attributes in page.elements:
        for name in ("src", "href", "srcset", "action", "data", "poster"):
            value = attributes.get(name)
            assert value is None or value.startswith(("#", "data:")), (tag, value)
        assert tag not in {"link", "iframe", "object", "embed", "base"}
    style = Path(embed.__file__).with_name("page.css").read_text(encoding="utf-8")
    assert set(re.findall(r"url\(([^)]*)\)", style)) <= {"#hatch-truncated", "#hatch-unsupported"}
    assert "@import" not in style


def test_the_page_forbids_itself_to_ask(page: Page) -> None:
    policies = [a["content"] for t, a in page.elements if a.get("http-equiv")]
    assert policies == [
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
    ]


def test_hostile_text_makes_no_element_and_no_script(page: Page) -> None:
    # One script runs; the others are data, which a browser does not run.
    running = [a for t, a in page.elements if t == "script" and a.get("type") != "text/plain"]
    assert len(running) == 1
    assert "alert(" not in page.scripts["page"]
    assert not any("onerror" in attributes for _, attributes in page.elements)
    assert [t for t, _ in page.elements].count("img") == 0
    assert any("<script>alert" in words for words in page.words)  # shown as the text it is


@pytest.mark.parametrize("name", ["page.js", "samples.js"])
def test_the_pages_scripts_never_make_markup_of_text(name: str) -> None:
    script = Path(embed.__file__).with_name(name).read_text(encoding="utf-8")
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert word not in script


def test_every_row_is_in_the_browser_with_its_exact_prompt_and_answer(page: Page) -> None:
    from .conftest import HOSTILE, MODELS, SHOTS, question

    facts = page.unpacked("facts")
    columns = facts["columns"]
    exchanges = page.unpacked("texts-0")
    assert len(columns["cell"]) == 12
    for row in range(12):
        model, benchmark, _, scorer = facts["cells"][columns["cell"][row]]
        _, sample, preview = facts["samples"][columns["sample"][row]]
        number = int(sample[1:])
        exchange = exchanges[columns["exchange"][row]]
        assert (benchmark, scorer) == ("quiz@1-abc", "choice@1")
        assert preview == question(number)[: embed.PREVIEW]
        (role, parts), *_ = exchange["q"]
        if number < 4:
            assert (role, resolved(page, parts)) == ("", [SHOTS, question(number)])
            assert exchange["c"] == [[" A", -1, 1, 0], [" B", -2, 1, 0]]
        else:
            assert role == "user" and resolved(page, parts)[0] == question(number)
            assert exchange["a"] == [f"{model} says {HOSTILE} to {number}"]
            assert exchange["t"] == HOSTILE
    assert {facts["cells"][cell][0] for cell in columns["cell"]} == set(MODELS)


def test_texts_that_questions_share_are_kept_once(page: Page) -> None:
    from .conftest import SHOTS, question

    shared, _ = page.unpacked("shared")
    assert shared.count([SHOTS, 1]) == 1
    assert [question(0), 0] in shared  # one question, asked of two models


def test_pictures_are_in_the_page(page: Page) -> None:
    from .conftest import PNG

    _, pictures = page.unpacked("shared")
    (data,) = pictures.values()
    assert data == "data:image/png;base64," + base64.b64encode(PNG).decode()


def test_pictures_that_do_not_fit_are_counted(
    pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts, "PICTURE_BYTES", 10)
    page = Page(write_report(pool, tmp_path / "r.html").read_text(encoding="utf-8"))
    assert page.unpacked("shared")[1] == {}
    assert "pictures named but not shown: 1" in " ".join(page.words)


def test_a_limit_on_texts_is_said_and_keeps_all_facts(pool: Pool, tmp_path: Path) -> None:
    page = Page(write_report(pool, tmp_path / "r.html", limit=4).read_text(encoding="utf-8"))
    columns = page.unpacked("facts")["columns"]
    assert sum(exchange != -1 for exchange in columns["exchange"]) == 4
    assert len(columns["exchange"]) == 12
    assert "4 of 12 rows come with their prompt and answer" in " ".join(page.words)
    samples = {columns["sample"][row] for row in range(12) if columns["exchange"][row] != -1}
    assert len(samples) == 2  # the same questions for both models


def test_a_limit_on_rows_is_said(
    pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embed, "ROWS", 5)
    page = Page(write_report(pool, tmp_path / "r.html").read_text(encoding="utf-8"))
    assert len(page.unpacked("facts")["columns"]["cell"]) == 5
    assert "5 of 12 rows are here" in " ".join(page.words)


def test_scores_intervals_outcomes_and_differences_are_drawn(page: Page) -> None:
    words = " ".join(page.words)
    assert "100.0" in words and "25.0" in words  # by letters: all right; only the first
    assert "+75.0" in words  # their difference
    classes = {attributes.get("class") for _, attributes in page.elements}
    assert {"interval", "stacked", "o-right", "o-wrong", "o-unparsed"} <= classes
    assert "By subject" in words
    assert "count as wrong" in words  # the policy


def test_a_tag_with_hardly_a_sample_to_each_value_is_no_slice(pool: Pool, tmp_path: Path) -> None:
    with pool.connect() as connection:
        rows = connection.execute("select * exclude id from measurements").fetchall()
        names = [column[0] for column in connection.description or ()]
    fields = [dict(zip(names, row, strict=True)) for row in rows]
    for row in fields:
        row["tags"] = {**row["tags"], "row": row["sample"]}
    pool.measurements.write([msgspec.convert(row, Measurement) for row in fields])
    page = Page(write_report(pool, tmp_path / "r.html").read_text(encoding="utf-8"))
    assert "By subject" in " ".join(page.words)
    assert "By row" not in " ".join(page.words)


def test_a_condition_narrows_the_report_and_is_shown(pool: Pool, tmp_path: Path) -> None:
    page = Page(
        write_report(pool, tmp_path / "r.html", where="model = 'ada'").read_text(encoding="utf-8")
    )
    assert len(page.unpacked("facts")["columns"]["cell"]) == 6
    assert "model = 'ada'" in page.words
    with pytest.raises(DescriptionError):
        write_report(pool, tmp_path / "r.html", where="no such thing")


def test_the_title_is_the_heading(pool: Pool, tmp_path: Path) -> None:
    text = write_report(pool, tmp_path / "r.html", title="A <b>").read_text(encoding="utf-8")
    assert "<h1>A &lt;b&gt;</h1>" in text and "<title>A &lt;b&gt;</title>" in text


def test_the_same_pool_gives_the_same_bytes(pool: Pool, tmp_path: Path) -> None:
    one, other = (write_report(pool, tmp_path / name).read_bytes() for name in ("a", "b"))
    assert one == other


def test_an_empty_pool_has_a_report(tmp_path: Path) -> None:
    with Pool.open(tmp_path / "pool") as pool:
        page = Page(write_report(pool, tmp_path / "r.html").read_text(encoding="utf-8"))
    assert "No measurements." in page.words


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [0, 1])
def test_text_and_outcomes_stand_out_from_the_ground_in_both_themes(theme: int) -> None:
    style = Path(embed.__file__).with_name("page.css").read_text(encoding="utf-8")
    found = dict(re.findall(r"--([\w-]+): light-dark\((#\w{6}, #\w{6})\)", style))
    colours = {name: pair.split(", ")[theme] for name, pair in found.items()}
    for name in ("ink", "soft", "accent"):
        for ground in ("ground", "raised"):
            assert contrast(colours[name], colours[ground]) >= 4.5, name
    marks = ("right", "wrong-edge", "unparsed", "refused", "truncated", "empty", "unjudged")
    for name in (*marks, "failed", "unsupported"):
        assert contrast(colours[name], colours["ground"]) >= 3, name
