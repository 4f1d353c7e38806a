"""The denoising loop's `Backend` over a loaded `DiffusionGemmaForBlockDiffusion`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from diffgemma_lsp.diffusion.backend import Positions
from diffgemma_lsp.diffusion.cache import Branches, PrefixCache, first_visible
from diffgemma_lsp.diffusion.tree import TokenTree
from diffgemma_lsp.models.forward import condition, decode, encode, go_on, head, soft_embed
from diffgemma_lsp.models.graphs import Capture, GraphedDecoder


class TransformersBackend:
    """Drives the layers of `model`, which stays as it is. One thread at a time.

    With `capture` the decoder's passes are replayed from graphs, which `between_layers` is called before, not within.
    """

    def __init__(self, model: Any, capture: Capture | None = None) -> None:
        self._model = model
        self._decoder = model.model.decoder
        self._encoder = model.model.encoder.language_model
        config = model.config.get_text_config()
        self._windows = {"full_attention": None, "sliding_attention": config.sliding_window}
        self._layer_types: list[str] = config.layer_types
        self.vocab_size: int = config.vocab_size
        self.device: torch.device = self._decoder.embed_tokens.weight.device
        self.between_layers: Callable[[], None] = go_on
        self._graphs = GraphedDecoder(self._decoder, self._windows, capture) if capture else None

    def new_cache(self) -> PrefixCache:
        """Return an empty cache with one layer for each layer of the model."""
        return PrefixCache([self._windows[kind] for kind in self._layer_types])

    @torch.no_grad()
    def prefill(self, ids: Sequence[int], cache: PrefixCache) -> None:
        """Encode `ids` after what `cache` holds and append them to it."""
        tokens = torch.tensor([ids], dtype=torch.long, device=self.device)
        positions = self._positions(cache.length, len(ids))
        seen = torch.ones(len(ids), len(ids), dtype=torch.bool, device=self.device).tril()
        masks = self._masks(cache.length, positions[0], seen)
        is_last = positions == positions[:, -1:]  # the output is of no use, and so costs the least
        encode(self._encoder, tokens, cache, positions, masks, is_last, self.between_layers)
        cache.commit(ids)

    @torch.no_grad()
    def condition(self, ids: Tensor, soft: Tensor | None) -> Tensor:
        """Return the decoder's input `(..., D)` of tokens `(...)` with their self-conditioning signal."""
        return condition(self._decoder, ids, soft)

    @torch.no_grad()
    def forward(self, inputs: Tensor, wanted: Positions, valid: Tensor | None, cache: PrefixCache) -> Tensor:
        """Return the last hidden states `(N, D)` at the wanted positions of a canvas right after the cache."""
        if self._graphs is not None:
            self.between_layers()
            hidden = self._graphs(inputs, valid, cache)
            if hidden is not None:
                return hidden[wanted]
        rows, length, _ = inputs.shape
        masks = self._padding_masks(valid, cache.length) if valid is not None else None
        positions = self._positions(cache.length, length)
        return decode(self._decoder, inputs, cache.view(rows), positions, masks, wanted, self.between_layers)

    @torch.no_grad()
    def head(self, hidden: Tensor) -> Tensor:
        """Return float32 logits `(N, V)` of hidden states `(N, D)`."""
        self.between_layers()
        return head(self._model, hidden)

    @torch.no_grad()
    def embed(self, ids: Tensor) -> Tensor:
        """Return the embeddings `(B, C, D)` of given tokens."""
        embeddings: Tensor = self._decoder.embed_tokens(ids)
        return embeddings

    @torch.no_grad()
    def soft_embed(self, probabilities: Tensor) -> Tensor:
        """Return the expected embeddings `(N, D)` of distributions `(N, V)`."""
        return soft_embed(self._decoder, probabilities)

    @torch.no_grad()
    def log_likelihood(self, tree: TokenTree, cache: PrefixCache) -> Tensor:
        """Return the encoder's log-probability `(N,)` of each token of a tree that begins with the last cached one."""
        start = cache.length - 1
        positions = start + tree.depths
        masks = self._masks(start, positions, tree.seen())
        view = cache.view(1, start)
        hidden = encode(self._encoder, tree.ids[None], view, positions[None], masks, between_layers=self.between_layers)
        logits = head(self._model, hidden[0])
        return logits[tree.parents, tree.ids] - logits.logsumexp(dim=-1)[tree.parents]

    @torch.no_grad()
    def next_log_probabilities(self, ids: Tensor, branches: Branches) -> Tensor:
        """Append `ids` `(B, C)` to the rows, and return log-probabilities `(B, V)` of what follows."""
        new = ids.shape[1]
        positions = branches.positions(new)
        windows = self._windows.items()
        masks: dict[str, Tensor | None] = {kind: branches.mask(new, window) for kind, window in windows}
        is_last = torch.arange(1, 1 + ids.numel(), device=self.device)[None] % new == 0
        hidden = encode(self._encoder, ids.reshape(1, -1), branches, positions, masks, is_last, self.between_layers)
        branches.commit(ids)
        return head(self._model, hidden).log_softmax(dim=-1)

    def _positions(self, start: int, length: int) -> Tensor:
        return torch.arange(start, start + length, device=self.device)[None]

    def _masks(self, start: int, positions: Tensor, seen: Tensor) -> dict[str, Tensor | None]:
        """Return masks `(1, 1, N, visible)` for tokens behind the first `start` of a cache, over what that shows them.

        They stand at `positions` `(N,)`, and `seen` `(N, N)` says which (row) sees which of them.
        """
        masks: dict[str, Tensor | None] = {}
        for kind, window in self._windows.items():
            before = torch.arange(first_visible(window, start), start, device=self.device)
            keys = torch.cat([before, positions])
            mask = torch.cat([seen.new_ones(len(positions), len(before)), seen], dim=1)
            masks[kind] = (mask if window is None else mask & (keys > positions[:, None] - window))[None, None]
        return masks

    def _padding_masks(self, valid: Tensor, start: int) -> dict[str, Tensor | None]:
        """Return masks `(B, 1, 1, visible + C)` that hide the padding of shorter rows."""
        masks: dict[str, Tensor | None] = {}
        for kind, window in self._windows.items():
            visible = start if window is None else min(start, window - 1)
            prompt = valid.new_ones(len(valid), visible)
            masks[kind] = torch.cat([prompt, valid], dim=1)[:, None, None]
        return masks
