from __future__ import annotations

from pathlib import Path

import pytest

from diffgemma_lsp.errors import InputError
from diffgemma_lsp.training.journal import log_path
from diffgemma_lsp.training.plot import plot

FIRST = "12:00:30   1.00% step 5 tokens 0.10M 4000/s next 8.000\n"
SECOND = "12:01:00   2.00% step 9 tokens 0.20M 4000/s next 6.000 slots 7.000\n"
THIRD = "12:01:30   3.00% step 12 tokens 0.30M 4000/s next 5.000 slots 6.500\n"


def test_the_losses_fall_from_the_left_to_the_right(tmp_path: Path) -> None:
    log_path(tmp_path).write_text(FIRST + "validation next 8.000\n" + SECOND + THIRD, encoding="utf-8")
    lines = plot(tmp_path).splitlines()
    rows = [line.split("│")[1] for line in lines if line.startswith("│")]
    assert rows[0].strip()
    assert rows[0][:3].strip()
    assert not rows[0][-3:].strip()
    assert rows[-1][-3:].strip()
    assert "next token" in lines[-1]
    assert "canvas slots" in lines[-1]


def test_a_run_without_canvases_has_one_curve(tmp_path: Path) -> None:
    log_path(tmp_path).write_text(FIRST + FIRST.replace("0.10M", "0.15M"), encoding="utf-8")
    assert "canvas slots" not in plot(tmp_path)


def test_a_run_that_has_only_begun_cannot_be_drawn(tmp_path: Path) -> None:
    log_path(tmp_path).write_text(FIRST, encoding="utf-8")
    with pytest.raises(
        InputError, match=r"has too few lines to draw yet, one is written every half a minute: train on"
    ):
        plot(tmp_path)


def test_a_folder_without_a_log_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"log\.txt is missing: train first, or name another folder by --state"):
        plot(tmp_path)
