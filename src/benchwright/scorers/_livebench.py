"""LiveBench's answers read by what each task asks for: the corrected rules.

Every function is given the answer (thinking removed) and the sample and returns (score, answer as
read, rule), the score None where nothing of the kind asked is stated.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from msgspec.structs import replace

from benchwright.core.sample import LETTERS, Sample
from benchwright.scorers._edits import distance
from benchwright.scorers._equivalence import same
from benchwright.scorers._livebench_paper import f1
from benchwright.scorers._mapping import last_mapping, mapping_of
from benchwright.scorers._stated import bold, boxes, last_line, plain, statements
from benchwright.scorers._tables import Table, read_table, same_table
from benchwright.scorers._typed import CALLED
from benchwright.scorers.choice_letter import extract as extract_letter

Reading = tuple[float | None, str | None, str]
"""(score or None, answer as read, name of the rule that read it)."""

UNREAD: Reading = (None, None, "nothing of the kind asked is stated")
_REPEATED = re.compile(r"(?<![A-Z])([A-E])\1{3,}(?![A-Z])")
_INTEGERS = re.compile(r"(?<![\w.])[0-9]{1,9}(?![\w.]*[0-9])")
_OPTIONS = re.compile(r"\\textbf\{ ?\(([A-E])\)\s?\}(.*?)(?=\\qquad|\\quad|\\textbf|\$|$)")
_CONSTANT = re.compile(r"\+\s*[cC](?![a-zA-Z])")
_TASKS_KINDS = re.compile(r"\b(yes|no|unknown)\b", re.IGNORECASE)
_FENCED = re.compile(r"```[a-zA-Z]*\n(.*?)```", re.DOTALL)
_LISTED = 200


def letter(text: str, sample: Sample) -> Reading:
    """Read a contest's letter: repeated as asked, else by the chain of ``choice_letter``."""
    if repeated := _REPEATED.findall(text):
        return float(repeated[-1] == sample.target), repeated[-1], "repeated"
    values = dict(_OPTIONS.findall(sample.text))
    for statement in statements(text):
        named = [name for name, value in values.items() if _is_value(statement.line, value)]
        if len(named) == 1:
            return float(named[0] == sample.target), named[0], "option's value"
    said, rule = extract_letter(text, replace(sample, choices=tuple(LETTERS[:5])))
    return (None, None, rule) if said is None else (float(said == sample.target), said, rule)


def _is_value(said: str, value: str) -> bool:
    return bool(value.strip("~ ")) and _bare(said) == _bare(value)


def _bare(value: str) -> str:
    return re.sub(r"\\(?:text|,|;|!|ds?frac|displaystyle)|[\s~$,{}]", "", plain(value)).rstrip(".")


def integer(text: str, sample: Sample) -> Reading:
    """Read a whole number: what is stated, else the last one of the last line."""
    for statement in statements(text):
        if found := _INTEGERS.findall(plain(statement.line.replace(",", ""))):
            return _same_integer(found[-1], sample, statement.rule)
    found = _INTEGERS.findall(last_line(text).replace(",", ""))
    return _same_integer(found[-1], sample, "last line") if found else UNREAD


def _same_integer(found: str, sample: Sample, rule: str) -> Reading:
    return float(int(found) == int(sample.target)), found, rule


def rearrangement(text: str, sample: Sample) -> Reading:
    """Read a list of numbers: 1 less its edit distance over the longer length."""
    wanted = [int(number) for number in sample.target.split(",")]
    for line, rule in [*((s.line, s.rule) for s in statements(text)), (last_line(text), "last")]:
        given = [int(number) for number in _INTEGERS.findall(plain(line))][:_LISTED]
        if given:
            score = 1 - distance(given, wanted) / max(len(given), len(wanted))
            return score, ", ".join(map(str, given)), rule
    return UNREAD


def expression(text: str, sample: Sample) -> Reading:
    r"""Read an expression: the last box, else what is stated, else the last ``$…$`` or line."""
    if text.strip() == sample.target:
        return 1.0, sample.target, "whole"
    for rule, said in _expressions(text):
        answer = _CONSTANT.sub("", said.replace("\n", " ")).strip()
        if answer:
            return float(same(answer, sample.target.replace("\\ ", " "))), answer, rule
    return UNREAD


def _expressions(text: str) -> Iterator[tuple[str, str]]:
    if found := boxes(text):
        yield "boxed", found[-1].line
    for statement in statements(text):
        yield statement.rule, plain(statement.line)
    if found_maths := re.findall(r"\$\$?([^$]+)\$", text):
        yield "last formula", found_maths[-1].rpartition("=")[2]
    yield "last line", plain(last_line(text))


def short(text: str, sample: Sample) -> Reading:
    """Read a number or a shape: bold, boxed or stated, whichever comes last; else the last word."""
    places = [(text.rfind(phrase), phrase, "bold") for phrase in bold(text)[:1]]
    places += [(s.start, s.line, s.rule) for s in statements(text)[:1]]
    _, said, rule = max(places, default=(0, last_line(text), "last line"))
    said = plain(said).lower().strip("*_ ")
    words = re.findall(r"[\w-]+", said)
    if not words:
        return UNREAD
    if rule == "last line" and (len(words) > 4 or "\n" in text.strip()):
        said = words[-1]
    return float(_names(said, sample.target.strip().lower())), said[:200], rule


def _names(said: str, wanted: str) -> bool:
    words = [CALLED.get(word, word) for word in re.findall(r"[\w-]+", said)]
    if words == [wanted] or said == wanted:
        return True
    if wanted.isdigit():
        return [word for word in words if word.isdigit()] == [wanted]
    singular = {"tetrahedra": "tetrahedron", "tetrahedrons": "tetrahedron"}
    named = [singular.get(word, word.removesuffix("s")) for word in words]
    return len(words) <= 3 and singular.get(wanted, wanted.removesuffix("s")) in named


def kinds(text: str, sample: Sample) -> Reading:
    """Read as many of yes, no, unknown as are asked, in a row."""
    wanted = [kind.strip() for kind in sample.target.lower().split(",")]
    sources = [(s.rule, s.line) for s in statements(text)]
    sources += [("bold", phrase) for phrase in bold(text)]
    sources += [("bold", ", ".join(bold(text)[::-1])), ("last line", last_line(text))]
    for rule, said in sources:
        found = [kind.lower() for kind in _TASKS_KINDS.findall(said)]
        if len(found) == len(wanted):
            return float(found == wanted), ", ".join(found), rule
    return UNREAD


def items(text: str, sample: Sample) -> Reading:
    """Read a puzzle's items in order: half for all of them, half for the share that is right."""
    wanted = [_item(item) for item in sample.target.split(",")]
    sources = [(s.rule, s.line) for s in statements(text)] + [("last line", last_line(text))]
    for rule, said in sources:
        given = [_item(item) for item in plain(said).split(",")]
        if len(given) == len(wanted) or rule in {"tagged", "boxed"}:
            pairs = zip(given, wanted, strict=False)
            right = sum(_holds(one, other) for one, other in pairs)
            score = ((right == len(wanted)) + right / len(wanted)) / 2
            return score, ", ".join(given)[:300], rule
    return UNREAD


def item(text: str, sample: Sample) -> Reading:
    """Read a puzzle's single word: bold, stated, or the last one."""
    starred = re.findall(r"\*\*\*([^*\n]{1,80})\*\*\*", text)
    said = [("bold", starred[-1])] if starred else [("bold", phrase) for phrase in bold(text)[:1]]
    said += [(s.rule, s.line) for s in statements(text)]
    if len(text.split()) <= 3:
        said.append(("whole", text))
    said += [("last word", word) for word in re.findall(r"[\w-]+", last_line(text))[-1:]]
    for rule, answer in said:
        if given := _item(plain(answer)):
            return float(_holds(given, _item(sample.target))), given[:200], rule
    return UNREAD


def _item(text: str) -> str:
    spelt = text.strip(" .*_'\"").lower().replace("-", " ").replace("position", "").strip()
    spelt = spelt.removesuffix(" movies").strip()
    return CALLED.get(spelt, spelt)


def _holds(given: str, wanted: str) -> bool:
    if given == wanted:
        return True
    near = len(given.split()) <= len(wanted.split()) + 2
    return near and bool(re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", given))


def named_class(text: str, sample: Sample) -> Reading:
    """Read a class's name: the whole answer, bold, boxed, stated, or the end of the last line."""
    wanted = _squeezed(sample.target)
    said = [(s.rule, s.line) for s in statements(text)[:1]]
    said += [("bold", phrase) for phrase in bold(text)[:1]]
    whole = plain(text) if "\n" not in text.strip() else ""
    said = [("whole", whole), *said, ("last line", plain(last_line(text)))]
    found = [(rule, plain(answer)) for rule, answer in said if _squeezed(answer)]
    for rule, answer in found:
        if _squeezed(answer) == wanted:
            return 1.0, answer[:200], rule
    if not found:
        return UNREAD
    rule, answer = found[-1]
    ending = re.search(rf"(?<![\w.]){re.escape(sample.target.lower())}\W*$", answer.lower())
    return float(bool(ending)), answer[-200:], rule


def _squeezed(text: str) -> str:
    return re.sub(r"[^\w]", "", text.lower())


def pairs(text: str, sample: Sample) -> Reading:
    """Read a mapping of columns: its F1 over pairs."""
    given = mapping_of(text)
    given = last_mapping(text) if given is None else given
    if given is None:
        return UNREAD
    wanted = mapping_of(sample.target) or {}
    return f1(given, wanted), ", ".join(f"{k}: {v}" for k, v in given.items())[:300], "dictionary"


def table(text: str, sample: Sample) -> Reading:
    """Read a table in the format asked: 1 where it holds the same."""
    kind = sample.metadata["format"]
    wanted = read_table(sample.target, kind)
    if wanted is None:
        return None, None, "the right table cannot be read"
    for rule, written in _written(text, kind, wanted):
        found = read_table(written, kind)
        if found is not None and (rule != "whole" or _shares(found, wanted)):
            told = f"{len(found.rows)} rows of {len(found.columns)} columns"
            return float(same_table(found, wanted)), told, rule
    return UNREAD


def _shares(found: Table, wanted: Table) -> bool:
    """Return whether prose was not taken for a table: it has rows, or a column that was asked."""
    return bool({*found.columns} & {*wanted.columns}) or (
        len(found.rows) > 1 and len(found.columns) > 1
    )


def _written(text: str, kind: str, wanted: Table) -> Iterator[tuple[str, str]]:
    for statement in statements(text):
        if statement.rule == "tagged":
            yield "tagged", _unfenced(statement.line)
    for block in _FENCED.findall(text)[::-1]:
        yield "fenced", block.strip()
    bare = _unfenced(text)
    yield "whole", bare
    for opening, closing in _MARKS.get(kind, ()):
        start, end = bare.find(opening), bare.rfind(closing)
        if 0 <= start < end:
            yield "inside", bare[start : end + len(closing)]
    if kind in {"csv", "tsv"}:
        yield "from its header", _from_header(bare, "," if kind == "csv" else "\t", wanted)


_MARKS = {
    "html": (("<table", "</table>"),),
    "json": (("{", "}"), ("[", "]")),
    "jsonl": (("{", "}"),),
}
"""What the first and the last character of a table in prose are."""


def _from_header(text: str, separator: str, wanted: Table) -> str:
    """Return the lines from the one that names the columns to the last with a separator."""
    lines = text.split("\n")
    for start, line in enumerate(lines):
        if {cell.strip() for cell in line.split(separator)} >= {*wanted.columns}:
            kept = itertools.takewhile(lambda line: separator in line, lines[start:])
            return "\n".join(kept)
    return ""


def _unfenced(text: str) -> str:
    return re.sub(r"^```.*\n|```\s*$", "", text.strip()).strip()
