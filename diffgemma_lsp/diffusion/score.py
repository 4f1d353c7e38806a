"""Which of several rows of different lengths is the best."""

from __future__ import annotations

from collections.abc import Sequence

from diffgemma_lsp.diffusion.backend import Backend
from diffgemma_lsp.diffusion.cache import PrefixCache
from diffgemma_lsp.diffusion.tree import TokenTree


def log_likelihoods(backend: Backend, cache: PrefixCache, rows: Sequence[Sequence[int]]) -> list[list[float]]:
    """Return the encoder's log-probability of each token of each row, in nats, as text that follows the cache.

    Rows that end with the same suffix are comparable by their sums, whatever their lengths: a middle that is too short
    or too long makes the suffix unlikely. `rows` hold clean tokens, without fillers. The cache is read and not changed.
    """
    if not any(rows):
        return [[] for _ in rows]
    # The last cached token is encoded again: its output predicts the first token of each row.
    tree = TokenTree.of([(cache.ids[-1], *row) for row in rows], backend.device)
    found = backend.log_likelihood(tree, cache).tolist()
    return [[found[place] for place in path[1:]] for path in tree.paths]
