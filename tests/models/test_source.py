from __future__ import annotations

from pathlib import Path

import pytest

from diffgemma_lsp.errors import ModelNotFoundError
from diffgemma_lsp.models.source import download_size, fetch_config, find_checkpoint, find_downloaded, find_tokenizer
from tests.checkpoints import save_checkpoint
from tests.hub import loopback_hub


@pytest.mark.parametrize("source", ["no/such/folder", "./no/folder", "a..b/c", "/no/folder"])
def test_what_can_be_no_hub_id_is_taken_for_a_folder(source: str) -> None:
    with pytest.raises(ModelNotFoundError, match=r'is no folder: name one, a hub id such as "owner/name", or "start'):
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


def test_a_file_that_was_cut_short_here_is_downloaded_again(tmp_path: Path) -> None:
    model, cache = tmp_path / "model", tmp_path / "cache"
    save_checkpoint(model)
    content = (model / "model.safetensors").read_bytes()
    with loopback_hub(model) as hub:
        folder = find_checkpoint("owner/tiny", cache, hub.endpoint).folder
        (folder / "model.safetensors").resolve().write_bytes(content[:-50])
        assert find_downloaded("owner/tiny", cache) is None
        assert download_size("owner/tiny", cache, hub.endpoint) == len(content)
        again = find_checkpoint("owner/tiny", cache, hub.endpoint).folder
    assert (again / "model.safetensors").read_bytes() == content


def test_what_is_here_is_not_downloaded_again_where_the_hub_tells_no_sizes(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "model")
    with loopback_hub(tmp_path / "model") as hub:
        hub.tells_sizes = False
        folder = find_checkpoint("owner/tiny", tmp_path / "cache", hub.endpoint).folder
        (folder / "tokenizer.json").resolve().unlink()
        (folder / "tokenizer.json").unlink()
        hub.asked.clear()
        find_checkpoint("owner/tiny", tmp_path / "cache", hub.endpoint)
        assert hub.asked == [("tokenizer.json", 0)]


def test_an_id_that_the_hub_does_not_know_is_named(tmp_path: Path) -> None:
    with (
        loopback_hub(tmp_path) as hub,
        pytest.raises(ModelNotFoundError, match=r"^owner/typo is neither a folder nor a model on the hub: check the "),
    ):
        find_checkpoint("owner/typo", tmp_path / "cache", hub.endpoint)


def test_a_gated_model_says_how_to_get_it(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "model")
    with (
        loopback_hub(tmp_path / "model") as hub,
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


def test_too_little_room_is_noticed_before_anything_is_downloaded(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "model")
    message = (
        r"^owner/tiny needs 0\.\d MB in .+cache, where 0\.0 MB are free: make room, or set HF_HOME to another folder$"
    )
    with loopback_hub(tmp_path / "model") as hub:
        with pytest.raises(ModelNotFoundError, match=message):
            find_checkpoint("owner/tiny", tmp_path / "cache", hub.endpoint, free=lambda folder: 1000)
        assert not hub.asked
        needed = download_size("owner/tiny", tmp_path / "cache", hub.endpoint)
        find_checkpoint("owner/tiny", tmp_path / "cache", hub.endpoint, free=lambda folder: needed)


def test_a_connection_that_is_lost_is_taken_up_where_it_was(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "model")
    content = bytes(range(256)) * (1 << 16)
    (tmp_path / "model" / "more.safetensors").write_bytes(content)
    with loopback_hub(tmp_path / "model") as hub:
        hub.broken["more.safetensors"] = 15 << 20
        folder = find_checkpoint("owner/tiny", tmp_path / "cache", hub.endpoint).folder
        # The library writes ten megabytes at a time.
        assert [start for name, start in hub.asked if name == "more.safetensors"] == [0, 10 << 20]
    assert (folder / "more.safetensors").read_bytes() == content


def test_a_file_of_another_length_than_the_hub_tells_is_one_sentence(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "model")
    message = r"^owner/tiny cannot be downloaded \(Consistency check failed: file should be .+\): try again later$"
    with loopback_hub(tmp_path / "model") as hub:
        hub.shortened = "model.safetensors"
        with pytest.raises(ModelNotFoundError, match=message):
            find_checkpoint("owner/tiny", tmp_path / "cache", hub.endpoint)
    assert find_downloaded("owner/tiny", tmp_path / "cache") is None


def test_what_has_to_be_downloaded_first_is_not_there_yet(tmp_path: Path) -> None:
    assert find_downloaded("owner/tiny", tmp_path / "cache") is None
    model = tmp_path / "model"
    save_checkpoint(model)
    with loopback_hub(model) as hub:
        find_checkpoint("owner/tiny", tmp_path / "cache", hub.endpoint)
    found = find_downloaded("owner/tiny", tmp_path / "cache")
    assert found is not None
    assert found.name == "owner/tiny"


def test_the_size_of_a_download_is_that_of_its_files_without_pickles(tmp_path: Path) -> None:
    save_checkpoint(tmp_path)
    wanted = sum(path.stat().st_size for path in tmp_path.iterdir())
    (tmp_path / "pytorch_model.bin").write_bytes(b"pickle")
    with loopback_hub(tmp_path) as hub:
        assert download_size("owner/tiny", tmp_path / "cache", hub.endpoint) == wanted


def test_a_configuration_and_its_profile_come_without_the_weights(tmp_path: Path) -> None:
    model = tmp_path / "model"
    save_checkpoint(model)
    with loopback_hub(model) as hub:
        folder = fetch_config("owner/tiny", tmp_path / "cache", hub.endpoint)
    assert {path.name for path in folder.iterdir()} == {"config.json", "profile.toml"}
    assert find_downloaded("owner/tiny", tmp_path / "cache") is None


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("owner/gated", r"^owner/gated is gated: accept its terms on its hub page, and log in with `hf auth login`$"),
        ("owner/typo", r"^owner/typo is neither a folder nor a model on the hub: check the spelling, or log in if it "),
    ],
)
def test_what_cannot_be_had_is_said_before_a_download_is_tried(tmp_path: Path, name: str, message: str) -> None:
    save_checkpoint(tmp_path / "model")
    with loopback_hub(tmp_path / "model") as hub:
        for ask in (download_size, fetch_config):
            with pytest.raises(ModelNotFoundError, match=message):
                ask(name, tmp_path / "cache", hub.endpoint)


def test_of_a_hub_id_the_tokenizer_alone_is_downloaded_once(tmp_path: Path) -> None:
    model = tmp_path / "model"
    save_checkpoint(model)
    with loopback_hub(model) as hub:
        file = find_tokenizer("owner/tiny", tmp_path / "cache", hub.endpoint)
        assert [path.name for path in file.parent.iterdir()] == ["tokenizer.json"]
        asked = len(hub.requests)
        assert find_tokenizer("owner/tiny", tmp_path / "cache", hub.endpoint) == file
        assert len(hub.requests) == asked
        with pytest.raises(ModelNotFoundError, match=r"^owner/typo is neither a folder nor a model on the hub"):
            find_tokenizer("owner/typo", tmp_path / "cache", hub.endpoint)
    assert file.read_bytes() == (model / "tokenizer.json").read_bytes()
    assert find_tokenizer(str(model)) == model / "tokenizer.json"
    with pytest.raises(ModelNotFoundError, match="is no folder: name one, a hub id"):
        find_tokenizer("a..b/c")
