from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchwright.core.content import Text
from benchwright.core.sample import LETTERS, Sample, Variant
from benchwright.perturbations.rotate_choices import PERTURBATION
from benchwright.testing.checks import ContractBroken, check_perturbation

SAMPLE = Sample(
    id="s", input=(Text("?"),), choices=("w", "x", "y", "z"), target="B", tags={"level": "easy"}
)


def test_every_option_stands_once_at_every_place() -> None:
    variants = [variant.sample for variant in PERTURBATION.expand(SAMPLE)]
    assert ["".join(v.choices) for v in variants] == ["wxyz", "xyzw", "yzwx", "zwxy"]
    assert [v.target for v in variants] == ["B", "A", "D", "C"]
    assert [v.variant for v in variants] == ["", "rotate:1", "rotate:2", "rotate:3"]
    assert {v.root for v in variants} == {"s"}


@settings(deadline=None)
@given(st.lists(st.text(string.printable, max_size=5), min_size=2, max_size=10), st.data())
def test_the_right_text_stays_right(options: list[str], data: st.DataObject) -> None:
    right = data.draw(st.integers(0, len(options) - 1))
    sample = Sample(id="s", input=(Text("?"),), choices=tuple(options), target=LETTERS[right])
    check_perturbation(PERTURBATION, [sample])
    for variant in PERTURBATION.expand(sample):
        assert variant.sample.choices[variant.sample.target_index] == options[right]
        assert sorted(variant.sample.choices) == sorted(options)


def test_questions_without_options_stay_as_they_are() -> None:
    sample = Sample(id="s", input=(Text("?"),), target="42")
    assert list(PERTURBATION.expand(sample)) == [Variant(sample=sample)]


def test_rotation_composes_with_a_variant_under_one_root() -> None:
    other = Sample(
        id="v", input=(Text("?"),), choices=("a", "b"), target="A", variant_of="s", variant="x:1"
    )
    _, rotated = PERTURBATION.expand(other)
    assert (rotated.sample.variant, rotated.sample.root) == ("x:1+rotate:1", "s")


def test_a_target_that_names_no_option_is_an_error() -> None:
    with pytest.raises(ValueError, match="names no option"):
        list(PERTURBATION.expand(Sample(id="s", input=(), choices=("a", "b"), target="C")))


class Forgetful:
    """A perturbation that loses the original and the right answer."""

    name, version = "forgetful", "1"

    def expand(self, sample: Sample):  # type: ignore[no-untyped-def]
        yield Variant(sample=Sample(id="other", input=sample.input, target="wrong"))
        yield Variant(sample=Sample(id="other", input=sample.input, target="wrong"))


def test_the_contract_lists_every_breach() -> None:
    with pytest.raises(ContractBroken) as caught:
        check_perturbation(Forgetful(), [SAMPLE])
    said = str(caught.value)
    for part in ("does not come first", "names are empty", "its root is", "tags changed"):
        assert part in said
