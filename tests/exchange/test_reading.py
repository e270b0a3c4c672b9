from __future__ import annotations

from pathlib import Path

import pytest

from benchwright.exchange.finding import FORMATS
from benchwright.exchange.imported import Imported, Taken
from benchwright.exchange.reading.evalscope import scalars
from benchwright.pool import Pool
from exchange.conftest import LOGS

EXPECTED = {
    # format: (model, benchmark, metric, rows, mean of the rows, unknown conditions)
    "evalscope": ("made-up-model", "evalscope:general_mcq/made_up@v1.1", "accuracy", 6, 1 / 3, ()),
    "helm": (
        "simple/model1", "helm:simple_mcqa@unknown", "exact_match", 4, 0.0,
        ("layout", "system", "shots_digest"),
    ),
    "inspect_ai": ("mockllm/model", "inspect_ai:sums@3", "picky", 8, 0.5, ("shots",)),
    "lm_eval": (
        "smollm2", "lm_eval:made_up_sums@2", "exact_match,first-number", 3, 2 / 3, (),
    ),
    "lmms_eval": ("made/up-vlm", "lmms_eval:made_up_vqa@0.0", "exact_match", 3, 2 / 3, ("layout",)),
    "mteb": (
        "made/up-encoder", "mteb:MadeUpClassification@1", "main_score", 1, 0.625,
        ("layout", "system"),
    ),
    "opencompass": (
        "made-up-model", "opencompass:made_up_choice@unknown", "accuracy", 3, 200 / 3,
        ("ask", "layout", "system", "shots", "generation"),
    ),
    "vlmevalkit": (
        "made-up-vlm", "vlmevalkit:MadeUp_VQA@unknown", "hit", 4, 0.5,
        ("layout", "system", "shots", "generation"),
    ),
}  # fmt: skip


def taken_of(found: Imported, benchmark: str) -> Taken:
    return next(one for one in found.taken if one.benchmark == benchmark)


@pytest.mark.parametrize("format_name", EXPECTED)
def test_a_log_of_each_harness_gives_its_rows_and_says_what_is_unknown(
    format_name: str, everything: tuple[Imported, Path]
) -> None:
    model, benchmark, metric, rows, mean, unknown = EXPECTED[format_name]
    taken = taken_of(everything[0], benchmark)
    check = next(one for one in taken.checks if one.metric == metric)

    assert (taken.format, taken.model) == (format_name, model)
    assert check.rows == rows
    assert check.recomputed == pytest.approx(mean)
    assert taken.unknown == unknown


def test_every_figure_of_the_logs_comes_out_of_the_rows_or_says_why_not(
    everything: tuple[Imported, Path],
) -> None:
    found, _ = everything
    checks = [check for taken in found.taken for check in taken.checks]

    assert found.complete
    assert sum(check.agrees is True for check in checks) >= 16
    assert not [check for check in checks if check.agrees is False]
    assert all(check.note for check in checks if check.logged is not None and not check.agrees)


def test_a_known_format_is_recognised_by_one_reader_alone() -> None:
    for path in LOGS.rglob("*"):
        readers = [name for name, reader in FORMATS.items() if reader.sniff(path)]
        assert len(readers) <= 1, path


def test_what_could_not_be_answered_or_read_is_an_outcome_and_never_nought(
    everything: tuple[Imported, Path],
) -> None:
    with Pool.open(everything[1], create=False) as pool:
        outcomes = pool.query(
            "SELECT scorer, outcome, count(*)::INT, count(value)::INT FROM measurements"
            " WHERE outcome <> 'scored' GROUP BY ALL ORDER BY ALL"
        ).rows

    assert outcomes == (
        ("evalscope:accuracy@v1.1", "unparsed", 2, 0),
        ("inspect_ai:match@3", "failed", 2, 0),
        ("inspect_ai:picky@3", "failed", 2, 0),
        ("inspect_ai:picky@3", "refused", 1, 0),
        ("inspect_ai:picky@3", "unparsed", 1, 0),
        ("inspect_ai:shape/digits@3", "failed", 2, 0),
        ("inspect_ai:shape/length@3", "failed", 2, 0),
        ("lm_eval:exact_match,first-number@2", "unparsed", 1, 0),
        ("lm_eval:exact_match,strict@2", "unparsed", 3, 0),
        ("vlmevalkit:hit@unknown", "failed", 1, 0),
    )


def test_epochs_are_repeats_and_one_log_gives_the_same_as_archive_and_as_json(
    everything: tuple[Imported, Path],
) -> None:
    with Pool.open(everything[1], create=False) as pool:
        epochs = pool.query(
            "SELECT DISTINCT repeat FROM measurements WHERE benchmark = 'inspect_ai:sums@3'"
            " ORDER BY repeat"
        ).rows
        colours = pool.query(
            "SELECT sample, list(value ORDER BY model_key) FROM measurements"
            " WHERE benchmark = 'inspect_ai:colours@0' GROUP BY sample ORDER BY sample"
        ).rows

    assert epochs == ((0,), (1,))
    assert [values for _, values in colours] == [[1.0, 1.0], [0.0, 0.0], [1.0, 1.0]]


def test_prompts_and_answers_are_kept_beside_the_rows(everything: tuple[Imported, Path]) -> None:
    with Pool.open(everything[1], create=False) as pool:
        found = pool.query(
            "SELECT m.answer, r.response FROM measurements m JOIN responses r"
            " ON r.key = m.request_keys[1] WHERE m.benchmark = 'inspect_ai:colours@0'"
            " AND m.sample LIKE '3~%' LIMIT 1"
        ).rows

    assert found[0][0] == "B"
    assert "ANSWER: B" in found[0][1]


def test_only_plain_scalars_are_read_of_yaml_and_nothing_within_another_value() -> None:
    text = (
        "a: 1\nb:\n  c: x y\n  d: 'quoted: no'\n  e: |\n    f: 2\n  g:\n  - h: 3\n!!python/x: 1\n"
    )

    assert scalars(text) == {"a": "1", "b.c": "x y"}
