"""The network that learns Sudoku: a DiffusionGemma of 1.3 M parameters, and how its weights begin."""

from __future__ import annotations

from typing import Any

import torch
from transformers import DiffusionGemmaConfig, DiffusionGemmaTextConfig

from diffgemma_lsp.sudoku.grid import CELLS, SIDE, box_of
from diffgemma_lsp.training.shape import build, least_vision
from diffgemma_lsp.training.sudoku.vocabulary import BOS, EOS, FIRST_NAME, PAD

HIDDEN = 128
LAYERS = 6
HEADS = 4
HEAD_DIMENSION = 32
VOCABULARY_SIZE = 352
"""A multiple of 32, which suits the products; the last two ids are no tokens."""

POSITIONS = 512
"""More than the names, a puzzle and its grid take, so that nothing ever leaves the window of a layer."""

_ROPE = {"rope_type": "default", "rope_theta": 1000.0}


def sudoku_config() -> Any:
    """Return the configuration."""
    text = DiffusionGemmaTextConfig(
        vocab_size=VOCABULARY_SIZE,
        hidden_size=HIDDEN,
        intermediate_size=2 * HIDDEN,
        num_hidden_layers=LAYERS,
        # Only layers with a window have projections of their own for values; the class wants the last one without.
        layer_types=["sliding_attention"] * (LAYERS - 1) + ["full_attention"],
        num_attention_heads=HEADS,
        num_key_value_heads=HEADS,
        head_dim=HEAD_DIMENSION,
        global_head_dim=HEAD_DIMENSION,
        num_global_key_value_heads=HEADS,
        num_experts=1,
        top_k_experts=1,
        moe_intermediate_size=HIDDEN // 2,
        sliding_window=POSITIONS,
        max_position_embeddings=POSITIONS,
        rope_parameters={"sliding_attention": _ROPE, "full_attention": _ROPE},
        final_logit_softcapping=30.0,
        pad_token_id=PAD,
        eos_token_id=EOS,
        bos_token_id=BOS,
    )
    return DiffusionGemmaConfig(text_config=text, vision_config=least_vision(), canvas_length=CELLS)


def begin(seed: int) -> Any:
    """Return the model with random weights, the same ones for the same seed.

    The name of a cell begins as the sum of three random vectors, for its row, its column and its box: which cells share
    one is then a matter of products, and need not be learned for each of 810 pairs.
    """
    model = build(sudoku_config(), seed)
    generator = torch.Generator().manual_seed(seed + 1)
    parts = torch.randn(3 * SIDE, HIDDEN, generator=generator) * (3 * HIDDEN) ** -0.5
    with torch.no_grad():
        names = model.model.decoder.embed_tokens.weight[FIRST_NAME : FIRST_NAME + CELLS]
        for cell in range(CELLS):
            names[cell] = parts[cell // SIDE] + parts[SIDE + cell % SIDE] + parts[2 * SIDE + box_of(cell)]
    return model
