"""What a terminal can show."""

import io

import pytest

from diffgemma_lsp.cli.terminal import is_terminal, visible, wants_color


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "term", "no_color", "is_one", "is_colored"),
    [
        (Terminal(), "xterm", "", True, True),
        (Terminal(), "xterm", "1", True, False),
        (Terminal(), "dumb", "", False, False),
        (io.StringIO(), "xterm", "", False, False),
    ],
)
def test_colors_are_for_terminals_whose_users_want_them(
    stream: io.StringIO, term: str, no_color: str, is_one: bool, is_colored: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", term)
    monkeypatch.setenv("NO_COLOR", no_color)
    assert is_terminal(stream) is is_one
    assert wants_color(stream) is is_colored


def test_control_characters_are_shown_and_not_obeyed() -> None:
    assert visible("a\x1b[2J\x07\r\tb\n\x7f\x9b") == "a␛[2J␇␍\tb\n␡\ufffd"
