"""A file is replaced as one step, or not at all."""

from __future__ import annotations

import os
import re
import signal
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType

import pytest

from diffgemma_lsp.cli import files
from diffgemma_lsp.cli.files import check_writable, replace_file
from diffgemma_lsp.cli.interrupts import interruptible
from diffgemma_lsp.errors import FileChangedError, InputError

OLD, NEW = b"old\n" * 1000, b"new\n" * 2000


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "file.py"
    path.write_bytes(OLD)
    return path


def replace(path: Path, before: bytes = OLD, after: bytes = NEW) -> None:
    with interruptible():
        replace_file(path, before, after)


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


@contextmanager
def ordinary_user() -> Iterator[None]:
    """Give up the rights of the superuser, whom no mode stops."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_file_is_replaced_and_nothing_else_is_left(target: Path) -> None:
    replace(target)
    assert target.read_bytes() == NEW
    assert names_in(target.parent) == ["file.py"]


@pytest.mark.parametrize("mode", [0o644, 0o755, 0o600, 0o4755])
def test_the_mode_stays(target: Path, mode: int) -> None:
    target.chmod(mode)
    replace(target)
    assert stat.S_IMODE(target.stat().st_mode) == mode


def test_the_owner_stays_where_that_is_allowed(target: Path) -> None:
    owner = 12345 if os.geteuid() == 0 else os.geteuid()
    os.chown(target, owner, -1)
    replace(target)
    assert target.stat().st_uid == owner


def test_a_symbolic_link_stays_one(target: Path) -> None:
    link = target.with_name("link.py")
    link.symlink_to(target.name)
    replace(link)
    assert link.is_symlink()
    assert target.read_bytes() == NEW


def test_a_file_that_changed_meanwhile_is_left_alone(target: Path) -> None:
    message = f"{target} changed while it was being filled, so it was not written; run it again"
    with pytest.raises(FileChangedError, match=f"^{re.escape(message)}$"):
        replace(target, before=b"what was read")
    assert target.read_bytes() == OLD
    assert names_in(target.parent) == ["file.py"]


def test_a_file_that_vanished_meanwhile_is_not_made_again(target: Path) -> None:
    target.unlink()
    message = (
        f"{target} cannot be written (No such file or directory); make it and its folder writable, or use --stdout"
    )
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        replace(target)
    assert names_in(target.parent) == []


def test_a_read_only_file_is_left_alone(target: Path) -> None:
    target.chmod(0o444)
    message = f"{target} is read-only; make it writable, or use --stdout"
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        replace(target)
    assert target.read_bytes() == OLD


def test_a_file_of_somebody_else_is_left_alone() -> None:
    path = Path("/etc/passwd")
    message = f"{path} cannot be written (Permission denied); make it and its folder writable, or use --stdout"
    with ordinary_user(), pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        check_writable(path)


def test_a_file_in_a_read_only_folder_is_left_alone() -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        target = folder / "file.py"
        target.write_bytes(OLD)
        target.chmod(0o666)
        folder.chmod(0o555)
        message = f"{target} cannot be written (Permission denied); make it and its folder writable, or use --stdout"
        with ordinary_user(), pytest.raises(InputError, match=f"^{re.escape(message)}$"):
            replace(target)
        folder.chmod(0o755)
        assert target.read_bytes() == OLD
        assert names_in(folder) == ["file.py"]


def test_a_pipe_is_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    message = f"{pipe} is no regular file, so it cannot be replaced; use --stdout"
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        check_writable(pipe)


class InterruptAt:
    """Sends the signal when the n-th line of `replace_file` and what it calls in its file is about to run."""

    def __init__(self, number: signal.Signals, line: int) -> None:
        self.number = number
        self.lines_left = line

    def __call__(self, frame: FrameType, event: str, _: object) -> InterruptAt | None:
        if frame.f_code.co_filename != files.__file__:
            return None
        if event == "line":
            self.lines_left -= 1
            if self.lines_left == 0:
                signal.raise_signal(self.number)
        return self


# An interrupt between opening a file and entering its block leaves closing it to the interpreter, which says so.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_at_any_line_leaves_the_old_file_or_the_new_one_and_nothing_else(
    target: Path, number: signal.Signals
) -> None:
    outcomes = []
    for line in range(1, 100):
        target.write_bytes(OLD)
        tracer = InterruptAt(number, line)
        before = sys.gettrace()
        sys.settrace(tracer)
        try:
            replace(target)
            outcomes.append("replaced")
        except KeyboardInterrupt:
            outcomes.append("interrupted")
        finally:
            sys.settrace(before)
        assert target.read_bytes() == (OLD if outcomes[-1] == "interrupted" else NEW)
        assert names_in(target.parent) == ["file.py"]
        if tracer.lines_left > 0:
            break
    assert outcomes.count("interrupted") > 10
    assert outcomes.count("replaced") > 3
    assert sorted(outcomes) == outcomes
