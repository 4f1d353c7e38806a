"""Ignore files, by the rules of gitignore."""

from __future__ import annotations

import subprocess
from pathlib import Path, PurePosixPath

import pytest

from diffgemma_lsp.text.ignored import IgnoreFile, is_ignored

RULES = {"": ["*.log", "build/", "!keep.log", "/only-here", "**/deep/x.py"], "sub": ["!b.log", "local.*"]}
PATHS = [
    "a.log", "keep.log", "build/x.py", "build/keep.log", "sub/build/y.py", "only-here", "sub/only-here",
    "sub/b.log", "sub/c.log", "sub/local.py", "local.py", "sub/deep/x.py", "deep/x.py", "build.py", "main.py",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_a_path_is_ignored_where_git_ignores_it(path: str, tmp_path: Path) -> None:
    for folder, lines in RULES.items():
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / ".gitignore").write_text("\n".join(lines) + "\n")
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    asked = subprocess.run(["git", "check-ignore", "-q", path], cwd=tmp_path, check=False)
    files = [IgnoreFile.of(PurePosixPath(folder), lines) for folder, lines in RULES.items()]
    assert is_ignored(PurePosixPath(path), files) == (asked.returncode == 0)
