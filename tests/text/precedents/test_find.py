from __future__ import annotations

import pytest

from diffgemma_lsp.text.precedents import PrecedentIndex, find_precedents

OTHER = """\
class UserStore:
    def find_user(self, name):
        user = self._users.get(name)
        if user is None:
            raise UnknownUser(name)
        return user
"""


def first(prefix: str, suffix: str, **others: str) -> str | None:
    index = PrecedentIndex()
    for path, text in others.items():
        index.put(path, text)
    index.put("here", prefix + suffix)
    found = find_precedents(index, "here", prefix, suffix)
    return found[0].text if found else None


HEAD = "class OrderStore:\n    def find_order(self, name):\n        order = self._orders.get(name)\n"


@pytest.mark.parametrize(
    ("prefix", "suffix", "text"),
    [
        (HEAD + "        ", "\n            raise UnknownOrder(name)\n", "if order is None:"),
        (HEAD, "            raise UnknownOrder(name)\n", "        if order is None:\n"),
        (HEAD + "        if or", "\n            raise UnknownOrder(name)\n", "der is None:"),
        (HEAD + "        if ", ":\n            raise UnknownOrder(name)\n", "order is None"),
        (HEAD + "        ", "\n        return order\n", "if order is None:\n            raise UnknownOrder(name)"),
        (HEAD.expandtabs(4) + "        if order is None:\n            ", "\n", "raise UnknownOrder(name)"),
    ],
    ids=["line", "line of its own", "rest of a line", "middle of a line", "two lines", "next line"],
)
def test_a_line_comes_over_with_the_names_of_this_place(prefix: str, suffix: str, text: str) -> None:
    assert first(prefix, suffix, there=OTHER) == text


def test_a_precedent_says_where_it_stands() -> None:
    index = PrecedentIndex()
    index.put("there.py", "\n" + OTHER)
    prefix = HEAD + "        "
    best = find_precedents(index, "here.py", prefix, "\n")[0]
    assert (best.path, best.line) == ("there.py", 5)
    assert 0 < best.score <= 2


def test_what_follows_the_hole_is_no_precedent_of_it() -> None:
    prefix, suffix = "alpha = read(1)\nbeta = write(2)\n", "\ngamma = close(3)\n"
    assert first(prefix, suffix) is None
    assert first(prefix + "gam", suffix.replace("gamma", "delta")) is None


def test_what_does_not_go_on_from_what_is_typed_is_left_out() -> None:
    assert first(HEAD + "        while ", "\n", there=OTHER) is None


def test_precedents_differ_and_the_most_alike_comes_first() -> None:
    index = PrecedentIndex()
    index.put("a", "open_it()\nread_it()\nclose_it()\n")
    index.put("b", "open_it()\nwrite_it()\nclose_all()\n")
    found = find_precedents(index, "here", "open_it()\n", "\nclose_it()\n")
    assert [each.text for each in found][:2] == ["read_it()", "write_it()"]
    assert len({each.text for each in found}) == len(found)
    scores = [each.score for each in found]
    assert scores == sorted(scores, reverse=True)


def test_an_empty_index_and_an_empty_document_have_no_precedents() -> None:
    assert first("", "") is None
    assert first("", "", there=OTHER) is None
    assert find_precedents(PrecedentIndex(), "a", "x = 1\n", "\n") == ()


def test_what_is_typed_goes_on_as_most_lines_that_begin_so() -> None:
    lines = ["log = get_logger(1)", "a = 1", "log = get_logger(name)", "b()", "log = get_logger(name)"]
    index = PrecedentIndex()
    index.put("there", "\n".join(lines))
    found = find_precedents(index, "here", "import this\n\nlog = get_lo", "\n")
    assert [each.text for each in found if "\n" not in each.text] == ["gger(name)", "gger(1)"]


def test_a_text_that_stands_in_several_such_places_comes_first() -> None:
    index = PrecedentIndex()
    for path, text in (("a", "one()"), ("b", "two()"), ("c", "two()")):
        index.put(path, f"open_it(now)\n{text}\nclose_it(now)\n")
    found = find_precedents(index, "here", "open_it(now)\n", "\nclose_it(now)\n")
    assert [each.text for each in found][:2] == ["two()", "one()"]


def test_a_hole_elsewhere_is_no_precedent() -> None:
    assert first(HEAD + "        ", "\n", there=OTHER.replace("if user is None:", "<|fill|>")) != "<|fill|>"
    assert first("open_it()\n", "\nclose_it()\n", there="open_it()\n<|fill|>\nclose_it()\n") is None
