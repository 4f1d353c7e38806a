"""The configuration of a checkpoint: config.json, of the right kind."""

from __future__ import annotations

from pathlib import Path

from huggingface_hub.errors import StrictDataclassError
from transformers import DiffusionGemmaConfig

from diffgemma_lsp.errors import ModelError
from diffgemma_lsp.models.files import CONFIG, config_values, plain_values


def read_config(folder: Path) -> DiffusionGemmaConfig:
    """Return the model's configuration, of any shape, with sdpa attention.

    sdpa, because FlashAttention applies sliding windows to each query, and a canvas sees them as a whole.
    Raises ModelError when it is missing, of another class, quantized by others, or not to be built.
    """
    values = plain_values(config_values(folder))
    try:
        config = DiffusionGemmaConfig.from_dict(values, attn_implementation="sdpa")
    except (StrictDataclassError, AttributeError, KeyError, TypeError, ValueError) as error:
        path = folder / CONFIG
        raise ModelError(f"{path} describes no model that can be built ({error}): download it again") from error
    assert isinstance(config, DiffusionGemmaConfig)
    return config
