"""One line of JSON with the pieces of a text, checked before anything is learned."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

from diffgemma_lsp.corpus.cuts import Cut, Kind
from diffgemma_lsp.errors import InputError
from diffgemma_lsp.text.secrets import why_secret, why_unfit
from diffgemma_lsp.training.dialect import Dialect
from diffgemma_lsp.training.tuning.examples import Example

_KEYS = {"pieces", "path"}
_FORM = '{"pieces": ["text before", {"hole": "text in it"}, "text after"], "path": "a.py"}'
_MOST_CHARACTERS = 500_000


def read_line(line: str, where: str, dialect: Dialect) -> Example:
    """Return the example in a line; `where` is how errors name it. Raises InputError."""
    try:
        values = json.loads(line)
    except ValueError as error:
        raise InputError(f"{where} is not JSON ({error}): write one object a line, such as {_FORM}") from error
    if not isinstance(values, dict):
        raise InputError(f"{where} is no object: write {_FORM}")
    if unknown := sorted(values.keys() - _KEYS):
        raise InputError(f'{where} has the unknown key "{unknown[0]}": there are "pieces" and "path"')
    path = values.get("path", "")
    if not isinstance(path, str):
        raise InputError(f'{where}: "path" is {json.dumps(path)}: make it the name of a file, or leave it out')
    example = _example(values.get("pieces"), path, where)
    _require_visible(example, where)
    _require_fit(example, where, dialect)
    return example


def _example(pieces: Any, path: str, where: str) -> Example:
    if not isinstance(pieces, list) or not pieces:
        raise InputError(f'{where}: "pieces" is no list of texts and holes: write {_FORM}')
    text = ""
    holes: list[Cut] = []
    for number, piece in enumerate(pieces, 1):
        is_hole = isinstance(piece, dict) and piece.keys() == {"hole"}
        content = piece["hole"] if is_hole else piece
        if not isinstance(content, str):
            raise InputError(f'{where}: piece {number} is neither a text nor {{"hole": "text"}}: write {_FORM}')
        if is_hole:
            if not content.strip():
                raise InputError(
                    f"{where}: the hole that is piece {number} holds nothing to learn: write what belongs there"
                )
            holes.append(Cut(len(text), len(text) + len(content), Kind.SPAN))
        text += content
    if not holes:
        raise InputError(f'{where} has no hole: make one of its pieces {{"hole": "text in it"}}')
    if any(first.end == second.start for first, second in pairwise(holes)):
        raise InputError(f"{where}: two holes have nothing between them: make them one")
    return Example(path, text, tuple(holes))


def _require_visible(example: Example, where: str) -> None:
    reason = why_secret(example.path) or why_unfit(example.text, _MOST_CHARACTERS)
    if reason is not None:
        raise InputError(f"{where} {reason}, and is nothing to learn from: remove the line")


def _require_fit(example: Example, where: str, dialect: Dialect) -> None:
    """Raise InputError where a hole, or all with what stands between them, is longer than a canvas."""
    canvas = dialect.profile.canvas
    encode = dialect.tokenizer.encode
    most = canvas.buckets[-1] - (dialect.filler is not None)
    slots = []
    for number, hole in enumerate(example.holes, 1):
        tokens = len(encode(example.text[hole.start : hole.end]))
        if tokens > most:
            raise InputError(
                f"{where}: hole {number} has {tokens} tokens, and this model's holes {most} at most: shorten it"
            )
        slots.append(next(bucket for bucket in canvas.buckets if bucket >= tokens + (dialect.filler is not None)))
    between = sum(len(encode(example.text[one.end : two.start])) for one, two in pairwise(example.holes))
    room = canvas.max_length - canvas.prefix_tail_tokens - canvas.suffix_head_tokens
    if sum(slots) + between > room:
        raise InputError(
            f"{where}: its holes and the text between them take {sum(slots) + between} tokens, and there is room for"
            f" {room}: make it several lines"
        )
