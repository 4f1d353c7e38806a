"""From safetensors into a model that stands on the meta device, tensor by tensor."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from diffgemma_lsp.errors import ModelError
from diffgemma_lsp.fill import Progress
from diffgemma_lsp.models.packed.modules import PackedWeight
from diffgemma_lsp.models.packed.placing import packed_on, place, role_of
from diffgemma_lsp.models.packed.schemes import UNPACKED, Scheme

_VISION = ("model.encoder.vision_tower.", "model.encoder.embed_vision.")


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


def slots_of(model: nn.Module) -> list[Slot]:
    """Return what a model on the meta device needs from files: parameters and persistent buffers, ties once."""
    tied: dict[int, list[str]] = {}
    tensors = model.state_dict(keep_vars=True)
    for name, tensor in tensors.items():
        tied.setdefault(id(tensor), []).append(name)
    return [
        Slot(tuple(names), tuple(tensors[names[0]].shape), isinstance(tensors[names[0]], nn.Parameter))
        for names in tied.values()
    ]


def nbytes_of(model: nn.Module, scheme: Scheme, dtype: torch.dtype) -> int:
    """Return what the weights of a model on the meta device will take: packed by `scheme`, or else in `dtype`."""
    total = 0
    for slot in slots_of(model):
        layout = scheme.format_of(role_of(model, slot.names[0]), slot.shape)
        total += (layout.nbytes(slot.shape) if layout else None) or slot.count * dtype.itemsize
    return total


def load_weights(
    model: nn.Module,
    files: Sequence[Path],
    dtype: torch.dtype,
    device: torch.device,
    report: Callable[[Progress], None],
    scheme: Scheme = UNPACKED,
) -> None:
    """Fill every slot of `model` with a tensor of `dtype` on `device`, or packed by `scheme`; tied places share one.

    Tensors of the vision tower are skipped. Only one tensor at a time is held twice, and none ever stands on `device`
    in more bits than it keeps there, but for one matrix. Progress is in elements.
    Raises ModelError naming the file or the tensor that is damaged, missing, unexpected or of another shape, before
    anything is read into memory.
    """
    slots = slots_of(model)
    found = _find(slots, files)
    total = sum(slot.count for slot in slots)
    done = 0
    report(Progress("loading", done, total))
    for path, wanted in found.items():
        with _opened(path) as file:
            for name, slot in wanted.items():
                tensor = file.get_tensor(name)
                layout = scheme.format_of(role_of(model, slot.names[0]), slot.shape)
                if layout is None:
                    place_tensor(model, slot, tensor.to(device=device, dtype=dtype, copy=True))
                else:
                    place(model, slot.names, PackedWeight(packed_on(tensor, layout, device), layout, dtype))
                done += slot.count
                report(Progress("loading", done, total))


def _find(slots: Sequence[Slot], files: Sequence[Path]) -> dict[Path, dict[str, Slot]]:
    """Return which tensor of which file fills which slot: each slot once."""
    by_name = {name: slot for slot in slots for name in slot.names}
    found: dict[Path, dict[str, Slot]] = {}
    filled: set[Slot] = set()
    for path in files:
        wanted = found[path] = {}
        with _opened(path) as file:
            for name in file.keys():  # noqa: SIM118 - it is no mapping
                if name.startswith(_VISION):
                    continue
                slot = by_name.get(name)
                if slot is None:
                    raise ModelError(f"{path} holds {name}, which a model of its config.json has no place for")
                shape = tuple(file.get_slice(name).get_shape())
                if shape != slot.shape:
                    raise ModelError(f"{path}: {name} has the shape {shape}, but its config.json says {slot.shape}")
                if slot not in filled:
                    filled.add(slot)
                    wanted[name] = slot
    missing = [slot.names[-1] for slot in slots if slot not in filled]
    if missing:
        others = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise ModelError(f"{files[0].parent} lacks the tensor {missing[0]}{others}: download the weights again")
    return found


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        with safe_open(path, framework="pt") as file:
            yield file
    except (SafetensorError, OSError) as error:
        raise ModelError(f"{path} is damaged or cut short ({error}): download it again") from error


def place_tensor(model: nn.Module, slot: Slot, tensor: Tensor) -> None:
    """Put `tensor` in all of a slot's places, which then share it."""
    value = nn.Parameter(tensor, requires_grad=False) if slot.is_parameter else tensor
    for name in slot.names:
        module, _, attribute = name.rpartition(".")
        setattr(model.get_submodule(module), attribute, value)
