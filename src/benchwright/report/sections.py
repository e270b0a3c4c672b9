"""The page's sections as HTML text; every word from outside is escaped."""

from __future__ import annotations

import html
from collections.abc import Iterable

from benchwright.analysis.cells import Cell
from benchwright.analysis.estimate import Estimate
from benchwright.analysis.leaderboard import Standing
from benchwright.analysis.names import Names
from benchwright.analysis.paired import Difference, told
from benchwright.report.drawing import NARROW, Scale, axis, interval, scale_for, stacked
from benchwright.report.gather import Group, Part, Slices, Verdicts

COLUMNS = 3
"""Models side by side in a table of slices."""

e = html.escape


def benchmark(part: Part, place: int, names: Names) -> str:
    """Return the section of one benchmark: its card, scores, differences and slices."""
    card = part.card
    facts = [f"{card.size:,} questions", card.licence, card.paper]
    return (
        f'<section id="b{place}"><h2>{e(card.title or card.name)}</h2>'
        f'<p class="lead">{e(card.summary)}</p>'
        f'<p class="facts">{" · ".join(e(fact) for fact in facts if fact)} · '
        f"<code>{e(part.benchmark)}</code></p>"
        f"{legend(group.verdicts for group in part.groups)}"
        f"{''.join(leaderboard(group) for group in part.groups)}"
        f'<p class="caption">{e(part.caption)}{_chance(part)}</p>'
        f"{figures(part)}"
        f"{differences(part)}"
        f"{''.join(slices(one, names, first=not n) for n, one in enumerate(part.slices))}</section>"
    )


def _chance(part: Part) -> str:
    there = any(group.chance is not None for group in part.groups)
    return " A dotted line marks the score of blind guesses." if there else ""


def figures(part: Part) -> str:
    """Return the table of what the benchmark's authors report beside the mean, if anything."""
    table = part.figures
    if table is None:
        return ""
    left = [place for place, name in enumerate(table.columns) if name != "benchmark"]
    numeric = table.numeric()

    def line(cells: tuple[str, ...], tag: str) -> str:
        row = (f"<{tag}{' class=n' if numeric[p] else ''}>{e(cells[p])}</{tag}>" for p in left)
        return f"<tr>{''.join(row)}</tr>"

    rows = "".join(line(cells, "td") for cells in table.cells())
    return (
        f'<h3>Further figures</h3><div class="scroll"><table><thead>'
        f"{line(table.columns, 'th')}</thead><tbody>{rows}</tbody></table></div>"
        f'<p class="caption">{e(table.caption)}</p>'
    )


def legend(groups: Iterable[list[Verdicts]]) -> str:
    """Return the key to the colours of those outcomes that occur."""
    there = dict.fromkeys(
        name for verdicts in groups for counts in verdicts for name, count in counts if count
    )
    marks = "".join(
        f'<li><svg width="12" height="12" aria-hidden="true"><rect class="o-{name}" width="11" '
        f'height="11" x=".5" y=".5"/></svg>{name}</li>'
        for name in there
    )
    return f'<ul class="legend">{marks}</ul>'


def leaderboard(group: Group) -> str:
    """Return one table of scores that may be compared."""
    scores = [line.estimate for line in group.standings]
    chance = [group.chance] if group.chance is not None else []
    scale = scale_for([*_ends(scores), *chance])
    head = group.head
    told_fold = f'<span class="fold">{e(head.fold)}</span>' if head.fold else ""
    rows = "".join(
        _line(line, verdicts, scale, group.chance)
        for line, verdicts in zip(group.standings, group.verdicts, strict=True)
    )
    unit = f"{e(head.metric)}, %" if scale.share else e(head.metric)
    return (
        f'<div class="group"><h3>{e(head.cell.asked)}{told_fold}'
        f"<small>{e(head.cell.scorer)}</small></h3>"
        f'<div class="scroll"><table class="board"><thead><tr><th>model</th>'
        f'<th class="n">{unit}</th><th class="plot">{axis(scale)}</th><th class="n">questions</th>'
        f'<th class="n">scored</th><th>outcomes</th></tr></thead><tbody>{rows}</tbody></table>'
        f"</div></div>"
    )


def _line(line: Standing, verdicts: Verdicts, scale: Scale, chance: float | None) -> str:
    score = line.estimate
    label = f"{line.model}: {_number(score.value, scale)}{_between(score, scale)}"
    flag = '<abbr title="rows failed for a reason that may pass">incomplete</abbr>'
    template = f"<small>template {e(line.template)}</small>" if line.template else ""
    return (
        f'<tr><th scope="row">{e(line.model)}{template}</th>'
        f'<td class="n score">{_number(score.value, scale)}'
        f"<small>{_between(score, scale)}</small></td>"
        f'<td class="plot">'
        f"{interval(scale, score.value, score.low, score.high, chance=chance, title=label)}</td>"
        f'<td class="n">{score.n:,}</td>'
        f'<td class="n">{score.coverage:.1%}{flag if score.incomplete else ""}</td>'
        f"<td>{stacked(verdicts)}</td></tr>"
    )


def differences(part: Part) -> str:
    """Return the paired differences between models, and within each model."""
    blocks = [
        _forest(
            group.pairs,
            group.head.cell.asked + (f" · {group.head.fold}" if group.head.fold else ""),
            "" if len(group.pairs) == group.pairs_of else
            f"{len(group.pairs)} of {group.pairs_of} pairs: neighbours, and the first with others.",
        )
        for group in part.groups
        if group.pairs
    ]  # fmt: skip
    if part.within:
        blocks.append(_forest(part.within, "within one model", ""))
    if not blocks:
        return ""
    lines = [line for group in part.groups for line in group.pairs] + part.within
    compared = dict.fromkeys(line.compared for line in lines if line.compared)
    means = "".join(f"Compared are {e(words)}, not the harmonic mean. " for words in compared)
    return (
        f"<h3>Differences</h3>{''.join(blocks)}"
        f'<p class="caption">{means}Paired by question: only questions that both answered count. '
        "A hollow point is a difference whose 95% interval holds 0. p by Student’s t over "
        "questions; no correction for the number of pairs.</p>"
    )


def _forest(lines: list[Difference], label: str, note: str) -> str:
    ends = [end for line in lines for end in (line.value, line.low, line.high) if end is not None]
    scale = scale_for(ends, signed=True)
    rows = "".join(_difference(line, scale) for line in lines)
    extra = f'<p class="note">{e(note)}</p>' if note else ""
    return (
        f'<div class="group"><h4>{e(label)}</h4><div class="scroll"><table class="forest"><thead>'
        f'<tr><th>one</th><th>other</th><th class="n">one − other</th>'
        f'<th class="plot">{axis(scale)}</th><th class="n">p</th><th class="n">questions</th>'
        f"</tr></thead><tbody>{rows}</tbody></table></div>{extra}</div>"
    )


def _difference(line: Difference, scale: Scale) -> str:
    value = "–" if line.value is None else scale_text(line.value, scale)
    between = ""
    if line.low is not None and line.high is not None:
        between = f"{scale_text(line.low, scale)} … {scale_text(line.high, scale)}"
    title = f"{line.a} minus {line.b}: {value} ({between})"
    differs = f"<small>{e(told(line.differs))}</small>" if line.differs else ""
    return (
        f'<tr><th scope="row">{e(line.a)}<small>{_number(line.score_a, scale)}</small></th>'
        f'<th scope="row">{e(line.b)}<small>{_number(line.score_b, scale)}</small>{differs}</th>'
        f'<td class="n score">{value}<small>{between}</small></td>'
        f'<td class="plot">{interval(scale, line.value, line.low, line.high, title=title)}</td>'
        f'<td class="n">{_p(line.p)}</td>'
        f'<td class="n">{line.n:,}</td></tr>'
    )


def slices(part: Slices, names: Names, *, first: bool) -> str:
    """Return the scores by one tag, a few cells side by side."""
    scores = [score for by_cell in part.scores.values() for score in by_cell.values()]
    scale = scale_for(_ends(scores), width=NARROW)
    tables = "".join(
        _sliced(part, part.cells[start : start + COLUMNS], names, scale)
        for start in range(0, len(part.cells), COLUMNS)
    )
    return (
        f'<details class="slices"{" open" if first else ""}><summary>By {e(part.tag)} '
        f"<small>{len(part.scores)} values</small></summary>{tables}</details>"
    )


def _sliced(part: Slices, cells: list[Cell], names: Names, scale: Scale) -> str:
    heads = "".join(
        f'<th colspan="2">{e(names.shown[cell.model_key])}<small>{e(cell.asked)}</small></th>'
        for cell in cells
    )
    axes = "".join(f'<th class="n"></th><th class="plot">{axis(scale)}</th>' for _ in cells)
    rows = ""
    for value, by_cell in part.scores.items():
        drawn = "".join(_slice(by_cell.get(cell.key), scale, value) for cell in cells)
        rows += f'<tr><th scope="row">{e(value)}</th>{drawn}</tr>'
    return (
        f'<div class="scroll"><table class="sliced"><thead><tr><th>{e(part.tag)}</th>{heads}</tr>'
        f"<tr><th></th>{axes}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _slice(score: Estimate | None, scale: Scale, label: str) -> str:
    if score is None:
        return "<td></td><td></td>"
    title = f"{label}: {_number(score.value, scale)}{_between(score, scale)}, n = {score.n:,}"
    return (
        f'<td class="n">{_number(score.value, scale)}</td><td class="plot">'
        f"{interval(scale, score.value, score.low, score.high, title=title)}</td>"
    )


def _ends(scores: Iterable[Estimate]) -> list[float]:
    ends = [end for score in scores for end in (score.low, score.value, score.high)]
    return [end for end in ends if end is not None]


def _number(value: float | None, scale: Scale) -> str:
    if value is None:
        return "–"
    return f"{100 * value:.1f}" if scale.share else f"{value:.3f}"


def scale_text(value: float, scale: Scale) -> str:
    """Return a difference with its sign."""
    shown = f"{100 * value:+.1f}" if scale.share else f"{value:+.3f}"
    return shown.replace("-", "−")


def _between(score: Estimate, scale: Scale) -> str:
    if score.low is None or score.high is None:
        return ""
    return f" {_number(score.low, scale)} … {_number(score.high, scale)}"


def _p(value: float | None) -> str:
    if value is None:
        return "–"
    return "&lt; 0.001" if value < 0.001 else f"{value:.3f}"
