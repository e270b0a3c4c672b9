"""Pictures of measurements, as SVG files that the same numbers always make byte for byte the same.

Used by the scripts beside it: ``lines`` for a quantity against another, ``bars`` for named things
side by side, ``heat`` for each against each. Needs matplotlib: ``pip install --group performance``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes

Scale = Literal["linear", "log", "log2"]
Points = Sequence[tuple[float, float]]
Band = Sequence[tuple[float, float, float]]

INK, PALE = "#22303c", "#c9d1d9"
COLOURS = ("#0b6fb8", "#d9622b", "#2f8f5b", "#8a5fb5", "#b58900", "#6b7785")
"""Told apart in print and by colour-blind readers; the first is ours."""
MARKERS = ("o", "s", "^", "D", "v", "P")
SIZE = (6.8, 4.0)


def lines(
    path: str | Path,
    *,
    title: str,
    x: str,
    y: str,
    series: Mapping[str, Points],
    bands: Mapping[str, Band] | None = None,
    limits: Mapping[str, float] | None = None,
    x_scale: Scale = "linear",
    y_scale: Scale = "linear",
    note: str = "",
) -> Path:
    """Draw ``series`` of (x, y) points as lines and write the SVG to ``path``.

    ``bands`` are (x, low, high) triples drawn behind the series of that name, such as minimum and
    maximum of runs. ``limits`` are named horizontal lines: a goal, a bound. A linear y axis
    begins at zero. ``note`` stands below the picture: machine, date, number of runs.
    """
    with _axes(path, title=title, x=x, y=y, note=note) as axes:
        _scale(axes, "x", x_scale)
        _scale(axes, "y", y_scale)
        for number, (name, points) in enumerate(series.items()):
            colour = COLOURS[number % len(COLOURS)]
            xs, ys = zip(*sorted(points), strict=True) if points else ((), ())
            axes.plot(
                xs, ys, color=colour, label=name, marker=MARKERS[number % len(MARKERS)],
                markersize=5, linewidth=1.8, markeredgecolor="white", markeredgewidth=0.6,
            )  # fmt: skip
            if band := sorted((bands or {}).get(name, ())):
                places, low, high = zip(*band, strict=True)
                axes.fill_between(places, low, high, color=colour, alpha=0.15, linewidth=0)
        _limits(axes, limits or {})
        if y_scale == "linear":
            axes.set_ylim(bottom=0)
        _legend(axes, len(series) + len(limits or {}))
    return Path(path)


def bars(
    path: str | Path,
    *,
    title: str,
    y: str,
    values: Mapping[str, float | tuple[float, float, float]],
    limits: Mapping[str, float] | None = None,
    ours: Sequence[str] = (),
    y_scale: Scale = "linear",
    digits: int = 2,
    note: str = "",
) -> Path:
    """Draw a bar for each of ``values`` and write the SVG to ``path``.

    A value is a number, or (number, low, high) where the spread of several runs is to be shown.
    The bars named in ``ours`` stand out; every bar is labelled with its value, rounded to
    ``digits`` decimals.
    """
    with _axes(path, title=title, x="", y=y, note=note) as axes:
        _scale(axes, "y", y_scale)
        for place, (name, given) in enumerate(values.items()):
            value, low, high = given if isinstance(given, tuple) else (given, given, given)
            colour = COLOURS[0] if name in ours or not ours else COLOURS[-1]
            axes.bar(place, value, width=0.62, color=colour)
            if low < high:
                spread = [[value - low], [high - value]]
                axes.errorbar(place, value, yerr=spread, color=INK, capsize=4, linewidth=1.2)
            axes.annotate(
                f"{value:,.{digits}f}", (place, high), xytext=(0, 4), textcoords="offset points",
                ha="center", fontsize=9,
            )  # fmt: skip
        axes.set_xticks(range(len(values)), list(values))
        axes.grid(visible=False, axis="x")
        axes.margins(y=0.14)
        _limits(axes, limits or {})
        _legend(axes, len(limits or {}))
    return Path(path)


def heat(
    path: str | Path,
    *,
    title: str,
    names: Sequence[str],
    values: Sequence[Sequence[float | None]],
    limits: tuple[float, float] = (-1, 1),
    scale: str = "",
    note: str = "",
) -> Path:
    """Draw a square matrix of named things as a heat map and write the SVG to ``path``.

    ``values`` has a row and a column per name; None is left blank. Blue is ``limits[1]``, orange
    ``limits[0]``, white the middle; ``scale`` says what the colours mean. With up to 16 names each
    cell is labelled with its value.
    """
    from matplotlib.colors import LinearSegmentedColormap

    colours = LinearSegmentedColormap.from_list("agreement", [COLOURS[1], "white", COLOURS[0]])
    side = 2.6 + 0.19 * len(names)
    with _axes(path, title=title, x="", y="", note=note, size=(side + 1.4, side)) as axes:
        cells = [[float("nan") if one is None else one for one in row] for row in values]
        picture = axes.imshow(cells, cmap=colours, vmin=limits[0], vmax=limits[1])
        axes.set_xticks(range(len(names)), list(names), rotation=90, fontsize=7)
        axes.set_yticks(range(len(names)), list(names), fontsize=7)
        axes.grid(visible=False)
        axes.tick_params(length=0)
        for side_of in axes.spines.values():
            side_of.set_visible(False)
        if len(names) <= 16:
            for row, line in enumerate(values):
                for column, one in enumerate(line):
                    if one is not None:
                        axes.annotate(
                            f"{one:.2f}", (column, row), ha="center", va="center", fontsize=6
                        )
        bar = axes.figure.colorbar(picture, ax=axes, shrink=0.5)
        bar.outline.set_visible(False)
        bar.set_label(scale)
    return Path(path)


@contextmanager
def _axes(
    path: str | Path,
    *,
    title: str,
    x: str,
    y: str,
    note: str,
    size: tuple[float, float] = SIZE,
) -> Iterator[Axes]:
    """Yield the axes of a new picture and write it to ``path``."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with rc_context(_style()):
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        axes.set_title(title, loc="left")
        axes.set_xlabel(x)
        axes.set_ylabel(y)
        yield axes
        if note:
            figure.supxlabel(note, x=0.01, ha="left", fontsize=8, color=COLOURS[-1])
        place = Path(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(place, format="svg", metadata={"Date": None, "Creator": None})


def _style() -> dict[str, Any]:
    return {
        "svg.hashsalt": "benchwright",  # ids within the file; random without it
        "svg.fonttype": "none",  # text stays text: small files, searchable, the reader's own font
        "font.family": "sans-serif",
        "font.size": 10,
        "text.color": INK,
        "axes.labelcolor": INK,
        "axes.edgecolor": PALE,
        "axes.titlesize": 12,
        "axes.titleweight": "bold",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.color": PALE,
        "grid.linewidth": 0.5,
        "xtick.color": INK,
        "ytick.color": INK,
        "legend.frameon": False,
        "figure.facecolor": "white",
    }


def _scale(axes: Axes, axis: Literal["x", "y"], scale: Scale) -> None:
    from matplotlib.ticker import ScalarFormatter

    if scale == "linear":
        return
    which = axes.xaxis if axis == "x" else axes.yaxis
    base = 2 if scale == "log2" else 10
    (axes.set_xscale if axis == "x" else axes.set_yscale)("log", base=base)
    if base == 2:
        which.set_major_formatter(ScalarFormatter())


def _limits(axes: Axes, limits: Mapping[str, float]) -> None:
    for number, (name, value) in enumerate(limits.items()):
        style = ("--", ":", "-.")[number % 3]
        axes.axhline(value, color=INK, linestyle=style, linewidth=1.1, label=name)


def _legend(axes: Axes, entries: int) -> None:
    if entries > 1 or (entries and axes.get_legend_handles_labels()[1]):
        axes.legend(fontsize=9)
