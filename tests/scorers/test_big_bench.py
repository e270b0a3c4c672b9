from __future__ import annotations

import json

import pytest

from benchwright.core.measurement import Outcome
from benchwright.core.response import ContinuationScore, Response, said
from benchwright.core.sample import Sample
from benchwright.scorers._corpus_bleu import corpus_bleu, sentence_bleu
from benchwright.scorers._kit import question
from benchwright.scorers._rouge import rouge
from benchwright.scorers.big_bench import SCORER
from benchwright.scorers.big_bench_paper import SCORER as PAPER


def of(targets: list[str], preferred: str = "exact_str_match", pattern: str = "") -> Sample:
    metadata = {"targets": json.dumps(targets)}
    if pattern:
        metadata["output"] = json.dumps({"pattern": pattern, "stop": ""})
    return question("?", targets[0], {"preferred": preferred}, metadata)


def choice(scores: dict[str, float]) -> Sample:
    metadata = {
        "targets": json.dumps([max(scores, key=lambda option: scores[option])]),
        "options": json.dumps(list(scores)),
        "scores": json.dumps(list(scores.values())),
    }
    return question("?", "?", {"preferred": "multiple_choice_grade"}, metadata)


def compared(*logs: float) -> Response:
    scores = [ContinuationScore(logprob=one, tokens=1, bytes=1, greedy=False) for one in logs]
    return Response(continuations=tuple(scores), finish="scored")


@pytest.mark.parametrize(
    ("sample", "text", "value", "released"),
    [
        (of(["8"]), "8", 1.0, 1.0),
        (of(["8"]), "8. Next", 1.0, 1.0),
        (of(["8"]), " 8", 1.0, 0.0),
        (of(["8"]), "The answer is **8**.", 1.0, 0.0),
        (of(["8"]), "3 + 5 = 8, so\n\n\\boxed{8}", 1.0, 0.0),
        (of(["1000"]), "1,000", 1.0, 0.0),
        (of(["8"]), "8 or 9", 0.0, 0.0),
        (of(["8", "eight"]), "Eight", 1.0, 0.0),
        (of(["42"], pattern="[-+]?\\d+"), "It is 42 then", 1.0, 1.0),
        (of(["[1, 2]"], pattern="\\[(?:\\d+, )*(?:\\d+)?\\]"), "Output: [1, 2] as asked", 1.0, 1.0),
        (of(["80"], "numeric_match_with_0_1_relative_error"), "About 85 km", 1.0, 0.0),
        (of(["80"], "numeric_match_with_0_1_relative_error"), "90", 0.0, 0.0),
        (choice({"yes": 1, "no": 0}), "Yes.", 1.0, 0.0),
        (choice({"yes": 1, "no": 0}), "The answer is: no", 0.0, 0.0),
        (choice({"a red fox": 0.5, "a fox": 0.2}), "It shows a red fox in snow", 0.5, 0.0),
        (choice({"yes": 1, "no": 0}), "yes or no", None, 0.0),
    ],
)
def test_an_answer_in_text_is_read_and_compared(
    sample: Sample, text: str, value: float | None, released: float
) -> None:
    assert SCORER(sample, said(text)).value == value
    assert PAPER(sample, said(text)).value == released


def test_the_likeliest_option_counts_its_score_and_a_tie_the_mean() -> None:
    sample = choice({"a": 0.2, "b": 1.0, "c": 0.0})
    assert SCORER(sample, compared(-3.0, -1.0, -2.0)).value == 1.0
    assert SCORER(sample, compared(-1.0, -1.0, -2.0)).value == pytest.approx(0.6)
    assert PAPER(sample, compared(-1.0, -1.0, -2.0)).value in {0.2, 1.0}
    answer = SCORER(sample, compared(-3.0, -1.0, -2.0)).answer
    assert answer == "2: 1 0.0900306 0.2, 2 0.665241 1, 3 0.244728 0"


def test_what_needs_another_model_is_unsupported() -> None:
    for preferred in ("bleurt", "log_likelihood"):
        score = SCORER(of(["a"], preferred), said("a"))
        assert (score.value, score.outcome) == (None, Outcome.UNSUPPORTED)


def test_bleu_is_that_of_sacrebleu_with_its_international_tokenizer() -> None:
    # Figures by sacrebleu 2.6 (smooth exp, tokenize intl); sentences with effective order.
    pairs = [("the cat sat on a mat.", ["the cat sat on the mat."]), ("$5, please!", ["$5 please"])]
    assert corpus_bleu(pairs) == pytest.approx(0.35355339059)
    assert sentence_bleu(*pairs[0]) == pytest.approx(0.48892302243)
    assert corpus_bleu([]) is None
    assert sentence_bleu("", ["a"]) == 0.0


def test_rouge_is_that_of_rouge_score() -> None:
    found = rouge("the cat sat . it was red", "the cat was red\nit sat")
    assert found == pytest.approx({"rouge1": 1.0, "rouge2": 0.4, "rougeLsum": 1.0})
