"""MedS-Bench's families as the released scripts judge them, for comparison with published scores.

Words of Chinese and Japanese are single characters here; the authors' come from the dictionaries
of jieba and janome, and English sentences are split by NLTK's model.
"""

from __future__ import annotations

from functools import partial

from benchwright.scorers._medicine import judge
from benchwright.scorers._rule import Rule
from benchwright.scorers.meds_bench import LIKENESS, example

KIT = (
    example("letter", "The right answer is B: aspirin", ("A: rest", "c")),
    example("label", "true", ("false", "true or false"), "true|false"),
    example("contains", "The diagnosis result is Cholera.", ("Malaria",)),
    example("entities", "mercury, iron.", ("mercury",)),
    example("classes", "cellular energetics", ("resisting cell death",), "cellular energetics"),
    example("text", "The colon is inflamed.", ("The colon is not inflamed.", "inflamed")),
)
SCORER = Rule("meds_bench_paper", "1", partial(judge, paper=True), others_score=LIKENESS)
