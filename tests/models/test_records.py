from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from benchwright.core.errors import DataError
from benchwright.models.records import records, rows


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.jsonl", b"[1]\n", "line 1: a list, not an object"),
        ("x.jsonl", b'{"a": "\xff"}\n', "line 1: not JSON"),
        ("x.jsonl.gz", b"not gzip", "cannot be read"),
        ("x.jsonl.gz", gzip.compress(b'{"a": 1}\n' * 9999)[:-30], "cannot be read"),
        ("x.json", b'{"a": 1}', "not a list"),
        ("x.csv", b"a,b\n1\n", "not as many cells"),
        ("x.csv", b"a,b\n1,2,3\n", "not as many cells"),
        ("x.parquet", b"PAR1 not really", "not a readable Parquet"),
        ("x.txt", b"", "by its name"),
    ],
)
def test_a_malformed_file_is_named_with_what_is_wrong(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DataError, match=said) as caught:
        list(records(path))
    assert name in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        list(records(tmp_path / "x.jsonl"))
    with pytest.raises(DataError, match="cannot be read"):
        list(rows(tmp_path / "x.csv"))


def test_lines_end_at_line_feeds_only(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes('{"a": "1\u20282\x853"}\r\n\n{"a": 2}'.encode())
    assert list(records(path)) == [(1, {"a": "1\u20282\x853"}), (3, {"a": 2})]


def test_a_byte_order_mark_is_no_part_of_a_table(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes('\ufeffa,b\n"1\n2",3\n'.encode())
    assert list(records(path)) == [(3, {"a": "1\n2", "b": "3"})]
    assert list(rows(path)) == [["a", "b"], ["1\n2", "3"]]
