from __future__ import annotations

import io
import tarfile
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from diffgemma_lsp.errors import ModelNotFoundError
from diffgemma_lsp.training.call import PART_BYTES, call
from diffgemma_lsp.training.checkpoint import read
from diffgemma_lsp.training.export import FILES
from diffgemma_lsp.training.loop import train
from tests.training.test_loop import steps_of


def joined(out: Path) -> tarfile.TarFile:
    parts = sorted(out.iterdir())
    assert [part.name for part in parts] == [f"checkpoint.tar.{number:02}" for number in range(len(parts))]
    assert all(part.stat().st_size <= PART_BYTES for part in parts)
    return tarfile.open(fileobj=io.BytesIO(b"".join(part.read_bytes() for part in parts)))


def test_calls_go_on_until_the_run_is_over_and_each_gives_weights_back(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("diffgemma_lsp.training.call.PART_BYTES", 1 << 20)
    settings = replace(steps_of(state, 0), total_seconds=3.0)
    shares, steps = [], []
    for is_over in (False, True, True):
        # Two looks at the clock to a call: a second, and so a step.
        assert call(lambda: train(replace(settings, deadline=2.0, now=count().__next__)), state, tmp_path) is is_over
        optimizer, tally = read(state)
        shares.append(tally.share)
        steps.append(optimizer["steps"])
        with joined(tmp_path) as archive:
            names = {Path(name).name for name in archive.getnames()}
            assert names == {"checkpoint", "profile.toml", "log.txt", *FILES}
    assert shares == [pytest.approx(1 / 3), 1.0, 1.0]
    assert steps == [2, 3, 3]


def test_a_call_without_time_for_a_step_says_that_nothing_was_made(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError, match="holds no checkpoint yet"):
        call(lambda: None, tmp_path, tmp_path / "out")
