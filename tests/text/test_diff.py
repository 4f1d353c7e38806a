"""Unified diffs that can be applied."""

import subprocess
from pathlib import Path
from random import Random

import pytest

from diffgemma_lsp.text import unified_diff


def test_a_diff_shows_three_lines_around_a_change_and_counts_from_the_file() -> None:
    before = "".join(f"{number}\n" for number in range(1, 21))
    after = before.replace("10\n", "ten\nten and a half\n")
    assert "".join(unified_diff(before, after, "file")) == (
        "--- file\n+++ file\n@@ -7,7 +7,8 @@\n 7\n 8\n 9\n-10\n+ten\n+ten and a half\n 11\n 12\n 13\n"
    )


def test_the_same_text_has_no_diff() -> None:
    assert list(unified_diff("a\n", "a\n", "file")) == []


def test_a_missing_line_end_is_shown() -> None:
    assert "".join(unified_diff("a", "a\n", "file")).endswith("-a\n\\ No newline at end of file\n+a\n")


@pytest.mark.parametrize("seed", range(30))
def test_git_applies_the_diff(seed: int, tmp_path: Path) -> None:
    random = Random(seed)
    lines = [random.choice(["a", "b\tc", "", "é", "x\r"]) + "\n" for _ in range(random.randrange(60))]
    before = "".join(lines) + random.choice(["", "last"])
    for _ in range(random.randrange(1, 4)):
        at = random.randrange(len(lines) + 1)
        lines[at : at + random.randrange(3)] = [f"new {number}\n" for number in range(random.randrange(1, 4))]
    after = "".join(lines) + random.choice(["", "last"])
    (tmp_path / "file").write_bytes(before.encode())
    patch = "".join(unified_diff(before, after, "file")).encode()
    if before != after:
        subprocess.run(["git", "apply", "-p0", "--unidiff-zero", "-"], input=patch, cwd=tmp_path, check=True)
    assert (tmp_path / "file").read_bytes() == after.encode()


def test_a_long_file_with_two_distant_changes_has_one_hunk_for_each() -> None:
    lines = [f"line {number}\n\n" for number in range(5000)]
    after = ["first\n", *lines[1:-1], "last\n"]
    diff = list(unified_diff("".join(lines), "".join(after), "file"))
    assert [line for line in diff if line.startswith("@@")] == ["@@ -1,5 +1,4 @@\n", "@@ -9996,5 +9995,4 @@\n"]
