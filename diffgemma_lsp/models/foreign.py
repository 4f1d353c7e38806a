"""Weights that others packed, in the form of compressed-tensors, into a model: no code is changed, only its place."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from diffgemma_lsp.errors import ModelError
from diffgemma_lsp.fill import Progress
from diffgemma_lsp.models.headers import read_header
from diffgemma_lsp.models.packed.formats import Float8, Format, Int4, Int8, Packed
from diffgemma_lsp.models.packed.modules import PackedWeight
from diffgemma_lsp.models.packed.placing import place, role_of
from diffgemma_lsp.models.packed.schemes import Role, Scheme
from diffgemma_lsp.models.published import Published, Span
from diffgemma_lsp.models.slots import WHOLE, Part, Slot, Stored, find_tensors, read_tensors
from diffgemma_lsp.models.weights import place_tensor, require_numbers, slots_of

_CODES, _WORDS, _SCALES, _SHAPE = "", "_packed", "_scale", "_shape"

_KIND = {"int4": "I32", "int8": "I8", "fp8": "F8_E4M3"}
_CODES_A_WORD = {"int4": 8, "int8": 4}

# What of an expert stands in which of the class's tensors, in the order of its rows.
_EXPERT_PARTS = {"gate_up_proj": ("gate_proj", "up_proj"), "down_proj": ("down_proj",)}


def scheme_of(form: Published) -> Scheme:
    """Return the scheme in which a model keeps what such a checkpoint holds."""
    formats: Mapping[str, Format] = {"int4": Int4(group=form.group), "int8": Int8(), "fp8": Float8()}
    return Scheme(form.scheme, experts=formats[form.scheme], linears=formats[form.scheme])


@dataclass(frozen=True, slots=True)
class _Plan:
    """A slot of the model, the format it is kept in (None: as it is), and the slots that it is in the files."""

    slot: Slot
    layout: Format | None
    pieces: tuple[Slot, ...]


def load_foreign(
    model: nn.Module,
    files: Sequence[Path],
    dtype: torch.dtype,
    device: torch.device,
    report: Callable[[Progress], None],
    form: Published,
) -> None:
    """Fill every slot of `model` as `load_weights` does, from files in which weights are packed in `form`.

    Experts may stand one by one, each with its gate, up and down, or together as in the class. What the files hold
    unpacked stays so, but for experts. Raises ModelError naming the file or the tensor, as `load_weights` does.
    """
    scheme = scheme_of(form)
    names = {name for path in files for name in read_header(path)}
    plans = [_plan(model, slot, scheme, names, files[0].parent) for slot in slots_of(model)]
    wanted = {
        piece: {WHOLE: Part(piece.shape)} if plan.layout is None else _parts(piece, form, files[0].parent)
        for plan in plans
        for piece in plan.pieces
    }
    found = find_tensors(wanted, files)
    total = sum(plan.slot.count for plan in plans)
    done = 0
    report(Progress("loading", done, total))
    # To open a file takes long where it holds tens of thousands of experts, so what is small is read at one go.
    unpacked = [(plan.slot, found[plan.slot][WHOLE]) for plan in plans if plan.layout is None]
    tensors = read_tensors(stored for _, stored in unpacked)
    for (slot, stored), read in zip(unpacked, tensors, strict=True):
        tensor = read.to(device=device, dtype=dtype, copy=True)
        require_numbers(tensor, stored)
        place_tensor(model, slot, tensor)
        done += slot.count
        report(Progress("loading", done, total))
    for plan in plans:
        if plan.layout is not None:
            packed = _packed(plan, plan.layout, [found[piece] for piece in plan.pieces], form, device)
            place(model, plan.slot.names, PackedWeight(packed, plan.layout, dtype))
            done += plan.slot.count
            report(Progress("loading", done, total))


def _plan(model: nn.Module, slot: Slot, scheme: Scheme, names: Collection[str], folder: Path) -> _Plan:
    role = role_of(model, slot.names[0])
    layout = scheme.format_of(role, slot.shape)
    if layout is not None:
        for pieces in ((slot,), _experts_of(slot) if role is Role.EXPERTS else ()):
            if any(name + _SCALES in names for piece in pieces[:1] for name in piece.names):
                return _Plan(slot, layout, pieces)
    if role is Role.EXPERTS:
        raise ModelError(
            f"{folder} holds {slot.names[-1]} unpacked, and experts are nine tenths of a model: use the checkpoint that"
            " it was made from, which --scheme packs"
        )
    return _Plan(slot, None, (slot,))


def _experts_of(slot: Slot) -> tuple[Slot, ...]:
    """Return the linear layers `(R, C)` of which the experts in `slot` `(E, R or 2 R, C)` consist, in its order."""
    experts, rows, columns = slot.shape
    parts = _EXPERT_PARTS[slot.names[0].rpartition(".")[2]]
    places = [name.rpartition(".")[0] for name in slot.names]
    return tuple(
        Slot(
            tuple(f"{place}.{expert}.{part}.weight" for place in places),
            (rows // len(parts), columns),
            is_parameter=True,
        )
        for expert in range(experts)
        for part in parts
    )


def _parts(piece: Slot, form: Published, folder: Path) -> dict[str, Part]:
    """Return what a packed slot is in a file, by what the name of its weight is followed by."""
    *rows, columns = piece.shape
    if form.group and columns % form.group:
        raise ModelError(
            f"{folder} has a scale for {form.group} columns, which do not divide the {columns} of {piece.names[-1]}:"
            " use the checkpoint that it was made from, which --scheme packs"
        )
    scales: dict[Span, tuple[int, ...]] = {
        "tensor": (1,),
        "channel": (*rows, 1),
        "group": (*rows, columns // max(form.group, 1)),
    }
    parts = {_SCALES: Part(scales[form.span])}
    if not form.in_words:
        return parts | {_CODES: Part(piece.shape, frozenset({_KIND[form.scheme]}))}
    words = (*rows, columns // _CODES_A_WORD[form.scheme])
    shape = Part((len(piece.shape),), frozenset({"I64", "I32"}), is_needed=False)
    return parts | {_WORDS: Part(words, frozenset({"I32"})), _SHAPE: shape}


def _packed(
    plan: _Plan, layout: Format, found: Sequence[Mapping[str, Stored]], form: Published, device: torch.device
) -> Packed:
    """Return the pieces of a slot on `device`, one below the other. Files are opened once for neighbouring pieces."""
    like = layout.pack(torch.empty(plan.slot.shape, device="meta"))
    suffix = _WORDS if form.in_words else _CODES
    tensors = read_tensors(stored[part] for stored in found for part in (_SCALES, suffix))
    start = 0
    for piece, stored, scale, read in zip(plan.pieces, found, tensors, tensors, strict=True):
        require_numbers(scale, stored[_SCALES])
        if start == 0:
            codes = torch.empty(like.codes.shape, dtype=like.codes.dtype, device=device)
            # A type of theirs that takes as much memory as ours stays.
            kind = scale.dtype if scale.dtype.itemsize == like.scales.dtype.itemsize else like.scales.dtype
            scales = torch.empty(like.scales.shape, dtype=kind, device=device)
        some = slice(start, start := start + torch.Size(piece.shape[:-1]).numel())
        codes.flatten(0, -2)[some] = _our_codes(read, form).flatten(0, -2).to(device)
        scales.flatten(0, -2)[some] = (scale if form.span == "tensor" else scale.flatten(0, -2)).to(device)
    return Packed(codes, scales)


def _our_codes(tensor: Tensor, form: Published) -> Tensor:
    """Return codes in their order in our formats; of those in a word the first has the lowest bits."""
    if not form.in_words:
        return tensor
    in_bytes = tensor.contiguous().view(torch.uint8)
    if form.scheme == "int4":
        return in_bytes >> 4 | in_bytes << 4
    # Eight bits are counted from -128 there, and in two's complement here.
    return (in_bytes ^ 128).view(torch.int8)
