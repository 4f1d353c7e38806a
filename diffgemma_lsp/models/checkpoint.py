"""The configuration of a checkpoint: config.json, of the right kind."""

from __future__ import annotations

from pathlib import Path

from huggingface_hub.errors import StrictDataclassError
from transformers import DiffusionGemmaConfig

from diffgemma_lsp.errors import ModelError
from diffgemma_lsp.models.files import read_json

MODEL_TYPE = "diffusion_gemma"


def read_config(folder: Path) -> DiffusionGemmaConfig:
    """Return the model's configuration, of any shape, with sdpa attention.

    sdpa, because FlashAttention applies sliding windows to each query, and a canvas sees them as a whole.
    Raises ModelError when it is missing, of another class, quantized, or not to be built.
    """
    path = folder / "config.json"
    if not path.is_file():
        raise ModelError(f"{folder} holds no config.json: name the folder of a DiffusionGemma checkpoint")
    values = read_json(path)
    kind = values.get("model_type")
    if kind != MODEL_TYPE:
        raise ModelError(f'{path} has the model_type "{kind}": only "{MODEL_TYPE}" checkpoints fill holes here')
    if "quantization_config" in values:
        raise ModelError(f"{path} has a quantization_config: use the checkpoint that it was made from")
    try:
        config = DiffusionGemmaConfig.from_dict(values, attn_implementation="sdpa")
    except (StrictDataclassError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{path} describes no model that can be built ({error}): download it again") from error
    assert isinstance(config, DiffusionGemmaConfig)
    return config
