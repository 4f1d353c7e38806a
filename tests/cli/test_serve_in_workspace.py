"""What a workspace cannot do to the language server that an editor starts in it."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

import pytest

from diffgemma_lsp.cli.serve import add_arguments, leave_workspace
from diffgemma_lsp.engine.client.spec import EngineSpec
from diffgemma_lsp.models.names import checkpoint_here


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home, while this process stands in a workspace with folders that are called like models."""
    workspace, home = tmp_path / "workspace", tmp_path / "home"
    for folder in (workspace / "starter", workspace / "owner" / "name", home):
        folder.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.chdir(workspace)
    return home


def arguments(*line: str) -> Namespace:
    parser = ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(line)


@pytest.mark.usefixtures("home")
def test_the_starter_is_the_starter_wherever_it_is_asked_for() -> None:
    assert EngineSpec("local", "starter").options() == ["--model", "starter"]
    assert EngineSpec("local", "starter").key == EngineSpec("local").key


def test_a_hub_id_is_no_folder_of_the_workspace(home: Path) -> None:
    args = arguments("--model", "owner/name")
    assert EngineSpec("local", args.model).full_model != "owner/name", "what it meant before"
    leave_workspace(args)
    assert Path.cwd() == home
    assert EngineSpec("local", args.model).full_model == "owner/name"
    assert checkpoint_here(args.model) is None


@pytest.mark.parametrize("model", ["./owner/name", "../workspace/owner/name"])
def test_a_path_stays_what_it_was_where_the_editor_started_the_server(model: str, home: Path) -> None:
    args = arguments("--model", model, "--config", "settings.toml")
    leave_workspace(args)
    workspace = home.parent / "workspace"
    assert Path(args.model).resolve() == workspace / "owner" / "name"
    assert args.config == workspace / "settings.toml"


def test_a_path_below_the_home_is_found(home: Path) -> None:
    args = arguments("--model", "~/mine")
    leave_workspace(args)
    assert args.model == str(home / "mine")


@pytest.mark.parametrize("engine", ["fake", "vllm"])
def test_a_script_is_a_file_where_the_editor_started_the_server(engine: str, home: Path) -> None:
    args = arguments("--engine", engine, "--model", "some.toml")
    leave_workspace(args)
    assert args.model == str(home.parent / "workspace" / "some.toml")


def test_without_a_home_the_server_stays_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "gone"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "gone"))
    monkeypatch.chdir(tmp_path)
    leave_workspace(arguments("--model", "owner/name"))
    assert Path.cwd() == tmp_path


def test_how_long_a_model_is_kept_can_be_said() -> None:
    assert arguments("--idle-minutes", "0").idle_minutes == 0.0
