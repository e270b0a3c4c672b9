"""VLMEvalKit: sheets of predictions and of verdicts, as .xlsx, .tsv or .csv.

``<model>_<dataset>.xlsx`` holds the predictions (``vlmeval/inference.py``); what a judge or a rule
made of them stands in a second sheet whose name goes on (``…_<judge>_result.xlsx``) with a column
``hit`` or ``score``. Pickles beside them are never opened. Only model and dataset are told, by the
file's name within the model's folder.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from benchwright.core.content import Text
from benchwright.core.errors import DataError
from benchwright.core.measurement import Outcome
from benchwright.core.sample import LETTERS, Sample
from benchwright.exchange import sheet
from benchwright.exchange.limits import Limits
from benchwright.exchange.log import Aggregate, Answered, Log, Notes, Told, Verdict, conditions_of
from benchwright.exchange.untrusted import head, name_of, number, plain

HARNESS = "vlmevalkit"

_FORMS = (".xlsx", ".tsv", ".csv")
_VERDICTS = ("hit", "score", "eval_score")
_TAGS = ("category", "l2-category", "l2_category", "split", "task", "type")
_FAILED = "Failed to obtain answer"
"""How a prediction begins that stands in place of an answer that never came."""

Record = Mapping[str, Any]


def sniff(path: Path) -> bool:
    """Return whether ``path`` is a sheet of questions with their index and prediction."""
    if path.suffix not in _FORMS or not path.is_file():
        return False
    return {"index", "question", "prediction"} <= set(_header(path, Limits()))


def read(path: Path, limits: Limits) -> Iterator[Log]:
    """Yield the log of a sheet; none of a sheet of predictions whose verdicts stand beside it.

    Raises:
        DataError: the sheet is damaged.
    """
    columns = _header(path, limits)
    judged = [name for name in _VERDICTS if name in columns]
    family = [other for other in _sheets(path) if _goes_on(other.stem, path.stem)]
    if not judged and any(set(_VERDICTS) & set(_header(other, limits)) for other in family):
        return
    roots = [other for other in _sheets(path) if judged and _goes_on(path.stem, other.stem)]
    root = min(roots, key=lambda other: len(other.stem), default=path)
    model, task = _names(root)
    judge = path.stem.removeprefix(root.stem).strip("_")
    remarks = [] if judged else [f"{path}: a sheet of predictions without verdicts."]
    if not model:
        remarks.append(f"{path}: no folder is named after the model, so the model is unknown.")
    yield Log(
        harness=HARNESS,
        task=name_of(task),
        model=Told(name=name_of(model)),
        conditions=conditions_of(
            HARNESS, ask="generate", options={"judge": judge} if judge else {}
        ),
        path=path,
        answers=partial(_answers, path, limits, judged),
        aggregates=tuple(_aggregates(root, judged, limits)),
        counted_wrong=(Outcome.FAILED,),
        beside=(root.with_name(f"{root.stem}_acc.csv"), root),
        remarks=tuple(remarks),
    )


def _sheets(path: Path) -> list[Path]:
    return sorted(
        other for other in path.parent.iterdir() if other.suffix in _FORMS and other != path
    )


def _goes_on(longer: str, shorter: str) -> bool:
    return longer.startswith(f"{shorter}_")


def _names(path: Path) -> tuple[str, str]:
    """Return model and dataset: the model is the folder that the file's name begins with."""
    for folder in list(path.absolute().parents)[:3]:
        if folder.name and _goes_on(path.stem, folder.name):
            return folder.name, path.stem.removeprefix(f"{folder.name}_")
    return "", path.stem


def _header(path: Path, limits: Limits) -> list[str]:
    if path.suffix == ".xlsx" and head(path, 4) != b"PK\x03\x04":
        return []
    try:
        return [plain(cell) for cell in next(_rows(path, limits), [])]
    except DataError:
        return []


def _rows(path: Path, limits: Limits) -> Iterator[Sequence[Any]]:
    if path.suffix == ".xlsx":
        yield from sheet.rows(path, limits)
        return
    limits.check_size(path, limits.file_bytes)
    csv.field_size_limit(limits.line_bytes)
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            yield from csv.reader(stream, delimiter="\t" if path.suffix == ".tsv" else ",")
    except (OSError, UnicodeDecodeError, csv.Error) as cause:
        raise DataError(f"{path}: cannot be read as a sheet ({cause}).") from cause


def _records(path: Path, limits: Limits, notes: Notes) -> Iterator[Record]:
    found = _rows(path, limits)
    header = [plain(cell) for cell in next(found, [])]
    for row in found:
        if len(row) > len(header):
            raise DataError(f"{path}: a row of more cells than the header has.")
        if len(row) < len(header) and path.suffix != ".xlsx":
            notes.cut = f"{path} is cut off in its last row: the rows before it are whole."
            return
        yield dict(zip(header, row, strict=False))


def _answers(path: Path, limits: Limits, judged: list[str], notes: Notes) -> Iterator[Answered]:
    for record in _records(path, limits, notes):
        prediction = _text(record.get("prediction"))
        failed = prediction.startswith(_FAILED)
        verdicts = [
            _verdict(name, record, failed=failed, answer=prediction) for name in judged or ("hit",)
        ]
        yield Answered(
            sample=_sample(record),
            verdicts=tuple(verdicts),
            failure="not_recorded" if failed else "",
        )


def _verdict(name: str, record: Record, *, failed: bool, answer: str) -> Verdict:
    said = _text(record.get("log"))
    if failed:
        return Verdict(metric=name, outcome=Outcome.FAILED, explanation=answer)
    if name not in record:
        return Verdict(metric=name, outcome=Outcome.UNJUDGED, answer=answer)
    cell = record[name]
    value = number(cell)
    if isinstance(cell, str):
        try:
            value = number(float(cell))
        except ValueError:
            value = None
    if value is None:
        return Verdict(metric=name, outcome=Outcome.UNPARSED, answer=answer, explanation=said)
    return Verdict(metric=name, value=value, answer=answer, explanation=said)


def _sample(record: Record) -> Sample:
    choices = []
    for letter in LETTERS:
        text = _text(record.get(letter))
        if not text:
            break
        choices.append(text)
    hint = _text(record.get("hint"))
    question = _text(record.get("question"))
    return Sample(
        id=_text(record.get("index")),
        input=(Text(f"{hint}\n{question}" if hint else question),),
        choices=tuple(choices),
        target=_text(record.get("answer")),
        tags={name: _text(record[name]) for name in _TAGS if _text(record.get(name))},
    )


def _text(cell: Any) -> str:
    """Return a cell as text: a whole number without the point that a sheet gives it."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return plain(cell)


def _aggregates(root: Path, judged: list[str], limits: Limits) -> Iterator[Aggregate]:
    file = root.with_name(f"{root.stem}_acc.csv")
    if "hit" not in judged or not file.is_file():
        return
    found = list(_rows(file, limits))
    if len(found) == 2 and "Overall" in found[0]:
        value = number(float(found[1][found[0].index("Overall")]))
        if value is not None:
            yield Aggregate(metric="hit", value=value)
