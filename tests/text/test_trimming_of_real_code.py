"""Trimming measured on real code: spans of the standard library, seen as fills of the holes that they leave."""

from __future__ import annotations

import re
import sysconfig
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random

from diffgemma_lsp.fill.fake_answers import split_tokens
from diffgemma_lsp.text import Surroundings, trim

CASES = 800
MODULES = ("ast", "argparse", "dataclasses", "inspect", "pathlib", "shutil", "tarfile", "textwrap", "typing", "zipfile")


@cache
def sources() -> tuple[str, ...]:
    folder = Path(sysconfig.get_paths()["stdlib"])
    files = [folder / f"{module}.py" for module in MODULES]
    return tuple(file.read_text(encoding="utf-8") for file in files if file.exists())


def holes(seed: int) -> Iterator[tuple[str, str, str]]:
    """Yield prefix, middle and suffix of rests of lines, of whole lines and of any characters."""
    random = Random(seed)
    for number in range(CASES):
        text = random.choice(sources())
        starts = [found.end() for found in re.finditer("\n", text)]
        first = random.randrange(len(starts) - 10)
        start, end = starts[first], starts[first + random.randint(1, 6)] - 1
        if number % 3 == 0:
            start = random.randrange(start, max(end, start + 1))
        if number % 3 == 1:
            start, end = start + random.randrange(80), end + random.randrange(80)
        if text[start:end].strip() and start < end < len(text):
            yield text[:start], text[start:end], text[end:]


def trimmed(prefix: str, fill: str, suffix: str) -> str:
    around = Surroundings(prefix, suffix, given=prefix + suffix, ends_file_with_newline=True)
    return "".join(part.text for part in trim(split_tokens(fill), around))


def test_what_stood_there_is_hardly_ever_cut() -> None:
    cases = list(holes(seed=1))
    cut = [middle for prefix, middle, suffix in cases if trimmed(prefix, middle, suffix).rstrip() != middle.rstrip()]
    assert len(cases) > CASES / 2
    assert len(cut) <= len(cases) / 200, cut


def test_what_was_repeated_of_the_next_lines_is_nearly_always_cut() -> None:
    cases = [case for case in holes(seed=2) if case[2].startswith("\n") and not case[1][-1].isspace()]
    kept = 0
    for prefix, middle, suffix in cases:
        lines = suffix.split("\n")
        past_three = [number for number, line in enumerate(lines) if line.strip()][2] + 1
        repeated = "\n".join(lines[:past_three])
        kept += trimmed(prefix, middle + repeated, suffix).rstrip() != middle
    assert len(cases) > CASES / 4
    assert kept <= len(cases) / 50
