from __future__ import annotations

import torch

from diffgemma_lsp.diffusion.stopping import RowHistory, StableAndConfident

FREE = torch.tensor([[True, True, False]])


def finished(history: RowHistory, best: list[int], entropy: list[float]) -> bool:
    return bool(history.finished(torch.tensor([best]), torch.tensor([entropy]), FREE)[0])


def test_a_row_stops_when_its_best_tokens_stay_and_it_is_sure() -> None:
    history = RowHistory(StableAndConfident(stability=1, confidence=0.1))
    assert not finished(history, [1, 2, 9], [0.0, 0.0, torch.inf]), "nothing to compare with yet"
    assert not finished(history, [1, 3, 9], [0.0, 0.0, torch.inf]), "a token changed"
    assert not finished(history, [1, 3, 9], [0.3, 0.0, torch.inf]), "not sure enough"
    assert finished(history, [1, 3, 9], [0.1, 0.0, torch.inf])


def test_given_positions_do_not_make_a_row_look_sure() -> None:
    history = RowHistory(StableAndConfident(stability=0, confidence=0.1))
    entropy = torch.tensor([[0.25] + [0.0] * 9])
    free = torch.tensor([[True] + [False] * 9])
    best = torch.zeros(1, 10)
    assert not history.finished(best, entropy, free)[0]
    assert RowHistory(history.rule).finished(best, entropy, torch.ones_like(free))[0]


def test_stability_counts_steps() -> None:
    history = RowHistory(StableAndConfident(stability=2, confidence=1.0))
    answers = [finished(history, [1, 2, 9], [0.0, 0.0, 0.0]) for _ in range(4)]
    assert answers == [False, False, True, True]


def test_rows_that_leave_are_forgotten() -> None:
    history = RowHistory(StableAndConfident(stability=1, confidence=1.0))
    entropy = torch.zeros(2, 1)
    free = torch.ones(2, 1, dtype=torch.bool)
    history.finished(torch.tensor([[1], [2]]), entropy, free)
    history.select(torch.tensor([False, True]))
    assert history.finished(torch.tensor([[2]]), entropy[:1], free[:1])[0]
