"""Where an engine keeps its files."""

from __future__ import annotations

import os
import re
import stat
import tempfile
from pathlib import Path

import pytest

from diffgemma_lsp.engine.client.address import Address, address_of, is_answered, read_address, write_address
from diffgemma_lsp.engine.client.lock import is_locked, take_lock
from diffgemma_lsp.engine.client.paths import paths_of, remove_all, runtime_folder, state_folder
from diffgemma_lsp.engine.client.spec import EngineSpec
from diffgemma_lsp.errors import EngineUnavailableError


def test_the_runtime_folder_is_made_for_its_user_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert runtime_folder() == tmp_path / "diffgemma"
    assert stat.S_IMODE(runtime_folder().stat().st_mode) == 0o700


@pytest.mark.parametrize("given", ["", "/there/is/no/such/folder"])
def test_without_one_of_the_system_s_it_stands_among_temporary_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", given)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = runtime_folder()
    assert folder.parent == tmp_path
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_runtime_folder_that_others_can_open_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    folder = tmp_path / "diffgemma"
    folder.mkdir(mode=0o755)
    message = (
        f"the engine's folder {folder} must be a folder of yours that nobody else can open (mode 700);"
        " remove it, or set XDG_RUNTIME_DIR to a private folder"
    )
    with pytest.raises(EngineUnavailableError, match=f"^{re.escape(message)}$"):
        runtime_folder()


def test_a_link_to_a_folder_is_no_runtime_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "diffgemma").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(EngineUnavailableError, match="must be a folder of yours"):
        runtime_folder()


def test_a_runtime_folder_that_cannot_be_made_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "diffgemma").write_text("a file")
    message = f"the engine's folder {tmp_path}/diffgemma cannot be made (File exists); set XDG_RUNTIME_DIR to a private"
    with pytest.raises(EngineUnavailableError, match=f"^{re.escape(message)}"):
        runtime_folder()


def test_the_log_stands_in_the_user_s_state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert state_folder() == tmp_path / "diffgemma"
    monkeypatch.setenv("XDG_STATE_HOME", "not/absolute")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert state_folder() == tmp_path / ".local" / "state" / "diffgemma"


@pytest.mark.parametrize(
    ("one", "other", "are_same"),
    [
        (EngineSpec(), EngineSpec("local", "starter"), True),
        (EngineSpec(idle_minutes=1.0, uses_tcp=True), EngineSpec(), True),
        (EngineSpec("local", "."), EngineSpec("local", str(Path.cwd())), True),
        (EngineSpec("fake"), EngineSpec(), False),
        (EngineSpec("local", "a/b"), EngineSpec(), False),
        (EngineSpec(scheme="nf4"), EngineSpec(), False),
        (EngineSpec(scheme="nf4"), EngineSpec(scheme="int4"), False),
    ],
)
@pytest.mark.usefixtures("engine_folder")
def test_an_engine_is_the_same_however_its_model_is_written(one: EngineSpec, other: EngineSpec, are_same: bool) -> None:
    assert (paths_of(one) == paths_of(other)) is are_same


def test_an_engine_s_options_mean_the_same_engine() -> None:
    spec = EngineSpec("fake", "a b.toml", 0.5, uses_tcp=True)
    assert spec.command("run") == "diffgemma engine run --engine fake --model 'a b.toml' --idle-minutes 0.5 --tcp"
    assert EngineSpec().command("stop") == "diffgemma engine stop"
    assert EngineSpec(scheme="nf4").command("stop") == "diffgemma engine stop --scheme nf4"


def test_messages_name_the_scheme_of_an_engine_that_has_one() -> None:
    assert EngineSpec(scheme="nf4").title == "starter in nf4"


@pytest.mark.parametrize("address", [Address(7, socket="/run/a.sock"), Address(7, port=80, token="secret")])
def test_an_address_is_read_as_it_was_written(tmp_path: Path, address: Address) -> None:
    file = tmp_path / "a.json"
    write_address(file, address)
    write_address(file, address)
    assert read_address(file) == address
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"pid": 1}', "\x00"])
def test_a_file_that_is_no_address_is_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "a.json"
    file.write_text(text)
    assert read_address(file) is None
    assert read_address(tmp_path / "b.json") is None


def test_nobody_answers_where_nobody_listens(tmp_path: Path) -> None:
    assert not is_answered(Address(1, socket=str(tmp_path / "a.sock")))
    assert not is_answered(Address(1, port=1))


def test_a_lock_has_one_holder(tmp_path: Path) -> None:
    file = tmp_path / "a.lock"
    assert not is_locked(file)
    descriptor = take_lock(file)
    assert descriptor is not None
    assert take_lock(file) is None
    assert is_locked(file)
    os.close(descriptor)
    assert not is_locked(file)


def test_files_that_cannot_be_made_are_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    message = f"the engine's files in {tmp_path} cannot be used (Is a directory); make room there, or set XDG_RUNTIME"
    taken = tmp_path / "a.lock"
    (taken / "something").mkdir(parents=True)
    with pytest.raises(EngineUnavailableError, match=f"^{re.escape(message)}"):
        take_lock(taken)
    with pytest.raises(EngineUnavailableError, match=f"^{re.escape(message)}"):
        write_address(taken, Address(1, port=1))


@pytest.mark.usefixtures("engine_folder")
def test_a_port_that_a_dead_engine_left_behind_is_nobody_s() -> None:
    paths = paths_of(EngineSpec("fake"))
    address = Address(os.getpid(), port=80, token="secret")
    write_address(paths.address, address)
    assert address_of(paths) is None
    lock = take_lock(paths.lock)
    assert lock is not None
    assert address_of(paths) == address
    os.close(lock)


@pytest.mark.usefixtures("engine_folder")
def test_all_files_of_an_engine_can_be_removed() -> None:
    paths = paths_of(EngineSpec("fake"))
    paths.log.parent.mkdir(parents=True)
    for file in (paths.lock, paths.address, paths.log, paths.log.with_name(f"{paths.log.name}.1")):
        file.touch()
    other = paths.log.with_name("engine-other.log")
    other.touch()
    remove_all(paths)
    assert list(paths.folder.iterdir()) == []
    assert list(paths.log.parent.iterdir()) == [other]
