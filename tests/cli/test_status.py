"""The status line, with a clock of our own."""

from __future__ import annotations

import io
from dataclasses import dataclass
from threading import Event

import pytest

from diffgemma_lsp.cli.status import StatusLine
from diffgemma_lsp.fill import Draft, Progress


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def ordinary_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "40")


def test_what_is_done_within_half_a_second_shows_nothing() -> None:
    stream, clock = Terminal(), Clock()
    with StatusLine(stream, clock) as status:
        status.progress(Progress("loading", 0, 1))
        clock.now = 0.49
        status.draft(Draft(0, 8, ()))
    assert stream.getvalue() == ""


def test_a_terminal_has_one_line_that_is_rewritten_and_erased() -> None:
    stream, clock = Terminal(), Clock()
    with StatusLine(stream, clock) as status:
        clock.now = 0.5
        status.progress(Progress("prefill", 1, 2))
        status.draft(Draft(0, 8, ()))
        status.draft(Draft(0, 8, ()))
    shown = stream.getvalue().split("\r\x1b[2K")
    assert shown == ["", "reading the prompt 1/2", "denoising step 1/8", ""]
    assert "\n" not in stream.getvalue()


def test_a_line_of_another_stream_finds_the_line_empty_and_what_is_new_comes_back() -> None:
    stream, clock = Terminal(), Clock()
    with StatusLine(stream, clock) as status:
        clock.now = 0.5
        status.tell("learning", "step 1")
        status.clear()
        status.clear()
        status.tell("learning", "step 2")
    assert stream.getvalue().split("\r\x1b[2K") == ["", "learning: step 1", "", "learning: step 2", ""]


def test_elsewhere_each_stage_has_one_line() -> None:
    stream, clock = io.StringIO(), Clock(now=0.0)
    with StatusLine(stream, clock) as status:
        status.progress(Progress("loading", 0, 2))
        clock.now = 1.0
        for done in range(1, 3):
            status.progress(Progress("prefill", done, 2))
        for step in range(3):
            status.draft(Draft(step, 3, ()))
    assert stream.getvalue() == "reading the prompt\ndenoising\n"


def test_a_stage_that_reports_nothing_more_is_shown_when_it_is_due() -> None:
    stream, clock = io.StringIO(), Clock()
    with StatusLine(stream, clock) as status:
        status.progress(Progress("loading", 0, 1))
        clock.now = 0.6
        status.show_if_due()
        assert stream.getvalue() == "loading the model\n"


def test_a_timer_shows_what_is_due() -> None:
    class Signalling(io.StringIO):
        def flush(self) -> None:
            written.set()

    written = Event()
    stream = Signalling()
    with StatusLine(stream) as status:
        status.progress(Progress("loading", 0, 1))
        assert written.wait(10)
    assert stream.getvalue() == "loading the model\n"


def test_nothing_is_shown_after_the_end() -> None:
    stream, clock = io.StringIO(), Clock()
    with StatusLine(stream, clock) as status:
        status.progress(Progress("loading", 0, 1))
    clock.now = 9.0
    status.show_if_due()
    assert stream.getvalue() == ""


def test_a_line_is_no_wider_than_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "10")
    stream, clock = Terminal(), Clock()
    with StatusLine(stream, clock) as status:
        clock.now = 1.0
        status.progress(Progress("loading", 0, 1))
    assert "loading t\r" in stream.getvalue()


def test_a_reader_that_is_gone_does_not_end_the_command() -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    clock = Clock()
    with StatusLine(Gone(), clock) as status:
        clock.now = 1.0
        status.progress(Progress("loading", 0, 1))
        assert status is not None
