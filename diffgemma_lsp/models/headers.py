"""What stands in a safetensors file, read from its header, without the library and without the data."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diffgemma_lsp.errors import ModelError

_LENGTH_BYTES = 8
# The library refuses longer headers, too.
_LONGEST = 100_000_000


@dataclass(frozen=True, slots=True)
class Entry:
    """A tensor in a file: `kind` is its type as the format spells it, such as "BF16"."""

    kind: str
    shape: tuple[int, ...]


def read_header(path: Path) -> dict[str, Entry]:
    """Return the tensors in a file by name. Raises ModelError where it is damaged, or not as long as it must be."""
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(_LENGTH_BYTES), "little")
            rest = path.stat().st_size - _LENGTH_BYTES - length
            if rest < 0 or length > _LONGEST:
                raise ModelError(_damaged(path, "its header is longer than the file"))
            values = json.loads(file.read(length))
        ends = {name: value["data_offsets"][1] for name, value in values.items() if name != "__metadata__"}
        entries = {name: _entry(values[name]) for name in ends}
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror}): make it a file that you may read") from error
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise ModelError(_damaged(path, "its header makes no sense")) from error
    needed = max(ends.values(), default=0)
    if needed != rest:
        raise ModelError(_damaged(path, f"{rest} bytes of data, where its header tells of {needed}"))
    return entries


def _entry(value: dict[str, Any]) -> Entry:
    return Entry(str(value["dtype"]), tuple(int(count) for count in value["shape"]))


def _damaged(path: Path, reason: str) -> str:
    return f"{path} is damaged or cut short ({reason}): download it again"
