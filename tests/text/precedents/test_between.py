from __future__ import annotations

import random

import pytest

from diffgemma_lsp.text.precedents import PrecedentIndex, between, find_precedents
from diffgemma_lsp.text.precedents.between import find_between

CODE = """\
def widths(self, left_margin, right_margin):
    self.left_margin_widths = [measure(left_margin)]
    self.right_margin_widths = [measure(right_margin)]
    return zip(self.left_margin_widths, self.right_margin_widths)
"""


def texts(prefix: str, suffix: str) -> list[str]:
    """Return what is found, the likeliest first."""
    return [each.text for each in sorted(find_between(prefix, suffix), key=lambda each: -each.context)]


@pytest.mark.parametrize(
    ("prefix", "suffix", "text"),
    [
        (CODE + "for width in self.l", "ths:\n", "eft_margin_wid"),
        (CODE + "print(self.right_margin_w", ")\n", "idths"),
        ("x = count", "\ncounter = 1\n", "er"),
        ("x = [measure(le", ")]\n" + CODE, "ft_margin"),
    ],
    ids=["within a word", "rest of a word", "a word from below", "from below"],
)
def test_what_stands_between_the_same_characters_comes_first(prefix: str, suffix: str, text: str) -> None:
    assert texts(prefix, suffix)[0] == text


def test_longer_texts_are_found_too() -> None:
    assert "ght_margin_widths)" in texts(CODE + "    return zip(self.left_margin_widths, self.ri", "\n")
    call = "log.debug(\n    name,\n    value,\n)"
    assert "me,\n    value," in texts(f"{call}\nother()\nlog.debug(\n    na", "\n)\n")


@pytest.mark.parametrize(
    ("prefix", "suffix"), [("", ""), (CODE, CODE), (CODE + "    ", "\n" + CODE), ("x", ""), ("", CODE)]
)
def test_whole_lines_and_empty_documents_have_none(prefix: str, suffix: str) -> None:
    assert find_between(prefix, suffix) == ()


def test_blanks_stay_where_something_follows_in_the_line() -> None:
    before = "total = first + second\n"
    assert "first " in texts(before + "total = ", "+ second\n")
    assert "first + second" in texts("total = first + second  \n\ntotal = ", "\n\n")


def test_the_more_characters_are_the_same_and_the_more_often_the_likelier() -> None:
    prefix = "a.load(one)\nb.load(two)\nc.load(two)\nabc.load(six)\nabc.load("
    found = {each.text: each.context for each in find_between(prefix, ")\n")}
    assert found["two"] > found["one"]
    assert found["six"] > found["one"]


def test_each_says_where_it_stands() -> None:
    prefix, suffix = "total = 1\nprint(to", ")\ntotality = 2\n"
    found = {each.text: each.offset for each in find_between(prefix, suffix)}
    assert found == {"tal": 2, "tality": len(prefix) + 4}
    here = find_precedents(PrecedentIndex(), "a.py", prefix, suffix)
    assert {(each.text, each.path, each.line) for each in here} == {("tal", "a.py", 1), ("tality", "a.py", 3)}
    assert all(each.score == 0 < each.context for each in here)


def test_what_lines_tell_too_is_one_precedent() -> None:
    index = PrecedentIndex()
    prefix, suffix = "open_it()\nvalue = read(first)\nclose_it()\n\nopen_it()\nvalue = re", "\nclose_it()\n"
    index.put("a.py", prefix + suffix)
    found = [each for each in find_precedents(index, "a.py", prefix, suffix) if each.text == "ad(first)"]
    assert len(found) == 1
    assert found[0].score > 1
    assert found[0].context > 1


def test_a_hole_elsewhere_is_none() -> None:
    found = find_precedents(PrecedentIndex(), "a.py", "call(<|fill|>)\ncall(", ")\n")
    assert [each.text for each in found] == []


def test_all_stands_between_the_same_characters() -> None:
    rng = random.Random(4)
    for _ in range(300):
        text = "".join(rng.choice(["ab", "abc", "_", " ", "(", ")", "\n", "ä", "1"]) for _ in range(rng.randint(2, 90)))
        start = rng.randrange(len(text))
        prefix, suffix = text[:start], text[start + rng.randint(0, 9) :]
        document = prefix + suffix
        for each in find_between(prefix, suffix):
            end = each.offset + len(each.text)
            assert document[each.offset : end] == each.text
            assert each.text.strip()
            assert document[: each.offset].endswith(prefix[-1]), "at least the last character is the same"
            assert 0 < each.context < 20


@pytest.mark.parametrize("text", ["a", "a ", "ab(\n", "aaaa\n", "_" * 50])
def test_in_a_long_document_of_one_pattern_only_near_places_are_compared(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[int] = []

    def common_end(_: str, end: int, __: str) -> int:
        compared.append(end)
        return 0

    monkeypatch.setattr(between, "_common_end", common_end)
    prefix = text * (400_000 // len(text)) + "a"
    find_between(prefix, prefix)
    # Of words and of both sizes of stretches, above and below the hole.
    assert len(compared) <= 2 * (2 * 48 + 2 * 48)
