from __future__ import annotations

import json
import random
import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchwright.core.errors import BenchwrightError, DataError
from benchwright.exchange import sheet
from benchwright.exchange.archive import Archive
from benchwright.exchange.finding import FORMATS
from benchwright.exchange.importing import import_logs
from benchwright.exchange.limits import Limits
from benchwright.exchange.log import Notes
from benchwright.exchange.untrusted import decode, lines, name_of, number, plain, whole
from benchwright.pool import Pool
from exchange.conftest import LOGS, sample_line, write_samples

NOTHING_SLOW = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)


def archive(path: Path, **entries: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in entries.items():
            file.writestr(name, data)
    return path


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a/../../b", "C:\\x", "..\\x"])
def test_an_archive_whose_entries_lead_out_of_it_is_refused(name: str, tmp_path: Path) -> None:
    path = archive(tmp_path / "log.eval", **{name: b"{}"})

    with pytest.raises(DataError, match="leads out of it"):
        Archive(path, Limits())


def test_an_archive_with_a_link_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "log.eval"
    with zipfile.ZipFile(path, "w") as file:
        link = zipfile.ZipInfo("header.json")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        file.writestr(link, "/etc/passwd")

    with pytest.raises(DataError, match="is a link"):
        Archive(path, Limits())


def test_an_archive_that_unpacks_to_far_more_than_it_is_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "log.eval", **{"header.json": b" " * (5 << 20)})

    with pytest.raises(DataError, match="unpacks to"):
        Archive(path, Limits())
    with pytest.raises(DataError, match="unpacks to"):
        Archive(path, Limits(ratio=10_000, unpacked_bytes=1 << 20))
    with pytest.raises(DataError, match="too large"):
        Archive(path, Limits(ratio=10_000, document_bytes=1 << 20))


def test_an_archive_of_too_many_entries_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "log.eval", **{f"samples/{n}.json": b"{}" for n in range(12)})

    with pytest.raises(DataError, match="at most 10"):
        Archive(path, Limits(members=10))


def test_an_archive_cut_off_anywhere_is_an_error_that_names_it(tmp_path: Path) -> None:
    whole_log = next((LOGS / "inspect_ai").glob("*colours*.eval")).read_bytes()
    for size in random.Random(5).sample(range(len(whole_log)), 5):
        path = tmp_path / "log.eval"
        path.write_bytes(whole_log[:size])
        with pytest.raises(BenchwrightError, match=r"log\.eval|Nothing of a known format"):
            import_logs([path], pool=tmp_path / "pool", dry_run=True)


def test_a_damaged_entry_is_an_error_that_names_the_archive(tmp_path: Path) -> None:
    source = next((LOGS / "inspect_ai").glob("*colours*.eval"))
    data = bytearray(source.read_bytes())
    with zipfile.ZipFile(source) as file:
        place = file.getinfo("samples/2_epoch_1.json").header_offset
    data[place + 200 : place + 260] = b"\xff" * 60
    path = tmp_path / "log.eval"
    path.write_bytes(bytes(data))

    with pytest.raises(DataError, match="cannot be unpacked"):
        import_logs([path], pool=tmp_path / "pool", dry_run=True)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"[" * 100_000, "nested|not JSON"),
        (b'{"a":' * 900 + b"1" + b"}" * 900, "nested"),
        (b"[" * 300 + b"]" * 300, "nested more than 200"),
        (b'{"a": 1', "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"1" * 10_000, "not JSON|.*"),
    ],
)
def test_json_that_would_break_a_reader_is_an_error(text: bytes, says: str) -> None:
    try:
        value = decode(text, "log", Limits())
    except DataError as error:
        assert __import__("re").search(says, str(error))
    else:
        assert number(value) is None


def test_a_line_or_document_beyond_the_limits_is_refused_and_not_cut(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b'{"a": "' + b"x" * 5000 + b'"}\n')

    with pytest.raises(DataError, match="line 1: longer than 1,000"):
        list(lines(path, Limits(line_bytes=1000), Notes()))
    with pytest.raises(DataError, match="at most 100"):
        list(lines(path, Limits(file_bytes=100), Notes()))
    with pytest.raises(DataError, match="at most 10"):
        decode(b'"' + b"x" * 100 + b'"', "log", Limits(document_bytes=10))


def test_more_answers_or_files_than_the_limits_allow_are_refused(tmp_path: Path) -> None:
    log = write_samples(tmp_path / "samples_a.jsonl", *(sample_line(doc_id=n) for n in range(9)))

    with pytest.raises(DataError, match="more than 5 answers"):
        import_logs([log], pool=tmp_path / "pool", limits=Limits(samples=5))
    with pytest.raises(DataError, match="more than 5 files"):
        import_logs([LOGS], pool=tmp_path / "pool", limits=Limits(files=5))


@pytest.mark.parametrize("value", ["NaN", "1e999", "1" + "0" * 400])
def test_a_value_that_is_no_finite_number_is_never_a_score(value: str, tmp_path: Path) -> None:
    line = json.dumps(sample_line()).replace('"exact_match": 1.0', f'"exact_match": {value}')
    other = json.dumps(sample_line(doc_id=1))
    (tmp_path / "samples_a.jsonl").write_text(f"{other}\n{line}\n{other}\n")
    try:
        import_logs([tmp_path / "samples_a.jsonl"], pool=tmp_path / "pool")
    except DataError as error:
        assert "line 2" in str(error)
        return
    with Pool.open(tmp_path / "pool", create=False) as pool:
        rows = pool.query("SELECT outcome, value FROM measurements WHERE sample LIKE '0~%'").rows

    assert all(row == ("unjudged", None) for row in rows)


def test_control_characters_surrogates_and_endless_names_do_no_harm(tmp_path: Path) -> None:
    line = sample_line(
        doc_id="\x1b[2J" + "x" * 5000,
        doc={"question": "a\0b\ud800c\u202e"},
        target="\0\ud83d",
        **{"../../\x07m" * 50: 0.5},
    )
    line["metrics"].append("../../\x07m" * 50)
    text = json.dumps(line)
    path = tmp_path / "samples_..%2F..%2Fx\u202e.jsonl"
    path.write_text(text + "\n")
    found = import_logs([path], pool=tmp_path / "pool")
    with Pool.open(tmp_path / "pool", create=False) as pool:
        sample, scorer = pool.query("SELECT sample, scorer FROM measurements LIMIT 1").rows[0]
        kept = list(pool.samples(found.taken[0].benchmark))

    assert len(sample) < 400
    assert scorer.isprintable()
    assert kept[0].target == "\ufffd\ufffd"
    inside = (tmp_path / "pool").resolve()
    assert all(inside in p.resolve().parents for p in inside.rglob("*"))


@settings(max_examples=30)
@given(st.text(max_size=200))
def test_a_name_from_a_log_is_one_printable_line_that_fits_a_files_name(text: str) -> None:
    from benchwright.pool.disk import file_name

    name = name_of(text)

    assert name
    assert name.isprintable()
    assert len(file_name(f"harness_name:{name}@{name_of(text)}")) <= 255


@settings(max_examples=50)
@given(JSON)
def test_whatever_json_holds_becomes_text_numbers_or_nothing(value: Any) -> None:
    assert isinstance(plain(value).encode(), bytes)
    assert whole(value) is None or 0 <= int(value) < 1 << 63
    assert number(value) is None or abs(float(value)) < float("inf")


@settings(max_examples=6, deadline=None, suppress_health_check=NOTHING_SLOW)
@given(st.dictionaries(st.sampled_from(sorted(sample_line())), JSON, max_size=4))
def test_a_log_of_any_shape_is_taken_or_refused_and_never_breaks_the_reader(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    log = write_samples(tmp_path / "samples_a.jsonl", sample_line(), sample_line(**changes))
    try:
        found = import_logs([log], pool=tmp_path / "pool", dry_run=True)
    except BenchwrightError as error:
        assert "samples_a.jsonl" in str(error) or "known format" in str(error)
    else:
        assert found.taken[0].rows >= 1


@settings(max_examples=15, deadline=None, suppress_health_check=NOTHING_SLOW)
@given(
    st.sampled_from(sorted(p for p in LOGS.rglob("*.json*") if p.stat().st_size < 20_000)),
    st.data(),
)
def test_a_log_in_which_anything_is_replaced_never_breaks_its_reader(
    tmp_path: Path, source: Path, data: st.DataObject
) -> None:
    """Every value of every document may be anything at all."""
    documents = [json.loads(line) for line in source.read_text().splitlines()] if (
        source.suffix == ".jsonl"
    ) else [json.loads(source.read_text())]  # fmt: skip
    place, key = _somewhere(documents, data)
    place[key] = data.draw(JSON)
    target = tmp_path / source.relative_to(LOGS)
    target.parent.mkdir(parents=True, exist_ok=True)
    for other in source.parent.iterdir():
        if other.is_file():
            (target.parent / other.name).write_bytes(other.read_bytes())
    target.write_text("\n".join(json.dumps(one) for one in documents) + "\n")

    for path in (target, target.parent):
        for reader in FORMATS.values():
            if reader.sniff(path):
                _read_all(reader, path)


def _somewhere(documents: Any, data: st.DataObject) -> tuple[Any, Any]:
    place: Any = documents
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        inner = place[key]
        if not isinstance(inner, (dict, list)) or not inner or data.draw(st.integers(0, 5)) == 0:
            return place, key
        place = inner


def _read_all(reader: Any, path: Path) -> None:
    from benchwright.core.errors import boundary

    try:
        with boundary(DataError, str(path)):
            for log in reader.read(path, Limits()):
                list(log.answers(Notes()))
    except DataError:
        pass


SHEET = b"""<?xml version="1.0"?>%s
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>
<row r="1"><c r="A1" t="inlineStr"><is><t>index</t></is></c>
<c r="C1" t="inlineStr"><is><t>%s</t></is></c></row>
<row r="2"><c r="A2"><v>1</v></c><c r="B2" t="b"><v>1</v></c><c r="C2" t="s"><v>%s</v></c></row>
</sheetData></worksheet>"""
TEXTS = b"""<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">
<si><r><t>one </t></r><r><t>text_x000A_</t></r><rPh><t>no</t></rPh></si></sst>"""


def workbook(
    path: Path, doctype: bytes = b"", text: bytes = b"prediction", place: bytes = b"0"
) -> Path:
    entries = {
        "xl/worksheets/sheet1.xml": SHEET % (doctype, text, place),
        "xl/sharedStrings.xml": TEXTS,
    }
    return archive(path, **entries)


def test_a_sheet_is_read_with_its_shared_texts_empty_cells_and_kinds(tmp_path: Path) -> None:
    assert list(sheet.rows(workbook(tmp_path / "a.xlsx"), Limits())) == [
        ["index", None, "prediction"],
        [1.0, True, "one text\n"],
    ]


@pytest.mark.parametrize(
    "doctype",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">',
    ],
)
def test_a_sheet_that_declares_entities_is_refused(doctype: bytes, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", doctype, b"&b;" if b"&a;" in doctype else b"&a;")

    with pytest.raises(DataError, match="declares a document type"):
        list(sheet.rows(path, Limits()))


def test_a_sheet_that_points_outside_itself_or_is_too_large_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="a text that is not there"):
        list(sheet.rows(workbook(tmp_path / "a.xlsx", place=b"7"), Limits()))
    with pytest.raises(DataError, match="too many cells"):
        list(sheet.rows(workbook(tmp_path / "b.xlsx"), Limits(cells=3)))
    with pytest.raises(DataError, match="not XML"):
        list(sheet.rows(workbook(tmp_path / "c.xlsx", text=b"<"), Limits()))
    with pytest.raises(DataError, match="holds no sheet"):
        list(sheet.rows(archive(tmp_path / "d.xlsx", other=b""), Limits()))


def test_links_below_a_folder_are_not_followed(tmp_path: Path) -> None:
    secret = write_samples(tmp_path / "outside" / "samples_a.jsonl", sample_line())
    inside = tmp_path / "logs"
    write_samples(inside / "samples_b.jsonl", sample_line())
    (inside / "link.jsonl").symlink_to(secret)
    (inside / "folder").symlink_to(secret.parent)
    found = import_logs([inside], pool=tmp_path / "pool", dry_run=True)

    assert [Path(one.path).name for one in found.taken] == ["samples_b.jsonl"]
