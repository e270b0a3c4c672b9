"""A model of transformers, made on the spot: tiny, random, deterministic."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from benchwright.core.model import ModelSettings

Make = Callable[..., Path]

CORPUS = [
    "The quick brown fox jumps over the lazy dog.",
    "Question: What is the capital of France?\nA. Rome\nB. Paris\nC. Bonn\nAnswer: B\n\n",
    "naïve café – ünïcödé",
]
CHAT = (
    "{% for m in messages %}<s>{{ m.role }}: {{ m.content }}</s>\n{% endfor %}"
    "{% if add_generation_prompt %}<s>assistant:{% endif %}"
)


def tokenizer(*, bos: bool = False, chat: bool = True) -> Any:
    """Return a byte-level tokenizer of 400 tokens; with ``bos`` it opens every text."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    built = Tokenizer(models.BPE())
    built.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    built.decoder = decoders.ByteLevel()
    built.train_from_iterator(
        CORPUS,
        trainers.BpeTrainer(
            vocab_size=400,
            special_tokens=["<s>", "</s>"],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    if bos:
        built.post_processor = processors.TemplateProcessing(
            single="<s> $A", special_tokens=[("<s>", 0)]
        )
    return PreTrainedTokenizerFast(
        tokenizer_object=built,
        bos_token="<s>",
        eos_token="</s>",
        chat_template=CHAT if chat else None,
    )


SMALL = {
    "vocab_size": 400,
    "hidden_size": 32,
    "num_attention_heads": 4,
    "num_hidden_layers": 2,
    "bos_token_id": 0,
    "eos_token_id": 1,
    "pad_token_id": 1,
}
LLAMA = {
    **SMALL,
    "intermediate_size": 64,
    "num_key_value_heads": 2,
    "max_position_embeddings": 160,
    "initializer_range": 0.3,
}


@pytest.fixture(scope="session")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Return ``make(kind, bos=…, chat=…, **config)``: a folder with such a model."""
    torch = pytest.importorskip("torch", reason="needs the extra [hf]")
    transformers = pytest.importorskip("transformers", reason="needs the extra [hf]")

    def made(kind: str = "llama", *, bos: bool = False, chat: bool = True, **config: Any) -> Path:
        folder: Path = tmp_path_factory.mktemp(kind)
        settings = {**(LLAMA if "hidden_size" not in config else {}), **config}
        torch.manual_seed(7)
        model = transformers.AutoModelForCausalLM.from_config(
            transformers.AutoConfig.for_model(kind, **settings)
        )
        model.save_pretrained(folder)
        tokenizer(bos=bos, chat=chat).save_pretrained(folder)
        return folder

    return made


@pytest.fixture(scope="session")
def folder(make: Make) -> Path:
    """Return a tiny Llama without BOS, with a chat template."""
    return make()


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCHWRIGHT_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture(scope="session")
def opened(folder: Path) -> Iterator[Callable[..., Any]]:
    """Return ``opened(**settings)``: the tiny Llama opened so, once per settings."""
    from benchwright.models.hf import open_model

    models: dict[str, Any] = {}

    def get(**settings: Any) -> Any:
        key = repr(settings)
        if key not in models:
            models[key] = open_model(str(folder), ModelSettings(threads=1, **settings))
        return models[key]

    yield get
    for model in models.values():
        model.close()
