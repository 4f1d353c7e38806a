from __future__ import annotations

from random import Random

from diffgemma_lsp.text.precedents.index import BORDER, MOST_PLACES, PrecedentIndex

WORDS = ["alpha", "beta", "gamma = 1", "", "    delta(alpha)", "\t", "beta"]


def lines(index: PrecedentIndex, path: str) -> list[str]:
    """Read a file along its links, forwards; they must say the same backwards."""
    rows = index.rows(path)
    ids = [index.line_at(path, row) for row in range(len(rows))]
    chain = [line for line in ids if line != BORDER]
    for one, other in zip([BORDER, *chain], [*chain, BORDER], strict=True):
        assert one == BORDER or index.after(one) == other
        assert other == BORDER or index.before(other) == one
    assert all(index.row(line) == ids.index(line) and index.path(line) == path for line in chain)
    return [index.text(line) for line in chain]


def snapshot(index: PrecedentIndex, paths: list[str]) -> object:
    found = {word: sorted((index.path(p), index.row(p)) for p in index.places(word)) for word in ("alpha", "beta")}
    begun = sorted((index.path(line), index.row(line)) for line in index.beginning_with("gamma ="))
    return len(index), [lines(index, path) for path in paths], found, begun


def test_an_index_that_was_edited_is_as_one_that_was_built_anew() -> None:
    random = Random(3)
    edited = PrecedentIndex()
    texts = {"a": "", "b": ""}
    for _ in range(300):
        path = random.choice("ab")
        rows = texts[path].split("\n")
        start = random.randrange(len(rows) + 1)
        rows[start : start + random.randrange(3)] = random.choices(WORDS, k=random.randrange(4))
        texts[path] = "\n".join(rows)
        assert edited.put(path, texts[path])
        fresh = PrecedentIndex()
        for name, text in texts.items():
            fresh.put(name, text)
        assert snapshot(edited, ["a", "b"]) == snapshot(fresh, ["a", "b"])


def test_blank_lines_are_passed_over_and_counted() -> None:
    index = PrecedentIndex()
    index.put("a", "one\n\n  \ntwo\n")
    second = index.line_at("a", 3)
    assert index.text(second) == "two"
    assert index.row(second) == 3
    assert index.text(index.before(second)) == "one"
    assert index.line_at("a", 1) == index.line_at("a", 9) == index.line_at("b", 0) == BORDER


def test_a_file_that_has_no_room_is_left_out_whole() -> None:
    index = PrecedentIndex(most_lines=3)
    assert index.put("a", "one\ntwo")
    assert not index.put("b", "three\nfour")
    assert "b" not in index
    assert len(index) == 2
    assert not index.put("a", "one\ntwo\nthree\nfour")
    assert len(index) == 0
    assert index.put("b", "three\nfour")


def test_a_dropped_file_leaves_nothing() -> None:
    index = PrecedentIndex()
    index.put("a", "alpha\nbeta")
    index.drop("a")
    index.drop("never held")
    assert len(index) == 0
    assert not index.places("alpha")
    assert index.rows("a") == []


def test_a_word_that_stands_everywhere_tells_little_and_has_no_places() -> None:
    index = PrecedentIndex()
    index.put("a", "common\n" * (MOST_PLACES + 1) + "rare\n")
    assert not index.places("common")
    assert len(index.places("rare")) == 1
    assert 0 < index.weight("common") < index.weight("rare") < index.weight("unknown") == 1
    index.put("a", "")
    assert len(index) == 0


def test_lines_are_found_by_how_they_begin() -> None:
    index = PrecedentIndex()
    index.put("a", "    return self.one\n\treturn self.two\nreturn other\nreturn\n")
    assert [index.row(line) for line in index.beginning_with("  return self.")] == [0, 1]
    assert index.beginning_with("retur") == [], "too short to tell anything"
    assert index.beginning_with("return nothing") == []


def test_blank_lines_take_no_room() -> None:
    index = PrecedentIndex(most_lines=2)
    assert index.put("a", "\n \none\n\n\t\ntwo\n")
    assert len(index) == 2
