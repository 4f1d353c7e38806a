"""What a model waits for, and where in safetensors files it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from diffgemma_lsp.errors import ModelError
from diffgemma_lsp.models.packed.formats import Format

_VISION = ("model.encoder.vision_tower.", "model.encoder.embed_vision.")

# What a tensor's name in a file ends with: nothing where it is as it was trained, and these two where it is packed.
WHOLE = ""
PACKED_PARTS = (".codes", ".scales")


@dataclass(frozen=True, slots=True)
class Slot:
    """A tensor that a model is waiting for.

    `names` are all its places: encoder, decoder and head share most of theirs, and a file may use any one of them.
    """

    names: tuple[str, ...]
    shape: tuple[int, ...]
    is_parameter: bool

    @property
    def count(self) -> int:
        """Number of elements."""
        return torch.Size(self.shape).numel()


@dataclass(frozen=True, slots=True)
class Part:
    """What a slot needs of a file: a tensor of this shape, of any type that can be rounded if `dtype` is None."""

    shape: tuple[int, ...]
    dtype: torch.dtype | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """A tensor in a file."""

    path: Path
    name: str
    part: Part

    def read(self) -> Tensor:
        """Return it, backed by the file. Raises ModelError where the file is damaged, or holds another type.

        The file is opened for this tensor alone, so that what was read before does not stay in memory.
        """
        with _opened(self.path) as file:
            tensor: Tensor = file.get_tensor(self.name)
        if self.part.dtype not in {None, tensor.dtype}:
            raise ModelError(f"{self.path}: {self.name} is of {tensor.dtype}, not {self.part.dtype}: convert it again")
        return tensor


def parts_of(slot: Slot, layout: Format | None) -> dict[str, Part]:
    """Return the parts in which a file holds a slot: one, or those of the format that it is packed in."""
    if layout is None:
        return {WHOLE: Part(slot.shape)}
    packed = layout.pack(torch.empty(slot.shape, device="meta"))
    tensors = (packed.codes, packed.scales)
    return {name: Part(tuple(part.shape), part.dtype) for name, part in zip(PACKED_PARTS, tensors, strict=True)}


def find_tensors(wanted: Mapping[Slot, Mapping[str, Part]], files: Sequence[Path]) -> dict[Slot, dict[str, Stored]]:
    """Return where each part of each slot stands, in the order of the files; the first place that is found counts.

    Tensors of the vision tower are passed over. Raises ModelError naming the file or the tensor that is damaged,
    missing, unexpected or of another shape.
    """
    places = {
        name + suffix: (slot, suffix) for slot, parts in wanted.items() for name in slot.names for suffix in parts
    }
    found: dict[Slot, dict[str, Stored]] = {}
    for path in files:
        with _opened(path) as file:
            for name in file.keys():  # noqa: SIM118 - it is no mapping
                if name.startswith(_VISION):
                    continue
                if name not in places:
                    raise ModelError(f"{path} holds {name}, which a model of its config.json has no place for")
                slot, suffix = places[name]
                part = wanted[slot][suffix]
                shape = tuple(file.get_slice(name).get_shape())
                if shape != part.shape:
                    raise ModelError(f"{path}: {name} has the shape {shape}, but its config.json says {part.shape}")
                found.setdefault(slot, {}).setdefault(suffix, Stored(path, name, part))
    _require_all(wanted, found, files[0].parent)
    return found


def _require_all(
    wanted: Mapping[Slot, Mapping[str, Part]], found: Mapping[Slot, Mapping[str, Stored]], folder: Path
) -> None:
    missing = [
        slot.names[-1] + suffix
        for slot, parts in wanted.items()
        for suffix in parts
        if suffix not in found.get(slot, {})
    ]
    if missing:
        others = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise ModelError(f"{folder} lacks the tensor {missing[0]}{others}: download the weights again")


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        with safe_open(path, framework="pt") as file:
            yield file
    except (SafetensorError, OSError) as error:
        raise ModelError(f"{path} is damaged or cut short ({error}): download it again") from error
