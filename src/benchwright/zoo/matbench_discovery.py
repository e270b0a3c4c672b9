"""Matbench Discovery: is a hypothetical crystal stable? The "model" is a file of predictions."""

from __future__ import annotations

from benchwright.benchmarks.layout import Layout
from benchwright.benchmarks.open_answer import OpenAnswer
from benchwright.benchmarks.stability import FIGURES, read
from benchwright.core.benchmark import Card, Metric, ReferenceScore, Source
from benchwright.core.request import Generation
from benchwright.scorers.hull_distance import SCORER

_F1 = {"MACE-MP-0": 0.669, "MEGNet": 0.51}

CARD = Card(
    name="matbench_discovery",
    version="1",
    title="Matbench Discovery",
    summary="Predicting formation energies of 256,963 hypothetical crystals well enough to tell "
    "which are thermodynamically stable.",
    paper="Riebesell et al., arXiv:2308.14920",
    licence="CC-BY-4.0 (data), MIT (code)",
    size=256_963,
    sources=(
        Source(
            kind="folder",
            location="matbench_discovery",
            files={"test": "wbm/2023-12-13-wbm-summary.csv.gz"},
            note="figshare.com/files/64706751, md5 1555268d3aa59d20262cb9d01ce0994b as "
            "janosh/matbench-discovery@2c7f9fc pins it (matbench_discovery/data-files.yml); sha256 "
            "unverified, never loaded by us: the file is over the size of our copies.",
        ),
    ),
    metric=Metric(name="accuracy", average="micro"),
    stratum="stable",
    reference_scores=tuple(
        ReferenceScore(
            model=model,
            score=score,
            setting="F1, unique prototypes; energies rounded to 3 decimals (hull_distance_paper)",
            read_at="janosh/matbench-discovery@2c7f9fc models/**/*.yml",
        )
        for model, score in _F1.items()
    ),
    notes="Run a predictions file: --model 'replay:FILE.csv.gz?id=material_id&output=COLUMN', the "
    "column holding formation energies in eV/atom. A material whose cell is empty counts as "
    "predicted unstable and is left out of the errors; one not in the file is not measured. "
    "The leaderboard's number is the figure F1, "
    "of unique prototypes. `hull_distance_paper` rounds energies to three decimals first, as the "
    "published figures do (44,092 materials then count as stable, 42,825 really are), and still "
    "divides DAF by the unrounded prevalence. That a language model may be asked for the energy "
    "of a composition is ours.",
)

BENCHMARK = OpenAnswer(
    card=CARD,
    read=read,
    official=SCORER,
    layout=Layout(
        name="formation energy",
        lead="Predict the formation energy (relative to the elements, DFT with PBE and MP2020 "
        "corrections) of the relaxed crystal with this composition, in eV per atom. Answer with "
        "one number.\n\nComposition: ",
        cue="\nFormation energy (eV/atom):",
        shown="target",
    ),
    generation=Generation(max_tokens=64),
    raw_stop=("\n",),
    figures=FIGURES,
)
