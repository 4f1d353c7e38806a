"""Checkpoints whose weights others packed, as compressed-tensors' documentation says that it writes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from tests.checkpoints import save_checkpoint

GROUP = 16

# What a card says of itself, by the name that tests give it: format, and arguments of the weights.
FORMS: dict[str, tuple[str, dict[str, Any]]] = {
    "int4": ("pack-quantized", {"num_bits": 4, "type": "int", "strategy": "group", "group_size": GROUP}),
    "int8": ("int-quantized", {"num_bits": 8, "type": "int", "strategy": "channel"}),
    "int8 in words": ("pack-quantized", {"num_bits": 8, "type": "int", "strategy": "channel"}),
    "fp8": ("float-quantized", {"num_bits": 8, "type": "float", "strategy": "channel"}),
    "fp8 by tensor": ("float-quantized", {"num_bits": 8, "type": "float", "strategy": "tensor"}),
}


def quantization_config(form: str) -> dict[str, Any]:
    """Return what config.json says of such a checkpoint."""
    format_, weights = FORMS[form]
    group = {
        "targets": ["Linear"],
        "weights": {"symmetric": True, "dynamic": False, "actorder": None, **weights},
        "input_activations": None,
        "output_activations": None,
        "format": format_,
    }
    return {
        "quant_method": "compressed-tensors",
        "format": format_,
        "quantization_status": "compressed",
        "config_groups": {"group_0": group},
        "ignore": ["lm_head", "re:.*router.*", "re:.*self_conditioning.*"],
    }


def publish(plain: Path, folder: Path, form: str, *, fused: bool = False) -> None:
    """Write a random checkpoint into `folder`, packed, and into `plain` with its weights as they read back.

    Experts stand one by one, or `fused` as in the class.
    """
    save_checkpoint(plain, hidden_size=64)
    save_checkpoint(folder, hidden_size=64)
    tensors = load_file(plain / "model.safetensors")
    packed: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        if not _is_packed(name, tensor):
            packed[name] = tensor
            continue
        pieces = _pieces(name, tensor, fused=fused)
        read_back = []
        for piece, weight in pieces.items():
            parts, values = _pack(weight, form)
            packed |= {piece + suffix: part for suffix, part in parts.items()}
            read_back.append(values)
        tensors[name] = torch.cat([values.flatten(0, -2) for values in read_back]).view(tensor.shape)
    save_file(tensors, plain / "model.safetensors")
    save_file(packed, folder / "model.safetensors")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"quantization_config": quantization_config(form)}))


def _is_packed(name: str, tensor: Tensor) -> bool:
    is_left_out = any(part in name for part in ("embed", "router", "self_conditioning", "vision"))
    return tensor.ndim > 1 and not is_left_out


def _pieces(name: str, tensor: Tensor, *, fused: bool) -> dict[str, Tensor]:
    place, _, kind = name.rpartition(".")
    if fused or ".experts." not in name:
        return {name: tensor}
    parts = ("gate_proj", "up_proj") if kind == "gate_up_proj" else ("down_proj",)
    return {
        f"{place}.{number}.{part}.weight": weight
        for number, expert in enumerate(tensor)
        for part, weight in zip(parts, expert.chunk(len(parts)), strict=True)
    }


def _pack(weight: Tensor, form: str) -> tuple[dict[str, Tensor], Tensor]:
    format_, args = FORMS[form]
    largest = {4: 7.0, 8: 127.0}[args["num_bits"]] if args["type"] == "int" else 448.0
    rows = weight.reshape(*weight.shape[:-1], -1, GROUP) if args["strategy"] == "group" else weight[..., None, :]
    extremes = rows.abs().amax() if args["strategy"] == "tensor" else rows.abs().amax(dim=-1)
    scales = (extremes / largest).bfloat16()
    steps = rows / scales.float()[..., None]
    codes = steps.round().clamp(-largest - 1, largest) if args["type"] == "int" else steps.to(torch.float8_e4m3fn)
    values = (codes.float() * scales.float()[..., None]).flatten(-2)
    parts = {"_scale": scales.reshape(1) if args["strategy"] == "tensor" else scales}
    if format_ == "pack-quantized":
        parts["_packed"] = _words(codes.flatten(-2), args["num_bits"])
        parts["_shape"] = torch.tensor(weight.shape)
    else:
        parts[""] = codes.flatten(-2) if args["type"] == "float" else codes.flatten(-2).to(torch.int8)
    return parts, values


def _words(codes: Tensor, bits: int) -> Tensor:
    """Pack signed codes into integers of 32 bits, counted from the lowest, the first in the lowest bits."""
    unsigned = codes.long() + (1 << (bits - 1))
    words: Tensor = unsigned.view(*codes.shape[:-1], -1, 32 // bits) << bits * torch.arange(32 // bits)
    return words.sum(dim=-1).to(torch.int32)
