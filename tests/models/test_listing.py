from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from diffgemma_lsp.errors import InputError
from diffgemma_lsp.models.conversion import convert
from diffgemma_lsp.models.listing import Found, checkpoints_here
from diffgemma_lsp.models.names import Checkpoint
from diffgemma_lsp.models.packed.schemes import SCHEMES
from diffgemma_lsp.models.source import fetch_config, find_checkpoint
from tests.checkpoints import save_checkpoint
from tests.hub import loopback_hub


def others(folder: Path, cache: Path | None = None) -> list[Found]:
    """Return what is found beside the starter, which always comes first."""
    starter, *found = checkpoints_here([folder], cache or folder / "no cache")
    assert (starter.name, starter.problem) == ("starter", "")
    return found


def test_a_folder_is_a_checkpoint_or_holds_some(tmp_path: Path) -> None:
    models = tmp_path / "models"
    save_checkpoint(models / "one", "60KB", hidden_size=64)
    convert(Checkpoint(models / "one", "one"), models / "two", SCHEMES["nf4"], torch.device("cpu"), lambda _: None)
    (models / "notes").mkdir()
    one, two = others(models)
    assert (one.name, one.scheme) == (str(models / "one"), None)
    assert (two.name, two.scheme) == (str(models / "two"), "nf4")
    assert one.nbytes > two.nbytes > 0
    assert others(models / "one") == [one]


def test_models_of_another_kind_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}))
    assert others(tmp_path) == []


def test_what_would_not_load_is_listed_with_the_reason(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "model")
    (tmp_path / "model" / "model.safetensors").unlink()
    (found,) = others(tmp_path)
    assert " holds no model.safetensors and no " in found.problem


def test_downloads_are_listed_by_their_hub_id(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "model")
    cache = tmp_path / "cache"
    with loopback_hub(tmp_path / "model") as hub:
        fetch_config("owner/tiny", cache, hub.endpoint)
        (part,) = checkpoints_here([], cache)[1:]
        assert (part.name, part.nbytes) == ("owner/tiny", 0)
        assert "download the weights too" in part.problem
        find_checkpoint("owner/tiny", cache, hub.endpoint)
    (whole,) = checkpoints_here([], cache)[1:]
    assert (whole.name, whole.problem) == ("owner/tiny", "")
    assert whole.nbytes == (tmp_path / "model" / "model.safetensors").stat().st_size


def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"missing is no folder: name one that is a checkpoint, or holds some$"):
        others(tmp_path / "missing")
