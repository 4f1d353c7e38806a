"""What a checkpoint that `diffgemma tune` made says of itself, in a file beside its weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from diffgemma_lsp.errors import ModelError
from diffgemma_lsp.models.files import read_json

RECORD = "tuning.json"
_SHORT_DIGEST = 12


def read_record(folder: Path) -> dict[str, Any] | None:
    """Return the record of the checkpoint in a folder, None where it was not tuned. Raises ModelError."""
    path = folder / RECORD
    return read_json(path) if path.is_file() else None


def tuned_from(folder: Path) -> str:
    """Return the name of the checkpoint that the one in a folder was tuned from, and the beginning of its digest.

    Empty where it was not tuned. Raises ModelError for a record that is not one of ours.
    """
    record = read_record(folder)
    if record is None:
        return ""
    base = record.get("base")
    if not isinstance(base, dict) or not {"name", "digest"} <= base.keys():
        raise ModelError(f"{folder / RECORD} does not say what was tuned: restore it, or remove it")
    return f"{base['name']} ({str(base['digest'])[:_SHORT_DIGEST]})"
