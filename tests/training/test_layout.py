from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import groupby

import pytest
from tokenizers import Tokenizer

from diffgemma_lsp.training.dialect import Dialect
from diffgemma_lsp.training.layout import (
    Canvas,
    Document,
    make_canvases,
    make_document,
)
from diffgemma_lsp.training.vocabulary import BOS, EOS, FILLER, PREFIX, SUFFIX

TOKENS = 160
SLOTS = 200


@pytest.fixture(scope="module")
def documents(sources: list[str], dialect: Dialect) -> list[Document]:
    made = []
    for seed in range(150):
        rng = random.Random(seed)
        file = rng.choice(sources)
        start = file.rfind("\n", 0, rng.randrange(len(file) - 200)) + 1
        made.append(make_document(file, start, TOKENS, dialect, rng))
    return made


@pytest.fixture(scope="module")
def laid_out(documents: list[Document], dialect: Dialect) -> list[tuple[Document, list[Canvas]]]:
    return [
        (document, make_canvases(document, SLOTS, dialect, random.Random(seed)))
        for seed, document in enumerate(documents)
    ]


def each(laid_out: list[tuple[Document, list[Canvas]]]) -> Iterator[tuple[Document, Canvas]]:
    return ((document, canvas) for document, canvases in laid_out for canvas in canvases)


def runs(canvas: Canvas) -> list[tuple[bool, list[int]]]:
    """Return the canvas as runs of free or given tokens."""
    pairs = groupby(zip(canvas.free, canvas.ids, strict=True), key=lambda pair: pair[0])
    return [(is_free, [token for _, token in group]) for is_free, group in pairs]


def written(ids: list[int], tokenizer: Tokenizer) -> str:
    return tokenizer.decode([token for token in ids if token not in {FILLER, EOS}])


def is_truncated(canvas: Canvas) -> bool:
    return any(is_free and FILLER not in ids for is_free, ids in runs(canvas))


def text_before(document: Document, canvas: Canvas) -> int:
    """Return the offset that the canvas's prompt ends at."""
    return document.starts[canvas.prompt - document.first]


def test_a_document_fits_and_its_text_stands_in_its_file(documents: list[Document], tokenizer: Tokenizer) -> None:
    for document in documents:
        assert len(document.ids) <= TOKENS
        ids = [token for token in document.ids[document.first :] if token != EOS]
        assert tokenizer.decode(ids) == document.file[document.starts[0] : document.starts[-1]]
        assert len(document.starts) == len(ids) + 1


def test_a_far_suffix_is_marked_and_follows_the_text(documents: list[Document], tokenizer: Tokenizer) -> None:
    marked = [document for document in documents if document.has_far_suffix]
    assert 40 < len(marked) < 110
    for document in marked:
        assert document.ids[:2] == (BOS, SUFFIX)
        assert document.ids[document.first - 1] == PREFIX
        far = tokenizer.decode(list(document.ids[2 : document.first - 1]))
        assert document.file[document.limit :].startswith(far)
    for document in set(documents) - set(marked):
        assert document.ids[0] == BOS
        assert document.first == 1


def test_only_a_document_whose_text_is_complete_ends(documents: list[Document]) -> None:
    ended = [document for document in documents if document.ids[-1] == EOS]
    assert 0 < len(ended) < len(documents)
    for document in ended:
        assert document.starts[-1] == document.limit


def test_canvases_fit_side_by_side(laid_out: list[tuple[Document, list[Canvas]]]) -> None:
    for _, canvases in laid_out:
        assert canvases
        assert sum(len(canvas.ids) for canvas in canvases) <= SLOTS


def test_prompt_and_canvas_are_the_file_where_the_middle_fits(
    laid_out: list[tuple[Document, list[Canvas]]], tokenizer: Tokenizer
) -> None:
    whole = [(document, canvas) for document, canvas in each(laid_out) if not is_truncated(canvas)]
    assert len(whole) > 200
    for document, canvas in whole:
        following = document.file[text_before(document, canvas) :]
        assert following.startswith(written(canvas.ids, tokenizer).rstrip("\ufffd"))


def test_a_hole_without_filler_holds_the_beginning_of_what_belongs_there(
    laid_out: list[tuple[Document, list[Canvas]]], tokenizer: Tokenizer
) -> None:
    truncated = [(document, canvas) for document, canvas in each(laid_out) if is_truncated(canvas)]
    assert len(truncated) > 20
    for document, canvas in truncated:
        ids: list[int] = []
        for is_free, run in runs(canvas):
            ids += run
            if is_free and FILLER not in run:
                break
        following = document.file[text_before(document, canvas) :]
        assert following.startswith(written(ids, tokenizer).rstrip("\ufffd"))


def test_no_hole_reaches_into_the_far_suffix(
    laid_out: list[tuple[Document, list[Canvas]]], tokenizer: Tokenizer
) -> None:
    for document, canvas in each(laid_out):
        if document.has_far_suffix and not is_truncated(canvas):
            end = text_before(document, canvas) + len(written(canvas.ids, tokenizer))
            assert end <= document.limit


def test_holes_have_the_known_sizes_and_clamps_stay_within_their_budgets(
    laid_out: list[tuple[Document, list[Canvas]]], dialect: Dialect
) -> None:
    budget = dialect.profile.canvas
    holes = 0
    for document, canvas in each(laid_out):
        parts = runs(canvas)
        for is_free, ids in parts:
            assert not is_free or len(ids) in budget.buckets
            holes += is_free
        if not parts[0][0] and len(parts[0][1]) > budget.prefix_tail_tokens:
            # The beginning of a token that the hole cuts may be that many.
            (whole,) = dialect.tokenizer.token_texts([document.ids[canvas.prompt]])
            assert whole.startswith(dialect.tokenizer.decode(parts[0][1]))
        if not parts[-1][0]:
            assert len(parts[-1][1]) <= budget.suffix_head_tokens
    assert holes > len(list(each(laid_out)))


def test_the_filler_of_a_hole_weighs_as_much_as_one_token() -> None:
    canvas = Canvas(prompt=1)
    canvas.add_given([7, 8])
    canvas.add_hole([9, 10, 11], 8, FILLER)
    assert canvas.ids == [7, 8, 9, 10, 11, *[FILLER] * 5]
    assert canvas.free == [False] * 2 + [True] * 8
    assert canvas.weights == pytest.approx([0, 0, 1, 1, 1, *[0.2] * 5])


def test_a_hole_that_is_too_small_takes_the_beginning() -> None:
    canvas = Canvas(prompt=1)
    canvas.add_hole(list(range(10, 30)), 8, FILLER)
    assert canvas.ids == list(range(10, 18))
    assert canvas.weights == [1.0] * 8


def test_a_short_file_ends_with_an_end_token_in_its_canvases(dialect: Dialect) -> None:
    file = "def f(x):\n    return x + 1\n"
    ended = 0
    for seed in range(40):
        rng = random.Random(seed)
        document = make_document(file, 0, TOKENS, dialect, rng)
        assert document.ids[-1] == EOS
        for canvas in make_canvases(document, SLOTS, dialect, rng):
            ended += EOS in canvas.ids
    assert ended > 40
