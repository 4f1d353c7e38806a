"""Starting engines, with commands that only pretend to be one and a clock of our own."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from diffgemma_lsp.engine.client.launcher import Launcher
from diffgemma_lsp.engine.client.paths import paths_of
from diffgemma_lsp.engine.client.spec import EngineSpec
from diffgemma_lsp.errors import EngineUnavailableError

pytestmark = pytest.mark.usefixtures("engine_folder")

SPEC = EngineSpec("fake")


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def launcher(code: str, clock: Clock | None = None) -> Launcher:
    return Launcher(SPEC, paths_of(SPEC), [sys.executable, "-c", code], clock or Clock())


@pytest.mark.parametrize(("word", "is_new"), [("started", True), ("attached", False)])
def test_the_engine_s_word_says_whether_it_is_new(word: str, is_new: bool) -> None:
    assert launcher(f"print('{word}')").launch() is is_new


def test_an_engine_runs_in_its_private_folder_with_its_options(engine_folder: Path) -> None:
    code = "import pathlib, sys; pathlib.Path('line').write_text(' '.join(sys.argv[1:])); print('started')"
    launcher(code).launch()
    assert (engine_folder / "line").read_text() == "--engine fake"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import sys; sys.exit('diffgemma: no room\\n')", "no room"),
        ("raise OSError('no disk')", "OSError: no disk"),
        ("pass", "it said nothing"),
        ("print('hello')", "it said nothing"),
    ],
)
def test_an_engine_that_ends_at_its_start_gives_its_last_words(code: str, words: str) -> None:
    message = (
        f"the engine for fake ended at its start: {words}; run `diffgemma engine run --engine fake` to see why,"
        f" or look into {paths_of(SPEC).log}"
    )
    with pytest.raises(EngineUnavailableError, match=f"^{re.escape(message)}$"):
        launcher(code).launch()


def test_an_engine_that_dies_over_and_over_is_started_ever_more_rarely() -> None:
    clock = Clock()
    dying = launcher("import sys; sys.exit('no room')", clock)
    tries: list[float] = []
    while clock.now < 200:
        with pytest.raises(EngineUnavailableError) as error:
            dying.launch()
        if "ended at its start" in str(error.value):
            tries.append(clock.now)
        clock.now += 1
    assert tries[:7] == [0, 1, 2, 4, 8, 16, 32]
    assert [later - earlier for earlier, later in pairwise(tries[7:])] == [60, 60]


def test_a_pause_says_how_long_it_is() -> None:
    clock = Clock()
    dying = launcher("import sys; sys.exit('no room')", clock)
    for _ in range(2):
        with pytest.raises(EngineUnavailableError):
            dying.launch()
    message = (
        "the engine for fake ended 2 times before it had filled anything (no room);"
        f" the next try is in 1 s, its log is {paths_of(SPEC).log}"
    )
    with pytest.raises(EngineUnavailableError, match=f"^{re.escape(message)}$"):
        dying.launch()


def test_an_engine_that_serves_and_is_soon_gone_is_started_again_once_at_once() -> None:
    clock = Clock()
    dying = launcher("print('started')", clock)
    assert dying.launch()
    assert dying.launch()
    with pytest.raises(EngineUnavailableError, match=r"the next try is in 1 s"):
        dying.launch()
    clock.now += 1
    assert dying.launch()


def test_an_engine_that_lived_for_long_is_started_again_at_once() -> None:
    clock = Clock()
    living = launcher("print('started')", clock)
    for _ in range(4):
        assert living.launch()
        clock.now += 3600


def test_an_engine_that_ends_while_it_loads_is_started_ever_more_rarely_however_long_that_takes() -> None:
    clock = Clock()
    loading = launcher("print('started')", clock)
    for pause in (0, 0, 1, 2, 4, 8):
        if pause:
            with pytest.raises(EngineUnavailableError, match=rf"the next try is in {pause} s"):
                loading.launch()
        clock.now += pause
        assert loading.launch()
        clock.now += 90


def test_an_engine_that_filled_is_started_again_at_once() -> None:
    filling = launcher("print('started')")
    for _ in range(4):
        assert filling.launch()
        filling.trust()


def test_an_end_that_was_wanted_is_followed_by_a_start_at_once() -> None:
    dying = launcher("print('started')")
    for _ in range(5):
        assert dying.launch()
        dying.forgive()


def test_a_program_that_is_gone_is_named() -> None:
    gone = Launcher(SPEC, paths_of(SPEC), ["/no/such/python"], Clock())
    message = (
        "no process can be started for the engine for fake (No such file or directory);"
        " free some memory, or install this program anew"
    )
    with pytest.raises(EngineUnavailableError, match=f"^{re.escape(message)}$"):
        gone.launch()


def test_a_folder_in_which_nothing_can_be_written_is_named(engine_folder: Path) -> None:
    paths_of(SPEC).words.mkdir()
    message = (
        f"the engine's files in {engine_folder} cannot be used (Is a directory);"
        " make room there, or set XDG_RUNTIME_DIR to another private folder"
    )
    with pytest.raises(EngineUnavailableError, match=f"^{re.escape(message)}$"):
        launcher("print('started')").launch()
