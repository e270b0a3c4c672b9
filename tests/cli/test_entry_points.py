"""The examples of CONTRIBUTING.md, made into a package, installed, listed, checked and run."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent.parent
PAGE = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
QUESTIONS = [
    {
        "id": f"q{number}",
        "question": f"What is the capital of {country}?",
        "options": ["Rome", city, "Lima"],
        "answer": "B",
        "continent": "Europe" if country == "France" else "Asia",
    }
    for number, (country, city) in enumerate([("France", "Paris"), ("Japan", "Tokyo")])
]


def fenced(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Install the package, one of whose entry points is broken; return the environment for it."""
    folder = tmp_path_factory.mktemp("third-party")
    points = tomllib.loads(fenced("toml")[0])["project"]["entry-points"]
    targets = [value for group in points.values() for value in group.values()]
    modules = {
        target.partition(":")[0].replace(".", "/") + ".py": code
        for target, code in zip(targets, fenced("python"), strict=True)
    }
    points["benchwright.scorers"]["broken"] = "my_package.absent:SCORER"
    lines = [
        f"[{group}]\n" + "\n".join(f"{name} = {target}" for name, target in members.items())
        for group, members in points.items()
    ]
    home = "my_package-1.dist-info"
    files = {
        "my_package/__init__.py": "",
        **modules,
        f"{home}/METADATA": "Metadata-Version: 2.1\nName: my-package\nVersion: 1\n",
        f"{home}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{home}/entry_points.txt": "\n".join(lines) + "\n",
        f"{home}/RECORD": "",
    }
    wheel = folder / "my_package-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    site = folder / "site"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--no-index", "--no-deps", "--target", str(site), str(wheel)], check=True)
    data = folder / "data" / "capitals"
    data.mkdir(parents=True)
    text = "\n".join(json.dumps(question) for question in QUESTIONS)
    (data / "capitals.jsonl").write_text(text, encoding="utf-8")
    return {**os.environ, "PYTHONPATH": str(site), "BENCHWRIGHT_DATA": str(data.parent)}


def benchwright(
    environment: dict[str, str], folder: Path, *arguments: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "benchwright", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_a_package_adds_is_listed_with_the_built_ins(
    installed: dict[str, str], tmp_path: Path
) -> None:
    done = benchwright(installed, tmp_path, "list", "--json")

    listed = {(row["kind"], row["name"]) for row in json.loads(done.stdout)["rows"]}
    assert listed >= {
        ("benchmark", "capitals"),
        ("benchmark", "mmlu"),
        ("model", "parrot"),
        ("scorer", "last_word"),
        ("perturbation", "shout"),
    }


def test_what_a_package_adds_keeps_the_public_contracts(
    installed: dict[str, str], tmp_path: Path
) -> None:
    names = ["capitals", "parrot:any", "last_word", "shout"]

    done = benchwright(installed, tmp_path, "check", *names)

    assert done.returncode == 0, done.stdout + done.stderr


def test_what_a_package_adds_runs_together(installed: dict[str, str], tmp_path: Path) -> None:
    run = ["run", "capitals", "--model", "parrot:any", "--ask", "generate"]

    done = benchwright(
        installed, tmp_path, *run, "--scorer", "last_word", "--perturb", "shout", "--json"
    )

    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["status"] == "complete"
    assert {row["scorer"].partition("@")[0] for row in result["rows"]} == {
        "choice_letter",
        "last_word",
    }
    assert {row["score"] for row in result["rows"]} == {1.0}


def test_a_broken_package_is_named_and_breaks_nothing_else(
    installed: dict[str, str], tmp_path: Path
) -> None:
    done = benchwright(installed, tmp_path, "check", "broken")

    assert done.returncode == 2
    assert "my_package.absent" in done.stderr
    assert "Traceback" not in done.stderr
