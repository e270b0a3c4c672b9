"""A llama-server of xllamacpp in a process of its own: settings stated, tokens counted."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from types import TracebackType

import httpx

SETTINGS = (
    *("n_ctx", "n_parallel", "n_batch", "n_ubatch", "kv_unified", "cont_batching"),
    *("cache_prompt", "cache_ram_mib", "cache_idle_slots", "slot_prompt_similarity"),
)
"""Settings of the server that decide what it evaluates again."""

_PROGRAM = f"""
import sys, threading, xllamacpp
params = xllamacpp.CommonParams()
params.model.path = sys.argv[1]
params.hostnames, params.port = ["127.0.0.1"], 0
params.n_ctx, params.n_parallel = int(sys.argv[2]), int(sys.argv[3])
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = int(sys.argv[4])
params.cache_ram_mib = int(sys.argv[5])
params.endpoint_metrics, params.warmup, params.verbosity = True, True, 0
server = xllamacpp.Server(params)
print(server.listening_address)
print("xllamacpp", xllamacpp.__version__,
      *(f"{{name}}={{getattr(params, name)}}" for name in {SETTINGS}), flush=True)
threading.Event().wait()
"""


class LlamaServer:
    """The server, running while the ``with`` block does."""

    def __init__(
        self, model: Path, *, context: int, slots: int, threads: int, cache_mib: int
    ) -> None:
        """Serve ``model`` with ``context`` tokens for each of ``slots`` slots."""
        numbers = (context * slots, slots, threads, cache_mib)
        self._command = [sys.executable, "-c", _PROGRAM, str(model), *map(str, numbers)]

    def __enter__(self) -> LlamaServer:
        """Start it and wait until it listens."""
        self._process = subprocess.Popen(
            self._command,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | {"OMP_WAIT_POLICY": "passive"},
        )
        assert self._process.stdout is not None
        self.root = self._process.stdout.readline().strip()
        self.settings = self._process.stdout.readline().strip()
        if not self.root:
            raise SystemExit("the server did not start")
        self._client = httpx.Client(base_url=self.root, timeout=60, trust_env=False)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it."""
        self._client.close()
        self._process.kill()
        self._process.wait()

    @property
    def url(self) -> str:
        """Where the OpenAI-compatible API begins."""
        return f"{self.root}/v1"

    def counted(self, name: str) -> int:
        """Return the server's own counter ``name``, such as ``prompt_tokens_total``."""
        found = re.search(
            rf"^llamacpp:{name} (\S+)$", self._client.get("/metrics").text, re.MULTILINE
        )
        if found is None:
            raise SystemExit(f"the server counts no {name}")
        return round(float(found[1]))

    def tokens(self, messages: list[dict[str, str]]) -> list[int]:
        """Return the tokens that the server's template makes of chat turns."""
        rendered = self._client.post("/apply-template", json={"messages": messages}).json()
        asked = {"content": rendered["prompt"], "add_special": True, "parse_special": True}
        return self._client.post("/tokenize", json=asked).json()["tokens"]
