"""Lines that wait for code."""

from __future__ import annotations

import pytest

from diffgemma_lsp.text.bodies import placeholder_at


@pytest.mark.parametrize(
    "code", ["pass", "...", "raise NotImplementedError()", "todo!()", "# TODO", "// TODO: later", "-- TODO x"]
)
def test_a_placeholder_alone_on_its_line_is_found_without_its_indentation(code: str) -> None:
    text = f"def f():\n    {code}\nx = 1\n"
    span = placeholder_at(text, 11)
    assert span is not None
    assert text[span.start : span.end] == code


@pytest.mark.parametrize("code", ["", "x = 1", "return pass_", "x = ...", "# todos are elsewhere", "password"])
def test_other_lines_are_none(code: str) -> None:
    assert placeholder_at(f"def f():\n    {code}\n", 11) is None


def test_the_last_line_counts_without_its_line_end() -> None:
    assert placeholder_at("pass", 2) is not None
