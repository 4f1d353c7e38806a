"""The canvas: given tokens and free slots, in contiguous positions, one row for each length candidate.

What is given cannot change: ids enter a canvas through `build` and `renoise` only, and `renoise` writes free
positions alone. DiffusionGemma has no mask token; a free position that is not decided holds a random id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from diffgemma_lsp.diffusion.segments import Segment, Slots, segment_length


@dataclass(frozen=True, slots=True)
class Canvas:
    """`ids` `(B, C)`; `free` `(B, C)` is True in holes; `valid` is False where a shorter row is padded.

    `places` are the rows and the columns `(N,)` of the free positions, in row order: whoever picks them by `free` makes
    a device wait until the host has counted them. `valid` is None when all rows have one length. `known` is True where
    a token is given or started from, in rows that start from any; None when no row does. `vocab_size` is what noise is
    drawn from.
    """

    ids: Tensor
    free: Tensor
    places: tuple[Tensor, Tensor]
    valid: Tensor | None
    known: Tensor | None
    vocab_size: int

    @classmethod
    def build(
        cls,
        rows: Sequence[Sequence[Segment]],
        vocab_size: int,
        generator: torch.Generator,
    ) -> Canvas:
        """Lay out `rows` of given tokens and slots, on the generator's device.

        Noise is drawn for all positions, as `EntropyBoundSampler.initialize_canvas` of transformers does.
        Raises ValueError when a row has no free position.
        """
        lengths = [sum(segment_length(segment) for segment in row) for row in rows]
        shape = (len(rows), max(lengths))
        ids = torch.randint(0, vocab_size, shape, generator=generator, device=generator.device)
        free = torch.zeros(shape, dtype=torch.bool)
        starts = torch.full(shape, -1, dtype=torch.long)
        for index, row in enumerate(rows):
            position = 0
            for segment in row:
                tokens = segment.start[: segment.count] if isinstance(segment, Slots) else segment
                ids_there = [-1 if token is None else token for token in tokens]
                starts[index, position : position + len(tokens)] = torch.tensor(ids_there, dtype=torch.long)
                free[index, position : position + segment_length(segment)] = isinstance(segment, Slots)
                position += segment_length(segment)
        if not bool(free.any(dim=1).all()):
            raise ValueError("every row of a canvas needs at least one free position")
        valid = torch.arange(shape[1]) < torch.tensor(lengths)[:, None]
        known = starts >= 0
        known &= (known & free).any(dim=1, keepdim=True)
        starts = starts.masked_fill(~valid, 0).to(ids.device)
        return cls(
            ids=torch.where(starts >= 0, starts, ids),
            free=free.to(ids.device),
            places=_places(free, ids.device),
            valid=None if bool(valid.all()) else valid.to(ids.device),
            known=known.to(ids.device) if bool(known.any()) else None,
            vocab_size=vocab_size,
        )

    def renoise(self, sampled: Tensor, accepted: Tensor, generator: torch.Generator) -> Canvas:
        """Return the canvas of the next step: `sampled` where accepted, new noise at the other free positions.

        `sampled` and `accepted` are `(B, C)`; what they say of given positions is ignored.
        """
        noise = torch.randint(0, self.vocab_size, self.ids.shape, generator=generator, device=generator.device)
        return replace(self, ids=torch.where(self.free, torch.where(accepted, sampled, noise), self.ids))

    def select(self, rows: Tensor) -> Canvas:
        """Return the canvas of `rows` alone, a bool tensor `(B,)`."""
        valid = self.valid[rows] if self.valid is not None else None
        known = self.known[rows] if self.known is not None else None
        free = self.free[rows]
        return replace(self, ids=self.ids[rows], free=free, places=_places(free, free.device), valid=valid, known=known)

    def scatter(self, values: Tensor, elsewhere: Tensor | float) -> Tensor:
        """Return `(B, C)` with `values` `(N,)` at the free positions, in row order, and `elsewhere` at the others."""
        background = (
            elsewhere.clone()
            if isinstance(elsewhere, Tensor)
            else torch.full(self.free.shape, elsewhere, dtype=values.dtype, device=values.device)
        )
        background[self.places] = values
        return background


def _places(free: Tensor, device: torch.device) -> tuple[Tensor, Tensor]:
    rows, columns = free.nonzero(as_tuple=True)
    return rows.to(device), columns.to(device)
