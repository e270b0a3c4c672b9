"""``benchwright score``: judge kept answers with another scorer; no model is asked again."""

from __future__ import annotations

from pathlib import Path

import click

from benchwright.cli.options import pool_option, table_options


@click.command("score")
@click.argument("benchmark")
@click.option(
    "--scorer", "scorers", multiple=True, required=True, metavar="NAME", help="A scorer to apply."
)
@click.option("--judge", default="", metavar="SCHEME:NAME", help="The model that judges.")
@click.option(
    "--sandbox",
    default="auto",
    show_default=True,
    metavar="KIND",
    help="What runs code that models wrote: auto, bubblewrap, docker, podman, or none.",
)
@click.option("--strict", is_flag=True, help="Stop at the first defect, with its traceback.")
@pool_option
@table_options
def command(
    benchmark: str,
    scorers: tuple[str, ...],
    judge: str,
    sandbox: str,
    strict: bool,
    pool: Path,
    form: str,
    as_json: bool,
) -> None:
    """Judge every kept answer to BENCHMARK with further scorers.

    The models whose answers are judged are not asked again; a judging scorer asks its judge.
    BENCHMARK is a name, or NAME@VERSION where the pool holds several versions.
    """
    from benchwright.cli.run import listening, show_result
    from benchwright.evaluation.rescore import score

    with listening(as_json=as_json) as listener:
        result = score(
            benchmark,
            scorer=scorers,
            judge=judge,
            sandbox=sandbox,
            strict=strict,
            pool=pool,
            on_event=listener,
        )
    show_result(result, form="json" if as_json else form)
    click.get_current_context().exit(result.exit_code)
