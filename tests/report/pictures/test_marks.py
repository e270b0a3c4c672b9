from __future__ import annotations

import html
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.report.pictures.marks import clean, counted, cut, e, length, number, px, short
from benchwright.report.pictures.order import ordered


@given(st.text())
def test_what_is_written_steers_nobody_and_is_xml(text: str) -> None:
    shown = clean(text)
    assert len(shown) <= 400 * 8
    for character in shown:
        assert unicodedata.category(character) not in ("Cc", "Cs", "Cn", "Zl", "Zp")
        assert unicodedata.bidirectional(character) not in (
            "RLO",
            "LRO",
            "RLE",
            "LRE",
            "RLI",
            "PDI",
        )
    assert not set('<>"') & set(e(text))
    assert html.unescape(e(text)) == shown


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=400), st.integers(20, 400))
def test_a_name_that_is_cut_fits_and_keeps_both_ends(name: str, pixels: int) -> None:
    shown = cut(name, pixels)
    assert length(shown) <= pixels or shown == "…"
    if shown != clean(name):
        head, _, tail = shown.partition("…")
        assert clean(name).startswith(head) and clean(name).endswith(tail)


def test_names_lose_the_words_that_all_of_them_share() -> None:
    assert short(["run/law@1", "run/fine art@1", "run/math@1"]) == ["law", "fine art", "math"]
    assert short(["run/law@1", "run/art@1"]) == ["run/law@1", "run/art@1"]  # of two, all is kept
    assert short(["a", "a-b", "a-c"]) == ["a", "a-b", "a-c"]  # one would be left without a name


@given(st.lists(st.text(alphabet="ab-@", min_size=1, max_size=8), unique=True, max_size=8))
def test_shortened_names_still_tell_things_apart(names: list[str]) -> None:
    assert len(set(short(names))) == len(names)


@pytest.mark.parametrize(
    ("value", "share", "shown"),
    [
        (0.5, True, "50.0"), (-0.25, True, "−25.0"), (1234.5, False, "1,234"),
        (0.00123, False, "0.00123"), (float("nan"), True, "–"), (None, False, "–"),
        (3e9, False, "3e+09"),
    ],
)  # fmt: skip
def test_numbers_are_short(value: float | None, share: bool, shown: str) -> None:
    assert number(value, share=share) == shown


def test_coordinates_carry_no_needless_digits() -> None:
    assert [px(3.0), px(2.25), px(-0.04)] == ["3", "2.2", "0"]
    assert [counted(1, "model"), counted(2000, "model")] == ["1 model", "2,000 models"]


@given(st.integers(0, 12), st.integers(0, 2**32 - 1))
def test_an_order_holds_everything_once(count: int, seed: int) -> None:
    import numpy as np

    alike = np.random.default_rng(seed).random((count, count))
    assert sorted(ordered(alike + alike.T)) == list(range(count))


def test_a_chain_is_found() -> None:
    spots = [5, 1, 4, 2, 3, 0]
    alike = [[-abs(a - b) for b in spots] for a in spots]
    shown = [spots[n] for n in ordered(alike)]
    assert shown in ([0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0])
