from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from benchwright.evaluation.run import run
from benchwright.pool import Pool
from benchwright.testing.servers import OpenAIProvider, StandIn


@pytest.mark.data
def test_a_server_receives_the_very_bytes_of_the_pictures(
    data_folder: Path, tmp_path: Path
) -> None:
    with StandIn(OpenAIProvider(answer="yes")) as server:
        result = run(
            "easy_vqa",
            model=f"openai:stand-in@{server.url}",
            take="12",
            data=data_folder,
            pool=tmp_path / "pool",
        )
        answered = [exchange for exchange in server.requests if exchange.images]
    assert result.status == "complete"
    assert len(answered) == 12
    files = (data_folder / "easy_vqa" / "test" / "images").iterdir()
    digests = {hashlib.blake2b(path.read_bytes(), digest_size=32).hexdigest() for path in files}
    received = {digest for exchange in answered for digest in exchange.images}
    assert received <= digests
    with Pool.open(tmp_path / "pool", create=False) as pool:
        kept = {path.name for path in (pool.path / "media").iterdir()}
    assert kept == received
