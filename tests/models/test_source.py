from __future__ import annotations

from pathlib import Path

import pytest

from diffgemma_lsp.errors import ModelNotFoundError
from diffgemma_lsp.models.source import find_checkpoint
from tests.checkpoints import save_checkpoint
from tests.hub import loopback_hub


def test_the_starter_is_bundled_with_the_package() -> None:
    checkpoint = find_checkpoint("starter")
    assert checkpoint.name == "starter"
    assert (checkpoint.folder / "profile.toml").is_file()


def test_a_folder_is_used_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "my-model"
    folder.mkdir()
    checkpoint = find_checkpoint(str(folder))
    assert (checkpoint.folder, checkpoint.name) == (folder, "my-model")


def test_a_folder_named_by_a_dot_has_its_real_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my-model").mkdir()
    monkeypatch.chdir(tmp_path / "my-model")
    assert find_checkpoint(".").name == "my-model"


def test_a_folder_may_be_given_from_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "models").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    assert find_checkpoint("~/models").folder == tmp_path / "models"


def test_a_file_is_no_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.touch()
    with pytest.raises(ModelNotFoundError, match=r"model\.gguf is a file: name the folder that holds config\.json"):
        find_checkpoint(str(path))


@pytest.mark.parametrize("source", ["startr", "no/such/folder", "./no/folder", "a..b/c", "/no/folder"])
def test_what_can_be_no_hub_id_is_taken_for_a_folder(source: str) -> None:
    with pytest.raises(ModelNotFoundError, match=r'is no folder: name one, a hub id such as "owner/name", or "start'):
        find_checkpoint(source)


@pytest.mark.parametrize("source", ["x" * 300, "~no-such-user/models"])
def test_a_path_that_cannot_be_looked_up_is_named(source: str) -> None:
    with pytest.raises(ModelNotFoundError, match=r" cannot be looked up \(.+\): name a folder that you may read$"):
        find_checkpoint(source)


def test_a_hub_id_is_downloaded_without_pickles_and_code(tmp_path: Path) -> None:
    model = tmp_path / "model"
    save_checkpoint(model)
    (model / "pytorch_model.bin").write_bytes(b"pickle")
    (model / "modeling.py").write_text("raise SystemExit")
    with loopback_hub(model) as hub:
        checkpoint = find_checkpoint("owner/tiny", tmp_path / "cache", hub.endpoint)
    assert checkpoint.name == "owner/tiny"
    names = {path.name for path in checkpoint.folder.iterdir()}
    assert {"config.json", "tokenizer.json", "profile.toml", "model.safetensors"} <= names
    assert not names & {"pytorch_model.bin", "modeling.py"}
    assert not any("pytorch_model" in path or "modeling" in path for path in hub.requests if "resolve" in path)


def test_a_complete_download_is_used_without_the_network(tmp_path: Path) -> None:
    model = tmp_path / "model"
    save_checkpoint(model)
    with loopback_hub(model) as hub:
        first = find_checkpoint("owner/tiny", tmp_path / "cache", hub.endpoint)
        asked = len(hub.requests)
        again = find_checkpoint("owner/tiny", tmp_path / "cache", hub.endpoint)
        assert len(hub.requests) == asked
    assert again == first


@pytest.mark.parametrize("lost", ["model.safetensors", "tokenizer.json"])
def test_an_incomplete_download_is_completed(tmp_path: Path, lost: str) -> None:
    model = tmp_path / "model"
    save_checkpoint(model)
    with loopback_hub(model) as hub:
        folder = find_checkpoint("owner/tiny", tmp_path / "cache", hub.endpoint).folder
        (folder / lost).resolve().unlink()
        (folder / lost).unlink()
        again = find_checkpoint("owner/tiny", tmp_path / "cache", hub.endpoint).folder
    assert (again / lost).read_bytes() == (model / lost).read_bytes()


def test_an_id_that_the_hub_does_not_know_is_named(tmp_path: Path) -> None:
    with (
        loopback_hub(tmp_path) as hub,
        pytest.raises(ModelNotFoundError, match=r"^owner/typo is neither a folder nor a model on the hub: check the "),
    ):
        find_checkpoint("owner/typo", tmp_path / "cache", hub.endpoint)


def test_a_gated_model_says_how_to_get_it(tmp_path: Path) -> None:
    with (
        loopback_hub(tmp_path) as hub,
        pytest.raises(ModelNotFoundError, match=r"^owner/gated is gated: accept its terms on its hub page, and log"),
    ):
        find_checkpoint("owner/gated", tmp_path / "cache", hub.endpoint)


def test_a_hub_that_cannot_be_reached_is_named(tmp_path: Path) -> None:
    with loopback_hub(tmp_path) as hub:
        closed = hub.endpoint
    message = r"^owner/tiny is neither a folder nor reachable as a hub id \(ConnectError\): connect to the network, or"
    with pytest.raises(ModelNotFoundError, match=message):
        find_checkpoint("owner/tiny", tmp_path / "cache", closed)


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    model = tmp_path / "model"
    save_checkpoint(model)
    (tmp_path / "cache").touch()
    with (
        loopback_hub(model) as hub,
        pytest.raises(ModelNotFoundError, match=r"^owner/tiny cannot be downloaded \(.+\): make room, or set HF_HOME"),
    ):
        find_checkpoint("owner/tiny", tmp_path / "cache", hub.endpoint)
