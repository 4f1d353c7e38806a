"""The configuration of a checkpoint: config.json, of the right kind."""

from __future__ import annotations

from pathlib import Path

from huggingface_hub.errors import StrictDataclassError
from transformers import DiffusionGemmaConfig

from diffgemma_lsp.errors import ModelError
from diffgemma_lsp.models.files import CONFIG, config_values, plain_values

# What the class cannot do without, and builds nothing sensible from.
_WITHOUT_DEFAULT = ("num_experts", "top_k_experts", "moe_intermediate_size")


def read_config(folder: Path) -> DiffusionGemmaConfig:
    """Return the model's configuration, of any shape, with sdpa attention.

    sdpa, because FlashAttention applies sliding windows to each query, and a canvas sees them as a whole.
    Raises ModelError when it is missing, of another class, packed in a way that cannot be read, or not to be built.
    """
    values = plain_values(config_values(folder))
    try:
        config = DiffusionGemmaConfig.from_dict(values, attn_implementation="sdpa")
        text = config.get_text_config()
        lacking = next((name for name in _WITHOUT_DEFAULT if getattr(text, name) is None), None)
    except (StrictDataclassError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise _not_buildable(folder, " ".join(str(error).split())) from error
    if lacking is not None:
        raise _not_buildable(folder, f"its text_config has no {lacking}")
    assert isinstance(config, DiffusionGemmaConfig)
    return config


def _not_buildable(folder: Path, reason: str) -> ModelError:
    return ModelError(f"{folder / CONFIG} describes no model that can be built ({reason}): download it again")
