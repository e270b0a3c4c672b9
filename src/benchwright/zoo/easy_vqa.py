"""easy-VQA: 9,673 questions about pictures of one coloured shape."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from benchwright.benchmarks.layout import Layout
from benchwright.benchmarks.open_answer import OpenAnswer
from benchwright.core.benchmark import Card, Data, Metric, Source
from benchwright.core.content import Image, Text
from benchwright.core.errors import DataError
from benchwright.core.request import Generation
from benchwright.core.sample import Sample
from benchwright.scorers.exact_match import SCORER

_QUESTIONS = "0d4630a51bafec65343e2f6af9cdd20cf8eae214344ef57636202eec409553f7"
_IMAGES = "bcf9d2bd017feee9a47aa3ddf5184d79cf1e42782ea93ff405e5286ab32b421c"

CARD = Card(
    name="easy_vqa",
    version="1",
    title="easy-VQA",
    summary="Shape and colour of one figure on a 64 × 64 picture.",
    paper="none; V. Zhou 2019, the package easy-vqa 1.0",
    licence="MIT",
    size=9_673,
    modalities=("text", "image"),
    sources=(
        Source(
            kind="folder",
            location="easy_vqa",
            files={"test": "test/questions.json", "images": "test/images/{image}.png"},
            digests={"test/questions.json": _QUESTIONS, "test/images/{image}.png": _IMAGES},
            note="The package's folder data/test.",
        ),
        Source(
            kind="package",
            location="easy-vqa==1.0",
            files={
                "test": "easy_vqa/data/test/questions.json",
                "images": "easy_vqa/data/test/images/{image}.png",
            },
            digests={
                "easy_vqa-1.0-py3-none-any.whl": (
                    "fcb51b309b78c7b00f97b64cdbcbcf5c105f94da1b39c0796cee5a787c4f650f"
                ),
                "easy_vqa/data/test/questions.json": _QUESTIONS,
                "easy_vqa/data/test/images/{image}.png": _IMAGES,
            },
            note="Verified: the same questions and pictures as the folder.",
        ),
    ),
    metric=Metric(name="accuracy", average="micro"),
    notes="There is no official prompt: the question is followed by a request for one word. "
    "3,611 answers are yes and 3,525 no.",
)


def _read(data: Data, split: str) -> Iterator[Sample]:
    path = data.path(split)
    try:
        entries = msgspec.json.decode(path.read_bytes(), type=list[tuple[str, str, int]])
    except msgspec.DecodeError as cause:
        raise DataError(f"{path}: not a list of (question, answer, image) ({cause})") from cause
    for row, (question, answer, image) in enumerate(entries):
        picture = data.add_media(data.path("images", image=str(image)), "image/png")
        yield Sample(
            id=f"test/{row}",
            input=(Image(picture), Text(question)),
            target=answer,
            tags={"answer": answer, "image": str(image)},
        )


BENCHMARK = OpenAnswer(
    card=CARD,
    read=_read,
    official=SCORER,
    layout=Layout(name="one word", lead="", cue=" Answer with one word.", shown="target"),
    generation=Generation(max_tokens=16),
)
