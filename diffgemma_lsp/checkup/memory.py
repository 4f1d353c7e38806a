"""Whether a checkpoint fits the device, by scheme, and which scheme it would be loaded in."""

from __future__ import annotations

from pathlib import Path

import torch

from diffgemma_lsp.checkup.result import Result
from diffgemma_lsp.errors import DiffgemmaError, ModelNotFoundError
from diffgemma_lsp.models.checkpoint import read_config
from diffgemma_lsp.models.choice import Wishes, choose, stored_scheme
from diffgemma_lsp.models.files import config_values
from diffgemma_lsp.models.loading import model_on_meta, usual_device, usual_dtype
from diffgemma_lsp.models.memory import free_bytes
from diffgemma_lsp.models.names import Checkpoint
from diffgemma_lsp.models.packed.schemes import UNPACKED
from diffgemma_lsp.models.room import Room, rooms_for
from diffgemma_lsp.models.sizes import size
from diffgemma_lsp.models.source import fetch_config, find_downloaded
from diffgemma_lsp.prompts.profile import load_profile


def check_memory(model: str, scheme: str | None, cache: Path | None = None, endpoint: str | None = None) -> Result:
    """Return the choice for the checkpoint `model` and the sum behind it, for which its configuration is enough.

    Raises ModelError or ConfigError where that or the profile cannot be used.
    """
    device = usual_device()
    free = free_bytes(device)
    found = find_downloaded(model, cache)
    try:
        folder = fetch_config(model, cache, endpoint) if found is None else found.folder
    except ModelNotFoundError:
        text = f"{describe_device(device, free)}; what {model} needs is not known before its config.json is here"
        return Result(text, verdict="FAIL")
    return explain_choice(Checkpoint(folder, model if found is None else found.name), scheme, device, free)


def explain_choice(checkpoint: Checkpoint, scheme: str | None, device: torch.device, free: int | None) -> Result:
    """Return which scheme a checkpoint would be loaded in on a device with `free` bytes, and why."""
    model = model_on_meta(read_config(checkpoint.folder))
    profile = load_profile(checkpoint.folder, checkpoint.name)
    wishes = Wishes(scheme, profile.scheme, stored_scheme(config_values(checkpoint.folder)))
    dtype = usual_dtype(model, device, wishes)
    kind = str(dtype).removeprefix("torch.")
    rooms = rooms_for(model, dtype, profile, wishes.stored)
    lines = tuple(_line(kind if name == UNPACKED.name else name, room, free) for name, room in rooms.items())
    try:
        chosen = choose(checkpoint.name, wishes, rooms, free, device)
    except DiffgemmaError as error:
        return Result(str(error), lines, "FAIL")
    return Result(f"{describe_device(device, free)}; {wishes.explain(chosen, dtype)}", lines)


def describe_device(device: torch.device, free: int | None) -> str:
    """Return what a device is called, and its free memory."""
    has = "" if free is None else f", {size(free)} free"
    if device.type != "cuda":
        return f"{device} (torch sees no CUDA card){has}"
    major, minor = torch.cuda.get_device_capability(device)
    return f"{torch.cuda.get_device_name(device)}, compute capability {major}.{minor}{has}"


def _line(name: str, room: Room, free: int | None) -> str:
    missing = 0 if free is None else room.total - free
    fits = f"{size(missing)} too much" if missing > 0 else "fits"
    parts = f"weights {size(room.weights)} + context {size(room.context + room.graphs)} + canvas {size(room.canvas)}"
    return f"{name:<7} {parts} = {size(room.total)}, {fits}"
