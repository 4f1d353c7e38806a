from __future__ import annotations

from pathlib import Path

import pytest

from diffgemma_lsp.checkup.access import check_access
from diffgemma_lsp.errors import ModelError, ModelNotFoundError
from diffgemma_lsp.models.source import find_checkpoint
from tests.checkpoints import save_checkpoint
from tests.hub import loopback_hub


def test_a_folder_is_told_with_its_size_and_the_disk_s_room(tmp_path: Path) -> None:
    save_checkpoint(tmp_path)
    text = check_access(str(tmp_path)).text
    assert f" MB of weights in {tmp_path}; " in text
    assert text.endswith(" free where downloads go")


def test_what_could_be_downloaded_is_told_with_its_size_and_how(tmp_path: Path) -> None:
    model = tmp_path / "model"
    save_checkpoint(model)
    message = (
        r"^owner/tiny is not here: \d\.\d MB would be downloaded, .+ are free;"
        r" run `diffgemma model pull owner/tiny`$"
    )
    with loopback_hub(model) as hub:
        with pytest.raises(ModelNotFoundError, match=message):
            check_access("owner/tiny", tmp_path / "cache", hub.endpoint)
        find_checkpoint("owner/tiny", tmp_path / "cache", hub.endpoint)
    assert " MB of weights in " in check_access("owner/tiny", tmp_path / "cache").text


def test_an_incomplete_folder_is_named(tmp_path: Path) -> None:
    save_checkpoint(tmp_path)
    (tmp_path / "model.safetensors").unlink()
    with pytest.raises(ModelError, match=r"holds no model\.safetensors"):
        check_access(str(tmp_path))
