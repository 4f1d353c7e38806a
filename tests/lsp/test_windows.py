"""What of a long document goes with a request; the fake engine answers by it."""

from __future__ import annotations

import json

import pytest

from diffgemma_lsp.text import Span
from diffgemma_lsp.text.window import Window
from tests.lsp.conftest import Launch

FUNCTIONS = "".join(f"def f{number}(a):\n    return [\na,\n\n{number}]\n" for number in range(3000))
PLACE = FUNCTIONS.index("    return", 70_000)


@pytest.mark.asyncio
@pytest.mark.parametrize("command", ["completion", "fill"])
async def test_a_long_document_is_seen_from_the_start_of_a_definition_on(launch: Launch, command: str) -> None:
    start = Window().around(FUNCTIONS, Span(PLACE, PLACE), "python").start
    assert FUNCTIONS[start:].startswith("def f")
    seen, more = (json.dumps(FUNCTIONS[first:PLACE]) for first in (start, start - 1))
    editor = await launch(f"answers = {{ {seen} = 'seen', {more} = 'more' }}")
    uri = editor.open(FUNCTIONS)
    line = FUNCTIONS.count("\n", 0, PLACE)
    if command == "completion":
        assert await editor.suggestions(uri, line, 0) == ["seen"]
    else:
        await editor.run("fill", {"textDocument": {"uri": uri}, "position": {"line": line, "character": 0}})
        assert editor.texts[uri][PLACE:].startswith("seen    return")
