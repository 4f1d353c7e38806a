"""The memory that tuning takes, computed from a checkpoint's shape before any weight is read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from diffgemma_lsp.models.packed.schemes import UNPACKED, Scheme
from diffgemma_lsp.models.weights import nbytes_of, slots_of
from diffgemma_lsp.training.speed import training_dtype

TARGETS = r"layers\.\d+\.(self_attn|mlp)\.\w+_proj"
"""The names of the decoder's layers that adapters are put on: attention and dense feed-forward."""

# Of each weight that learns: a float32 copy, its average, two moments, the best average, and the gradient twice in
# float32. Its own value and gradient have the dtype of training; the value counts as a weight.
_BYTES_LEARNING = 7 * 4
# Values that a layer keeps of a position for the backward pass, in units of the hidden size and of the feed-forward's.
_KEPT_HIDDEN, _KEPT_INNER = 16, 6
_LOGIT_BYTES = {"cpu": 1 << 24, "cuda": 1 << 30}


@dataclass(frozen=True, slots=True)
class TuningRoom:
    """Bytes: the `weights`, what `learning` keeps of those that learn, and the `activations` of a batch."""

    weights: int
    learning: int
    activations: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.weights + self.learning + self.activations


def full_room(model: Any, positions: int, device: str) -> TuningRoom:
    """Return what a model on the meta device takes when all of its weights learn."""
    dtype = training_dtype(device)
    learning = (_BYTES_LEARNING + dtype.itemsize) * sum(slot.count for slot in slots_of(model) if slot.is_parameter)
    weights = nbytes_of(model, UNPACKED, dtype)
    return TuningRoom(weights, learning, _activations(model, positions, device, UNPACKED))


def adapter_room(model: Any, scheme: Scheme, rank: int, positions: int, device: str) -> TuningRoom:
    """Return what a model on the meta device takes when adapters of a rank learn over weights packed by a scheme."""
    dtype = training_dtype(device)
    shapes = [
        tuple(module.weight.shape)
        for name, module in model.model.decoder.named_modules()
        if re.fullmatch(TARGETS, name)
    ]
    learning = (_BYTES_LEARNING + 2 * dtype.itemsize) * rank * sum(sum(shape) for shape in shapes)
    weights = nbytes_of(model, scheme, dtype)
    return TuningRoom(weights, learning, _activations(model, positions, device, scheme))


def _activations(model: Any, positions: int, device: str, scheme: Scheme) -> int:
    """Return what the backward pass needs of a batch; packed experts are unpacked again there, a layer at a time."""
    size = training_dtype(device).itemsize
    config = model.config.get_text_config()
    hidden: int = config.hidden_size
    inner: int = config.intermediate_size
    routed: int = config.top_k_experts * (_KEPT_INNER * config.moe_intermediate_size + 2 * hidden)
    dense = _KEPT_HIDDEN * hidden + _KEPT_INNER * inner
    layers: int = config.num_hidden_layers
    logits: int = _LOGIT_BYTES.get(device, 0) + config.vocab_size * hidden * 4
    if scheme.experts is None:
        return size * positions * layers * (dense + routed) + logits
    experts: int = 3 * config.num_experts * config.moe_intermediate_size * hidden
    return size * (positions * (layers * dense + routed) + experts) + logits
