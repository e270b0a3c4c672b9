"""The same questions, the same weights, lm-evaluation-harness beside us: do the numbers agree?

``python performance/parity_lm_eval.py MODEL DATA [--questions 200] [--batch 4]``

MODEL is a folder of transformers or a .gguf file (written out as such a folder first, in float32);
DATA holds ``mmlu/`` in the authors' format. Needs, in one environment: this package with its extra
``[hf]``, and ``lm-eval==0.4.13``, whose own task files are used with only the data path changed.
Both sides evaluate in float32 on the processor, five shots, letters by log-likelihood.

Must hold: prompts equal byte for byte, summed log-probabilities within 1e-3, the same predictions
except where the two best options of either side lie closer than that. Exit status 1 otherwise.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from inbox import Inbox, asked_of
from lm_eval_peer import Question

from benchwright.benchmarks.loading import locate
from benchwright.core.benchmark import Asking
from benchwright.core.model import Model, ModelSettings
from benchwright.core.request import Request
from benchwright.core.sample import Sample
from benchwright.core.seeds import generator
from benchwright.core.table import Table
from benchwright.models.hf import open_model
from benchwright.zoo.mmlu import BENCHMARK

BOUND = 1e-3
SHOTS = 5


def ours(model: Model, requests: list[Request], samples: list[Sample]) -> list[Question]:
    """Ask our side."""
    inbox = Inbox(requests)
    model.serve(inbox)
    return [
        Question(
            request.prompt_text,
            request.continuations,
            sample.target_index,
            tuple(score.logprob for score in result.continuations),
        )
        for request, sample, result in zip(requests, samples, inbox.responses(), strict=True)
    ]


def theirs(
    folder: Path, samples: list[Sample], shots: list[Sample], batch: int, room: Path
) -> tuple[list[Question], float]:
    """Ask lm-evaluation-harness; return the answers in the order of ``samples``, and seconds."""
    os.environ |= {"HF_DATASETS_CACHE": str(room / "cache"), "HF_DATASETS_OFFLINE": "1"}
    import lm_eval
    from lm_eval.models.huggingface import HFLM
    from lm_eval.tasks import TaskManager

    by_subject: dict[str, list[int]] = defaultdict(list)
    for number, sample in enumerate(samples):
        by_subject[sample.tags["subject"]].append(number)
    data = write_data(samples, shots, list(by_subject), room / "data")
    tasks = write_tasks(Path(lm_eval.__file__).parent, list(by_subject), data, room / "tasks")
    model = HFLM(pretrained=str(folder), dtype="float32", device="cpu", batch_size=batch)
    began = time.perf_counter()
    found = lm_eval.simple_evaluate(
        model=model,
        tasks=[f"mmlu_{subject}" for subject in by_subject],
        task_manager=TaskManager(include_path=str(tasks), include_defaults=False),
        num_fewshot=SHOTS,
        log_samples=True,
        bootstrap_iters=0,
    )
    seconds = time.perf_counter() - began
    answers: dict[int, Question] = {}
    for subject, numbers in by_subject.items():
        for logged in found["samples"][f"mmlu_{subject}"]:
            arguments = logged["arguments"]
            logprobs = tuple(float(answer[0][0]) for answer in logged["resps"])
            number = numbers[logged["doc_id"]]
            options = tuple(option for _, option in arguments)
            target = samples[number].target_index
            answers[number] = Question(arguments[0][0], options, target, logprobs)
    return [answers[number] for number in range(len(samples))], seconds


def write_data(
    samples: list[Sample], shots: list[Sample], subjects: list[str], folder: Path
) -> Path:
    """Write a data set in the form of ``cais/mmlu``: a configuration per subject, test and dev."""
    folder.mkdir()
    lines = ["---", "configs:"]
    for subject in subjects:
        lines += [f"- config_name: {subject}", "  data_files:"]
        for split, source in (("test", samples), ("dev", shots)):
            rows = [
                json.dumps(
                    {
                        "question": sample.text,
                        "subject": subject,
                        "choices": sample.choices,
                        "answer": sample.target_index,
                    }
                )
                for sample in source
                if sample.tags["subject"] == subject
            ]
            (folder / f"{subject}_{split}.jsonl").write_text("\n".join(rows), encoding="utf-8")
            lines += [f"  - split: {split}", f"    path: {subject}_{split}.jsonl"]
    (folder / "README.md").write_text("\n".join([*lines, "---", ""]), encoding="utf-8")
    return folder


def write_tasks(package: Path, subjects: list[str], data: Path, folder: Path) -> Path:
    """Copy lm-evaluation-harness's own task files; change the data path and nothing else."""
    folder.mkdir()
    source = package / "tasks" / "mmlu" / "default"
    for subject in subjects:
        shutil.copy(source / f"mmlu_{subject}.yaml", folder)
    template = (source / "_default_template_yaml").read_text(encoding="utf-8")
    changed, count = re.subn(r"(?m)^dataset_path: .*$", f"dataset_path: {data}", template)
    if count != 1:
        sys.exit(f"the template of lm-eval {importlib.metadata.version('lm-eval')} has no path")
    (folder / "_default_template_yaml").write_text(changed, encoding="utf-8")
    return folder


def as_folder(model: Path, room: Path) -> Path:
    """Return ``model``, or a GGUF file written out as a folder of float32 weights."""
    if model.is_dir():
        return model
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    place: dict[str, Any] = {
        "pretrained_model_name_or_path": model.parent,
        "gguf_file": model.name,
    }
    loaded = AutoModelForCausalLM.from_pretrained(**place, dtype=torch.float32)
    # transformers takes what came from a GGUF file for quantised, and would refuse to write it.
    for holder, mark in (
        (loaded.config, "quantization_config"),
        (loaded, "hf_quantizer"),
        (loaded, "is_quantized"),
    ):
        if hasattr(holder, mark):
            delattr(holder, mark)
    loaded.save_pretrained(room / "model")
    AutoTokenizer.from_pretrained(**place).save_pretrained(room / "model")
    return room / "model"


def table(left: list[Question], right: list[Question]) -> tuple[Table, bool]:
    """Return the comparison of our answers with theirs, and whether what must hold holds."""
    pairs = list(zip(left, right, strict=True))
    equal = sum(a[:2] == b[:2] for a, b in pairs)
    apart = [
        abs(one - other)
        for a, b in pairs
        for one, other in zip(a.logprobs, b.logprobs, strict=True)
    ]
    differing = [min(a.margin, b.margin) for a, b in pairs if a.choice != b.choice]
    ties = sum(min(a.margin, b.margin) < BOUND for a, b in pairs)
    shares = [sum(one.choice == one.target for one in side) for side in (left, right)]
    rows = (
        ("questions", len(pairs)),
        ("prompts and options equal, byte for byte", equal),
        ("log-probabilities compared", len(apart)),
        ("largest difference, nats", f"{max(apart):.2e}"),
        ("mean difference, nats", f"{sum(apart) / len(apart):.2e}"),
        (f"questions with a margin below {BOUND}", ties),
        ("predictions that differ", len(differing)),
        ("… their margins, nats", ", ".join(f"{margin:.1e}" for margin in differing) or "–"),
        ("right, ours", shares[0]),
        ("right, lm-evaluation-harness", shares[1]),
    )
    holds = equal == len(pairs) and max(apart) <= BOUND and all(m < BOUND for m in differing)
    versions = ", ".join(
        f"{name} {importlib.metadata.version(name)}"
        for name in ("lm-eval", "transformers", "torch")
    )
    verdict = "holds" if holds else "FAILS"
    caption = f"MMLU, {SHOTS} shots, letters, float32, {versions}: {verdict}."
    return Table(columns=("what", "value"), rows=rows, caption=caption), holds


def main() -> int:
    """Compare, print, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--batch", type=int, default=4, help="lm-evaluation-harness's batch size")
    wanted = parser.parse_args()
    data = locate(BENCHMARK.card, folder=wanted.data)
    known = list(BENCHMARK.samples(data))
    drawn = generator(wanted.seed, "parity").sample(range(len(known)), wanted.questions)
    samples = [known[number] for number in sorted(drawn)]
    solver = BENCHMARK.solver(Asking(ask="letters", chat=False, shots=SHOTS), data)
    requests = asked_of(solver, samples)
    with tempfile.TemporaryDirectory() as made:
        room = Path(made)
        folder = as_folder(wanted.model, room)
        model = open_model(str(folder), ModelSettings(template="none"))
        began = time.perf_counter()
        left = ours(model, requests, samples)
        seconds = time.perf_counter() - began
        model.close()
        shots = list(BENCHMARK.read(data, "shots"))
        right, their_seconds = theirs(folder, samples, shots, wanted.batch, room)
    found, holds = table(left, right)
    print(found)
    print(f"ours {seconds:.0f} s ({model.sharing}), lm-evaluation-harness {their_seconds:.0f} s")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
