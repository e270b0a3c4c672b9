"""``benchwright run``: ask benchmarks of models and keep every answer."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from benchwright.cli.options import Sections, from_file, pool_option, section, table_options
from benchwright.cli.terminal import say, say_json, say_table

if TYPE_CHECKING:
    from benchwright.evaluation.events import Listener
    from benchwright.evaluation.result import RunResult
    from benchwright.evaluation.settings import RunSettings

asking = section("How to ask")
sampling = section("What to ask")
answering = section("The model")
own = section("Your own questions, with file:PATH")
limits = section("Limits, failures and durability")


@click.command("run", cls=Sections)
@click.argument("benchmarks", nargs=-1, required=True, metavar="BENCHMARK...")
@sampling(
    "--model",
    "models",
    multiple=True,
    required=True,
    metavar="SCHEME:NAME",
    help="The model to ask; several times for several models.",
)
@sampling(
    "--take",
    default="",
    metavar="N | N/TAG",
    help="Draw N samples, or N of each value of a tag (20/subject); all by default.",
)
@sampling(
    "--subset",
    default="",
    metavar="FILE",
    help="Ask exactly the samples of a subset file (benchwright select).",
)
@sampling(
    "--until",
    default="",
    metavar="WIDTH | rank",
    help="Ask only until the score is known to ± WIDTH (2pt, 0.02), or the rank is settled.",
)
@sampling("--repeat", type=int, default=1, show_default=True, help="Ask every sample so often.")
@sampling("--seed", type=int, default=0, show_default=True, help="Seed of every random draw.")
@sampling(
    "--perturb",
    multiple=True,
    metavar="NAME",
    help="A perturbation; several are composed in order.",
)
@sampling("--scorer", multiple=True, metavar="NAME", help="A scorer beside the official one.")
@sampling(
    "--data",
    default="",
    metavar="FOLDER",
    help="Where benchmark data lies; else BENCHWRIGHT_DATA, else the card's sources.",
)
@asking(
    "--ask",
    default="",
    metavar="WAY",
    help="letters, options, generate, both (letters and generate), or several with commas.",
)
@asking("--shots", type=int, default=None, help="Number of worked examples; else the benchmark's.")
@asking("--system", default="", help="System prompt.")
@asking(
    "--template",
    default="auto",
    show_default=True,
    metavar="auto|model|none|FILE",
    help="Chat template; auto: the model's own to generate, none for log-likelihood.",
)
@asking("--temperature", type=float, default=None, help="Sampling temperature; 0 is greedy.")
@asking("--max-tokens", type=int, default=None, help="Most tokens of an answer.")
@answering("--judge", default="", metavar="SCHEME:NAME", help="The model that judges.")
@answering("--helper", default="", metavar="SCHEME:NAME", help="The model that makes material.")
@answering("--name", default="", help="Display name of the model.")
@answering("--identity", default="", help="Your word for which model a server runs.")
@answering("--concurrency", type=int, default=None, help="Most requests out at once.")
@answering(
    "--weights",
    "weights",
    default="",
    metavar="FORMAT",
    help="Local models: numeric format (f32, f16, bf16, q8_0); else as stored.",
)
@answering("--plain", is_flag=True, help="Local models: every request alone, sharing nothing.")
@answering(
    "--model-option",
    "model_options",
    multiple=True,
    metavar="KEY=VALUE",
    help="A further option of the model's scheme.",
)
@own("--input", default="", metavar="FIELD", help="Field of the question.")
@own("--target", default="", metavar="FIELD", help="Field of the right answer.")
@own("--choices", default="", metavar="FIELD", help="Field of the options; none: open answers.")
@own("--id", default="", metavar="FIELD", help="Field of a unique id; none: rows are numbered.")
@own("--tag", "tags", multiple=True, metavar="FIELD", help="A field to slice tables by.")
@limits(
    "--price",
    default="",
    metavar="IN,OUT | FILE",
    help="Dollars per million tokens, or a TOML file of prices.",
)
@limits(
    "--budget",
    multiple=True,
    metavar="BOUND",
    help="The most to use: 2usd, 30min, 500requests, 1e6tokens.",
)
@limits("--dry-run", is_flag=True, help="Show prompts, counts and cost; ask nothing.")
@limits(
    "--attempts",
    type=int,
    default=6,
    show_default=True,
    help="Most attempts at a request that fails for a reason that may pass.",
)
@limits("--retry-failed", is_flag=True, help="Ask again what failed for good.")
@limits("--fresh", is_flag=True, help="Read nothing kept; still write.")
@limits(
    "--sandbox",
    default="auto",
    show_default=True,
    metavar="KIND",
    help="What runs code that models wrote: auto, bubblewrap, docker, podman, or none.",
)
@limits("--strict", is_flag=True, help="Stop at the first defect, with its traceback.")
@limits("--fsync", is_flag=True, help="Survive lost power, not only a killed process.")
@pool_option
@table_options
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    is_eager=True,
    expose_value=False,
    callback=from_file,
    help="A flat TOML file of these options; the command line wins.",
)
def command(*, dry_run: bool, form: str, as_json: bool, **chosen: Any) -> None:
    """Ask benchmarks of models, keep every answer, and print one table.

    The same command after Ctrl-C, a crash or a rate limit asks only what is missing. Exit code: 0
    complete, 1 incomplete, 2 described wrongly (nothing was asked), 3 defects.
    """
    from benchwright.evaluation.run import run_settings

    settings = settings_of(chosen)
    with listening(as_json=as_json) as listener:
        result = run_settings(settings, dry_run=dry_run, on_event=listener)
    show_result(result, form="json" if as_json else form)
    if result.preview is None:
        click.get_current_context().exit(result.exit_code)


def settings_of(chosen: dict[str, Any]) -> RunSettings:
    """Return the settings that the options' values mean."""
    from benchwright.core.errors import DescriptionError
    from benchwright.evaluation.settings import FileFields, RunSettings

    options: dict[str, str] = {}
    problems = []
    for text in chosen.pop("model_options"):
        key, equals, value = text.partition("=")
        if not equals:
            problems.append(f"--model-option {text!r} is not KEY=VALUE.")
        options[key] = value
    if problems:
        raise DescriptionError(*problems)
    fields = {name: chosen.pop(name) for name in FileFields.__struct_fields__}
    return RunSettings(
        fields=FileFields(**fields),
        format=chosen.pop("weights"),
        model_options=options,
        **chosen,
    )


@contextmanager
def listening(*, as_json: bool) -> Iterator[Listener]:
    """Yield what shows events: JSON lines, a live panel on a terminal, or plain lines."""
    from benchwright.cli.lines import PlainLines, json_line

    if as_json:
        yield json_line
    elif sys.stderr.isatty():
        from benchwright.cli.live import LivePanel

        with LivePanel() as panel:
            yield panel
    else:
        yield PlainLines()


def show_result(result: RunResult, *, form: str) -> None:
    """Print the table on standard output, and beside it what to know and what to do next."""
    if result.preview is not None:
        _show_preview(result, form)
        return
    if form == "json":
        say_json(
            {
                "event": "result",
                "run": result.run.id,
                "status": result.status,
                "reason": result.reason,
                "warnings": result.warnings,
                "remarks": result.remarks,
                "caption": result.table.caption,
                "rows": result.table.records(),
                "figures": result.figures.records() if result.figures else [],
                "next_command": result.next_command,
            }
        )
        return
    say_table(result.table, form)
    if result.figures and form != "csv":  # two tables are not one file
        say()
        say_table(result.figures, form)
    for warning in result.warnings:
        say(f"warning: {warning}", err=True)
    for remark in result.remarks:
        say(remark, err=True)
    if result.reason:
        say(f"{result.status}: {result.reason}", err=True)
    if result.next_command:
        say(f"next: {result.next_command}", err=True)


def _show_preview(result: RunResult, form: str) -> None:
    import msgspec

    from benchwright.cli.progress import money

    preview = result.preview
    if preview is None:
        return
    if form == "json":
        say_json({"event": "preview", **msgspec.to_builtins(preview)})
        return
    for number, prompt in enumerate(preview.prompts, 1):
        say(f"── prompt {number} of {len(preview.prompts)} shown ──\n{prompt}\n")
    say(f"requests  {preview.requests:,}, of which {preview.kept:,} are kept already")
    say(f"tokens    about {preview.tokens_in:,} in, at most {preview.tokens_out:,} out")
    bound = "" if preview.cost is None else "at most "
    say(f"cost      {bound}{money(preview.cost)}")
