"""By what a checkpoint learns, all of its weights or adapters over frozen ones, and whether there is memory for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import torch

from diffgemma_lsp.errors import ConfigError, OutOfMemoryError
from diffgemma_lsp.models.files import config_values, packed_scheme
from diffgemma_lsp.models.memory import free_bytes
from diffgemma_lsp.models.names import Checkpoint
from diffgemma_lsp.models.packed.schemes import UNPACKED, require_support, scheme_named
from diffgemma_lsp.models.sizes import amount, size
from diffgemma_lsp.models.weights import slots_of
from diffgemma_lsp.training.tuning.room import TuningRoom, adapter_room, full_room

Method = Literal["full", "lora"]

_MOST_FULL_PARAMETERS = 1_000_000_000
POSITIONS: dict[Method, int] = {"full": 4608, "lora": 2048}
_BY_QUALITY = ("bf16", "int8", "int4", "nf4")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a user says of it; None and 0 leave it to the checkpoint's size."""

    method: Method | None = None
    rank: int = 16
    scheme: str | None = None
    positions: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """What is done, and the memory that it takes. `scheme` is that of the frozen weights."""

    method: Method
    rank: int
    scheme: str
    positions: int
    room: TuningRoom

    @property
    def words(self) -> str:
        """The plan as people read it."""
        if self.method == "full":
            return "all weights"
        frozen = "" if self.scheme == UNPACKED.name else f", over weights in {self.scheme}"
        return f"adapters of rank {self.rank}{frozen}"


def require_unpacked(checkpoint: Checkpoint) -> None:
    """Raise ConfigError for a checkpoint that is stored packed: what is learned cannot be added to it."""
    stored = packed_scheme(config_values(checkpoint.folder))
    if stored is not None:
        raise ConfigError(
            f"{checkpoint.name} is packed in {stored}, and learns nothing exactly: name the checkpoint that it was made"
            " from, and --scheme packs its frozen weights in memory"
        )


def plan(
    name: str,
    model: Any,
    wish: Wish,
    device: torch.device,
    free: Callable[[torch.device], int | None] = free_bytes,
) -> Plan:
    """Return what to do with a model on the meta device.

    Up to a billion parameters all of them learn. Raises ConfigError for a wish that contradicts itself or the device,
    OutOfMemoryError where nothing fits.
    """
    parameters = sum(slot.count for slot in slots_of(model))
    method: Method = wish.method or ("full" if parameters <= _MOST_FULL_PARAMETERS else "lora")
    if method == "full" and wish.scheme not in {None, UNPACKED.name}:
        raise ConfigError(f"weights in {wish.scheme} cannot learn themselves: leave out --scheme, or add --method lora")
    capability = torch.cuda.get_device_capability(device) if device.type == "cuda" else None
    positions = wish.positions or POSITIONS[method]
    left = free(device)
    made = []
    for scheme in (wish.scheme,) if wish.scheme else (UNPACKED.name,) if method == "full" else _BY_QUALITY:
        require_support(scheme_named(scheme), device, capability)
        room = (
            full_room(model, positions, device.type)
            if method == "full"
            else adapter_room(model, scheme_named(scheme), wish.rank, positions, device.type)
        )
        made.append(Plan(method, wish.rank, scheme, positions, room))
        if left is None or room.total <= left:
            return made[-1]
    assert left is not None
    raise _too_large(name, parameters, made[-1], device, left)


def _too_large(name: str, parameters: int, least: Plan, device: torch.device, left: int) -> OutOfMemoryError:
    other = " take --method lora," if least.method == "full" else ""
    room = least.room
    return OutOfMemoryError(
        f"tuning {name} ({amount(parameters)} parameters) by {least.words} needs {size(room.total)} on {device}"
        f" ({size(room.weights)} of weights, {size(room.learning)} to learn, {size(room.activations)} for a batch of"
        f" {least.positions}), {size(room.total - left)} more than the {size(left)} that are free:{other} lower"
        " --positions, or close what holds memory there"
    )
