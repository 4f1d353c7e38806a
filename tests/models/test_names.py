"""What a name of a checkpoint means."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from diffgemma_lsp.errors import ModelNotFoundError
from diffgemma_lsp.models.names import Checkpoint, checkpoint_here

ROOT = Path(__file__).parents[2]


def test_the_starter_is_bundled_with_the_package() -> None:
    checkpoint = checkpoint_here("starter")
    assert checkpoint
    assert checkpoint.name == "starter"
    assert checkpoint
    assert (checkpoint.folder / "profile.toml").is_file()


def test_a_folder_is_used_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "my-model"
    folder.mkdir()
    checkpoint = checkpoint_here(str(folder))
    assert checkpoint
    assert (checkpoint.folder, checkpoint.name) == (folder, "my-model")


def test_a_folder_named_by_a_dot_has_its_real_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my-model").mkdir()
    monkeypatch.chdir(tmp_path / "my-model")
    assert checkpoint_here(".") == Checkpoint(Path(), "my-model")


def test_a_folder_may_be_given_from_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "models").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    assert checkpoint_here("~/models") == Checkpoint(tmp_path / "models", "models")


def test_a_file_is_no_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.touch()
    with pytest.raises(ModelNotFoundError, match=r"model\.gguf is a file: name the folder that holds config\.json"):
        checkpoint_here(str(path))


def test_a_word_that_names_nothing_is_no_hub_id(tmp_path: Path) -> None:
    message = 'startr is no folder: name one, a hub id such as "owner/name", or "starter"'
    with pytest.raises(ModelNotFoundError, match=f"^{re.escape(message)}$"):
        checkpoint_here("startr")


def test_what_may_be_a_hub_id_is_left_to_the_hub() -> None:
    assert checkpoint_here("google/diffusiongemma-26B-A4B-it") is None


@pytest.mark.parametrize("source", ["x" * 300, "~no-such-user/models"])
def test_a_path_that_cannot_be_looked_up_is_named(source: str) -> None:
    with pytest.raises(ModelNotFoundError, match=r" cannot be looked up \(.+\): name a folder that you may read$"):
        checkpoint_here(source)


def test_a_name_is_looked_up_without_anything_heavy() -> None:
    code = "import sys, diffgemma_lsp.models.names; print(*{name.split('.')[0] for name in sys.modules})"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"torch", "transformers", "numpy", "huggingface_hub", "httpx"} & set(ran.stdout.split())
