"""What a configuration says of weights that others packed, in the form of compressed-tensors.

https://github.com/vllm-project/compressed-tensors: QuantizationConfig and QuantizationArgs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from diffgemma_lsp.errors import ModelError

METHOD = "compressed-tensors"

Span = Literal["tensor", "channel", "group"]

# Number type and bits, to the scheme of ours that has the same codes and to what may share a scale there.
_SCHEMES: Mapping[tuple[object, object], tuple[str, tuple[Span, ...]]] = {
    ("int", 4): ("int4", ("group",)),
    ("int", 8): ("int8", ("channel", "tensor")),
    ("float", 8): ("fp8", ("channel", "tensor")),
}
_FORMATS = ("pack-quantized", "int-quantized", "float-quantized", "naive-quantized")


@dataclass(frozen=True, slots=True)
class Published:
    """How experts and linear layers are packed; embeddings and head never are, nor what the author left out.

    `scheme` has the same codes, `span` says what shares a scale: all of a tensor, a row, or `group` neighbours in a
    row. Where it is `in_words`, several codes stand in an integer of 32 bits.
    """

    scheme: str
    span: Span
    group: int
    in_words: bool


def read_published(path: Path, packing: Mapping[str, Any]) -> Published:
    """Return what the `quantization_config` of the file `path` says.

    Raises ModelError naming what cannot be read here: of the formats those with integers of 4 or 8 bits and with e4m3,
    symmetric, of which all layers have the same.
    """
    groups = [group for group in _table(packing.get("config_groups")).values() if isinstance(group, dict)]
    weights = [_table(group.get("weights")) for group in groups]
    formats = {group.get("format") or packing.get("format") for group in groups}
    if not weights or any(one != weights[0] for one in weights) or len(formats) > 1:
        raise _unreadable(path, f"{len(weights)} different config_groups")
    (format_,) = formats
    if format_ not in _FORMATS:
        raise _unreadable(path, f'the format "{format_}"')
    found = weights[0]
    kind = (found.get("type"), found.get("num_bits"))
    if kind not in _SCHEMES:
        raise _unreadable(path, f"weights of the type {kind[0]} in {kind[1]} bits")
    scheme, spans = _SCHEMES[kind]
    span = next((one for one in spans if one == found.get("strategy")), None)
    if span is None:
        raise _unreadable(path, f'the strategy "{found.get("strategy")}" in {kind[1]} bits')
    group = found.get("group_size") if span == "group" else 0
    if type(group) is not int or group % 2 or (span == "group" and group < 2):
        raise _unreadable(path, f"groups of {group}")
    _require_plain(path, packing, found)
    return Published(scheme, span, group, in_words=format_ == "pack-quantized")


def _require_plain(path: Path, packing: Mapping[str, Any], weights: Mapping[str, Any]) -> None:
    """Raise ModelError where more is needed to read weights back than codes and scales."""
    if weights.get("symmetric") is not True:
        raise _unreadable(path, "weights that are not symmetric")
    if weights.get("actorder") not in {None, "weight", "static"}:
        raise _unreadable(path, f'columns in the order "{weights["actorder"]}"')
    if packing.get("transform_config"):
        raise _unreadable(path, "a transform_config")
    if _table(packing.get("sparsity_config")).get("format", "dense") != "dense":
        raise _unreadable(path, "a sparsity_config")


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _unreadable(path: Path, what: str) -> ModelError:
    return ModelError(
        f'{path} has a quantization_config ("{METHOD}") with {what}, which cannot be read here: use the checkpoint that'
        " it was made from, which --scheme packs"
    )
