"""From a name to a model in memory: where it is, that it is safe to load, and what it is."""

from __future__ import annotations

import datetime
import hashlib
import io
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from typing import Any, NamedTuple

import torch
import transformers
from huggingface_hub import snapshot_download
from transformers import AutoModelForCausalLM, AutoTokenizer

from benchwright.core.canonical import canonical, digest
from benchwright.core.errors import DescriptionError, ModelError, boundary
from benchwright.models.decoding.template import ChatTemplate
from benchwright.models.weights import weights_digest

WANTED = ["*.json", "*.safetensors", "*.model", "*.txt", "*.jinja"]
UNWANTED = ["*/*", "consolidated*"]
"""Subfolders and second copies of the weights are not what transformers loads."""

TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer.model",
    "vocab.json",
    "vocab.txt",
    "merges.txt",
    "added_tokens.json",
    "special_tokens_map.json",
)
PASSING = ("_name_or_path", "architectures", "dtype", "torch_dtype", "transformers_version")
"""Entries of config.json that do not change answers."""


class Place(NamedTuple):
    """Where a model's files are."""

    folder: Path
    """The folder, a hub's snapshot included."""
    gguf: str
    """The name of the GGUF file in it; empty for a folder of safetensors."""
    name: str
    """The model's name for display."""
    revision: str
    """The hub's commit; empty for local files."""


def locate(rest: str) -> Place:
    """Return where the model named ``rest`` is, fetched from the hub where it is no local path.

    Raises:
        DescriptionError: ``rest`` is neither a path nor a hub's ``owner/name[@revision]``.
        ModelError: the hub does not give it, or its weights are not in a safe format.
    """
    path = Path(rest).expanduser()
    if path.is_file():
        return _file(path)
    if path.is_dir():
        return _checked(Place(path, "", path.resolve().name, ""))
    if rest.endswith((".gguf", ".safetensors", "/")) or rest.startswith((".", "/", "~")):
        raise DescriptionError(f"hf:{rest}: there is no such file or folder")
    if not re.fullmatch(r"[\w.-]+(/[\w.-]+)?(@[\w./-]+)?", rest):
        raise DescriptionError(
            f"hf:{rest}: neither a file, a folder, nor a hub's owner/name[@revision]"
        )
    return _checked(_fetched(rest))


def load(place: Place, dtype: str, device: str) -> tuple[Any, Any]:
    """Return (model, tokenizer) in ``dtype`` on ``device``, executing no code of the model's.

    Raises:
        ModelError: transformers cannot load it.
    """
    file = {"gguf_file": place.gguf} if place.gguf else {}
    what = str(place.folder / place.gguf)
    with boundary(ModelError, f"{what}: transformers cannot load it"), _silent():
        tokenizer = AutoTokenizer.from_pretrained(place.folder, trust_remote_code=False, **file)
        model = AutoModelForCausalLM.from_pretrained(
            place.folder,
            dtype=getattr(torch, dtype),
            trust_remote_code=False,
            use_safetensors=True,
            **file,
        )
    return model.to(device).eval(), tokenizer


def fields(
    place: Place, template: ChatTemplate | None, dtype: str, date: datetime.date, opening: list[int]
) -> dict[str, str]:
    """Return what of the model's files and settings decides its answers, as digests."""
    if place.gguf:
        weights = weights_digest(place.folder / place.gguf)
        config = tokenizer = "gguf"
    else:
        weights = weights_digest(place.folder)
        kept = json.loads((place.folder / "config.json").read_text(encoding="utf-8"))
        config = digest(canonical({k: v for k, v in kept.items() if k not in PASSING}), 16)
        tokenizer = _digest_of(place.folder, TOKENIZER_FILES)
    found = {
        "engine": "transformers",
        "weights": weights,
        "config": config,
        "tokenizer": tokenizer,
        "opening": " ".join(map(str, opening)),
        "template": f"sha256:{template.digest}" if template is not None else "none",
        "format": dtype,
    }
    if template is not None and template.uses_date:
        found["template_date"] = date.isoformat()
    return found


def ends(model: Any, tokenizer: Any) -> frozenset[int]:
    """Return the tokens that end an answer."""
    found: set[int] = set()
    for told in (model.generation_config.eos_token_id, tokenizer.eos_token_id):
        found |= set(told) if isinstance(told, list) else {told} if told is not None else set()
    return frozenset(found)


def template(tokenizer: Any) -> str:
    """Return the chat template that the model brings; empty without one."""
    text: str = tokenizer.get_chat_template() if tokenizer.chat_template else ""
    return text


def longest(model: Any, tokenizer: Any, wanted: str, room: int) -> int:
    """Return the most tokens of a request: as many as the model reads and ``room`` holds.

    What the user says (``wanted``) goes before ``room``, not before what the model reads.
    """
    told = getattr(model.config.get_text_config(), "max_position_embeddings", None)
    limit = int(min(told or tokenizer.model_max_length, 2**31))
    return min(limit, int(wanted) if wanted else room)


def bytes_per_token(model: Any) -> int:
    """Return the memory that a token's keys and values take in all layers."""
    config = model.config.get_text_config()
    heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
    width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    return int(2 * config.num_hidden_layers * heads * width * model.dtype.itemsize)


def _file(path: Path) -> Place:
    if path.suffix != ".gguf":
        raise DescriptionError(
            f"hf:{path}: give the folder that holds config.json and *.safetensors, or a .gguf file"
        )
    with path.open("rb") as file:
        if file.read(4) != b"GGUF":
            raise ModelError(f"{path}: not a GGUF file (wrong first bytes); fetch it again")
    return Place(path.parent, path.name, path.stem, "")


def _checked(place: Place) -> Place:
    if not (place.folder / "config.json").is_file():
        raise ModelError(f"{place.folder}: no config.json: not a model of transformers")
    if not any(place.folder.glob("*.safetensors")):
        pickled = any(place.folder.glob("*.bin")) or any(place.folder.glob("*.pt*"))
        raise ModelError(
            f"{place.name}: no *.safetensors in {place.folder}"
            + ("; its weights are pickled, which could run code: convert them first" * pickled)
        )
    return place


def _fetched(rest: str) -> Place:
    name, _, revision = rest.partition("@")
    try:
        with boundary(ModelError, f"hf:{rest}"), _silent():
            folder = snapshot_download(
                name,
                revision=revision or None,
                # Read now: huggingface_hub reads them once, when it is imported.
                endpoint=os.environ.get("HF_ENDPOINT"),
                cache_dir=os.environ.get("HF_HUB_CACHE"),
                allow_patterns=WANTED,
                ignore_patterns=UNWANTED,
            )
    except ModelError as error:
        raise ModelError(
            f"{error}\nIf the hub cannot be reached from here, give a local folder or .gguf file, "
            "or set HF_ENDPOINT to a mirror; a gated model needs HF_TOKEN."
        ) from error
    return Place(Path(folder), "", name.rpartition("/")[2], Path(folder).name)


def _digest_of(folder: Path, names: tuple[str, ...]) -> str:
    hashed = hashlib.sha256()
    for name in names:
        path = folder / name
        if path.is_file():
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            hashed.update(f"{name}\0{content}\n".encode())
    return hashed.hexdigest()


@contextmanager
def _silent() -> Iterator[None]:
    """Keep transformers from writing to the terminal while it loads: the screen is the caller's."""
    logging = transformers.utils.logging
    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        # Its reader of GGUF files draws a bar that no setting turns off.
        with redirect_stderr(io.StringIO()):
            yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()
