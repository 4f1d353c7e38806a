"""The starter checkpoint's architecture: a small DiffusionGemma, and how its weights begin."""

from __future__ import annotations

from typing import Any

import torch
from transformers import (
    DiffusionGemmaConfig,
    DiffusionGemmaForBlockDiffusion,
    DiffusionGemmaTextConfig,
    Gemma4VisionConfig,
)

from diffgemma_lsp.training.vocabulary import BOS, EOS, PAD, VOCABULARY_SIZE

HIDDEN = 256
HEAD_DIMENSION = 64
CANVAS_SLOTS = 128
PROMPT_TOKENS = 512
LAYERS = ("sliding_attention", "full_attention", "sliding_attention", "full_attention")
ROPE = {"rope_type": "default", "rope_theta": 10_000.0}


def starter_config() -> Any:
    """Return the configuration: 4.6 M parameters, half of the layers with a window of 256 tokens."""
    text = DiffusionGemmaTextConfig(
        vocab_size=VOCABULARY_SIZE,
        hidden_size=HIDDEN,
        intermediate_size=512,
        num_hidden_layers=len(LAYERS),
        layer_types=list(LAYERS),
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=HEAD_DIMENSION,
        global_head_dim=HEAD_DIMENSION,  # its default is 512
        num_global_key_value_heads=2,
        num_experts=1,
        top_k_experts=1,
        moe_intermediate_size=256,
        sliding_window=256,
        max_position_embeddings=2048,
        rope_parameters={"sliding_attention": ROPE, "full_attention": ROPE},
        final_logit_softcapping=30.0,
        pad_token_id=PAD,
        eos_token_id=EOS,
        bos_token_id=BOS,
    )
    # The class cannot be built without a vision tower; this one has 3 thousand parameters and is never run.
    vision = Gemma4VisionConfig(
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=1,
        num_key_value_heads=1,
        head_dim=16,
        position_embedding_size=4,
    )
    return DiffusionGemmaConfig(
        text_config=text,
        vision_config=vision,
        canvas_length=CANVAS_SLOTS,
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
                norm.weight.fill_(HEAD_DIMENSION**-0.25)
    return model
