from __future__ import annotations

from dataclasses import replace

import pytest

from diffgemma_lsp.evaluation.left_to_right import LeftToRightFiller, left_to_right_fillers, up_to_suffix
from diffgemma_lsp.fill import Fill, FillTask, Hole, TokenText
from diffgemma_lsp.models.loading import LoadedModel, load_model
from tests.checkpoints import save_checkpoint

TASK = FillTask(("def add(a, b):\n    return ", Hole(), "\n\n\ndef other():\n    pass\n"), max_tokens=6)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    folder = tmp_path_factory.mktemp("tiny")
    save_checkpoint(folder)
    return load_model(str(folder), lambda _: None)


def fill(filler: LeftToRightFiller, task: FillTask = TASK) -> Fill:
    *_, last = filler.fill(task)
    assert isinstance(last, Fill)
    return last


def test_a_raw_checkpoint_writes_with_the_suffix_and_without(loaded: LoadedModel) -> None:
    fillers = left_to_right_fillers(loaded)
    assert [filler.name.rpartition(", ")[2] for filler in fillers] == ["left to right", "prefix only"]
    assert all(fill(filler).candidates[0].steps <= 6 for filler in fillers)


def test_a_chat_checkpoint_does_not_write_left_to_right(loaded: LoadedModel) -> None:
    assert left_to_right_fillers(replace(loaded, profile=replace(loaded.profile, prompt="chat"))) == ()


def test_what_follows_matters_only_with_the_suffix_in_the_prompt(loaded: LoadedModel) -> None:
    other = FillTask((*TASK.pieces[:2], "\nprint(12345)\nimport os\n"), max_tokens=6)
    whole, prefix_only = left_to_right_fillers(loaded)
    assert fill(whole).timings.prompt_tokens != fill(whole, other).timings.prompt_tokens
    assert fill(prefix_only).timings.prompt_tokens == fill(prefix_only, other).timings.prompt_tokens


def test_a_long_prompt_keeps_to_the_budget(loaded: LoadedModel) -> None:
    task = FillTask(("x = 1\n" * 2000, Hole(), "y = 2\n" * 2000), max_tokens=1)
    assert [fill(filler, task).timings.prompt_tokens for filler in left_to_right_fillers(loaded)] == [128, 128]


def test_a_hole_at_the_start_of_a_file_has_the_first_token_for_its_prompt(loaded: LoadedModel) -> None:
    _, prefix_only = left_to_right_fillers(loaded)
    assert fill(prefix_only, FillTask((Hole(), "\ny = 2\n"), max_tokens=2)).timings.prompt_tokens == 1


@pytest.mark.parametrize(
    ("written", "suffix", "text"),
    [
        ("a + b\n\n\ndef other():", "\n\n\ndef other():\n    pass\n", "a + b"),
        ("\n    a\n    b", "\nc", "\n    a"),
        ("a", "", "a"),
        ("a\nb", "   \n", "a"),
        ("def other()", "def other()", ""),
    ],
)
def test_without_the_suffix_the_text_ends_before_it_or_with_its_first_line(
    written: str, suffix: str, text: str
) -> None:
    tokens = [TokenText(written[start : start + 3], 0.5) for start in range(0, len(written), 3)]
    assert "".join(token.text for token in up_to_suffix(tokens, suffix)) == text
