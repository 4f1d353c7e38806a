from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from tests.checkpoints import save_checkpoint
from tests.cli.conftest import Run

CHECKS = ["access", "memory", "load", "tensors", "parity", "pace", "cases"]


def checks_of(report: bytes) -> dict[str, str]:
    """Return the verdict of each check of a report, in its order."""
    rows = re.findall(r"^(ok|note|FAIL) +(\w+) ", report.decode(), re.MULTILINE)
    return {name: verdict for verdict, name in rows}


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    save_checkpoint(tmp_path / "tiny", hidden_size=64)
    return tmp_path / "tiny"


@pytest.mark.slow
@pytest.mark.parametrize("options", [(), ("--scheme", "int4")], ids=["unpacked", "packed"])
def test_a_checkpoint_that_works_passes_every_check_in_order(run: Run, tiny: Path, options: tuple[str, ...]) -> None:
    ran = run("doctor", "--model", str(tiny), *options)
    verdicts = checks_of(ran.out)
    assert list(verdicts) == CHECKS
    assert set(verdicts.values()) <= {"ok", "note"}
    assert verdicts["parity"] == "ok"
    assert b"of 20 known answers" in ran.out
    assert ran.out.endswith(b"every check passed\n")
    assert ran.code == 0


def test_where_nothing_is_the_report_says_what_is_missing_within_seconds(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    start = time.monotonic()
    ran = run("doctor", "--model", "google/diffusiongemma-26B-A4B-it")
    assert time.monotonic() - start < 30
    assert checks_of(ran.out) == {"access": "FAIL", "memory": "FAIL"}
    assert b"is neither a folder nor reachable as a hub id" in ran.out
    assert b"what google/diffusiongemma-26B-A4B-it needs is not known before its config.json is here" in ran.out
    assert ran.out.endswith(b"a check failed; those after it were not made\n")
    assert (ran.code, ran.err) == (1, "")


def test_a_file_that_is_cut_short_is_found_before_anything_is_loaded(run: Run, tiny: Path) -> None:
    weights = tiny / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    ran = run("doctor", "--model", str(tiny))
    assert checks_of(ran.out) == {"access": "FAIL", "memory": "ok"}
    assert b"is damaged or cut short" in ran.out
    assert ran.code == 1


def test_a_damaged_checkpoint_fails_where_it_is_loaded(run: Run, tiny: Path) -> None:
    path = tiny / "model.safetensors"
    tensors = load_file(path)
    save_file(tensors | {"model.decoder.norm.weight": tensors["model.decoder.norm.weight"] / 0}, path)
    ran = run("doctor", "--model", str(tiny))
    assert checks_of(ran.out) == {"access": "ok", "memory": "ok", "load": "FAIL"}
    assert b"model.decoder.norm.weight holds values that are no numbers: download it again" in ran.out
    assert ran.code == 1


def test_a_report_does_not_tell_whose_home_it_was_made_in(
    run: Run, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tiny / "model.safetensors").unlink()
    monkeypatch.setenv("HOME", str(tiny.parent))
    ran = run("doctor", "--model", str(tiny))
    assert b" ~/tiny holds no model.safetensors" in ran.out
    assert str(tiny.parent).encode() not in ran.out
