"""How many slots a hole gets: the rows that a canvas starts with, and how a row grows.

A checkpoint with a filler token decides a length itself: it closes a hole with fillers, and a hole without any was
too small. A checkpoint without one fills several lengths at once, and the encoder's likelihood chooses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from diffgemma_lsp.diffusion.segments import Slots
from diffgemma_lsp.prompts.profile import ModelProfile
from diffgemma_lsp.prompts.reading import HoleIds
from diffgemma_lsp.prompts.surroundings import Place

Row = tuple[Slots, ...]

# What is wrong often stands before the place where a parser notices it.
_DOUBTED_TOKENS = 2


@dataclass(frozen=True, slots=True)
class SlotPlan:
    """Chooses slots under a profile; no hole gets more than `limit` of them."""

    profile: ModelProfile
    limit: int

    def first_counts(self, today: Sequence[int]) -> tuple[int, ...]:
        """Return the slots that each hole starts with, `today` being the token counts of what stands in them now."""
        return tuple(self._first_count(count) for count in today)

    def first_rows(self, today: Sequence[int], candidates: int, room: int) -> list[Row]:
        """Return the rows to denoise together, each within `room` free positions.

        They are at least as many as the `candidates` that are asked for and the profile's attempts.
        """
        least = max(candidates, self.profile.sampling.attempts)
        if self.profile.tokens.filler is not None:
            counts = self.first_counts(today)
            return [_slots(_within(counts, room))] * least
        sizes = self._lengths(today[0]) if len(today) == 1 else self.profile.canvas.buckets
        lengths = list(dict.fromkeys(_within((min(self.limit, size),) * len(today), room) for size in sizes))
        repeats = -(-least // len(lengths))
        return [_slots(counts) for counts in lengths for _ in range(repeats)]

    def grown(self, row: Row, holes: Sequence[HoleIds], room: int) -> Row | None:
        """Return `row` with larger slots where a hole did not close, starting from what it holds.

        None when there is nothing to grow, or no room for it.
        """
        if self.profile.tokens.filler is None:
            return None
        larger = tuple(
            slots if hole.is_closed else Slots(self._next_count(slots.count), hole.ids)
            for slots, hole in zip(row, holes, strict=True)
        )
        total = sum(slots.count for slots in larger)
        if total == sum(slots.count for slots in row):
            return None
        if total <= room:
            return larger
        return self._filling_room(row, holes, room)

    def repaired(self, holes: Sequence[HoleIds], error: Place, room: int) -> Row | None:
        """Return a row that starts from `holes`, but for noise from shortly before an error to the end of its hole.

        None where there is no room for it, or where the error is behind the hole, which noise at its end does not mend.
        """
        if error.token == len(holes[error.hole].ids):
            return None
        kept = [hole.ids for hole in holes]
        kept[error.hole] = kept[error.hole][: max(0, error.token - _DOUBTED_TOKENS)]
        row = tuple(Slots(self._first_count(len(hole.ids)), ids) for hole, ids in zip(holes, kept, strict=True))
        return row if sum(slots.count for slots in row) <= room else None

    def _filling_room(self, row: Row, holes: Sequence[HoleIds], room: int) -> Row | None:
        """Return `row` with its last open hole taking what room is left, None if there is none."""
        left = room - sum(slots.count for slots in row)
        if left <= 0:
            return None
        last = max(index for index, hole in enumerate(holes) if not hole.is_closed)
        count = min(self.limit, row[last].count + left)
        return (*row[:last], Slots(count, holes[last].ids), *row[last + 1 :])

    def _first_count(self, today: int) -> int:
        buckets = self.profile.canvas.buckets
        least = today + 1 if today else buckets[min(1, len(buckets) - 1)]
        return min(self.limit, next((size for size in buckets if size >= least), least))

    def _next_count(self, count: int) -> int:
        larger = next((size for size in self.profile.canvas.buckets if size > count), 2 * count)
        return min(self.limit, larger)

    def _lengths(self, today: int) -> list[int]:
        sizes = (today // 2, today, 2 * today) if today else self.profile.canvas.buckets
        return sorted({max(1, size) for size in sizes})


def _slots(counts: Sequence[int]) -> Row:
    return tuple(Slots(count) for count in counts)


def _within(counts: tuple[int, ...], room: int) -> tuple[int, ...]:
    """Return `counts`, scaled down to `room` in all where they pass it; each keeps at least one."""
    total = sum(counts)
    if total <= room:
        return counts
    return tuple(max(1, count * room // total) for count in counts)
