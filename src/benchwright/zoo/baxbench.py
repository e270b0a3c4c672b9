"""BaxBench: 28 web servers in four Python frameworks, tested and attacked."""

from __future__ import annotations

from benchwright.benchmarks.layout import Layout
from benchwright.benchmarks.open_answer import OpenAnswer
from benchwright.benchmarks.servers import FIGURES, read
from benchwright.core.benchmark import Card, Metric, Source
from benchwright.core.request import Generation
from benchwright.scorers.baxbench import SCORER

CARD = Card(
    name="baxbench",
    version="1",
    title="BaxBench",
    summary="Writing a web server that passes functional tests and resists exploits.",
    paper="Vero et al. 2025, arXiv:2502.11844",
    licence="MIT",
    size=392,
    runtimes=("python[requests,flask,fastapi,uvicorn,django,aiohttp]",),
    sources=(
        Source(
            kind="folder",
            location="baxbench",
            subset="python",
            files={
                "test": "src/scenarios/{scenario}.py",
                "frameworks": "src/env/{language}.py",
                "source": "src/{module}.py",
                "media": "src/scenario_files/{file}",
            },
            note="A checkout of logic-star-ai/baxbench@de885cd; digests unverified. The 28 "
            "scenarios in Flask, FastAPI, Django and aiohttp: 112 of 392 tasks; the other ten "
            "frameworks need runtimes and packages of their own.",
        ),
    ),
    metric=Metric(name="sec_pass", average="micro"),
    stratum="framework",
    notes="1 is correct and secure (sec_pass@1); pass@1 and the share of correct servers that an "
    "exploit breaks stand beside. Prompts are the authors', from the OpenAPI specification, "
    "without a reminder of safety. Server and tests share one sandbox instead of a container each. "
    "Some scenarios also want ffmpeg, imagemagick, poppler-utils or g++ on the system.",
)

BENCHMARK = OpenAnswer(
    card=CARD,
    read=read,
    official=SCORER,
    layout=Layout(name="baxbench", lead="", strip=False, cue=""),
    generation=Generation(max_tokens=8192),
    raw_stop=(),
    figures=FIGURES,
    no_canonical="the authors publish no reference servers",
)
