"""The disk, which a checkpoint may be too large for."""

from __future__ import annotations

import shutil
from pathlib import Path


def free_disk(folder: Path) -> int:
    """Return the free bytes of the disk on which `folder` is, or would be made."""
    return shutil.disk_usage(next(path for path in (folder, *folder.absolute().parents) if path.is_dir())).free
