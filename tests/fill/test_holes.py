"""From places to pieces, and from texts to edits."""

from diffgemma_lsp.fill import Hole
from diffgemma_lsp.fill.holes import cut_at, edits_of
from diffgemma_lsp.text import Edit, Place, Span, apply_edits, marked_places, spanned_places


def test_a_document_is_cut_into_text_and_holes() -> None:
    places = spanned_places("abcdef", [Span(1, 3), Span(5, 5)])
    assert cut_at("abcdef", places) == ("a", Hole("bc"), "de", Hole(), "f")


def test_no_empty_text_stands_between_or_around_holes() -> None:
    assert cut_at("ab", spanned_places("ab", [Span(0, 1), Span(1, 2)])) == (Hole("a"), Hole("b"))


def test_a_marker_is_no_part_of_the_pieces() -> None:
    text = "a = <|fill|>\n"
    assert cut_at(text, marked_places(text)) == ("a = ", Hole(), "\n")


def test_texts_become_edits_of_the_whole_document() -> None:
    text = "a = <|fill|>, <|fill|>\n"
    assert apply_edits(text, edits_of(marked_places(text), ["1", "2"])) == "a = 1, 2\n"


def test_an_empty_text_leaves_what_stands_there_and_takes_a_marker_out() -> None:
    places = (Place(Span(0, 2), "ab"), Place(Span(3, 11)))
    assert edits_of(places, ["", ""]) == (Edit(Span(0, 2), "ab"), Edit(Span(3, 11), ""))


def test_what_is_written_around_a_fill_is_text_for_the_filler_and_part_of_the_edit() -> None:
    place = Place(Span(1, 1), "", '"', '"\n')
    assert cut_at("ab", [place]) == ('a"', Hole(), '"\nb')
    assert edits_of([place], ["x"]) == (Edit(Span(1, 1), '"x"\n'),)
    assert edits_of([place], [""]) == (Edit(Span(1, 1), ""),)
    assert edits_of([place], ['x."\nreturn "y"']) == (Edit(Span(1, 1), '"x."\n'),)


def test_where_nothing_is_filled_in_what_stands_there_stays() -> None:
    place = Place(Span(1, 3), "b", "\n  ", "\n")
    assert edits_of([place], [""]) == (Edit(Span(1, 1), ""),)
    assert edits_of([place], ["x"]) == (Edit(Span(1, 3), "\n  x\n"),)


def test_a_task_shows_no_more_than_it_is_told() -> None:
    assert cut_at("abcdef", [Place(Span(2, 3), "c")], Span(1, 4)) == ("b", Hole("c"), "d")
