from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchwright.report import drawing

FOLDER = Path(drawing.__file__).parent
COLOURS = dict(
    re.findall(
        r"--([\w-]+): light-dark\((#\w{6}, #\w{6})\)",
        (FOLDER / "page.css").read_text("utf-8") + (FOLDER / "pictures.css").read_text("utf-8"),
    )
)


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def themed(name: str, theme: int) -> str:
    return COLOURS[name].split(", ")[theme]


@pytest.mark.parametrize("theme", [0, 1])
def test_figures_on_cells_can_be_read_in_both_themes(theme: int) -> None:
    for shade in range(8):
        words = "strong" if shade in (0, 6, 7) else "ink"
        assert contrast(themed(f"t{shade}", theme), themed(words, theme)) >= 4.2, shade


@pytest.mark.parametrize("theme", [0, 1])
def test_shades_grow_away_from_the_ground(theme: int) -> None:
    ground = themed("ground", theme)
    away = [contrast(themed(f"s{n}", theme), ground) for n in range(1, 6)]
    assert away == sorted(away) and away[-1] / away[0] > 4
    agree = [contrast(themed(f"t{n}", theme), ground) for n in range(3, 8)]
    oppose = [contrast(themed(f"t{n}", theme), ground) for n in (2, 1, 0)]
    assert agree == sorted(agree) and oppose == sorted(oppose)


@pytest.mark.parametrize("theme", [0, 1])
def test_the_colours_of_parts_stand_out_and_so_do_their_numbers(theme: int) -> None:
    for n in range(8):
        assert contrast(themed(f"k{n}", theme), themed("ground", theme)) >= 3, n
        assert contrast(themed(f"k{n}", theme), themed("strong", theme)) >= 4, n
