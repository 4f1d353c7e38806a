"""Where everything stands: the tokens of a prompt and of a canvas for some of a task's holes.

Pure lists of ids, so that a local model and a remote one lay out a canvas with the same code.

    prompt                                     canvas
    [head: specials, instruction, far suffix] [prefix] | [tail] [slots] [between] [slots] ... [suffix head]

The tail is the unstable end of the prefix: while a line is typed only the canvas changes, the prompt does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from diffgemma_lsp.diffusion.segments import Segment, Slots
from diffgemma_lsp.models.profile import ModelProfile
from diffgemma_lsp.models.prompt import Prompt, document_end, prompt_head
from diffgemma_lsp.models.tokenizer import Tokenizer

# A token of code is rarely longer; more text than this many characters a token never fits a budget.
MOST_CHARACTERS_PER_TOKEN = 8


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
    near, far = _split_suffix(suffix, profile, tokenizer)
    prompt = replace(prompt, far_suffix=far)
    if len(near) < profile.canvas.suffix_head_tokens:
        near = (*near, *document_end(profile, tokenizer, prompt, near))
    start = tuple(prompt_head(profile, tokenizer, prompt))
    ids = _prefix_ids(prefix, profile.context.prompt_tokens - len(start), tokenizer)
    cut = len(ids) - _tail_length(ids, profile.canvas.prefix_tail_tokens, tokenizer)
    return Layout(
        prompt=start + ids[:cut],
        tail=ids[cut:],
        between=tuple(tuple(tokenizer.encode(text)) for text in between),
        suffix=near,
    )


def _split_suffix(suffix: str, profile: ModelProfile, tokenizer: Tokenizer) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the suffix's head for the canvas and what of the rest fits the prompt."""
    head_tokens = profile.canvas.suffix_head_tokens
    wanted = head_tokens + profile.context.suffix_tokens
    ids = tokenizer.encode(suffix[: wanted * MOST_CHARACTERS_PER_TOKEN])
    return tuple(ids[:head_tokens]), tuple(ids[head_tokens:wanted])


def _prefix_ids(prefix: str, room: int, tokenizer: Tokenizer) -> tuple[int, ...]:
    """Return the end of the prefix in at most `room` tokens.

    Both cuts move in large steps while text is typed at the end, so that the cached prompt keeps its beginning.
    """
    most = max(1, room) * MOST_CHARACTERS_PER_TOKEN
    start = _stepped_excess(len(prefix), most)
    if start:
        start = prefix.find("\n", start) + 1 or start
    ids = tokenizer.encode(prefix[start:])
    return tuple(ids[_stepped_excess(len(ids), max(0, room)) :])


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
