from __future__ import annotations

from pathlib import Path

import pytest

from diffgemma_lsp.training.parts import split


@pytest.mark.parametrize(("size", "parts"), [(0, 1), (1, 1), (10, 1), (11, 2), (20, 2), (25, 3)])
def test_parts_are_no_larger_than_asked_for_and_join_to_the_file(tmp_path: Path, size: int, parts: int) -> None:
    content = bytes(range(size))
    file = tmp_path / "model.safetensors"
    file.write_bytes(content)
    made = split(file, 10)
    assert sorted(tmp_path.iterdir()) == made
    assert len(made) == parts
    assert all(path.stat().st_size <= 10 for path in made)
    assert b"".join(path.read_bytes() for path in made) == content
