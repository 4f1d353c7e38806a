"""Whether a checkpoint fits, asked before its weights are read."""

from __future__ import annotations

import os
from pathlib import Path

import torch

from diffgemma_lsp.errors import OutOfMemoryError

_MEMINFO = Path("/proc/meminfo")


def free_bytes(device: torch.device) -> int | None:
    """Return the free memory of a device, of the host for "cpu"; None where the system does not tell."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    if _MEMINFO.is_file():
        for line in _MEMINFO.read_text(encoding="ascii").splitlines():
            # Counts what the page cache would give back, unlike the free pages of sysconf.
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    if "SC_AVPHYS_PAGES" in getattr(os, "sysconf_names", {}):
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return None


def held_bytes(device: str) -> int:
    """Return what this process holds on an accelerator, 0 for "cpu"."""
    return torch.cuda.memory_allocated(device) if device.startswith("cuda") else 0


def give_back(device: str) -> None:
    """Let go of the memory of `device` that is kept for later tensors."""
    if device.startswith("cuda"):
        torch.cuda.empty_cache()


def require_room(name: str, needed: int, free: int | None, device: torch.device) -> None:
    """Raise OutOfMemoryError when a checkpoint's `needed` bytes are more than the `free` ones of `device`."""
    if free is not None and needed > free:
        raise OutOfMemoryError(
            f"{name} needs {_gigabytes(needed)} on {device}, where {_gigabytes(free)} are free:"
            " close what holds memory there, or choose a smaller checkpoint"
        )


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:.2f} GB"
