"""Scripts for the fake engine."""

import re
from pathlib import Path

import pytest

from diffgemma_lsp.cli.fake_script import read_script
from diffgemma_lsp.errors import ConfigError, ModelNotFoundError
from diffgemma_lsp.fill.fake import FakeFiller


def test_a_script_says_everything_that_the_fake_filler_can_be_told(tmp_path: Path) -> None:
    path = tmp_path / "script.toml"
    path.write_text(
        'name = "actor"\nsteps = 8\ndelay_seconds = 0.5\nfollows_instructions = true\nprecedents = true\n'
        'answers = ["a", "b"]\n'
    )
    assert read_script(path) == FakeFiller(["a", "b"], 8, 0.5, "actor", follows_instructions=True, precedents=True)


def test_answers_may_be_a_table(tmp_path: Path) -> None:
    path = tmp_path / "script.toml"
    path.write_text('[answers]\n"f(" = "x"\n')
    assert read_script(path) == FakeFiller({"f(": "x"})


def test_an_empty_script_is_the_plain_fake_filler(tmp_path: Path) -> None:
    path = tmp_path / "script.toml"
    path.write_text("")
    assert read_script(path) == FakeFiller()


def test_a_script_that_is_not_there_is_a_model_that_is_not_found(tmp_path: Path) -> None:
    message = f"there is no fake script at {tmp_path}/a.toml; name a TOML file, or leave out --model"
    with pytest.raises(ModelNotFoundError, match=f"^{re.escape(message)}$"):
        read_script(tmp_path / "a.toml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("steps =", "{path} is not TOML ("),
        ("\x00\xff", "{path} is not TOML ("),
        (
            "step = 1",
            "{path} has the key 'step'; a fake script may have "
            "answers, steps, delay_seconds, name, follows_instructions, precedents",
        ),
        ("steps = 0", "steps in {path} must be a whole number from 1, not 0"),
        ("steps = true", "steps in {path} must be a whole number from 1, not True"),
        ("steps = 1.5", "steps in {path} must be a whole number from 1, not 1.5"),
        ("delay_seconds = -1", "delay_seconds in {path} must be a number from 0, not -1"),
        ("name = 1", "name in {path} must be a string, not 1"),
        ("follows_instructions = 1", "follows_instructions in {path} must be true or false, not 1"),
        ("answers = [1]", "answers in {path} must be an array of strings, or a table of them, not [1]"),
        ("answers = 'a'", "answers in {path} must be an array of strings, or a table of them, not 'a'"),
        ("answers.a = 1", "answers in {path} must be an array of strings, or a table of them, not {{'a': 1}}"),
    ],
)
def test_what_is_no_script_is_answered_with_what_it_may_hold(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "script.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=f"^{re.escape(message.format(path=path))}"):
        read_script(path)
