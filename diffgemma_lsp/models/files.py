"""The files of a checkpoint, which are looked at before anything heavy is imported."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from diffgemma_lsp.errors import ModelError
from diffgemma_lsp.models.headers import read_header
from diffgemma_lsp.models.published import METHOD, Published, read_published
from diffgemma_lsp.prompts.schemes import SCHEME_NAMES

CONFIG = "config.json"
INDEX = "model.safetensors.index.json"
_MODEL_TYPE = "diffusion_gemma"
_PACKING = "quantization_config"
_OUR_METHOD = "diffgemma-lsp"
_SINGLE = "model.safetensors"
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt")


def config_values(folder: Path) -> dict[str, Any]:
    """Return what the configuration of a checkpoint says, which need not be a model that can be built.

    Raises ModelError when it is missing, of another class, or packed in a way that cannot be read.
    """
    path = folder / CONFIG
    if not path.is_file():
        raise ModelError(f"{folder} holds no {CONFIG}: name the folder of a DiffusionGemma checkpoint")
    values = read_json(path)
    kind = values.get("model_type")
    if kind != _MODEL_TYPE:
        raise ModelError(f'{path} has the model_type "{kind}": only "{_MODEL_TYPE}" checkpoints fill holes here')
    packing = values.get(_PACKING)
    if isinstance(packing, dict) and packing.get("quant_method") == METHOD:
        read_published(path, packing)
        return values
    is_ours = isinstance(packing, dict) and packing.get("quant_method") == _OUR_METHOD
    if packing is not None and not (is_ours and packing.get("scheme") in SCHEME_NAMES):
        method = packing.get("quant_method") if isinstance(packing, dict) else packing
        raise ModelError(
            f'{path} has a quantization_config ("{method}"), which cannot be read here: use the checkpoint that it was'
            " made from, which --scheme packs"
        )
    return values


def is_diffusion_gemma(folder: Path) -> bool:
    """Say whether a folder's configuration is of the class that fills holes here; one that nobody can read is not."""
    try:
        return read_json(folder / CONFIG).get("model_type") == _MODEL_TYPE
    except ModelError:
        return False


def packed_scheme(values: Mapping[str, Any]) -> str | None:
    """Return the name of the scheme that the weights of a configuration's checkpoint are packed in, None for none."""
    published = published_form(values)
    if published is not None:
        return published.scheme
    packing = values.get(_PACKING)
    return None if packing is None else str(packing["scheme"])


def published_form(values: Mapping[str, Any]) -> Published | None:
    """Return the form in which others packed the weights of a configuration's checkpoint, None where nobody did."""
    packing = values.get(_PACKING) or {}
    return read_published(Path(CONFIG), packing) if packing.get("quant_method") == METHOD else None


def packed_values(values: Mapping[str, Any], scheme: str) -> dict[str, Any]:
    """Return the configuration of the checkpoint that has the same weights packed."""
    return {**values, _PACKING: {"quant_method": _OUR_METHOD, "scheme": scheme}}


def plain_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration without what it says of packing, which transformers would try to do itself."""
    return {key: value for key, value in values.items() if key != _PACKING}


def weight_files(folder: Path) -> list[Path]:
    """Return the safetensors files of a checkpoint: one, or the shards that its index names.

    Raises ModelError when one is missing or damaged, and when there are only pickles, which could run code.
    """
    files = _named_files(folder)
    for file in files:
        read_header(file)
    return files


def _named_files(folder: Path) -> list[Path]:
    if (folder / _SINGLE).is_file():
        return [folder / _SINGLE]
    if not (folder / INDEX).is_file():
        pickle = next((path for pattern in _PICKLES for path in sorted(folder.glob(pattern))), None)
        if pickle:
            raise ModelError(f"{folder} holds its weights in {pickle.name}, which could run code: use safetensors")
        raise ModelError(f"{folder} holds no {_SINGLE} and no {INDEX}: download the weights too")
    names = read_json(folder / INDEX).get("weight_map")
    if not isinstance(names, dict) or not names:
        raise ModelError(f"{folder / INDEX} names no files: download it again")
    shards = [folder / str(name) for name in sorted(set(names.values()))]
    for shard in shards:
        if not shard.is_file():
            raise ModelError(f"{shard} is missing, which {INDEX} names: download it again")
    return shards


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in a JSON file. Raises ModelError when it cannot be read, or holds anything else."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror}): make it a file that you may read") from error
    except ValueError as error:  # both JSON and UTF-8
        raise ModelError(f"{path} is not JSON ({error}): download it again") from error
    if not isinstance(values, dict):
        raise ModelError(f"{path} is not a JSON object: download it again")
    return values
