"""When a choice of related code stands, so that an engine keeps the prompt that it has read."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lsprotocol import types

from diffgemma_lsp.fill import Snippet
from diffgemma_lsp.lsp.documents import OpenDocument
from diffgemma_lsp.lsp.related import Related
from diffgemma_lsp.lsp.snapshot import Snapshot

SHAPES = OpenDocument("file:///shapes.py", 1, "python", "shape.width * shape.height\n")
COLOURS = OpenDocument("file:///colours.py", 1, "python", "colour.red + colour.green\n")
LINES = ["shape.width"] * 40 + ["x"] * 900 + ["colour.red"] * 40
MOST, LONGEST = 1000, 100_000


def choice(
    related: Related, line: int, *others: OpenDocument, text: str = "\n".join(LINES), most: int = MOST
) -> list[str]:
    snapshot = Snapshot.of("file:///code.py", 1, "python", text, "utf-16")
    offset = snapshot.offset(types.Position(line, 0))
    found: tuple[Snippet, ...] = related.snippets(snapshot, offset, others, most, LONGEST)
    return [snippet.path for snippet in found]


def test_the_choice_follows_the_place() -> None:
    assert choice(Related(), 20, SHAPES, COLOURS) == ["/shapes.py"]
    assert choice(Related(), 970, SHAPES, COLOURS) == ["/colours.py"]


def test_it_stands_while_the_cursor_stays_near_and_changes_where_it_goes_away() -> None:
    related = Related()
    first = choice(related, 20, SHAPES, COLOURS)
    elsewhere = "\n".join(LINES[::-1])
    assert choice(related, 30, SHAPES, COLOURS, text=elsewhere) == first
    assert choice(related, 31, SHAPES, COLOURS, text=elsewhere) == ["/colours.py"]


@pytest.mark.parametrize(
    "others", [(COLOURS, SHAPES), (COLOURS,), (replace(SHAPES, version=2, raw="x = 1\n"), COLOURS)]
)
def test_it_is_made_anew_when_the_others_are_not_what_they_were(others: tuple[OpenDocument, ...]) -> None:
    related = Related()
    choice(related, 20, SHAPES, COLOURS)
    elsewhere = "\n".join(LINES[::-1])
    assert choice(related, 20, *others, text=elsewhere) == ["/colours.py"]


def test_another_budget_makes_another_choice() -> None:
    related = Related()
    assert choice(related, 20, SHAPES) == ["/shapes.py"]
    assert choice(related, 20, SHAPES, most=len(SHAPES.raw) - 1) == []


def test_only_the_newest_documents_are_looked_at() -> None:
    others = [replace(COLOURS, uri=f"file:///{number}.py", raw=f"y{number} = 1\n") for number in range(16)]
    assert choice(Related(), 20, *others[:15], SHAPES) == ["/shapes.py"]
    assert choice(Related(), 20, *others, SHAPES) == []
