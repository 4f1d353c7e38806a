"""What a model waits for, and where in safetensors files it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from diffgemma_lsp.errors import ModelError
from diffgemma_lsp.models.headers import read_header
from diffgemma_lsp.models.packed.formats import Format

# Types as files spell them: those that can be rounded to what a model computes in, and those of packed tensors.
FLOATS = frozenset({"F64", "F32", "F16", "BF16"})
_KINDS = {
    torch.int8: "I8",
    torch.uint8: "U8",
    torch.float8_e4m3fn: "F8_E4M3",
    torch.bfloat16: "BF16",
    torch.float32: "F32",
}

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
    """What a slot needs of a file, or may find there: a tensor of this shape, and of one of these types."""

    shape: tuple[int, ...]
    kinds: frozenset[str] = FLOATS
    is_needed: bool = True


@dataclass(frozen=True, slots=True)
class Stored:
    """A tensor in a file."""

    path: Path
    name: str

    def read(self) -> Tensor:
        """Return it, backed by the file. Raises ModelError where the file is damaged.

        The file is opened for this tensor alone, so that what was read before does not stay in memory.
        """
        return next(read_tensors([self]))


def read_tensors(stored: Iterable[Stored]) -> Iterator[Tensor]:
    """Yield tensors, backed by their files, of which each is opened once for neighbours in it.

    Raises ModelError where a file is damaged.
    """
    for path, some in groupby(stored, key=lambda one: one.path):
        try:
            with safe_open(path, framework="pt") as file:
                for one in some:
                    yield file.get_tensor(one.name)
        except (SafetensorError, OSError) as error:
            raise ModelError(f"{path} is damaged or cut short ({error}): download it again") from error


def parts_of(slot: Slot, layout: Format | None) -> dict[str, Part]:
    """Return the parts in which a file holds a slot: one, or those of the format that it is packed in."""
    if layout is None:
        return {WHOLE: Part(slot.shape)}
    packed = layout.pack(torch.empty(slot.shape, device="meta"))
    tensors = (packed.codes, packed.scales)
    return {
        name: Part(tuple(part.shape), frozenset({_KINDS[part.dtype]}))
        for name, part in zip(PACKED_PARTS, tensors, strict=True)
    }


def find_tensors(wanted: Mapping[Slot, Mapping[str, Part]], files: Sequence[Path]) -> dict[Slot, dict[str, Stored]]:
    """Return where each part of each slot stands, in the order of the files; the first place that is found counts.

    Tensors of the vision tower are passed over. Raises ModelError naming the file or the tensor that is damaged,
    missing, unexpected, of another shape or of another type.
    """
    places = {
        name + suffix: (slot, suffix) for slot, parts in wanted.items() for name in slot.names for suffix in parts
    }
    found: dict[Slot, dict[str, Stored]] = {}
    for path in files:
        for name, entry in read_header(path).items():
            if name.startswith(_VISION):
                continue
            if name not in places:
                raise ModelError(f"{path} holds {name}, which a model of its config.json has no place for")
            slot, suffix = places[name]
            part = wanted[slot][suffix]
            if entry.shape != part.shape:
                raise ModelError(f"{path}: {name} has the shape {entry.shape}, but its config.json says {part.shape}")
            if entry.kind not in part.kinds:
                kinds = " or ".join(sorted(part.kinds))
                raise ModelError(f"{path}: {name} is of type {entry.kind}, not {kinds}: download or convert it again")
            found.setdefault(slot, {}).setdefault(suffix, Stored(path, name))
    _require_all(wanted, found, files[0].parent)
    return found


def _require_all(
    wanted: Mapping[Slot, Mapping[str, Part]], found: Mapping[Slot, Mapping[str, Stored]], folder: Path
) -> None:
    missing = [
        slot.names[-1] + suffix
        for slot, parts in wanted.items()
        for suffix, part in parts.items()
        if part.is_needed and suffix not in found.get(slot, {})
    ]
    if missing:
        others = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise ModelError(f"{folder} lacks the tensor {missing[0]}{others}: download the weights again")
