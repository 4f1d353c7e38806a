"""A checkpoint as it was trained: nothing packed, nothing replaced by anything faster."""

from __future__ import annotations

import torch

from diffgemma_lsp.models.loading import LoadedModel, load_checkpoint, usual_device
from diffgemma_lsp.models.packed.schemes import UNPACKED
from diffgemma_lsp.models.source import find_checkpoint


def load_plain(source: str) -> LoadedModel:
    """Return the checkpoint that `source` names, in float32. Raises what `load_checkpoint` raises."""
    return load_checkpoint(find_checkpoint(source), usual_device(), lambda _: None, torch.float32, scheme=UNPACKED.name)
