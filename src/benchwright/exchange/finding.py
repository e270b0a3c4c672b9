"""Which logs stand below a path, and of which format each is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from benchwright.core.errors import DataError, DescriptionError, UnknownName
from benchwright.exchange.limits import Limits
from benchwright.exchange.log import Reader
from benchwright.exchange.reading import (
    evalscope,
    helm,
    inspect_ai,
    lm_eval,
    lmms_eval,
    mteb,
    opencompass,
    plain_table,
    vlmevalkit,
)
from benchwright.exchange.untrusted import PICKLES

FORMATS: dict[str, Reader] = {
    "lm_eval": lm_eval,
    "inspect_ai": inspect_ai,
    "helm": helm,
    "opencompass": opencompass,
    "vlmevalkit": vlmevalkit,
    "lmms_eval": lmms_eval,
    "evalscope": evalscope,
    "mteb": mteb,
    "table": plain_table,
}
"""Name → reader, in the order in which they are tried: the plain table, which asks for least, is
the last."""


class Found(Struct, frozen=True, kw_only=True):
    """One file or folder of a known format."""

    format: str
    """Its name in ``FORMATS``."""
    path: Path
    """Where it stands."""


class Search(Struct, frozen=True, kw_only=True):
    """What was found below some paths."""

    found: tuple[Found, ...]
    """What can be read, in the order of the paths, below each by name."""
    unknown: tuple[Path, ...]
    """Files of no known format."""
    pickles: tuple[Path, ...]
    """Files that are never opened, since opening them can run code."""


def find(paths: Iterable[Path], *, format: str = "", limits: Limits) -> Search:  # noqa: A002 - the command line's word
    """Return what stands at and below ``paths``.

    Links are not followed below a path that was named. With ``format`` every path that was named
    is read as that, unless it is a folder, of which the files are looked for.

    Raises:
        UnknownName: there is no such format.
        DescriptionError: a path is absent or a pickle, or nothing of a known format is there.
        DataError: there are more files than ``limits`` allow.
    """
    if format and format not in FORMATS:
        raise UnknownName("format", format, FORMATS)
    wanted = {format: FORMATS[format]} if format else FORMATS
    found, unknown, pickles = [], [], []
    problems = []
    for path in paths:
        if not path.exists():
            problems.append(f"There is no file or folder {path}.")
        elif path.is_file() and path.suffix.lower() in PICKLES:
            problems.append(
                f"{path}: a pickle is never opened, since opening one can run code. Have the tool "
                "that made it write JSON, CSV or a sheet instead."
            )
        else:
            named = [Found(format=format, path=path)] if format and path.is_file() else None
            for one in named or _below(path, wanted, limits):
                if isinstance(one, Found):
                    found.append(one)
                elif one.suffix.lower() in PICKLES:
                    pickles.append(one)
                else:
                    unknown.append(one)
    if not problems and not found:
        looked = f"{len(unknown):,} files were looked at" if unknown else "there are no files"
        problems.append(
            f"Nothing of a known format was found ({looked}). Known formats: "
            f"{', '.join(FORMATS)}; --format NAME says which it is. {_hint(unknown)}".rstrip()
        )
    if problems:
        raise DescriptionError(*problems)
    return Search(found=tuple(found), unknown=tuple(unknown), pickles=tuple(pickles))


def _hint(unknown: list[Path]) -> str:
    if any(path.name.startswith("results") and path.suffix == ".json" for path in unknown):
        return (
            "Results without samples hold no measurements: run lm_eval or lmms_eval with "
            "--log_samples."
        )
    return ""


def _below(path: Path, wanted: dict[str, Reader], limits: Limits) -> Iterator[Found | Path]:
    waiting, looked = [path], 0
    while waiting:
        one = waiting.pop()
        looked += 1
        if looked > limits.files:
            raise DataError(f"{path}: more than {limits.files:,} files; name a part of them.")
        sniffed = next((name for name, reader in wanted.items() if reader.sniff(one)), None)
        if sniffed:
            yield Found(format=sniffed, path=one)
        elif one.is_dir():
            inner = sorted(one.iterdir(), reverse=True)
            waiting += [child for child in inner if _plain(child)]
        else:
            yield one


def _plain(path: Path) -> bool:
    return not path.name.startswith(".") and not path.is_symlink()
