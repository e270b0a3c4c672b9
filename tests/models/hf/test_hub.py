from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from benchwright.core.errors import ModelError
from benchwright.core.model import ModelSettings
from benchwright.models.hf import open_model

pytest.importorskip("torch", reason="needs the extra [hf]")
pytest.importorskip("transformers", reason="needs the extra [hf]")

pytestmark = pytest.mark.hf

COMMIT = "c0ffee00" * 5


class Hub(BaseHTTPRequestHandler):
    """Imitates as much of the hub as fetching one model's files takes."""

    folder: Path
    asked: list[str]

    def do_HEAD(self) -> None:
        self._serve(body=False)

    def do_GET(self) -> None:
        self._serve(body=True)

    def _serve(self, *, body: bool) -> None:
        self.asked.append(self.path)
        name = self.path.rpartition("/")[2].partition("?")[0]
        if self.path.startswith("/api/models/tests/tiny/tree/"):
            listed = [
                {"type": "file", "path": file.name, "size": file.stat().st_size, "oid": "0" * 40}
                for file in self.folder.iterdir()
            ]
            content = json.dumps(listed).encode()
        elif self.path.startswith("/api/models/tests/tiny"):
            files = [{"rfilename": file.name} for file in self.folder.iterdir()]
            content = json.dumps({"id": "tests/tiny", "sha": COMMIT, "siblings": files}).encode()
        elif self.path.startswith("/tests/tiny/resolve/") and (self.folder / name).is_file():
            content = (self.folder / name).read_bytes()
        else:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if body:
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def hub(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Hub]]:
    """Serve the tiny model as ``tests/tiny``."""

    class Served(Hub):
        pass

    Served.folder, Served.asked = folder, []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Served)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    yield Served
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_hubs_model_is_fetched_and_its_revision_resolved(hub: type[Hub], folder: Path) -> None:
    fetched = open_model("tests/tiny@main", ModelSettings())
    local = open_model(str(folder), ModelSettings())

    assert fetched.name == "tiny"
    assert fetched.identity.notes["revision"] == COMMIT
    assert fetched.identity.key() == local.identity.key()
    assert any("model.safetensors" in path for path in hub.asked)


def test_a_model_that_the_hub_does_not_have_is_named(hub: type[Hub]) -> None:
    with pytest.raises(ModelError, match="tests/absent"):
        open_model("tests/absent", ModelSettings())
