"""Where everything stands: the tokens of a prompt and of a canvas for some of a task's holes.

Pure lists of ids, so that a local model and a remote one lay out a canvas with the same code.

    prompt                                     canvas
    [head: specials, instruction, far suffix] [prefix] | [tail] [slots] [between] [slots] ... [suffix head]

The tail is the unstable end of the prefix: while a line is typed only the canvas changes, the prompt does not.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from diffgemma_lsp.diffusion.segments import Segment, Slots
from diffgemma_lsp.prompts.profile import ModelProfile
from diffgemma_lsp.prompts.prompt import Prompt, document_end, prompt_head
from diffgemma_lsp.prompts.tokenizer import Tokenizer
from diffgemma_lsp.text import Span
from diffgemma_lsp.text.borders import first_border, last_border

# A token of code is rarely longer; more text than this many characters a token never fits a budget.
MOST_CHARACTERS_PER_TOKEN = 8
# The part of a budget that is given up at most for a cut at a better place.
_BORDER_SHARE = 8


@dataclass(frozen=True, slots=True)
class Layout:
    """Some holes of a task in tokens. `between` stands between neighbouring holes, `suffix` after the last."""

    prompt: tuple[int, ...]
    tail: tuple[int, ...]
    between: tuple[tuple[int, ...], ...]
    suffix: tuple[int, ...]

    @property
    def given_length(self) -> int:
        """Number of given positions in a canvas."""
        return len(self.tail) + sum(len(ids) for ids in self.between) + len(self.suffix)

    def row(self, holes: Sequence[Slots]) -> tuple[Segment, ...]:
        """Return one canvas row."""
        segments: list[Segment] = [self.tail]
        for slots, following in zip(holes, (*self.between, self.suffix), strict=True):
            segments += [slots, following]
        return tuple(segments)

    def hole_columns(self, holes: Sequence[Slots]) -> tuple[slice, ...]:
        """Return the columns of each hole in `row(holes)`."""
        columns = []
        start = len(self.tail)
        for slots, following in zip(holes, (*self.between, self.suffix), strict=True):
            columns.append(slice(start, start + slots.count))
            start += slots.count + len(following)
        return tuple(columns)

    def text_row(self, holes: Sequence[Sequence[int]]) -> list[int]:
        """Return the tokens of a row whose holes hold these tokens and nothing else."""
        ids = list(self.tail)
        for tokens, following in zip(holes, (*self.between, self.suffix), strict=True):
            ids += [*tokens, *following]
        return ids

    def after(self, tokens: Sequence[int]) -> Layout:
        """Return the layout of the next block, once `tokens` of the only hole have become part of the prompt."""
        assert not self.between
        return replace(self, prompt=(*self.prompt, *self.tail, *tokens), tail=())


def lay_out(texts: Sequence[str], prompt: Prompt, profile: ModelProfile, tokenizer: Tokenizer) -> Layout:
    """Return the layout for the holes between `texts` (so there is one text more than holes).

    The first text is the prefix and the last the suffix, of any length: what passes the profile's budgets is left
    out, farthest from the holes first. The far suffix joins `prompt`. A suffix that ends within the canvas is followed
    by what ends a document there.
    """
    prefix, *between, suffix = texts
    near, far = _split_suffix(suffix, prompt.language, profile, tokenizer)
    prompt = replace(prompt, far_suffix=far)
    if len(near) < profile.canvas.suffix_head_tokens:
        near = (*near, *document_end(profile, tokenizer, prompt, near))
    start = tuple(prompt_head(profile, tokenizer, prompt))
    ids = _prefix_ids(prefix, prompt.language, profile.context.prompt_tokens - len(start), tokenizer)
    cut = len(ids) - _tail_length(ids, profile.canvas.prefix_tail_tokens, tokenizer)
    return Layout(
        prompt=start + ids[:cut],
        tail=ids[cut:],
        between=tuple(tuple(tokenizer.encode(text)) for text in between),
        suffix=near,
    )


def _split_suffix(
    suffix: str, language: str, profile: ModelProfile, tokenizer: Tokenizer
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the suffix's head for the canvas and what of the rest fits the prompt, up to a border."""
    head_tokens = profile.canvas.suffix_head_tokens
    wanted = head_tokens + profile.context.suffix_tokens
    ids = tokenizer.encode(suffix[: wanted * MOST_CHARACTERS_PER_TOKEN])
    end = min(wanted, len(ids))
    if end < len(ids) or wanted * MOST_CHARACTERS_PER_TOKEN < len(suffix):
        lengths = list(accumulate(map(len, tokenizer.token_texts(ids[:end])), initial=0))
        least = max(head_tokens, end - profile.context.suffix_tokens // _BORDER_SHARE)
        border = last_border(suffix[: lengths[end]], Span(lengths[min(least, end)], lengths[end]), language)
        end = end if border is None else bisect_left(lengths, border)
    return tuple(ids[:head_tokens]), tuple(ids[head_tokens:end])


def _prefix_ids(prefix: str, language: str, room: int, tokenizer: Tokenizer) -> tuple[int, ...]:
    """Return the end of the prefix in at most `room` tokens, from a border on.

    All cuts move in large steps while text is typed at the end, so that the cached prompt keeps its beginning.
    """
    room = max(0, room)
    start = _stepped_excess(len(prefix), max(1, room) * MOST_CHARACTERS_PER_TOKEN)
    ids = tokenizer.encode(prefix[start:])
    excess = _stepped_excess(len(ids), room)
    if start or excess:
        texts = tokenizer.token_texts(ids[: excess + room // _BORDER_SHARE])
        lengths = list(accumulate(map(len, texts), initial=start))
        border = first_border(prefix, Span(lengths[excess], lengths[-1]), language)
        # The token in which the border lies stays: it holds the line end, and often the indentation, too.
        excess = excess if border is None else max(excess, bisect_right(lengths, border) - 1)
    return tuple(ids[excess:])


def _stepped_excess(length: int, limit: int) -> int:
    """Return how much to drop of `length` to come under `limit`, rounded up to a quarter of it."""
    if length <= limit:
        return 0
    step = max(1, limit // 4)
    return min(length, -(-(length - limit) // step) * step)


def _tail_length(ids: Sequence[int], most: int, tokenizer: Tokenizer) -> int:
    """Return how many tokens of the prefix's end stand in the canvas: the current line, or the end of a long one."""
    line = 0
    for token in reversed(ids):
        line += 1
        if "\n" in tokenizer.decode([token]):
            break
    if line <= most:
        return line
    step = max(1, most // 2)
    return line - (-(-(line - most) // step) * step)
