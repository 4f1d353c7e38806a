"""Rows of tokens as a tree: what rows have in common at their beginnings is encoded once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class TokenTree:
    """N tokens, each before all that go on from it.

    `ids`, `depths` and `parents` `(N,)` tell what a token is, how many stand before it in its rows, and which is the
    last of these (its own place, if none is). `paths` has the places of each row's tokens.
    """

    ids: Tensor
    depths: Tensor
    parents: Tensor
    paths: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, rows: Sequence[Sequence[int]], device: torch.device) -> TokenTree:
        """Return the tree of rows, of any lengths."""
        ids: list[int] = []
        depths: list[int] = []
        parents: list[int] = []
        paths: list[tuple[int, ...]] = [()] * len(rows)
        path: list[int] = []
        for index in sorted(range(len(rows)), key=lambda index: tuple(rows[index])):
            row = rows[index]
            shared = 0
            while shared < min(len(row), len(path)) and row[shared] == ids[path[shared]]:
                shared += 1
            del path[shared:]
            for token in row[shared:]:
                ids.append(token)
                depths.append(len(path))
                path.append(len(ids) - 1)
                parents.append(path[-2] if len(path) > 1 else path[-1])
            paths[index] = tuple(path)
        found = torch.tensor([ids, depths, parents], dtype=torch.long, device=device)
        return cls(found[0], found[1], found[2], tuple(paths))

    def seen(self) -> Tensor:
        """Return `(N, N)`, whether a token (row) sees another: itself, and what stands before it in its rows."""
        size = len(self.ids)
        is_in = torch.zeros(len(self.paths), size, device=self.ids.device)
        for row, path in enumerate(self.paths):
            is_in[row, list(path)] = 1.0
        places = torch.arange(size, device=self.ids.device)
        return (is_in.T @ is_in > 0) & (places <= places[:, None])
