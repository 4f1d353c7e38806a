"""What the denoising loop needs of a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import torch
from torch import Tensor

from diffgemma_lsp.diffusion.cache import Branches, PrefixCache
from diffgemma_lsp.diffusion.tree import TokenTree

# Some positions of `(B, C)`: a bool tensor of that shape, or their rows and columns `(N,)`.
Positions = Tensor | tuple[Tensor, Tensor]


class Backend(Protocol):
    """A block-diffusion model: a causal encoder that fills a cache, and a bidirectional decoder that reads it.

    B rows, C canvas positions, N chosen positions or tokens, V vocabulary, D hidden size. Floating tensors are in the
    model's own type unless said otherwise, everything is on `device`, nothing carries gradients.
    """

    vocab_size: int
    device: torch.device
    between_layers: Callable[[], None]
    """Called before each layer, and before the head. What it raises ends the pass, which then leaves no trace."""

    def new_cache(self) -> PrefixCache:
        """Return an empty cache with one layer for each layer of the model."""
        ...

    def prefill(self, ids: Sequence[int], cache: PrefixCache) -> None:
        """Encode `ids` after what `cache` holds and append them to it."""
        ...

    def condition(self, ids: Tensor, soft: Tensor | None) -> Tensor:
        """Return the decoder's input `(..., D)` of tokens `(...)`; no position looks at another.

        `soft` `(..., D)` is the self-conditioning signal, None at the first step.
        """
        ...

    def forward(self, inputs: Tensor, wanted: Positions, valid: Tensor | None, cache: PrefixCache) -> Tensor:
        """Return the decoder's last hidden states `(N, D)` at the N wanted positions of a canvas right after the cache.

        `inputs` is `(B, C, D)`; `valid` `(B, C)` is False where a row is padded, None when
        no row is.
        """
        ...

    def head(self, hidden: Tensor) -> Tensor:
        """Return float32 logits `(N, V)` of hidden states `(N, D)`."""
        ...

    def embed(self, ids: Tensor) -> Tensor:
        """Return the embeddings `(B, C, D)` of given tokens: their self-conditioning signal."""
        ...

    def soft_embed(self, probabilities: Tensor) -> Tensor:
        """Return the expected embeddings `(N, D)` of distributions `(N, V)`."""
        ...

    def log_likelihood(self, tree: TokenTree, cache: PrefixCache) -> Tensor:
        """Return the encoder's float32 log-probability `(N,)` of each token of a tree, given all that stands before it.

        The tree begins with the last token of the cache, which is read and not changed; what is returned for that one
        means nothing.
        """
        ...

    def next_log_probabilities(self, ids: Tensor, branches: Branches) -> Tensor:
        """Append `ids` `(B, C)`, C at least 1, to the rows, and return log-probabilities `(B, V)` of what follows.

        They are the encoder's, in float32.
        """
        ...
