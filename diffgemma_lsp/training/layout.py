"""From text to token ids: the encoder's document, and the canvases that continue a beginning of it.

A document is a prompt as the checkpoint's profile has it: for one `<bos> text`, or `<bos> <suffix> S <prefix> text`
where S follows the text in the file; the end of the text is `<eos>`. A canvas stands at a token boundary of the
document and reads only what is before it: `[tail | hole | suffix head]`, or with a second hole `[tail | hole | text |
hole | suffix head]`. Tail, middle and suffix head are tokenized apart, as a cursor splits them. S begins behind every
hole, so none can be looked up in it.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from diffgemma_lsp.corpus.cuts import Cut, cut
from diffgemma_lsp.training.dialect import Dialect
from diffgemma_lsp.training.staircase import NOISE, Staircase, staircase_of

FAR_SUFFIX_TOKENS = (16, 128)
SUFFIX_SHARE = 0.5
"""Of the documents: as often does the prompt tell what follows."""
CONTINUATION_SHARE = 0.25
"""Of the canvases of documents without a far suffix: an eighth of all."""
SECOND_HOLE_SHARE = 0.13
TRUNCATED_SHARE = 0.15
"""Of the holes that a smaller size exists for, and of those that fit no size at all twice as many."""
ROOMY_SHARE = 0.3
FILLER_WEIGHT = 1.0
"""Of the loss of all filler of a hole together, in tokens."""

_CHARACTERS_PER_TOKEN = 8
"""More than any text of some length has, so that what is cut off before it is tokenized is never missed."""


@dataclass(frozen=True, slots=True)
class Document:
    """The encoder's token ids, and where the tokens of the text come from.

    `ids[first + i]` is token i of the text, which begins at offset `starts[i]` of `file`; the last of `starts` is the
    offset of the text's end. No hole and no suffix head reaches past `limit`: the far suffix, or the file's end.
    """

    file: str
    ids: tuple[int, ...]
    first: int
    starts: tuple[int, ...]
    limit: int
    has_far_suffix: bool
    """Whether the prompt already tells what follows the text."""


@dataclass(slots=True)
class Canvas:
    """A canvas that continues the first `prompt` tokens of its document.

    Per slot: the clean id, whether the slot is free, and the weight of its loss, which is 0 where it is given. `cuts`
    are where its holes were cut; a canvas that only goes on has none. `staircase` is what it was made into, if it was.
    """

    prompt: int
    ids: list[int] = field(default_factory=list)
    free: list[bool] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    cuts: tuple[Cut, ...] = ()
    staircase: Staircase | None = None

    def add_given(self, ids: list[int]) -> None:
        """Append clamped tokens."""
        self.ids += ids
        self.free += [False] * len(ids)
        self.weights += [0.0] * len(ids)

    def add_hole(self, middle: list[int], slots: int, filler: int) -> None:
        """Append a hole: the middle's first tokens, then filler."""
        middle = middle[:slots]
        slack = slots - len(middle)
        self.ids += middle + [filler] * slack
        self.free += [True] * slots
        self.weights += [1.0] * len(middle) + ([FILLER_WEIGHT / slack] * slack if slack else [])


def make_document(file: str, start: int, tokens: int, dialect: Dialect, rng: random.Random, path: str = "") -> Document:
    """Return an encoder document of at most `tokens` tokens whose text begins at an offset of the file."""
    end = min(len(file), start + _CHARACTERS_PER_TOKEN * tokens)
    if not dialect.tells_suffix or rng.random() >= SUFFIX_SHARE or end - start <= 200:
        return cut_document(file, start, len(file), tokens, 0, dialect, path)
    far = min(rng.randint(*FAR_SUFFIX_TOKENS), tokens // 2)
    return cut_document(
        file, start, _suffix_offset(file, start, end, tokens - far, dialect, rng), tokens, far, dialect, path
    )


def cut_document(
    file: str, start: int, limit: int, tokens: int, far_tokens: int, dialect: Dialect, path: str = ""
) -> Document:
    """Return the document of at most `tokens` tokens whose text is `file[start:limit]`, or as much of it as fits.

    Before that it tells up to `far_tokens` tokens of what follows `limit`.
    """
    encode = dialect.tokenizer.encode
    opening = dialect.head(path, encode(file[limit : limit + _CHARACTERS_PER_TOKEN * far_tokens])[:far_tokens])
    end = min(limit, start + _CHARACTERS_PER_TOKEN * tokens)
    ids, starts = dialect.tokenizer.encode_with_starts(file[start:end])
    room = max(1, tokens - len(opening) - 1)
    ends_here = len(ids) <= room and end == limit
    ids, starts = ids[:room], starts[: room + 1]
    ending = dialect.end(ids) if ends_here else []
    offsets = tuple(start + begin for begin in starts)
    return Document(file, (*opening, *ids, *ending), len(opening), offsets, limit, far_tokens > 0)


def _suffix_offset(file: str, start: int, end: int, room: int, dialect: Dialect, rng: random.Random) -> int:
    """Return where the text ends and its suffix begins: at any character near the end of what there is room for."""
    _, starts = dialect.tokenizer.encode_with_starts(file[start:end])
    end = start + starts[min(room, len(starts) - 1)]
    return end - rng.randint(1, max(1, (end - start) // 4))


def make_canvases(
    document: Document, slots: int, dialect: Dialect, rng: random.Random, staircases: float = 0.0
) -> list[Canvas]:
    """Return canvases at random places of a document's text that fit side by side into `slots` slots.

    A share `staircases` of those with one hole are staircases, if the checkpoint has a filler.
    """
    made: list[Canvas] = []
    left = slots
    for _ in range(24):
        near = _place(document, rng)
        continues = not document.has_far_suffix and rng.random() < CONTINUATION_SHARE
        canvas = (_continuation if continues else _infill)(document, near, dialect, rng)
        if canvas is not None and len(canvas.cuts) == 1 and rng.random() < staircases and dialect.filler is not None:
            canvas = as_staircase(canvas, dialect.filler)
        if canvas is not None and len(canvas.ids) <= left:
            made.append(canvas)
            left -= len(canvas.ids)
    return made


def as_staircase(canvas: Canvas, filler: int) -> Canvas:
    """Return a canvas with one hole as a staircase: each token of the hole weighs as much as any."""
    first, end = canvas.free.index(True), canvas.free.index(True) + sum(canvas.free)
    steps = staircase_of(canvas.ids[:first], canvas.ids[first:end], canvas.ids[end:], filler)
    is_noise = [role == NOISE for role in steps.roles]
    return Canvas(canvas.prompt, [*steps.ids], is_noise, [*map(float, is_noise)], canvas.cuts, steps)


def _place(document: Document, rng: random.Random) -> int:
    first, end = document.starts[0], document.starts[-1]
    near = rng.randrange(first, end + 1)
    # The far suffix of a prompt mostly follows soon: more canvases stand near it.
    return max(near, rng.randrange(first, end + 1)) if document.has_far_suffix else near


def _opened(document: Document, offset: int, dialect: Dialect, rng: random.Random) -> Canvas:
    """Return a canvas that holds the tail only: what stands between a token boundary of the prompt and the offset.

    Mostly it is the current line with the newline before it, or the end of a long line; else a few tokens or none.
    """
    most = dialect.profile.canvas.prefix_tail_tokens
    whole = bisect_right(document.starts, offset) - 1
    boundary = whole - rng.randint(0, 4)
    if rng.random() < 0.6:
        newline = document.file.rfind("\n", document.starts[0], offset)
        boundary = bisect_right(document.starts, newline) - 1
        if whole - boundary >= most > 0:
            boundary = whole - rng.randint(most // 2, most - 1)
    boundary = max(0, boundary)
    tail = dialect.tokenizer.encode(document.file[document.starts[boundary] : offset])
    while len(tail) > most and boundary < whole:
        boundary += 1
        tail = dialect.tokenizer.encode(document.file[document.starts[boundary] : offset])
    canvas = Canvas(prompt=document.first + boundary)
    canvas.add_given(tail)
    return canvas


def _continuation(document: Document, near: int, dialect: Dialect, rng: random.Random) -> Canvas:
    canvas = _opened(document, near, dialect, rng)
    buckets = dialect.profile.canvas.buckets
    slots = rng.choice(buckets[1:] or buckets)
    rest = document.file[near : near + _CHARACTERS_PER_TOKEN * slots]
    ids = dialect.tokenizer.encode(rest)
    end = dialect.end(ids)
    filler = end[-1] if dialect.filler is None else dialect.filler
    canvas.add_hole([*ids, *end] if near + len(rest) == len(document.file) else ids, slots, filler)
    return canvas


def _infill(document: Document, near: int, dialect: Dialect, rng: random.Random) -> Canvas | None:
    first = cut(document.file, near, rng)
    if first is None or not document.starts[0] <= first.start <= document.starts[-1] or first.end > document.limit:
        return None
    holes = [first]
    if rng.random() < SECOND_HOLE_SHARE:
        holes += _second_hole(document, first.end, dialect, rng)
    return lay_out(document, holes, dialect, rng)


def _second_hole(document: Document, end: int, dialect: Dialect, rng: random.Random) -> list[Cut]:
    """Return a second hole near a first one's end, if there is one with a short text between them."""
    second = cut(document.file, end + rng.randint(4, 60), rng)
    if second is None or second.start <= end or second.end > document.limit:
        return []
    between = dialect.tokenizer.encode(document.file[end : second.start])
    return [second] if len(between) <= dialect.profile.canvas.suffix_head_tokens else []


def lay_out(
    document: Document, holes: Sequence[Cut], dialect: Dialect, rng: random.Random, *, is_exact: bool = False
) -> Canvas | None:
    """Return a canvas with these holes of a document, in order; None where the first fits no size, or nothing follows.

    All end before the document's limit; the first begins within its text. With `is_exact` each has the smallest size
    that holds all of it; else some are roomy or too small, as those that a model meets.
    """
    canvas = _opened(document, holes[0].start, dialect, rng)
    canvas.cuts = tuple(holes)
    for number, hole in enumerate(holes):
        if number:
            canvas.add_given(dialect.tokenizer.encode(document.file[holes[number - 1].end : hole.start]))
        if not _fill(canvas, document, hole, dialect, rng, is_exact=is_exact) and not number:
            return None
    return canvas if _close(canvas, document, holes[-1].end, dialect, rng) else None


def _fill(
    canvas: Canvas, document: Document, hole: Cut, dialect: Dialect, rng: random.Random, *, is_exact: bool
) -> bool:
    """Append a hole of a size that fits, or of the next one, or one too small: full of text, without any filler."""
    middle = dialect.tokenizer.encode(document.file[hole.start : hole.end])
    buckets = dialect.profile.canvas.buckets
    if dialect.filler is None:
        canvas.add_hole(middle, min(len(middle), buckets[-1]), filler=0)
        return len(middle) <= buckets[-1] or rng.random() < 2 * TRUNCATED_SHARE
    fitting = [slots for slots in buckets if slots > len(middle)]
    smaller = [slots for slots in buckets if slots <= len(middle)]
    if not fitting or (smaller and not is_exact and rng.random() < TRUNCATED_SHARE):
        canvas.add_hole(middle, smaller[-1], dialect.filler)
        return bool(fitting) or rng.random() < 2 * TRUNCATED_SHARE
    slots = fitting[1] if len(fitting) > 1 and not is_exact and rng.random() < ROOMY_SHARE else fitting[0]
    canvas.add_hole(middle, slots, dialect.filler)
    return True


def _close(canvas: Canvas, document: Document, end: int, dialect: Dialect, rng: random.Random) -> bool:
    """Append the suffix head, and the document's end where it is in reach; False where nothing follows a hole."""
    most = max(2, dialect.profile.canvas.suffix_head_tokens)
    wanted = rng.choice((most, rng.randint(most // 2, most), rng.randint(1, most // 2)))
    rest = document.file[end : min(end + _CHARACTERS_PER_TOKEN * most, document.limit)]
    head = dialect.tokenizer.encode(rest)
    ends_file = end + len(rest) == len(document.file) and len(head) < wanted
    canvas.add_given([*head, *dialect.end(head)] if ends_file else head[:wanted])
    return bool(head) or ends_file
