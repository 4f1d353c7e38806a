"""What the fake filler answers, and the tokens that it pretends to have."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from diffgemma_lsp.fill.task import FillTask, Hole

Answers = Sequence[str] | Mapping[str, str]

_TOKEN = re.compile(r"\n[ \t]*|[ \t]{2,}| ?\w+| ?[^\w\s]|\s")
_MARGIN = re.compile(r"[ \t]*")
_STATEMENTS = ("pass", "return None", "raise NotImplementedError")
_EXPRESSIONS = ("None", "True", "0")


def split_tokens(text: str) -> list[str]:
    """Return the tokens of `text`, which they are when joined: words, signs, line ends with their indentation."""
    return _TOKEN.findall(text)


def answers_for(task: FillTask, answers: Answers | None, candidate: int) -> list[str]:
    """Return the answer of a candidate, counted from 0, for each hole of `task`.

    A sequence is dealt out hole by hole and candidate by candidate, and over again when it ends. A mapping answers a
    hole with the longest key that stands right before it; related code stands before the document, the most related
    last. Where neither has an answer, a hole at the start of a line
    gets a statement and any other an expression; the seed and the candidate choose which.
    """
    before = "".join(f"{snippet.text}\n" for snippet in reversed(task.snippets))
    texts: list[str] = []
    for piece in task.pieces:
        if isinstance(piece, str):
            before += piece
            continue
        number = candidate * len(task.holes) + len(texts)
        scripted = _from_mapping(answers, before) if isinstance(answers, Mapping) else _from_sequence(answers, number)
        texts.append(_made_up(before, piece, candidate + (task.seed or 0)) if scripted is None else scripted)
        before += piece.text
    return texts


def _from_mapping(answers: Mapping[str, str], before: str) -> str | None:
    fitting = [key for key in answers if before.endswith(key)]
    return answers[max(fitting, key=len)] if fitting else None


def _from_sequence(answers: Sequence[str] | None, number: int) -> str | None:
    return answers[number % len(answers)] if answers else None


def _made_up(before: str, hole: Hole, choice: int) -> str:
    if before.rpartition("\n")[2].strip():
        return _EXPRESSIONS[choice % len(_EXPRESSIONS)]
    margin = _MARGIN.match(hole.text)
    assert margin is not None
    return margin[0] + _STATEMENTS[choice % len(_STATEMENTS)]
