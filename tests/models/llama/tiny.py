"""GGUF files with random weights, small enough to be written in a test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

BYTES = 256
PIECES = ["he", "hell", "hello", "wo", "world", "the", "an", "ab"]


def write_gguf(
    path: Path,
    *,
    arch: str = "llama",
    bos: bool = True,
    template: str = "",
    context: int = 512,
    window: int = 0,
    seed: int = 0,
) -> Path:
    """Write a two-layer model: SentencePiece vocabulary with BOS, or byte pairs without."""
    import gguf

    writer = gguf.GGUFWriter(path, arch)
    writer.add_name("tiny")
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    n_vocab = _sentencepiece(writer, gguf) if bos else _byte_pairs(writer, gguf)
    writer.add_add_bos_token(bos)
    if template:
        writer.add_chat_template(template)
    embedding, heads, feed, layers = 64, 2, 96, 2
    writer.add_context_length(context)
    writer.add_embedding_length(embedding)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(feed)
    writer.add_head_count(heads)
    writer.add_head_count_kv(1)
    writer.add_key_length(32)
    writer.add_value_length(32)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(10000.0)
    writer.add_vocab_size(n_vocab)
    if arch == "gemma3":
        writer.add_sliding_window(window)
    else:
        writer.add_rope_dimension_count(32)
    draws = np.random.default_rng(seed)

    def matrix(rows: int, columns: int) -> Any:
        return draws.normal(scale=2.5 / np.sqrt(columns), size=(rows, columns)).astype(np.float32)

    ones = np.ones
    writer.add_tensor("token_embd.weight", matrix(n_vocab, embedding))
    writer.add_tensor("output_norm.weight", ones(embedding, np.float32))
    for layer in range(layers):
        name = f"blk.{layer}."
        writer.add_tensor(name + "attn_norm.weight", ones(embedding, np.float32))
        writer.add_tensor(name + "attn_q.weight", matrix(heads * 32, embedding))
        writer.add_tensor(name + "attn_k.weight", matrix(32, embedding))
        writer.add_tensor(name + "attn_v.weight", matrix(32, embedding))
        writer.add_tensor(name + "attn_output.weight", matrix(embedding, heads * 32))
        writer.add_tensor(name + "ffn_norm.weight", ones(embedding, np.float32))
        writer.add_tensor(name + "ffn_gate.weight", matrix(feed, embedding))
        writer.add_tensor(name + "ffn_up.weight", matrix(feed, embedding))
        writer.add_tensor(name + "ffn_down.weight", matrix(embedding, feed))
        if arch == "gemma3":
            for extra, size in (
                ("attn_q_norm", 32),
                ("attn_k_norm", 32),
                ("post_attention_norm", embedding),
                ("post_ffw_norm", embedding),
            ):
                writer.add_tensor(f"{name}{extra}.weight", ones(size, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _sentencepiece(writer: Any, gguf: Any) -> int:
    kind = gguf.TokenType
    tokens = ["<unk>", "<s>", "</s>", "<|im_start|>", "<|im_end|>"]
    types = [kind.UNKNOWN, kind.CONTROL, kind.CONTROL, kind.CONTROL, kind.CONTROL]
    tokens += [f"<0x{number:02X}>" for number in range(BYTES)]
    types += [kind.BYTE] * BYTES
    plain = ["▁", *map(chr, range(33, 127)), *PIECES, *("▁" + piece for piece in PIECES)]
    tokens += plain
    types += [kind.NORMAL] * len(plain)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([-float(number) for number in range(len(tokens))])
    writer.add_token_types(types)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_eot_token_id(4)
    return len(tokens)


def _byte_pairs(writer: Any, gguf: Any) -> int:
    kind = gguf.TokenType
    letters = [_byte_letter(number) for number in range(BYTES)]
    merges = ["h e", "l l", "he ll", "hell o", "Ġ hello", "a b"]
    specials = ["<|im_start|>", "<|im_end|>"]
    tokens = [*letters, *(merge.replace(" ", "") for merge in merges), *specials]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types(
        [kind.NORMAL] * (len(tokens) - len(specials)) + [kind.CONTROL] * len(specials)
    )
    writer.add_token_merges(merges)
    writer.add_bos_token_id(len(tokens) - 2)
    writer.add_eos_token_id(len(tokens) - 1)
    return len(tokens)


def _byte_letter(number: int) -> str:
    """Return the letter that GPT-2's vocabulary writes for a byte."""
    seen = [*range(33, 127), *range(161, 173), *range(174, 256)]
    if number in seen:
        return chr(number)
    return chr(256 + [other for other in range(BYTES) if other not in seen].index(number))
