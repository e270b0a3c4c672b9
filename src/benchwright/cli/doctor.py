"""``benchwright doctor``: what is installed, which models work, what each missing extra needs."""

from __future__ import annotations

import click

from benchwright.cli.options import table_options
from benchwright.cli.terminal import say, say_table

NEEDS: dict[str, tuple[str, ...]] = {
    # scheme: the extras of which one must be there
    "llama": ("llama", "llama-native"),
    "hf": ("hf",),
}
"""Model schemes that need an extra; the others need nothing that is not installed."""

KEYS = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}
"""Scheme → the environment variable that holds its secret; only whether it is set is shown."""

ADVICE = (
    "The default build of torch brings CUDA libraries of several gigabytes. Without a GPU, install "
    "its CPU build first:\n"
    "  pip install torch --index-url https://download.pytorch.org/whl/cpu\n"
    "  pip install 'benchwright[hf]'"
)


@click.command("doctor")
@table_options
def command(form: str, as_json: bool) -> None:
    """Say what is installed, which models work, and the command for what is missing.

    Nothing is changed and nothing is sent. Secrets are looked for, never shown.
    """
    from benchwright import catalog
    from benchwright.core.table import Table

    rows = [*_machine(), *_core()]
    absent = {extra: _absent(extra) for extra in _extras()}
    for extra, missing in absent.items():
        state = "installed" if not missing else f"missing: {', '.join(missing)}"
        rows.append((f"extra [{extra}]", state, "" if not missing else _install(extra)))
    rows += [(f"{scheme}:", *_scheme(scheme, absent)) for scheme in catalog.models()]
    rows += [*_sandboxes(), *_languages()]
    rows += _settings()
    table = Table(columns=("what", "state", "what to do"), rows=tuple(rows))
    say_table(table, "json" if as_json else form)
    if absent.get("hf") and form == "table" and not as_json:
        say(f"\n{ADVICE}")


def _machine() -> list[tuple[str, str, str]]:
    import os
    import platform

    cores = os.cpu_count() or 1
    system = f"{platform.system()} {platform.machine()}, {cores} core{'s' * (cores != 1)}"
    return [("python", platform.python_version(), ""), ("machine", system, "")]


def _core() -> list[tuple[str, str, str]]:
    from importlib.metadata import version

    return [("benchwright", version("benchwright"), "")] + [
        (name, found, "" if found else f"pip install '{text}'")
        for name, text, found in _required("")
    ]


def _extras() -> list[str]:
    from importlib.metadata import metadata

    return metadata("benchwright").get_all("Provides-Extra") or []


def _required(extra: str) -> list[tuple[str, str, str]]:
    """Return (name, requirement, installed version or empty) of the core or of one extra."""
    import re
    from importlib.metadata import PackageNotFoundError, requires, version

    found = []
    for line in requires("benchwright") or []:
        requirement, _, marker = line.partition(";")
        of_extra = re.search(r"extra\s*==\s*['\"]([^'\"]+)", marker)
        if (of_extra[1] if of_extra else "") != extra:
            continue
        name = re.split(r"[<>=!~\[ ]", requirement.strip(), maxsplit=1)[0]
        try:
            installed = version(name)
        except PackageNotFoundError:
            installed = ""
        pinned = re.search(r"==\s*([\w.]+)", requirement)
        if installed and pinned and installed.partition("+")[0] != pinned[1]:
            installed = ""  # another version than the one whose interfaces are known
        found.append((name, requirement.strip(), installed))
    return found


def _absent(extra: str) -> list[str]:
    return [requirement for _, requirement, installed in _required(extra) if not installed]


def _install(extra: str) -> str:
    return f"pip install 'benchwright[{extra}]'"


def _scheme(scheme: str, absent: dict[str, list[str]]) -> tuple[str, str]:
    import os

    extras = NEEDS.get(scheme, ())
    if extras and all(absent.get(extra) for extra in extras):
        return "does not work yet", _install(extras[0])
    key = KEYS.get(scheme)
    if key and not os.environ.get(key):
        return f"works, {key} is not set", f"export {key}=… where the server wants a key"
    return "works", ""


def _sandboxes() -> list[tuple[str, str, str]]:
    """Return what can run code that models wrote; each is tried with a program."""
    from benchwright.sandbox.finding import KINDS, look

    return [
        (f"sandbox {found.kind}", found.state, found.advice)
        for found in (look(kind) for kind in KINDS if kind != "none")
    ]


def _languages() -> list[tuple[str, str, str]]:
    """Return every language that programs can be in, and what benchmarks declare besides."""
    from benchwright import catalog
    from benchwright.sandbox.runtimes import RUNTIMES, look_up

    users: dict[str, list[str]] = {name: [] for name in RUNTIMES}
    for name in catalog.benchmarks():
        for need in catalog.benchmark(name).card.runtimes:
            users.setdefault(need, []).append(name)
    rows = []
    for need, benchmarks in users.items():
        found = look_up(need)
        wanted = f", for {', '.join(benchmarks)}" if benchmarks else ""
        rows.append((f"code in {need}", (found.found or "not here") + wanted, found.advice))
    return rows


def _settings() -> list[tuple[str, str, str]]:
    import os
    from pathlib import Path

    rows = []
    folder = os.environ.get("BENCHWRIGHT_DATA", "")
    if folder and not Path(folder).is_dir():
        rows.append(("BENCHWRIGHT_DATA", f"{folder} is no folder", "name the folder of data"))
    else:
        rows.append(("BENCHWRIGHT_DATA", folder or "not set", ""))
    rows.append(("HF_ENDPOINT", os.environ.get("HF_ENDPOINT") or "not set: huggingface.co", ""))
    rows.append(("HF_TOKEN", "set" if os.environ.get("HF_TOKEN") else "not set", ""))
    return rows
