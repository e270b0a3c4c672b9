from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchwright import catalog
from benchwright.cache import cache_folder
from benchwright.core.errors import BatchDiffers, DescriptionError
from benchwright.core.run import Measured, Run
from benchwright.evaluation import limit
from benchwright.evaluation.account import account
from benchwright.evaluation.result import RunResult
from benchwright.evaluation.run import run
from benchwright.evaluation.settings import FileFields
from benchwright.pool import Pool

from .toy import ToyModel

NUMBER = 20
FIELDS = FileFields(input="q", target="a", choices="options")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCHWRIGHT_CACHE", str(tmp_path / "cache"))


class Lab:
    """Runs questions of one file against toys, in one pool."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.pool = folder / "pool"
        self.file = folder / "mine.jsonl"
        rows = [
            {"q": f"which {n}", "options": ["one", "two", "three"], "a": "B"} for n in range(NUMBER)
        ]
        self.file.write_text("\n".join(map(json.dumps, rows)))
        self.toy = ToyModel()
        monkeypatch.setattr(catalog, "model", lambda name, settings: self.toy)

    def __call__(self, **settings: Any) -> RunResult:
        return run(
            f"file:{self.file}", model="toy:one", fields=FIELDS, pool=self.pool, ask="letters",
            template="none", strict=True, **settings,
        )  # fmt: skip

    def opened(self) -> Pool:
        return Pool.open(self.pool, create=False)


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    return Lab(tmp_path, monkeypatch)


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[Pool]:
    with Pool.open(tmp_path / "made") as made:
        yield made


def test_a_run_keeps_its_times_tokens_and_parity_where_queries_find_them(lab: Lab) -> None:
    lab.toy.nats = 0.004
    result = lab()
    with lab.opened() as pool:
        found = dict(pool.query("SELECT metric, value FROM run_metrics WHERE model = 'toy'").rows)
        whole = dict(pool.query("SELECT metric, value FROM run_metrics WHERE model = ''").rows)
        [[cores]] = pool.query("SELECT DISTINCT machine['cores'] FROM run_metrics").rows
    assert found["requests"] == found["rows"] == NUMBER
    assert found["tokens_evaluated"] == 10 * NUMBER
    assert found["parity_nats"] == pytest.approx(0.004)
    assert found["parity_bound_nats"] == 0.05
    parts = ("waiting", "engine", "scoring", "writing")
    assert sum(found[f"seconds_{part}"] for part in parts) == pytest.approx(
        found["seconds"], abs=0.001
    )
    assert found["seconds_scoring likeliest@1"] == found["seconds_scoring"] > 0
    assert whole["seconds"] >= found["seconds"] + whole["seconds_opening"]
    assert result.run.machine["cores"] == cores
    assert "host" not in result.run.machine


def test_the_summary_says_which_check_was_made_and_where_the_time_went(lab: Lab) -> None:
    lab.toy.nats = 0.004
    checked, asked, *_ = lab().remarks
    assert "differ by at most 0.004 nats (bound 0.05, f32, measured in" in checked
    assert "waiting for the model" in asked
    assert "200 tokens evaluated" in asked
    assert any("no batch" in remark for remark in lab(plain=True, repeat=2).remarks)


def test_answers_within_the_noise_are_counted(lab: Lab) -> None:
    lab.toy.nats = 0.59
    lab.toy.identity = ToyModel(form="q8_0").identity
    with_noise = lab()
    [metrics] = [one.metrics for one in with_noise.run.measured if one.model]
    with lab.opened() as pool:
        near = 0
        for [response] in pool.query("SELECT response FROM responses").rows:
            sums = sorted(score["logprob"] for score in json.loads(response)["continuations"])
            near += sums[-1] - sums[-2] < 0.59
    assert 0 < near < NUMBER
    assert (metrics["compared"], metrics["within_noise"]) == (NUMBER, near)
    assert f"toy: {near} of {NUMBER} answers lie within the batch noise" in " ".join(
        with_noise.remarks
    )


def test_a_broken_batch_ends_the_run_unasked_and_leaves_a_record(lab: Lab) -> None:
    lab.toy.fault = "one place off"
    with pytest.raises(BatchDiffers, match="Nothing was asked"):
        lab()
    assert lab.toy.served == 0
    with lab.opened() as pool:
        assert [one.status for one in pool.runs()] == ["stopped"]
        assert pool.query("SELECT count(*) FROM responses").rows[0][0] == 0


def test_a_complete_run_is_not_checked_again(lab: Lab) -> None:
    lab()
    trials = len(lab.toy.trials)
    lab.toy.fault = "one place off"
    again = lab()
    assert again.run.counts["requests"] == 0
    assert len(lab.toy.trials) == trials


def test_a_limit_is_kept_with_the_runs_after_it(lab: Lab) -> None:
    lab.toy.limits = iter([250.0])
    found = limit.measure(lab.toy)
    assert found is not None
    assert found.tokens_per_second == 250.0
    assert "host" not in found.machine
    lab()
    with lab.opened() as pool:
        seen = account(pool)
        [row] = seen.models.rows
    columns = dict(zip(seen.models.columns, row, strict=True))
    assert columns["limit / s"] == 250.0
    assert columns["evaluated"] == 10 * NUMBER
    seconds = next(one.metrics["seconds"] for one in seen.measured if one.model)
    assert columns["time / limit's"] == pytest.approx(seconds / (10 * NUMBER / 250.0))


def test_a_faster_format_of_the_same_weights_is_named_and_no_other(lab: Lab) -> None:
    def measured(form: str, rate: float, weights: str = "w") -> None:
        model = ToyModel(form=form)
        model.identity = model.identity.__class__(
            kind="local",
            fields={**model.identity.fields, "weights": weights},
            notes=model.identity.notes,
        )
        model.limits = iter([rate])
        limit.measure(model)

    key = lab.toy.identity.key()
    assert limit.faster(key, "2") is None
    measured("f32", 100.0)
    measured("f16", 105.0)
    assert limit.faster(key, "2") is None, "five in a hundred is noise"
    measured("q8_0", 140.0)
    measured("q4_1", 900.0, weights="of another model")
    found = limit.faster(key, "2")
    assert found is not None
    assert (found.format, found.ratio) == ("q8_0", pytest.approx(1.4))
    assert limit.faster(key, "1") is None, "with other threads nothing was measured"
    assert any("q8_0 ran at 1.4 × this format's rate" in remark for remark in lab().remarks)
    for path in cache_folder().glob("limits/*.json"):
        path.write_text("{")
    assert limit.faster(key, "2") is None


def test_a_server_has_no_limit_to_measure(lab: Lab) -> None:
    class Served:
        identity = lab.toy.identity

    assert limit.measure(Served()) is None  # type: ignore[arg-type]


ASKED = {
    "requests": 10.0, "reused": 0.0, "retries": 0.0, "tokens_asked": 1000.0, "tokens_cached": 500.0,
    "tokens_out": 10.0, "tokens_evaluated": 500.0, "batches": 2.0, "seconds_backend": 9.0,
    "seconds": 10.0, "seconds_waiting": 9.6, "seconds_engine": 0.2, "seconds_scoring": 0.1,
    "seconds_scoring exact@1": 0.1, "seconds_writing": 0.1, "cpu_seconds": 12.0,
    "cpu_seconds_model": 11.0, "cpu_seconds_engine": 0.8, "cpu_seconds_writing": 0.2,
    "seconds_probe": 1.0, "rows": 10.0, "limit_tokens_per_second": 60.0,
}  # fmt: skip
WHOLE = {
    "seconds": 12.0, "cpu_seconds": 14.0, "seconds_opening": 0.5, "cpu_seconds_opening": 0.4,
    "seconds_table": 0.2, "cpu_seconds_table": 0.2,
}  # fmt: skip
LOCAL = {"subject m": {"kind": "local", "note threads": "2"}}


def advice(pool: Pool, settings: dict[str, str] | None = None, **metrics: float) -> str:
    opening = metrics.pop("opening", WHOLE["seconds_opening"])
    whole = {**WHOLE, "seconds_opening": opening}
    measured = [Measured(metrics=whole)]
    measured.append(Measured(model="m", model_key="k", metrics={**ASKED, **metrics}))
    pool.save_run(
        Run(id="20260101T0000-aa", settings=settings or {}, models=LOCAL, measured=measured)
    )
    return "\n".join(account(pool).advice)


def test_waiting_for_the_model_is_as_it_should_be(pool: Pool) -> None:
    assert advice(pool) == (
        "m: 96% of the time went into waiting for the model: the engine adds nothing to speak of."
    )


@pytest.mark.parametrize(
    ("metrics", "said"),
    [
        ({"seconds_scoring": 4.0, "seconds_scoring slow@2": 3.9}, "took 40%, most of it slow@2"),
        ({"seconds_writing": 3.0}, "Writing took 30%: put the pool on a local disk"),
        ({"seconds_engine": 3.0}, "The engine took 30% (80.00 CPU ms a row)"),
        ({"tokens_evaluated": 1000.0}, "shared nothing between prompts: without shots"),
        ({"seconds_backend": 5.0}, "spent 4.6 s of the waiting outside of its backend"),
        ({"limit_tokens_per_second": 100.0}, "took 2.00 times what the limit allows"),
        ({"limit_tokens_per_second": 20.0}, "faster than its limit"),
        ({"opening": 8.0}, "Opening took 67%"),
    ],
)  # fmt: skip
def test_what_stands_out_is_named_with_what_to_do(
    metrics: dict[str, float], said: str, pool: Pool
) -> None:
    assert said in advice(pool, **metrics)
    assert said not in advice(pool)


def test_settings_that_explain_a_share_are_named(pool: Pool) -> None:
    assert "--plain evaluates" in advice(pool, {"plain": "True"}, tokens_evaluated=1000.0)
    assert "leave --fsync out" in advice(pool, {"fsync": "True"}, seconds_writing=3.0)


def test_an_unknown_limit_says_how_to_know_it(pool: Pool) -> None:
    metrics = {name: value for name, value in ASKED.items() if "limit" not in name}
    measured = [Measured(metrics=WHOLE), Measured(model="m", model_key="k", metrics=metrics)]
    pool.save_run(Run(id="20260101T0000-aa", models=LOCAL, measured=measured))
    found = account(pool)
    assert "benchwright time --measure" in " ".join(found.advice)
    assert found.models.rows[0][-2:] == (None, None)


def test_the_newest_run_that_measured_itself_is_shown_unless_one_is_named(pool: Pool) -> None:
    with pytest.raises(DescriptionError, match="No run in this pool"):
        account(pool)
    for id_ in ("2026a-1", "2026a-2", "2026b-1"):
        pool.save_run(Run(id=id_, measured=[Measured(metrics=WHOLE)]))
    pool.save_run(Run(id="2026b-2"))
    assert account(pool).run == "2026b-1"
    assert account(pool, "2026a-1").run == "2026a-1"
    assert account(pool).advice == ["Nothing was asked: everything was kept already."]
    with pytest.raises(DescriptionError, match="begins the ids of 2 runs"):
        account(pool, "2026a")
    with pytest.raises(DescriptionError, match="no run named '2027'"):
        account(pool, "2027")
    with pytest.raises(DescriptionError, match="has not measured itself"):
        account(pool, "2026b-2")


def test_the_parts_of_the_time_add_up_to_all_of_it_but_what_nobody_claims(pool: Pool) -> None:
    advice(pool)
    parts = account(pool).parts
    [every] = [row for row in parts.rows if row[0] == "all"]
    claimed = sum(row[1] for row in parts.rows if row[0] != "all" and not row[0].startswith("  "))
    assert every[1] == 12.0
    assert claimed == pytest.approx(0.5 + 1.0 + 10.0 + 0.2)
    assert {row[2] for row in parts.rows} >= {"80%", "100%"}
