"""The memory of a device: what is free of it, and what this process holds."""

from __future__ import annotations

import os
from pathlib import Path

import torch

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
