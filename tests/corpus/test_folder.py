from __future__ import annotations

from pathlib import Path

import pytest

from diffgemma_lsp.corpus.folder import modules_of
from diffgemma_lsp.corpus.modules import Module, save
from diffgemma_lsp.corpus.packages import Role
from diffgemma_lsp.errors import InputError


def test_the_modules_are_the_python_files_of_the_folder_itself(tmp_path: Path) -> None:
    for name in ("a.py", "inner/b.py", ".venv/c.py", "inner/node_modules/d.py", "e.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x = 1\r\n")
    (tmp_path / "latin.py").write_bytes(b"x = '\xe9'\n")
    (tmp_path / "empty.py").write_bytes(b"\n")
    modules = modules_of(tmp_path)
    assert [(module.path, module.text) for module in modules] == [("a.py", "x = 1\r\n"), ("inner/b.py", "x = 1\r\n")]
    assert {module.package for module in modules} == {tmp_path.name}


def test_what_was_fetched_into_a_folder_comes_first(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n", encoding="utf-8")
    held_out = [Module("package", "b.py", "y = 2\n")]
    save(tmp_path, Role.HELD_OUT, held_out)
    assert modules_of(tmp_path) == held_out


def test_a_folder_without_python_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no Python file \(\*.py in UTF-8\) to cut holes into: name another"):
        modules_of(tmp_path)


def test_what_is_no_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="missing is no folder: name one that holds Python files"):
        modules_of(tmp_path / "missing")
