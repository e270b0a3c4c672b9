from __future__ import annotations

import pytest

from benchwright.core.average import JOINT, read_average
from benchwright.core.benchmark import Metric


def test_every_form_of_the_grammar_is_read() -> None:
    forms = ["micro", "macro:subject", "macro:category/task", "harmonic:task"]
    read = [read_average(form) for form in forms]
    assert [(one.kind, one.tags) for one in read] == [
        ("micro", ()),
        ("macro", ("subject",)),
        ("nested", ("category", "task")),
        ("harmonic", ("task",)),
    ]
    assert len({str(one) for one in read}) == 4


@pytest.mark.parametrize("wrong", ["", "mean", "macro:", "macro:a/", "harmonic:a/b", "macro:a/b/c"])
def test_an_average_that_is_none_is_refused_with_the_metric(wrong: str) -> None:
    with pytest.raises(ValueError, match="an average is micro"):
        Metric(average=wrong)


def test_a_nested_group_is_named_by_both_values() -> None:
    average = read_average("macro:category/task")
    assert average.group({"category": "c", "task": "t", "else": "x"}) == f"c{JOINT}t"
    assert read_average("micro").group({"category": "c"}) == ""
