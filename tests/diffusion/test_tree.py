from __future__ import annotations

import torch

from diffgemma_lsp.diffusion.tree import TokenTree

ROWS = ((1, 5, 5, 7), (1, 5), (2, 5, 5), (), (1, 5, 5, 6, 6), (1, 5))


def tree(*rows: tuple[int, ...]) -> TokenTree:
    return TokenTree.of(rows, torch.device("cpu"))


def test_rows_stand_in_a_tree_which_has_their_common_beginnings_once() -> None:
    found = tree(*ROWS)
    assert tuple(tuple(found.ids[list(path)].tolist()) for path in found.paths) == ROWS
    assert len(found.ids) == len({row[:end] for row in ROWS for end in range(1, len(row) + 1)})
    for path in found.paths:
        assert found.depths[list(path)].tolist() == list(range(len(path)))
        assert found.parents[list(path)].tolist() == [*path[:1], *path[:-1]]


def test_a_token_sees_itself_and_what_stands_before_it_in_its_rows() -> None:
    found = tree(*ROWS)
    seen = found.seen()
    for place, parent in enumerate(found.parents.tolist()):
        expected = {place} if parent == place else {place, *seen[parent].nonzero().flatten().tolist()}
        assert set(seen[place].nonzero().flatten().tolist()) == expected


def test_rows_without_tokens_are_a_tree_without_any() -> None:
    found = tree((), ())
    assert found.paths == ((), ())
    assert found.seen().shape == (0, 0)
    assert found.ids.dtype == torch.long
