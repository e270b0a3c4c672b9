from __future__ import annotations

import pytest
from msgspec.structs import replace

from benchwright.core.response import said
from benchwright.scorers._medicine import entities, numbers_of
from benchwright.scorers.meds_bench import SCORER, example
from benchwright.scorers.meds_bench_paper import SCORER as PAPER

TRUTH = "true|false"
RELATION = "entailment|neutral|contradiction"


def score(rule: str, target: str, answer: str, labels: str = "") -> tuple[object, object]:
    """Return the values by the corrected and by the released rule."""
    sample = example(rule, target, (), labels).sample
    return SCORER(sample, said(answer)).value, PAPER(sample, said(answer)).value


@pytest.mark.parametrize(
    ("answer", "corrected", "released"),
    [
        ("B", 1, 1),
        ("**B**", 1, 0),
        ("(B) aspirin", 1, 0),
        ("The right answer is B: aspirin", 1, 1),
        ("I first thought of A. The answer is B.", 1, 0),
        ("\\boxed{B}", 1, 0),
        ("<think>A? C?</think>\nAnswer: B", 1, 0),
        ("Both seem possible: the answer is C.", 0, 1),
        ("I cannot answer that.", None, 0),
    ],
)
def test_a_letter_is_what_is_stated_not_the_first_character(
    answer: str, corrected: float | None, released: float
) -> None:
    assert score("letter", "The right answer is B: aspirin", answer) == (corrected, released)


def test_an_options_text_alone_names_its_letter() -> None:
    sample = example("letter", "The right answer is B: aspirin", ()).sample
    sample = replace(sample, metadata={**sample.metadata, "options": "rest\naspirin\niron"})
    assert SCORER(sample, said("Give aspirin at once.")).value == 1
    assert SCORER(sample, said("Iron.")).value == 0
    assert SCORER(sample, said("Aspirin and iron")).value is None


@pytest.mark.parametrize(
    ("target", "labels", "answer", "corrected", "released"),
    [
        ("True", TRUTH, "**True**", 1, 1),
        ("True", TRUTH, "false", 0, 0),
        ("True", TRUTH, "true or false", None, 0),
        ("entailment", RELATION, "Answer: entailment", 1, 1),
        ("entailment", RELATION, "It is neutral, there is no entailment.", None, 1),
        ("neutral", RELATION, "contradiction", 0, 0),
        ("0", "0|1|2", "10", None, 1),
    ],
)
def test_a_label_counts_only_where_no_other_is_named(
    target: str, labels: str, answer: str, corrected: float | None, released: float
) -> None:
    assert score("label", target, answer, labels) == (corrected, released)


@pytest.mark.parametrize(
    ("answer", "corrected", "released"),
    [
        ("The diagnosis result is acute otitis media.", 1, 1),
        ("Likely *Acute Otitis Media* (AOM)", 1, 1),
        ("Subacute otitis mediastinal", 0, 1),
        ("otitis", 0, 0),
    ],
)
def test_a_diagnosis_is_found_as_whole_words(
    answer: str, corrected: float, released: float
) -> None:
    target = "The diagnosis result is Acute otitis media."
    assert score("contains", target, answer) == (corrected, released)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("mercury, iron.", {"mercury", "iron"}),
        ("The entities are: Mercury; iron", {"mercury", "iron"}),
        ("- mercury\n- iron", {"mercury", "iron"}),
        ("There is no related enetity.", set()),
        ("There are no entities", set()),
    ],
)
def test_entities_are_listed_in_many_ways(text: str, found: set[str]) -> None:
    assert entities(text) == found


def test_entities_score_their_f1() -> None:
    corrected, _ = score("entities", "mercury, iron.", "mercury, zinc, tin")
    assert corrected == pytest.approx(2 * 1 / (2 + 3))


def test_texts_score_bleu_and_keep_rouge_beside_it() -> None:
    sample = example("text", "The colon is inflamed.", ()).sample
    found = SCORER(sample, said("The colon is not inflamed."))
    assert found.value == pytest.approx(5 / 6)
    numbers = numbers_of(found.answer or "")
    assert numbers
    assert numbers[0] == pytest.approx(5 / 6, abs=1e-6)
    assert numbers[1] == pytest.approx(10 / 11, abs=1e-6)


@pytest.mark.parametrize("rule", ["letter", "label", "contains", "entities", "classes", "text"])
def test_silence_is_never_scored(rule: str) -> None:
    assert score(rule, "x", " \n", "x|y") == (None, None)
