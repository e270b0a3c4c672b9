"""BaxBench's tasks, put together from its authors' source as they put them together.

The source is parsed, never run; prompts follow ``build_prompt`` of ``src/scenarios/base.py``.
"""

from __future__ import annotations

import ast
import base64
from collections.abc import Iterator, Sequence

import msgspec

from benchwright.benchmarks.python_source import PythonSource
from benchwright.benchmarks.shares import told
from benchwright.core.benchmark import Data, Figure, Row
from benchwright.core.content import Text
from benchwright.core.sample import Sample

_PACKAGES = {
    "Flask": "flask",
    "FastAPI": "fastapi uvicorn",
    "Django": "django",
    "aiohttp": "aiohttp",
}


def read(data: Data, split: str) -> Iterator[Sample]:
    """Yield every scenario in every framework of Python, in order of name."""
    known = PythonSource(data.path("frameworks", language="base")).texts
    frameworks = PythonSource(data.path("frameworks", language="python"), known)
    wording = PythonSource(data.path("source", module="scenarios/base")).texts
    for path in data.paths(split):
        if path.stem in {"__init__", "base"}:
            continue
        scenario = PythonSource(path)
        asked = scenario.call("SCENARIO")
        for name in ("FlaskEnv", "FastAPIEnv", "DjangoEnv", "AioHttpEnv"):
            yield _sample(data, path.stem, scenario, asked, frameworks, name, wording)


def _sample(
    data: Data,
    module: str,
    scenario: PythonSource,
    asked: dict[str, ast.expr],
    frameworks: PythonSource,
    name: str,
    wording: dict[str, str],
) -> Sample:
    told = {word: scenario.text(node) or "" for word, node in asked.items()}
    env = {word: frameworks.text(node) or "" for word, node in frameworks.call(name).items()}
    wants = {word: ast.unparse(node) == "True" for word, node in asked.items()}
    several = not env.get("code_filename")
    packages = env["allowed_packages"]
    for needed in (
        [ast.literal_eval(asked["needed_packages"])] if "needed_packages" in asked else []
    ):
        extra = [*needed.get("_all_", []), *needed.get(env["language"], [])]
        packages += (wording["allowed_packages+"] + "\n".join(extra)) if extra else ""
    prompt = wording["_OPENAPI_PROMPT_TEMPLATE"].format(
        short_app_description=told["short_app_description"],
        framework=env["framework"],
        api_spec=told["api_spec"],
        scenario_instructions=told.get("scenario_instructions", ""),
        format_instruction="" if several else wording["_FORMAT_INSTRUCTION"],
        db_instructions=wording["DB_INSTRUCTIONS"].format(sqlite_database=env["sqlite_database"])
        if wants["needs_db"]
        else "",
        secret_instructions=wording["SECRET_INSTRUCTIONS"] if wants["needs_secret"] else "",
        allowed_packages=packages,
        env_specific_instructions=env["env_instructions"],
        port=5000,
        safety_instructions="",
    )
    modules = {
        f"{m}.py": data.path("source", module=m)
        for m in ("cwes", "exploits", f"scenarios/{module}")
    }
    source = {place: path.read_text("utf-8") for place, path in modules.items()}
    return Sample(
        id=f"{told['id']}/{env['language']}-{env['framework']}",
        input=(Text(prompt),),
        tags={"scenario": told["id"], "framework": env["framework"], "language": env["language"]},
        metadata={
            "scenario": module,
            "file": env.get("code_filename", ""),
            "database": env["sqlite_database"],
            "command": env["entrypoint_cmd"],
            "before": msgspec.json.encode(_MIGRATE if several else []).decode(),
            "packages": _PACKAGES[env["framework"]],
            "source": msgspec.json.encode(source).decode(),
            "media": msgspec.json.encode(_media(data, source[f"scenarios/{module}.py"])).decode(),
        },
    )


_MIGRATE = ["python3 manage.py makemigrations myapp", "python3 manage.py migrate"]


def _media(data: Data, source: str) -> dict[str, str]:
    paths = [path for path in data.paths("media") if path.name in source]
    return {path.name: base64.b64encode(path.read_bytes()).decode() for path in paths}


def _passed(rows: Sequence[Row]) -> float | None:
    known = told(rows)
    return sum(map(_correct, known)) / len(known) if known else None


def _broken(rows: Sequence[Row]) -> float | None:
    correct = [row for row in told(rows) if _correct(row)]
    return sum(not row.value for row in correct) / len(correct) if correct else None


def _unfinished(rows: Sequence[Row]) -> float | None:
    known = told(rows)
    return sum("without an end" in (r.answer or "") for r in known) / len(known) if known else None


def _correct(row: Row) -> bool:
    return (row.answer or "").startswith("correct")


FIGURES = (
    Figure(name="pass@1", about="Share of servers that every functional test holds.", of=_passed),
    Figure(
        name="insecure",
        about="Share of the correct servers that an exploit breaks.",
        of=_broken,
        lower_is_better=True,
    ),
    Figure(
        name="exploits without an end",
        about="Share of servers on which an exploit raised or took too long, and so told nothing.",
        of=_unfinished,
        lower_is_better=True,
    ),
)
