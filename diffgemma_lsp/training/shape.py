"""The starter checkpoint's architecture: a small DiffusionGemma, and how its weights begin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from transformers import (
    DiffusionGemmaConfig,
    DiffusionGemmaForBlockDiffusion,
    DiffusionGemmaTextConfig,
    Gemma4VisionConfig,
)

from diffgemma_lsp.errors import InputError
from diffgemma_lsp.training.vocabulary import BOS, EOS, PAD, VOCABULARY_SIZE

HEAD_DIMENSION = 64
CANVAS_SLOTS = 128
PROMPT_TOKENS = 512
ROPE = {"rope_type": "default", "rope_theta": 10_000.0}


@dataclass(frozen=True, slots=True)
class Shape:
    """The widths and the depth of a checkpoint; pairs of layers, the first of each with a window of 256 tokens."""

    hidden: int
    feed_forward: int
    expert: int
    heads: int
    pairs: int
    experts: int = 1
    experts_at_once: int = 1


SHAPES = {
    "small": Shape(hidden=256, feed_forward=512, expert=256, heads=4, pairs=2),
    "wide": Shape(hidden=256, feed_forward=1536, expert=256, heads=4, pairs=2),
    "medium": Shape(hidden=384, feed_forward=896, expert=448, heads=6, pairs=3),
}
"""4.5 M parameters, which two CPU cores can train in a day; 8.5 M, to which those can grow; and 14 M, which a GPU can
train, and which take 28 MB on disk."""


def starter_config(name: str = "small") -> Any:
    """Return the configuration of a shape of `SHAPES`."""
    shape = SHAPES[name]
    layers = ["sliding_attention", "full_attention"] * shape.pairs
    text = DiffusionGemmaTextConfig(
        vocab_size=VOCABULARY_SIZE,
        hidden_size=shape.hidden,
        intermediate_size=shape.feed_forward,
        num_hidden_layers=len(layers),
        layer_types=layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=2,
        head_dim=HEAD_DIMENSION,
        global_head_dim=HEAD_DIMENSION,  # its default is 512
        num_global_key_value_heads=2,
        num_experts=shape.experts,
        top_k_experts=shape.experts_at_once,
        moe_intermediate_size=shape.expert,
        sliding_window=256,
        max_position_embeddings=2048,
        rope_parameters={"sliding_attention": ROPE, "full_attention": ROPE},
        final_logit_softcapping=30.0,
        pad_token_id=PAD,
        eos_token_id=EOS,
        bos_token_id=BOS,
    )
    return DiffusionGemmaConfig(text_config=text, vision_config=least_vision(), canvas_length=CANVAS_SLOTS)


def shape_of(config: Any) -> str:
    """Return the name of the shape of a configuration. Raises InputError for one that `SHAPES` does not have."""
    text = config.text_config
    found = (text.hidden_size, text.intermediate_size, text.moe_intermediate_size, text.num_hidden_layers)
    for name, shape in SHAPES.items():
        if found == (shape.hidden, shape.feed_forward, shape.expert, 2 * shape.pairs):
            return name
    raise InputError(
        f"the checkpoint's layers have none of the shapes {', '.join(SHAPES)}: say which it is to grow into"
    )


def least_vision() -> Any:
    """Return the configuration of a vision tower of 3 thousand parameters, which is never run: the class needs one."""
    return Gemma4VisionConfig(
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=1,
        num_key_value_heads=1,
        head_dim=16,
        position_embedding_size=4,
    )


def build(config: Any, seed: int = 0) -> Any:
    """Return the model with fresh weights in float32.

    Attention has no 1/sqrt(d) of its own, so the norms of queries and keys carry it; embeddings are scaled so that the
    first logits have a deviation near 1 rather than 8.
    """
    torch.manual_seed(seed)
    model = DiffusionGemmaForBlockDiffusion(config)
    text = config.text_config
    with torch.no_grad():
        decoder = model.model.decoder
        decoder.embed_tokens.weight.normal_(0.0, text.hidden_size**-0.5)
        for layer in decoder.layers:
            for norm in (layer.self_attn.q_norm, layer.self_attn.k_norm):
                norm.weight.fill_(norm.weight.shape[0] ** -0.25)
    return model
