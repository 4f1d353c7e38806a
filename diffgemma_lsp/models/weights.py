"""From safetensors into a model that stands on the meta device, tensor by tensor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from diffgemma_lsp.errors import ModelError
from diffgemma_lsp.fill import Progress
from diffgemma_lsp.models.packed.formats import Packed
from diffgemma_lsp.models.packed.modules import PackedWeight
from diffgemma_lsp.models.packed.placing import packed_on, place, role_of
from diffgemma_lsp.models.packed.schemes import UNPACKED, Role, Scheme
from diffgemma_lsp.models.slots import PACKED_PARTS, WHOLE, Slot, Stored, find_tensors, parts_of


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


def nbytes_by_role(model: nn.Module, scheme: Scheme, dtype: torch.dtype) -> dict[Role, int]:
    """Return what the weights of a model on the meta device will take: packed by `scheme`, or else in `dtype`."""
    totals = dict.fromkeys(Role, 0)
    for slot in slots_of(model):
        role = role_of(model, slot.names[0])
        layout = scheme.format_of(role, slot.shape)
        totals[role] += (layout.nbytes(slot.shape) if layout else None) or slot.count * dtype.itemsize
    return totals


def nbytes_of(model: nn.Module, scheme: Scheme, dtype: torch.dtype) -> int:
    """Return what all the weights of a model on the meta device will take."""
    return sum(nbytes_by_role(model, scheme, dtype).values())


def load_weights(
    model: nn.Module,
    files: Sequence[Path],
    dtype: torch.dtype,
    device: torch.device,
    report: Callable[[Progress], None],
    scheme: Scheme = UNPACKED,
    *,
    is_packed: bool = False,
) -> None:
    """Fill every slot of `model` with a tensor of `dtype` on `device`, or packed by `scheme`; tied places share one.

    `is_packed` says that the files hold what `scheme` packs in its formats already. Only one tensor at a time is held
    twice, and none ever stands on `device` in more bits than it keeps there, but for some rows. Progress counts
    elements.
    Raises ModelError naming the file or the tensor that is damaged, missing, unexpected, of another shape or type,
    before anything is read into memory, and one that holds what is no number, once it is read.
    """
    slots = slots_of(model)
    formats = {slot: scheme.format_of(role_of(model, slot.names[0]), slot.shape) for slot in slots}
    found = find_tensors({slot: parts_of(slot, formats[slot] if is_packed else None) for slot in slots}, files)
    total = sum(slot.count for slot in slots)
    done = 0
    report(Progress("loading", done, total))
    for slot, stored in found.items():
        layout = formats[slot]
        if layout is None:
            tensor = stored[WHOLE].read().to(device=device, dtype=dtype, copy=True)
            require_numbers(tensor, stored[WHOLE])
            place_tensor(model, slot, tensor)
        elif is_packed:
            packed = Packed(*(stored[part].read().to(device=device, copy=True) for part in PACKED_PARTS))
            require_numbers(packed.scales, stored[PACKED_PARTS[1]])
            place(model, slot.names, PackedWeight(packed, layout, dtype))
        else:
            packed = packed_on(stored[WHOLE].read(), layout, device)
            # Each scale comes from the largest of some elements, so it is no number where one of them is none.
            require_numbers(packed.scales, stored[WHOLE])
            place(model, slot.names, PackedWeight(packed, layout, dtype))
        done += slot.count
        report(Progress("loading", done, total))


def require_numbers(tensor: Tensor, stored: Stored) -> None:
    """Raise ModelError where a tensor that was read from `stored` holds infinity or what is no number."""
    # Extremes need no memory beside the tensor, and carry both on.
    if not torch.stack(torch.aminmax(tensor)).isfinite().all():
        raise ModelError(f"{stored.path}: {stored.name} holds values that are no numbers: download it again")


def place_tensor(model: nn.Module, slot: Slot, tensor: Tensor) -> None:
    """Put `tensor` in all of a slot's places, which then share it."""
    value = nn.Parameter(tensor, requires_grad=False) if slot.is_parameter else tensor
    for name in slot.names:
        module, _, attribute = name.rpartition(".")
        setattr(model.get_submodule(module), attribute, value)
