"""Figures on published cards and by the authors' own libraries come out of our definitions."""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from pathlib import Path

import pytest
from parity import domain
from parity.page import Standing, standing

from benchwright.core.response import said
from benchwright.scorers._medicine import numbers_of
from benchwright.scorers.meds_bench_paper import SCORER as PAPER

pytestmark = pytest.mark.data

ROUGE = {"en": 38.22, "fr": 39.24, "ru": 23.71, "es": 36.42}
"""Means in percent by the package rouge 1.0.1 on the 50 rows of a language; words of Chinese and
Japanese come from dictionaries that are not here."""


def cards(data_folder: Path) -> dict[str, dict[str, dict[str, float]]]:
    paths = sorted((data_folder / "matbench_discovery" / "models").glob("*/*.yml"))
    return {path.stem: domain.card(path) for path in paths}


def test_every_cards_figures_follow_from_its_counts(data_folder: Path) -> None:
    found = list(domain.cases(data_folder))
    assert len({case.model for case in found}) >= 60
    assert {standing(case) for case in found} == {Standing.EXACT}


def test_all_cards_are_of_one_test_set_whose_energies_were_rounded(data_folder: Path) -> None:
    for card in cards(data_folder).values():
        if "TP" in card.get("unique_prototypes", {}):
            unique = domain.counted(card["unique_prototypes"])
            assert unique.total == 215_488
            assert unique.prevalence != pytest.approx(domain.PREVALENCE, rel=1e-3)
            assert domain.counted(card["full_test_set"]).total == 256_963


def test_errors_on_cards_are_of_one_set_of_energies(data_folder: Path) -> None:
    lowest, highest = 0.0, 1.0
    for card in cards(data_folder).values():
        one = card.get("unique_prototypes", {})
        if "RMSE" not in one:
            continue
        assert one["MAE"] <= one["RMSE"] + 1e-9
        if one.get("missing_preds", 1) > 100:
            continue
        # R² = 1 − RMSE²/variance: every card bounds the variance of the same true energies.
        lowest = max(lowest, (one["RMSE"] - 5e-4) ** 2 / (1 - one["R2"] + 5e-4))
        highest = min(highest, (one["RMSE"] + 5e-4) ** 2 / (1 - one["R2"] - 5e-4))
    assert lowest <= highest


def test_rouge_l_of_every_recorded_rationale_is_that_of_the_authors_library(
    load, data_folder: Path
) -> None:
    benchmark, data = load("meds_bench")
    samples = list(benchmark.samples(data))
    path = data.path("test")
    csv.field_size_limit(10**9)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
        outputs = [row["output"] for row in csv.DictReader(stream)]
    found: dict[str, list[float]] = defaultdict(list)
    for sample, output in zip(samples, outputs, strict=True):
        if sample.tags["language"] not in ROUGE:
            continue
        numbers = numbers_of(PAPER(sample, said(output)).answer or "")
        assert numbers
        found[sample.tags["language"]].append(numbers[1])
    means = {language: round(100 * sum(v) / len(v), 2) for language, v in found.items()}
    assert means == ROUGE
    assert all(len(values) == 50 for values in found.values())
