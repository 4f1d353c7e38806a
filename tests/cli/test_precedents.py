from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from diffgemma_lsp.cli.precedents import precedents_of
from diffgemma_lsp.text import Place, Span
from tests.cli.conftest import Run

THERE = "def find_user(name):\n    user = users.get(name)\n    return checked(user)\n"
HERE = "def find_order(name):\n    order = orders.get(name)\n    \n"
AT = Place(Span(len(HERE) - 1, len(HERE) - 1))


def orders(folder: Path) -> Path:
    (folder / "users.py").write_text(THERE)
    (folder / "orders.py").write_text(HERE)
    return folder / "orders.py"


def test_a_file_has_precedents_in_its_repository(tmp_path: Path) -> None:
    (best, *_) = precedents_of(orders(tmp_path), HERE, [AT]) or ()
    assert (best.text, best.path, best.line) == ("return checked(order)", "users.py", 3)


def test_several_places_and_standard_input_have_none(tmp_path: Path) -> None:
    assert precedents_of(orders(tmp_path), HERE, [AT, AT]) == ()
    assert precedents_of(None, HERE, [AT]) == ()


def test_reading_stops_after_half_a_second(tmp_path: Path) -> None:
    seconds = itertools.count(0, 1)
    found = precedents_of(orders(tmp_path), HERE, [AT], clock=seconds.__next__)
    assert found
    assert all(each.path == "orders.py" for each in found)


BASKET = """\
class Basket:
    def __init__(self, customer, collection):
        self.customer = customer
        self.collection = collection

    def total(self):
        return sum(item.price for item in self.collection)

    def describe(self):
        print(%s)
"""


@pytest.mark.parametrize("around", [("self.col", ""), ("self.colle", "on"), ("self.custo", ", 1")])
def test_the_starter_completes_a_word_by_both_of_its_ends(run: Run, tmp_path: Path, around: tuple[str, str]) -> None:
    text = BASKET % "<|fill|>".join(around)
    (tmp_path / "basket.py").write_text(text)
    ran = run("infill", "basket.py", "--seed", "1", "--explain", "--stdout")
    word = "collection" if "col" in around[0] else "customer, 1"
    assert ran.out.decode() == BASKET % f"self.{word}"
    assert "is like basket.py:" in ran.err
