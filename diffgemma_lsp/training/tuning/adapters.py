"""Low-rank adapters (LoRA, arXiv 2106.09685) on attention and dense layers: what large checkpoints learn by.

The frozen rest may be packed. Encoder and decoder share their adapters as they share their weights, so what is learned
can be added to the weights of both.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import torch
from peft import LoraConfig, inject_adapter_in_model
from peft.tuners.lora import Linear, LoraLayer
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint
from transformers.integrations.moe import ALL_EXPERTS_FUNCTIONS

from diffgemma_lsp.models.packed.modules import PackedLinear, PackedWeight, unpacked_product
from diffgemma_lsp.training.tuning.room import TARGETS

_NAME = "default"
_RECOMPUTED = "recomputed_experts"


def adapt(model: Any, rank: int, seed: int) -> None:
    """Put adapters of a rank into a model whose weights are frozen; before the first step they change nothing."""
    decoder, encoder = model.model.decoder, model.model.encoder.language_model
    config = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=TARGETS)
    # peft's way to adapt a class that it does not know.
    config._register_custom_module({PackedLinear: Linear})
    with torch.random.fork_rng(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Unsupported layer type")
        torch.manual_seed(seed)
        inject_adapter_in_model(config, decoder)
    for name, layer in adapters_of(decoder).items():
        encoder.set_submodule(name, layer)
    if any(isinstance(module, PackedWeight) for module in model.modules()):
        _recompute_unpacked(model)


def adapters_of(decoder: nn.Module) -> dict[str, Any]:
    """Return the adapted layers of a stack by name."""
    return {name: module for name, module in decoder.named_modules() if isinstance(module, LoraLayer)}


def learned_changes(model: Any) -> Mapping[str, Tensor]:
    """Return, by the name of each weight of the decoder that is adapted, what is to be added to it, in float32."""
    layers = adapters_of(model.model.decoder).items()
    return {f"{name}.weight": layer.get_delta_weight(_NAME).detach().float() for name, layer in layers}


def _recompute_unpacked(model: Any) -> None:
    """Let the backward pass unpack weights again, where it would keep each of them unpacked until it is used."""
    for module in model.modules():
        if isinstance(module, PackedWeight):
            module.product = _product
    ALL_EXPERTS_FUNCTIONS.register(_RECOMPUTED, _experts)
    model.set_experts_implementation(_RECOMPUTED)


def _product(hidden: Tensor, weight: PackedWeight) -> Tensor:
    product: Tensor = checkpoint(unpacked_product, hidden, weight, use_reentrant=False)
    return product


def _experts(self: Any, hidden: Tensor, index: Tensor, weights: Tensor) -> Tensor:
    one_by_one = type(self).forward.__wrapped__
    mixed: Tensor = checkpoint(one_by_one, self, hidden, index, weights, use_reentrant=False)
    return mixed
