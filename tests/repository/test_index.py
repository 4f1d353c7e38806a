from __future__ import annotations

import os
from pathlib import Path

import pytest

from diffgemma_lsp.repository.files import Repository
from diffgemma_lsp.repository.index import RepositoryIndex, Site
from diffgemma_lsp.text.precedents import PrecedentIndex
from tests.repository.test_files import write

THERE = "def find_user(name):\n    user = users.get(name)\n    return checked(user)\n"
HERE = "def find_order(name):\n    order = orders.get(name)\n    "


def index_at(file: Path, lines: int = 1000) -> RepositoryIndex:
    return RepositoryIndex(Repository.around(file), PrecedentIndex(lines))


def read(index: RepositoryIndex, file: Path) -> RepositoryIndex:
    index.begin(file)
    while index.step():
        assert index.state == "reading"
    return index


def found(index: RepositoryIndex, here: Path) -> list[tuple[str, str, int]]:
    return [(each.text, each.path, each.line) for each in index.precedents(Site(here, HERE, "\n"))]


def sources(index: RepositoryIndex, here: Path) -> set[str]:
    return {path for _, path, _ in found(index, here)}


def test_a_line_of_another_file_is_a_precedent_under_its_path_in_the_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    write(tmp_path / "lib" / "users.py", THERE)
    here = write(tmp_path / "app" / "orders.py", HERE)
    assert found(read(index_at(here), here), here)[0] == ("return checked(order)", "lib/users.py", 3)


def test_reading_again_takes_what_is_new_and_forgets_what_is_gone(tmp_path: Path) -> None:
    there, here = write(tmp_path / "users.py", THERE), write(tmp_path / "orders.py", HERE)
    index = read(index_at(here), here)
    assert found(index, here)[0][0] == "return checked(order)"
    write(there, THERE.replace("checked", "validated"))
    assert found(read(index, here), here)[0][0] == "return validated(order)"
    there.unlink()
    assert sources(read(index, here), here) == {"orders.py"}
    assert index.state == "complete"


def test_what_did_not_change_is_not_read_again(tmp_path: Path) -> None:
    there, here = write(tmp_path / "users.py", THERE), write(tmp_path / "orders.py", HERE)
    index = read(index_at(here), here)
    times = there.stat()
    write(there, THERE.replace("checked", "chequed"))
    os.utime(there, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert found(read(index, here), here)[0][0] == "return checked(order)"


def test_a_document_in_an_editor_counts_and_not_its_file(tmp_path: Path) -> None:
    there, here = write(tmp_path / "users.py", THERE), write(tmp_path / "orders.py", HERE)
    index = index_at(here)
    assert not index.show({there: THERE.replace("checked", "shown").replace("\n", "\r\n")})
    assert found(read(index, here), here)[0][0] == "return shown(order)"
    assert index.show({}), "its file counts again"
    assert sources(index, here) == {"orders.py"}
    assert found(read(index, here), here)[0][0] == "return checked(order)"


@pytest.mark.parametrize("name", ["../outside.py", ".venv/a.py", "secret.py", "a.rs", "made.py"])
def test_a_document_that_no_model_may_see_or_of_another_root_is_no_source(tmp_path: Path, name: str) -> None:
    root = tmp_path / "root"
    (root / ".git").mkdir(parents=True)
    write(root / ".gitignore", "secret.py\n")
    here = write(root / "orders.py", HERE)
    index = index_at(here)
    index.show({(root / name).resolve(): ("# DO NOT EDIT\n" if name == "made.py" else "") + THERE})
    assert sources(index, here) == {"orders.py"}


def test_a_text_that_is_to_be_replaced_is_no_precedent_of_its_own(tmp_path: Path) -> None:
    here = tmp_path / "orders.py"
    index = index_at(here)
    assert "unlike" not in str(index.precedents(Site(here, HERE, "\n", today="return unlike_any(order)")))
    assert index.lines.rows("orders.py")[-2] == "    return unlike_any(order)"


def test_no_more_lines_are_held_than_are_allowed(tmp_path: Path) -> None:
    here = write(tmp_path / "a.py", "x = 1\n" * 4)
    write(tmp_path / "b.py", "y = 1\n" * 7)
    index = read(index_at(here, lines=10), here)
    assert index.state == "full"
    assert len(index.lines) == 4


def test_a_folder_of_any_size_is_looked_at_in_steps_and_up_to_a_bound(tmp_path: Path) -> None:
    here = tmp_path / "a.py"
    for number in range(120):
        (tmp_path / f"{number}.txt").touch()
    index = index_at(here)
    index.begin(here)
    assert [index.step() for _ in range(3)] == [True, True, False]
    assert index.state == "complete"
