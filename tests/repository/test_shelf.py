from __future__ import annotations

from pathlib import Path

from diffgemma_lsp.repository.index import Site
from diffgemma_lsp.repository.shelf import Shelf
from tests.repository.test_files import write
from tests.repository.test_index import HERE, THERE


class Hands:
    """A clock that is turned by hand."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def best(shelf: Shelf, here: Path, shown: dict[Path, str] | None = None, *folders: Path) -> str:
    site = Site(here, HERE, "\n")
    shelf.precedents(site, shown or {}, folders)
    while shelf.step():
        pass
    return shelf.precedents(site, shown or {}, folders)[0].text


def test_what_is_on_disk_is_looked_at_again_after_a_minute(tmp_path: Path) -> None:
    clock = Hands()
    shelf = Shelf(1000, clock)
    there, here = write(tmp_path / "users.py", THERE), write(tmp_path / "orders.py", HERE)
    assert best(shelf, here) == "return checked(order)"
    write(there, THERE.replace("checked", "validated"))
    clock.seconds = 59
    assert best(shelf, here) == "return checked(order)"
    clock.seconds = 60
    assert best(shelf, here) == "return validated(order)"


def test_the_file_of_a_closed_document_counts_at_once(tmp_path: Path) -> None:
    shelf = Shelf(1000, Hands())
    there, here = write(tmp_path / "users.py", THERE), write(tmp_path / "orders.py", HERE)
    assert best(shelf, here, {there: THERE.replace("checked", "unsaved")}) == "return unsaved(order)"
    assert best(shelf, here) == "return checked(order)"


def test_a_document_that_is_ignored_from_now_on_is_no_source_after_a_second(tmp_path: Path) -> None:
    clock = Hands()
    shelf = Shelf(1000, clock)
    there, here = write(tmp_path / "users.py", THERE), write(tmp_path / "orders.py", HERE)
    shown = {there: THERE, here: HERE}
    assert best(shelf, here, shown) == "return checked(order)"
    rules = write(tmp_path / ".gitignore", "users.py\n")
    clock.seconds = 1
    assert best(shelf, here, shown) == "order = orders.get(name)"
    rules.unlink()
    clock.seconds = 2
    assert best(shelf, here, shown) == "return checked(order)"


def test_another_root_of_the_workspace_is_no_source(tmp_path: Path) -> None:
    shelf = Shelf(1000)
    here, there = write(tmp_path / "a" / "orders.py", HERE), write(tmp_path / "b" / "users.py", THERE)
    assert best(shelf, here, {there: THERE}, tmp_path / "a", tmp_path / "b") == "order = orders.get(name)"
    assert best(shelf, here, {there: THERE}, tmp_path) == "return checked(order)"


def test_the_repository_used_last_stays_within_the_bound(tmp_path: Path) -> None:
    shelf = Shelf(7)
    for name in ("a", "b", "c"):
        write(tmp_path / name / "users.py", THERE)
        here = write(tmp_path / name / "orders.py", HERE)
        assert best(shelf, here) == "return checked(order)"
        assert shelf.lines <= 7
    assert shelf.state == "complete"


def test_a_bound_that_leaves_something_out_is_said(tmp_path: Path) -> None:
    shelf = Shelf(4)
    write(tmp_path / "users.py", THERE)
    best(shelf, write(tmp_path / "orders.py", HERE))
    assert shelf.state == "full"
