from __future__ import annotations

from pathlib import Path

import pytest
import torch

from diffgemma_lsp.checkup.memory import check_memory, explain_choice
from diffgemma_lsp.models.names import Checkpoint
from tests.checkpoints import save_checkpoint
from tests.hub import loopback_hub

CPU = torch.device("cpu")


@pytest.fixture
def tiny(tmp_path: Path) -> Checkpoint:
    save_checkpoint(tmp_path / "tiny", hidden_size=64)
    return Checkpoint(tmp_path / "tiny", "tiny")


@pytest.mark.parametrize(
    ("scheme", "text"),
    [
        (None, "cpu (torch sees no CUDA card), 1.0 GB free; float32, the most bits that fit"),
        ("nf4", "cpu (torch sees no CUDA card), 1.0 GB free; nf4, asked for by --scheme, computed in float32"),
        ("bf16", "cpu (torch sees no CUDA card), 1.0 GB free; bfloat16, asked for by --scheme"),
    ],
)
def test_the_choice_is_explained(tiny: Checkpoint, scheme: str | None, text: str) -> None:
    result = explain_choice(tiny, scheme, CPU, 10**9)
    assert (result.text, result.verdict) == (text, "ok")
    assert [line.split()[0] for line in result.lines] == [
        "bfloat16" if scheme == "bf16" else "float32",
        "int8",
        "fp8",
        "int4",
        "nf4",
    ]
    assert all(line.endswith("MB, fits") for line in result.lines)


def test_a_profile_s_scheme_is_named_as_the_reason(tiny: Checkpoint) -> None:
    profile = tiny.folder / "profile.toml"
    profile.write_text(f'scheme = "int8"\n{profile.read_text()}')
    assert "; int8, which its profile says, " in explain_choice(tiny, None, CPU, 10**9).text


def test_too_little_memory_fails_with_the_sum_of_each_scheme(tiny: Checkpoint) -> None:
    result = explain_choice(tiny, None, CPU, 1000)
    assert result.verdict == "FAIL"
    assert result.text.startswith("tiny in nf4 needs ")
    assert all(line.endswith(" MB too much") for line in result.lines)


def test_the_memory_of_what_is_not_downloaded_is_known_from_its_configuration(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "model")
    with loopback_hub(tmp_path / "model") as hub:
        result = check_memory("owner/tiny", None, tmp_path / "cache", hub.endpoint)
    assert result.verdict == "ok"
    assert "the most bits that fit" in result.text


def test_without_a_configuration_the_device_is_told_at_least(tmp_path: Path) -> None:
    with loopback_hub(tmp_path) as hub:
        result = check_memory("owner/typo", None, tmp_path / "cache", hub.endpoint)
    assert result.verdict == "FAIL"
    assert " free; what owner/typo needs is not known before its config.json is here" in result.text
