from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from benchwright import FileFields, compare, leaderboard, run, score
from benchwright.core.conditions import UNKNOWN_SHOTS
from benchwright.core.errors import DataError, DescriptionError, UnknownName
from benchwright.exchange import importing, taking
from benchwright.exchange.imported import Imported
from benchwright.exchange.importing import import_logs
from benchwright.pool import Pool
from exchange.conftest import LOGS, sample_line, write_samples


def rows_of(pool: Path, columns: str = "*") -> tuple[tuple[object, ...], ...]:
    with Pool.open(pool, create=False) as opened:
        return opened.query(f"SELECT {columns} FROM measurements ORDER BY ALL").rows


def test_importing_twice_changes_nothing(tmp_path: Path) -> None:
    logs, pool = LOGS / "lm_eval", tmp_path / "pool"
    first = import_logs([logs], pool=pool)
    before = {path: path.read_bytes() for path in pool.rglob("*.parquet")}
    again = import_logs([logs], pool=pool)

    assert first.rows == 14
    assert (again.rows, again.answers) == (0, 0)
    assert {path: path.read_bytes() for path in pool.rglob("*.parquet")} == before


def test_a_dry_run_makes_no_pool(tmp_path: Path) -> None:
    found = import_logs([LOGS / "mteb"], pool=tmp_path / "pool", dry_run=True)

    assert found.taken
    assert found.rows == 0
    assert not (tmp_path / "pool").exists()


def test_what_is_imported_has_keys_of_its_own_kind_and_is_marked_unverified(
    everything: tuple[Imported, Path],
) -> None:
    with Pool.open(everything[1], create=False) as pool:
        runs = pool.runs()
        names = pool.benchmarks()

    assert {record["kind"] for run in runs for record in run.models.values()} == {"imported"}
    assert {record["verified"] for run in runs for record in run.models.values()} == {"no"}
    assert {run.status for run in runs} == {"imported"}
    assert all(":" in name for name in names)


def test_an_import_never_touches_what_was_measured_here(tmp_path: Path) -> None:
    questions = tmp_path / "sums.jsonl"
    questions.write_text('{"id": "0", "question": "What is 2 + 3?", "answer": "5"}\n')
    pool = tmp_path / "pool"
    fields = FileFields(input="question", target="answer", id="id")
    run(f"file:{questions}", model="scripted:guess", fields=fields, pool=pool)
    own = rows_of(pool)
    log = write_samples(tmp_path / "samples_sums.jsonl", sample_line())
    import_logs([log], pool=pool, model="guess", benchmark="sums")
    both = rows_of(pool)

    assert len(both) == len(own) + 1
    assert set(map(str, own)) < set(map(str, both))


def test_what_a_log_does_not_say_is_unknown_in_its_conditions_and_in_every_table(
    tmp_path: Path,
) -> None:
    log = write_samples(tmp_path / "samples_sums.jsonl", sample_line())
    pool = tmp_path / "pool"
    found = import_logs([log], pool=pool)
    with Pool.open(pool, create=False) as opened:
        conditions = opened.conditions(found.taken[0].conditions)
        shown = str(leaderboard(opened))

    assert conditions.shots == UNKNOWN_SHOTS
    assert conditions.unknown() == ("ask", "layout", "system", "shots", "generation")
    assert "unknown: ask, layout, system, shots, generation" in shown


def test_the_same_question_in_two_logs_is_one_sample_and_another_content_is_another(
    tmp_path: Path,
) -> None:
    one = write_samples(tmp_path / "a" / "samples_sums.jsonl", sample_line())
    two = write_samples(
        tmp_path / "b" / "samples_sums.jsonl",
        sample_line(exact_match=0.0),
        sample_line(doc_id=1, doc={"question": "What is 1 + 1?"}),
    )
    changed = write_samples(
        tmp_path / "c" / "samples_sums.jsonl", sample_line(doc={"question": "What is 3 + 3?"})
    )
    import_logs([one, two, changed], pool=tmp_path / "pool")
    import_logs([changed, two, one], pool=tmp_path / "other")
    samples = rows_of(tmp_path / "pool", "model, sample")

    assert rows_of(tmp_path / "pool") == rows_of(tmp_path / "other")
    assert len({sample for _, sample in samples}) == 3
    assert {sample.split("~")[0] for _, sample in samples} == {"0", "1"}  # type: ignore[attr-defined]


def test_two_models_of_one_task_are_compared_pair_by_pair(tmp_path: Path) -> None:
    docs = [{"question": f"What is {n} + {n}?"} for n in range(6)]
    for name, right in (("good", 6), ("weak", 2)):
        write_samples(
            tmp_path / name / "samples_sums.jsonl",
            *(
                sample_line(doc_id=n, doc=doc, exact_match=float(n < right))
                for n, doc in enumerate(docs)
            ),
        )
    import_logs([tmp_path / "good", tmp_path / "weak"], pool=tmp_path / "pool")
    with Pool.open(tmp_path / "pool", create=False) as pool:
        found = compare(pool, "good", "weak").to_table().records()

    assert found[0]["a − b"] == pytest.approx(4 / 6)


def test_a_question_that_comes_again_is_a_repeat_and_two_filters_are_two_scorers(
    tmp_path: Path,
) -> None:
    log = write_samples(
        tmp_path / "samples_sums.jsonl",
        sample_line(),
        sample_line(exact_match=0.0),
        sample_line(filter="strict"),
    )
    found = import_logs([log], pool=tmp_path / "pool")

    assert rows_of(tmp_path / "pool", "scorer, repeat, value") == (
        ("lm_eval:exact_match,none@unknown", 0, 1.0),
        ("lm_eval:exact_match,none@unknown", 1, 0.0),
        ("lm_eval:exact_match,strict@unknown", 0, 1.0),
    )
    assert "repeats" in found.caption()


def test_of_a_log_that_was_cut_off_the_whole_lines_are_taken_and_the_cut_is_named(
    tmp_path: Path,
) -> None:
    log = write_samples(tmp_path / "samples_sums.jsonl", sample_line(), sample_line(doc_id=1))
    log.write_bytes(log.read_bytes()[:-40])
    found = import_logs([log], pool=tmp_path / "pool")

    assert len(rows_of(tmp_path / "pool")) == 1
    assert not found.complete
    assert "is cut off in line 2" in found.caption()


def test_a_broken_log_leaves_nothing_and_the_whole_ones_beside_it_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "CHUNK", 2)  # so that part of the broken log is written first
    whole = write_samples(tmp_path / "a" / "samples_sums.jsonl", sample_line())
    lines = [sample_line(doc_id=n) for n in range(7)]
    broken = write_samples(tmp_path / "b" / "samples_other.jsonl", *lines)
    broken.write_bytes(broken.read_bytes().replace(b'{"doc_id": 5', b"{doc_id: 5"))
    found = import_logs([whole, broken], pool=tmp_path / "pool")

    assert [one.path for one in found.taken] == [str(whole)]
    assert "line 6: not JSON" in found.failed[0]
    assert len(rows_of(tmp_path / "pool")) == 1


def test_a_log_of_many_chunks_is_taken_as_one_of_a_single_chunk_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [sample_line(doc_id=n, exact_match=float(n % 3 == 0)) for n in range(9)]
    log = write_samples(tmp_path / "samples_sums.jsonl", *lines)
    import_logs([log], pool=tmp_path / "one")
    monkeypatch.setattr(taking, "CHUNK", 4)
    monkeypatch.setattr(importing, "BATCH_LOGS", 1)
    import_logs([log], pool=tmp_path / "many")

    assert rows_of(tmp_path / "one") == rows_of(tmp_path / "many")


def test_the_size_of_the_whole_task_comes_from_the_log_that_tells_it(tmp_path: Path) -> None:
    shutil.copytree(LOGS / "lm_eval", tmp_path / "logs")
    results = next((tmp_path / "logs").rglob("results_*.json"))
    told = json.loads(results.read_text())
    told["n-samples"]["made_up_sums"]["original"] = 500
    results.write_text(json.dumps(told))
    import_logs([tmp_path / "logs"], pool=tmp_path / "pool")
    import_logs([LOGS / "lm_eval"], pool=tmp_path / "pool")
    with Pool.open(tmp_path / "pool", create=False) as pool:
        card, sizes = pool.card("lm_eval:made_up_sums@2")

    assert (card.size, sizes) == (500, {"": 500})


def test_metrics_of_which_the_log_says_that_lower_is_better_are_marked_in_the_card(
    tmp_path: Path,
) -> None:
    shutil.copytree(LOGS / "lm_eval", tmp_path / "logs")
    results = next((tmp_path / "logs").rglob("results_*.json"))
    told = json.loads(results.read_text())
    told["higher_is_better"]["made_up_choice"]["acc_norm"] = False
    results.write_text(json.dumps(told))
    import_logs([LOGS / "lm_eval", tmp_path / "logs"], pool=tmp_path / "pool")
    with Pool.open(tmp_path / "pool", create=False) as pool:
        metric = pool.card("lm_eval:made_up_choice@1.2")[0].metric

    assert not metric.rises("lm_eval:acc_norm,none@1.2")
    assert metric.rises("lm_eval:acc,none@1.2")


def test_a_figure_that_does_not_come_out_of_the_rows_is_told(tmp_path: Path) -> None:
    shutil.copytree(LOGS / "lm_eval", tmp_path / "logs")
    results = next((tmp_path / "logs").rglob("results_*.json"))
    told = json.loads(results.read_text())
    told["results"]["made_up_choice"]["acc,none"] = 0.25
    results.write_text(json.dumps(told))
    found = import_logs([tmp_path / "logs"], pool=tmp_path / "pool", dry_run=True)

    assert not found.complete
    assert "no" in [row["agrees"] for row in found.to_table().records()]


def test_secrets_in_a_log_are_not_kept(tmp_path: Path) -> None:
    shutil.copytree(LOGS / "lm_eval", tmp_path / "logs")
    results = next((tmp_path / "logs").rglob("results_*.json"))
    told = json.loads(results.read_text())
    told["config"]["model_args"] = {"pretrained": "smollm2", "api_key": "sk-made-up-secret"}
    results.write_text(json.dumps(told))
    import_logs([tmp_path / "logs"], pool=tmp_path / "pool")
    kept = b"".join(path.read_bytes() for path in (tmp_path / "pool").rglob("*.json"))

    assert b"smollm2" in kept
    assert b"sk-made-up-secret" not in kept


def test_the_users_word_for_a_model_holds_over_all_harnesses(tmp_path: Path) -> None:
    pool = tmp_path / "pool"
    for name in ("opencompass", "evalscope"):
        import_logs([LOGS / name], pool=pool, model="mine")

    assert len({row[0] for row in rows_of(pool, "model_key")}) == 1
    assert {row[0] for row in rows_of(pool, "model")} == {"mine"}


def test_one_word_for_two_models_or_tasks_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "scores.csv"
    table.write_text("model,benchmark,item,score\na,logic,1,1\nb,maths,1,0\n")

    with pytest.raises(DescriptionError, match="--model mine would name two things: 'a' and 'b'"):
        import_logs([table], pool=tmp_path / "pool", model="mine")
    with pytest.raises(DescriptionError, match="--benchmark exam would name two things"):
        import_logs([table], pool=tmp_path / "pool", benchmark="exam")


def test_imported_answers_can_be_judged_by_another_scorer_and_failures_stay_failures(
    tmp_path: Path,
) -> None:
    import_logs([LOGS / "inspect_ai"], pool=tmp_path / "pool")
    score("inspect_ai:sums", scorer="exact_match", pool=tmp_path / "pool")
    with Pool.open(tmp_path / "pool", create=False) as pool:
        found = pool.query(
            "SELECT outcome, count(*)::INT, sum(value) FROM measurements"
            " WHERE scorer LIKE 'exact_match@%' GROUP BY ALL ORDER BY ALL"
        ).rows

    assert found == (("failed", 2, None), ("scored", 6, 1.0))


def test_a_table_is_read_by_its_columns(tmp_path: Path) -> None:
    table = tmp_path / "scores.csv"
    table.write_text(
        "model,dataset,item,score,metric\na,logic,1,1,acc\nb,logic,1,,acc\nb,logic,2,nan,acc\n"
    )
    import_logs([table], pool=tmp_path / "pool")

    assert rows_of(tmp_path / "pool", "model, benchmark, sample, scorer, outcome, value") == (
        ("a", "table:logic@unknown", "1", "table:acc@unknown", "scored", 1.0),
        ("b", "table:logic@unknown", "1", "table:acc@unknown", "unjudged", None),
        ("b", "table:logic@unknown", "2", "table:acc@unknown", "unparsed", None),
    )


def test_what_cannot_be_imported_is_said_at_once_and_completely(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing")
    pickle = tmp_path / "predictions.pkl"
    pickle.write_bytes(b"\x80\x04.")

    with pytest.raises(DescriptionError, match=r"There is no file[\s\S]*a pickle is never opened"):
        import_logs([tmp_path / "absent", pickle], pool=tmp_path / "pool")
    with pytest.raises(DescriptionError, match="Nothing of a known format was found"):
        import_logs([tmp_path / "notes.txt"], pool=tmp_path / "pool")
    with pytest.raises(UnknownName, match="Did you mean lm_eval"):
        import_logs([tmp_path], pool=tmp_path / "pool", format="lmeval")
    with pytest.raises(DataError, match="a table needs the columns"):
        import_logs([tmp_path / "notes.txt"], pool=tmp_path / "pool", format="table")
    assert not (tmp_path / "pool" / "measurements").exists()
