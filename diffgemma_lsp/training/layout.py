"""From text to token ids: the encoder's document, and the canvases that continue a beginning of it.

A document is `<bos> text`, or `<bos> <suffix> S <prefix> text` where S follows the text in the file; the end of the
text is `<eos>`. A canvas stands at a token boundary of the document and reads only what is before it:
`[tail | hole | suffix head]`, or with a second hole `[tail | hole | text | hole | suffix head]`. Tail, middle and
suffix head are tokenized apart, as a cursor splits them. S begins behind every hole, so none can be looked up in it.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from dataclasses import dataclass, field

from tokenizers import Tokenizer

from diffgemma_lsp.training.cuts import Cut, cut
from diffgemma_lsp.training.vocabulary import BOS, EOS, FILLER, PREFIX, SUFFIX

HOLE_SLOTS = (8, 16, 32, 64)
TAIL_TOKENS = 12
HEAD_TOKENS = 32
FAR_SUFFIX_TOKENS = (16, 128)
SUFFIX_SHARE = 0.5
"""Of the documents: as often does the prompt tell what follows."""
CONTINUATION_SHARE = 0.25
"""Of the canvases of documents without a far suffix: an eighth of all."""
SECOND_HOLE_SHARE = 0.13
TRUNCATED_SHARE = 0.15
"""Of the holes that a smaller size exists for, and of those that fit no size at all twice as many."""
ROOMY_SHARE = 0.3

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

    @property
    def has_far_suffix(self) -> bool:
        """Whether the prompt already tells what follows the text."""
        return self.first > 1


@dataclass(slots=True)
class Canvas:
    """A canvas that continues the first `prompt` tokens of its document.

    Per slot: the clean id, whether the slot is free, and the weight of its loss, which is 0 where it is given.
    """

    prompt: int
    ids: list[int] = field(default_factory=list)
    free: list[bool] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)

    def add_given(self, ids: list[int]) -> None:
        """Append clamped tokens."""
        self.ids += ids
        self.free += [False] * len(ids)
        self.weights += [0.0] * len(ids)

    def add_hole(self, middle: list[int], slots: int) -> None:
        """Append a hole: the middle's first tokens, then filler, all of which together weighs as much as one token."""
        middle = middle[:slots]
        filler = slots - len(middle)
        self.ids += middle + [FILLER] * filler
        self.free += [True] * slots
        self.weights += [1.0] * len(middle) + ([1.0 / filler] * filler if filler else [])


def make_document(file: str, start: int, tokens: int, tokenizer: Tokenizer, rng: random.Random) -> Document:
    """Return an encoder document of at most `tokens` tokens whose text begins at an offset of the file."""
    end = min(len(file), start + _CHARACTERS_PER_TOKEN * tokens)
    opening = [BOS]
    limit = len(file)
    if rng.random() < SUFFIX_SHARE and end - start > 200:
        wanted = rng.randint(*FAR_SUFFIX_TOKENS)
        end = limit = _suffix_offset(file, start, end, tokens - wanted, tokenizer, rng)
        far = tokenizer.encode(file[end : end + _CHARACTERS_PER_TOKEN * wanted]).ids[:wanted]
        opening = [BOS, SUFFIX, *far, PREFIX]
    encoded = tokenizer.encode(file[start:end])
    room = tokens - len(opening) - 1
    ids = encoded.ids[:room]
    offsets = encoded.offsets[: len(ids)]
    starts = (*(start + begin for begin, _ in offsets), start + offsets[-1][1])
    ends_here = len(encoded.ids) <= room and end == limit
    return Document(file, (*opening, *ids, *([EOS] if ends_here else [])), len(opening), starts, limit)


def _suffix_offset(file: str, start: int, end: int, room: int, tokenizer: Tokenizer, rng: random.Random) -> int:
    """Return where the text ends and its suffix begins: at any character near the end of what there is room for."""
    encoded = tokenizer.encode(file[start:end])
    if len(encoded.ids) > room:
        end = start + encoded.offsets[room - 1][1]
    return end - rng.randint(1, max(1, (end - start) // 4))


def make_canvases(document: Document, slots: int, tokenizer: Tokenizer, rng: random.Random) -> list[Canvas]:
    """Return canvases at random places of a document's text that fit side by side into `slots` slots."""
    made: list[Canvas] = []
    left = slots
    for _ in range(24):
        near = _place(document, rng)
        continues = not document.has_far_suffix and rng.random() < CONTINUATION_SHARE
        canvas = (_continuation if continues else _infill)(document, near, tokenizer, rng)
        if canvas is not None and len(canvas.ids) <= left:
            made.append(canvas)
            left -= len(canvas.ids)
    return made


def _place(document: Document, rng: random.Random) -> int:
    first, end = document.starts[0], document.starts[-1]
    near = rng.randrange(first, end + 1)
    # The far suffix of a prompt mostly follows soon: more canvases stand near it.
    return max(near, rng.randrange(first, end + 1)) if document.has_far_suffix else near


def _opened(document: Document, offset: int, tokenizer: Tokenizer, rng: random.Random) -> Canvas:
    """Return a canvas that holds the tail only: what stands between a token boundary of the prompt and the offset.

    Mostly it is the current line with the newline before it, or the end of a long line; else a few tokens or none.
    """
    whole = bisect_right(document.starts, offset) - 1
    boundary = whole - rng.randint(0, 4)
    if rng.random() < 0.6:
        newline = document.file.rfind("\n", document.starts[0], offset)
        boundary = bisect_right(document.starts, newline) - 1
        if whole - boundary >= TAIL_TOKENS:
            boundary = whole - rng.randint(TAIL_TOKENS // 2, TAIL_TOKENS - 1)
    boundary = max(0, boundary)
    tail = tokenizer.encode(document.file[document.starts[boundary] : offset]).ids
    while len(tail) > TAIL_TOKENS and boundary < whole:
        boundary += 1
        tail = tokenizer.encode(document.file[document.starts[boundary] : offset]).ids
    canvas = Canvas(prompt=document.first + boundary)
    canvas.add_given(tail)
    return canvas


def _continuation(document: Document, near: int, tokenizer: Tokenizer, rng: random.Random) -> Canvas:
    canvas = _opened(document, near, tokenizer, rng)
    slots = rng.choice(HOLE_SLOTS[1:])
    rest = document.file[near : near + _CHARACTERS_PER_TOKEN * slots]
    ids = tokenizer.encode(rest).ids
    canvas.add_hole([*ids, EOS] if near + len(rest) == len(document.file) else ids, slots)
    return canvas


def _infill(document: Document, near: int, tokenizer: Tokenizer, rng: random.Random) -> Canvas | None:
    first = cut(document.file, near, rng)
    if first is None or not document.starts[0] <= first.start <= document.starts[-1] or first.end > document.limit:
        return None
    canvas = _opened(document, first.start, tokenizer, rng)
    if not _fill(canvas, document, first, tokenizer, rng):
        return None
    end = first.end
    if rng.random() < SECOND_HOLE_SHARE:
        end = _second_hole(canvas, document, end, tokenizer, rng)
    return canvas if _close(canvas, document, end, tokenizer, rng) else None


def _second_hole(canvas: Canvas, document: Document, end: int, tokenizer: Tokenizer, rng: random.Random) -> int:
    """Append the text after a hole and a second hole, if one is near; return the offset of the last hole's end."""
    second = cut(document.file, end + rng.randint(4, 60), rng)
    if second is None or second.start <= end or second.end > document.limit:
        return end
    between = tokenizer.encode(document.file[end : second.start]).ids
    if len(between) > HEAD_TOKENS:
        return end
    canvas.add_given(between)
    _fill(canvas, document, second, tokenizer, rng)
    return second.end


def _fill(canvas: Canvas, document: Document, hole: Cut, tokenizer: Tokenizer, rng: random.Random) -> bool:
    """Append a hole of a size that fits, or of the next one, or one too small: full of text, without any filler."""
    middle = tokenizer.encode(document.file[hole.start : hole.end]).ids
    fitting = [slots for slots in HOLE_SLOTS if slots > len(middle)]
    smaller = [slots for slots in HOLE_SLOTS if slots <= len(middle)]
    if not fitting or (smaller and rng.random() < TRUNCATED_SHARE):
        canvas.add_hole(middle, smaller[-1])
        return bool(fitting) or rng.random() < 2 * TRUNCATED_SHARE
    canvas.add_hole(middle, fitting[1] if len(fitting) > 1 and rng.random() < ROOMY_SHARE else fitting[0])
    return True


def _close(canvas: Canvas, document: Document, end: int, tokenizer: Tokenizer, rng: random.Random) -> bool:
    """Append the suffix head, and the document's end where it is in reach; False where nothing follows a hole."""
    wanted = rng.choice((HEAD_TOKENS, rng.randint(HEAD_TOKENS // 2, HEAD_TOKENS), rng.randint(1, HEAD_TOKENS // 2)))
    rest = document.file[end : min(end + _CHARACTERS_PER_TOKEN * HEAD_TOKENS, document.limit)]
    head = tokenizer.encode(rest).ids
    ends_file = end + len(rest) == len(document.file) and len(head) < wanted
    canvas.add_given([*head, EOS] if ends_file else head[:wanted])
    return bool(head) or ends_file
