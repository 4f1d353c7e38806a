"""A file in parts, where one that is larger would not pass."""

from __future__ import annotations

from pathlib import Path


def split(file: Path, part_bytes: int) -> list[Path]:
    """Replace a file by parts `NAME.00`, `NAME.01` and so on, one at least; return them in order.

    `cat NAME.?? > NAME` joins them.
    """
    content = file.read_bytes()
    parts = []
    for number, begin in enumerate(range(0, max(1, len(content)), part_bytes)):
        part = file.with_name(f"{file.name}.{number:02}")
        part.write_bytes(content[begin : begin + part_bytes])
        parts.append(part)
    file.unlink()
    return parts
