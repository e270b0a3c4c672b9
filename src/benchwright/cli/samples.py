"""``benchwright samples``: what was asked, what was answered, what was read and why."""

from __future__ import annotations

from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from benchwright.cli.options import json_option, pool_option
from benchwright.cli.terminal import clean, one_line, say, say_json
from benchwright.core.outcome import Outcome

if TYPE_CHECKING:
    from benchwright.core.measurement import Measurement
    from benchwright.core.request import Request
    from benchwright.core.response import Failure, Response
    from benchwright.pool import Pool

    Asked = tuple[Request | None, Response | Failure | None]


@click.command("samples")
@click.argument("benchmark")
@click.option(
    "--outcome", type=click.Choice([one.value for one in Outcome]), help="Only of this outcome."
)
@click.option("--model", default="", metavar="NAME", help="Only of this model.")
@click.option("--wrong", is_flag=True, help="Only what was scored 0.")
@click.option("--disagree", is_flag=True, help="Only where the two extractors disagree.")
@click.option("--where", default="", metavar="SQL", help="Only the measurements of a condition.")
@click.option(
    "--limit", type=click.IntRange(min=1), default=5, show_default=True, help="The most to show."
)
@pool_option
@json_option("Print one JSON object a sample.")
def command(
    benchmark: str,
    outcome: str | None,
    model: str,
    wrong: bool,
    disagree: bool,
    where: str,
    limit: int,
    pool: Path,
    as_json: bool,
) -> None:
    """Show samples of BENCHMARK: the exact prompt, the answer, what was read from it and why.

    BENCHMARK is a name, or NAME@VERSION where the pool holds several versions.
    """
    from benchwright import open_pool
    from benchwright.core.errors import UnknownName

    conditions = {
        "benchmark = ? or benchmark like ? || '@%'": [benchmark, benchmark],
        **({"outcome = ?": [outcome]} if outcome else {}),
        **({"model = ?": [model]} if model else {}),
        **({"value = 0": []} if wrong else {}),
        **({"extractors_agree = false": []} if disagree else {}),
        **({where: []} if where else {}),
    }
    parameters = [value for values in conditions.values() for value in values]
    condition = " and ".join(f"({text})" for text in conditions)
    with open_pool(pool) as opened:
        known = opened.benchmarks()
        if benchmark not in {*known, *(name.partition("@")[0] for name in known)}:
            raise UnknownName("benchmark in this pool", benchmark, known)
        rows = opened.measurements.rows(condition, parameters, order="benchmark, sample, model")
        chosen = list(islice(rows, limit))
        for row in chosen:
            _show(row, _asked(opened, row), as_json=as_json)
        if not chosen and not as_json:
            say("No sample is like that.")


def _show(row: Measurement, asked: list[Asked], *, as_json: bool) -> None:
    if as_json:
        say_json(_fields(row, *asked[-1]))
        return
    said = [row.benchmark, row.sample, row.variant, row.model, row.asked, row.outcome.value]
    head = one_line(" · ".join(part for part in said if part))
    click.secho(f"━━ {head}", bold=True)
    # Options that are asked one by one are all shown, else the request whose answer was judged.
    single = [one for one in asked[:-1] if len(getattr(one[1], "continuations", ())) == 1]
    for one in single:
        texts = _texts(row, *one)
        _say({name: texts[name] for name in ("prompt", "log-likelihoods")})
    _say(_texts(row, *asked[-1]))
    click.echo()


def _say(texts: dict[str, str]) -> None:
    for label, text in texts.items():
        click.secho(f"\n{label}", dim=True)
        click.echo(clean(text))


def _asked(pool: Pool, row: Measurement) -> list[Asked]:
    """Return the requests of a row and their answers, the last last; None for what is not kept."""
    if not row.request_keys:
        return [(None, None)]
    keys = [bytes.fromhex(key) for key in row.request_keys]
    with closing(pool.journal(row.model, row.model_key)) as journal:
        kept = journal.kept(keys)
        return [(journal.request(key), kept.get(key)) for key in keys]


def _texts(
    row: Measurement, request: Request | None, answer: Response | Failure | None
) -> dict[str, str]:
    from benchwright.core.request import transcript
    from benchwright.core.response import Failure

    texts = {"prompt": transcript(request) if request else "(no answer was kept for this sample)"}
    if isinstance(answer, Failure):
        texts["failure"] = f"{answer.kind}: {answer.message}"
    elif answer is not None:
        if answer.reasoning:
            texts["thinking"] = answer.reasoning
        if request is not None and answer.continuations:
            texts["log-likelihoods"] = "\n".join(
                f"{score.logprob:10.3f}  {text!r}"
                for text, score in zip(request.continuations, answer.continuations, strict=True)
            )
        else:
            texts["answer"] = f"{answer.text}\n(ended: {answer.finish})"
    value = "no score" if row.value is None else f"score {row.value:g}"
    read = "nothing" if row.answer is None else repr(row.answer)
    texts["read"] = f"{read}, right is {row.target!r}: {value}"
    if row.extractors_agree is False:
        texts["read"] += f"\nthe strict extractor read {row.strict_answer!r}"
    if row.explanation:
        texts["why"] = row.explanation
    if row.deviations:
        texts["deviations"] = "\n".join(row.deviations)
    return texts


def _fields(
    row: Measurement, request: Request | None, answer: Response | Failure | None
) -> dict[str, Any]:
    from benchwright.core.request import transcript

    return {
        "measurement": row,
        "prompt": transcript(request) if request else None,
        "request": request,
        "answer": answer,
    }
