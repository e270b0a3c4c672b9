from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from click.testing import CliRunner

from benchwright.analysis.ranking.rank import rank
from benchwright.analysis.responses.table import Group, Responses, Scale, from_matrix
from benchwright.cli import cli
from benchwright.core.errors import DataError, DescriptionError
from benchwright.pool import Pool
from benchwright.report import html, ranked
from benchwright.report.html import write_ranking, write_report
from report.pictures.drawn import HOSTILE, Read

Rows = list[tuple[str, str, str, float]]


def table(models: int, items: int, groups: int = 1, missing: float = 0.0) -> Responses:
    chance = np.random.default_rng(7)
    ability, hard = chance.normal(0, 1, models)[:, None], chance.normal(0, 1.3, items)
    right = chance.random((models, items)) < 1 / (1 + np.exp(hard - ability))
    scores = right.astype(float)
    scores[chance.random(scores.shape) < missing] = np.nan
    return from_matrix(
        scores,
        models=[f"model-{n}" for n in range(models)],
        groups=[Group(name=f"group-{n}", scale=Scale.BINARY) for n in range(groups)],
        group=np.arange(items) * groups // items,
    )


def parquet(path: Path, rows: Rows) -> Path:
    with duckdb.connect() as connection:
        connection.execute("create table t (model text, benchmark text, item text, score double)")
        connection.executemany("insert into t values (?, ?, ?, ?)", rows)
        connection.execute(f"copy t to '{path}' (format parquet)")
    return path


def some_rows(models: tuple[str, ...], benchmarks: tuple[str, ...] = ("quiz",)) -> Rows:
    chance = np.random.default_rng(1)
    return [
        (model, benchmark, f"q{n}", float(chance.random() < 0.3 + 0.1 * place))
        for place, model in enumerate(models)
        for benchmark in benchmarks
        for n in range(30)
    ]


def names(found: ranked.Ranked) -> list[str]:
    return [picture.name for picture in found.pictures]


def test_a_table_of_several_groups_has_all_pictures() -> None:
    several = table(8, 400, groups=4, missing=0.3)
    found = ranked.ranked(several, rank(several, estimator="mean"))
    assert names(found) == ["intervals", "linkage", "missing", "items", "agreement"]
    assert all(picture.drawn for picture in found.pictures)


def test_one_group_has_neither_ties_nor_agreement() -> None:
    one = table(8, 400)
    found = ranked.ranked(one, rank(one, estimator="mean"))
    assert names(found) == ["intervals", "missing", "items"]
    assert "Nothing is missing" in ranked.section(found)


def test_the_map_of_one_group_shows_what_each_model_answered() -> None:
    scores = np.ones((2, 100))
    scores[1, 50:] = np.nan
    one = from_matrix(scores)
    picture = ranked.ranked(one, rank(one, estimator="mean")).pictures[1]
    assert dict(picture.table.rows) == {"0": 1.0, "1": 0.5}


def test_the_items_that_stronger_models_miss_are_marked() -> None:
    scores = np.zeros((30, 60))
    for model in range(30):
        scores[model, : 2 * model] = 1.0
    scores[:, 7] = 1 - scores[:, 20]
    found = ranked.ranked(from_matrix(scores), rank(from_matrix(scores), estimator="mean"))
    (items,) = [picture for picture in found.pictures if picture.name == "items"]
    assert items.beside is not None and items.beside.rows[0][1] == "7"


def test_scores_on_scales_of_their_own_have_no_map_of_items() -> None:
    unbounded = from_matrix(np.random.default_rng(0).normal(50, 9, (6, 12)))
    assert names(ranked.ranked(unbounded, rank(unbounded, estimator="mean"))) == [
        "intervals", "missing",
    ]  # fmt: skip


def test_a_large_matrix_makes_small_pictures() -> None:
    large = table(28, 12_000, groups=14, missing=0.4)
    found = ranked.ranked(large, rank(large, estimator="mean"))
    assert sum(len(text) for one in found.pictures for text in (*one.drawn, *one.narrow)) < 400_000
    assert len(ranked.section(found)) < 500_000


@pytest.mark.parametrize("shape", [(1, 30), (30, 1), (1, 1), (2, 2)])
def test_one_model_and_one_item_have_a_page(shape: tuple[int, int], tmp_path: Path) -> None:
    page = write_ranking(table(*shape), tmp_path / "r.html").read_text(encoding="utf-8")
    assert page.count("model-0") >= 1


def test_a_file_that_another_tool_made_becomes_a_page(tmp_path: Path) -> None:
    rows = some_rows(("ada", "bob", "cyd"), ("quiz", "exam"))
    path = parquet(tmp_path / "scores.parquet", rows)
    page = write_ranking(path, tmp_path / "r.html", title="Mine").read_text(encoding="utf-8")
    assert "<h1>Mine</h1>" in page and 'id="linkage"' in page
    assert 'id="samples"' not in page and 'id="facts"' not in page
    again = write_ranking(path, tmp_path / "s.html", title="Mine").read_text(encoding="utf-8")
    assert page == again


def test_hostile_names_make_no_element_and_ask_nothing_of_any_place(tmp_path: Path) -> None:
    rows = some_rows(tuple(name.replace("\x00", "") for name in HOSTILE[:-1]), HOSTILE[:3])
    path = parquet(tmp_path / "scores.parquet", rows)
    text = write_ranking(path, tmp_path / "r.html").read_text(encoding="utf-8")
    found = Read(text).found
    assert [tag for tag, _ in found].count("script") == 1
    for tag, attributes in found:
        assert tag not in {"img", "iframe", "link", "object", "embed", "base"}
        assert "onerror" not in attributes and "src" not in attributes
        assert (attributes.get("href") or "#").startswith("#")
    assert html.POLICY in [attributes.get("content") for _, attributes in found]
    assert "\u202e" not in text and "\u2028" not in text


def test_a_pool_of_two_models_gains_a_ranking(pool: Pool, tmp_path: Path) -> None:
    page = write_report(pool, tmp_path / "r.html").read_text(encoding="utf-8")
    assert '<section id="ranking">' in page and 'href="#ranking"' in page
    alone = write_report(pool, tmp_path / "r.html", where="model = 'ada'")
    assert '<section id="ranking">' not in alone.read_text(encoding="utf-8")


def test_a_pool_that_cannot_be_ranked_has_a_report_that_says_why(
    pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise DataError("ada answered <i>twice</i>.")

    monkeypatch.setattr(html, "rank", refuse)
    page = write_report(pool, tmp_path / "r.html").read_text(encoding="utf-8")
    assert "There is no ranking: ada answered &lt;i&gt;twice&lt;/i&gt;." in page
    assert 'id="samples"' in page


def test_a_ranking_made_before_is_the_one_shown(tmp_path: Path) -> None:
    several = table(5, 60)
    made = rank(several, estimator="mean", confidence=0.8)
    page = write_ranking(several, tmp_path / "r.html", ranking=made).read_text(encoding="utf-8")
    assert "80% intervals" in page and "95%" not in page


def test_nothing_to_rank_is_refused(tmp_path: Path) -> None:
    path = parquet(tmp_path / "scores.parquet", some_rows(("ada", "bob")))
    with pytest.raises(DescriptionError):
        write_ranking(path, tmp_path / "r.html", where="model = 'nobody'")


def test_the_command_makes_the_page_of_a_file(tmp_path: Path) -> None:
    path = parquet(tmp_path / "scores.parquet", some_rows(("ada", "bob")))
    out = tmp_path / "r.html"
    done = CliRunner().invoke(cli, ["report", "--from", str(path), "-o", str(out), "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.output) == {"file": str(out), "bytes": out.stat().st_size}
    turned = ["report", "--from", str(path), "-o", str(out), "--lower", "quiz"]
    assert CliRunner().invoke(cli, [*turned, "--column", "item=item"]).exit_code == 0


@pytest.mark.parametrize(
    "words",
    [
        ["report", ".", "--from", __file__],
        ["report", "--lower", "x"],
        ["report", "--from", __file__, "--column", "item"],
    ],
)
def test_a_pool_and_a_file_are_not_mixed(words: list[str]) -> None:
    assert CliRunner().invoke(cli, words).exit_code == 2
