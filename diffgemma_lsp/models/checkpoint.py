"""What a folder must hold to be a checkpoint: config.json of the right kind, and weights in safetensors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from huggingface_hub.errors import StrictDataclassError
from transformers import DiffusionGemmaConfig

from diffgemma_lsp.errors import ModelError

MODEL_TYPE = "diffusion_gemma"

_SINGLE = "model.safetensors"
_INDEX = "model.safetensors.index.json"
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt")


def read_config(folder: Path) -> DiffusionGemmaConfig:
    """Return the model's configuration, of any shape, with sdpa attention.

    sdpa, because FlashAttention applies sliding windows to each query, and a canvas sees them as a whole.
    Raises ModelError when it is missing, of another class, quantized, or not to be built.
    """
    path = folder / "config.json"
    if not path.is_file():
        raise ModelError(f"{folder} holds no config.json: name the folder of a DiffusionGemma checkpoint")
    values = _read_json(path)
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


def weight_files(folder: Path) -> list[Path]:
    """Return the safetensors files of a checkpoint: one, or the shards that its index names.

    Raises ModelError when one is missing, and when there are only pickles, which could run code.
    """
    if (folder / _SINGLE).is_file():
        return [folder / _SINGLE]
    if not (folder / _INDEX).is_file():
        pickle = next((path for pattern in _PICKLES for path in sorted(folder.glob(pattern))), None)
        if pickle:
            raise ModelError(f"{folder} holds its weights in {pickle.name}, which could run code: use safetensors")
        raise ModelError(f"{folder} holds no {_SINGLE} and no {_INDEX}: download the weights too")
    names = _read_json(folder / _INDEX).get("weight_map")
    if not isinstance(names, dict) or not names:
        raise ModelError(f"{folder / _INDEX} names no files: download it again")
    shards = [folder / str(name) for name in sorted(set(names.values()))]
    for shard in shards:
        if not shard.is_file():
            raise ModelError(f"{shard} is missing, which {_INDEX} names: download it again")
    return shards


def _read_json(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror}): make it a file that you may read") from error
    except ValueError as error:  # both JSON and UTF-8
        raise ModelError(f"{path} is not JSON ({error}): download it again") from error
    if not isinstance(values, dict):
        raise ModelError(f"{path} is not a JSON object: download it again")
    return values
