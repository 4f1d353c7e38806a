"""Settings from a file and from an editor."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from diffgemma_lsp.errors import ConfigError
from diffgemma_lsp.settings import Settings, editor_name, read_editor_settings, read_settings_file


def test_every_setting_can_be_set_by_an_editor_and_by_a_file(tmp_path: Path) -> None:
    values: dict[str, Any] = {
        "enabled": False, "languages": {"lua": False}, "confidence": 0.9, "debounce_milliseconds": 1,
        "budget_milliseconds": 2, "candidates": 4, "max_tokens": 5, "longest_document": 6000,
        "snippet_characters": 7, "precedent_lines": 8,
    }  # fmt: skip
    assert list(values) == [key.name for key in fields(Settings)]
    expected = (Settings(**values), ())
    assert read_editor_settings({editor_name(key): value for key, value in values.items()}, Settings(), "x") == expected
    path = tmp_path / "settings.toml"
    path.write_text(
        "enabled = false\nconfidence = 0.9\ndebounce_milliseconds = 1\nbudget_milliseconds = 2\n"
        "candidates = 4\nmax_tokens = 5\nlongest_document = 6000\nsnippet_characters = 7\n"
        "precedent_lines = 8\nlanguages = {lua = false}\n"
    )
    assert read_settings_file(path, Settings()) == expected


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("enabled", 1, "true or false"),
        ("languages", {"lua": 0}, "true or false for each language"),
        ("confidence", 1.5, "a number from 0 to 1"),
        ("confidence", True, "a number from 0 to 1"),
        ("debounceMilliseconds", -1, "a whole number from 0 to 10000"),
        ("candidates", 9, "a whole number from 1 to 8"),
        ("maxTokens", "5", "a whole number from 0 to 4096"),
    ],
)
def test_a_bad_value_is_reported_and_the_other_settings_hold(key: str, value: Any, expected: str) -> None:
    settings, (problem,) = read_editor_settings({key: value, "budgetMilliseconds": 7}, Settings(), "the editor")
    assert settings == Settings(budget_milliseconds=7)
    assert problem.startswith(f"the editor sets {key} to {value!r}, which must be {expected}; ")
    assert problem.endswith(" is used")


def test_keys_of_the_editors_client_are_left_alone() -> None:
    assert read_editor_settings({"trace": "verbose", "confidence": None}, Settings(), "x") == (Settings(), ())
    assert read_editor_settings(None, Settings(), "x") == (Settings(), ())


def test_settings_that_are_no_object_are_reported() -> None:
    assert read_editor_settings(3, Settings(), "x") == (
        Settings(), ("x must be an object, not 3; the settings stay as they were",)
    )  # fmt: skip


def test_a_file_that_is_not_there_or_no_toml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot be read \(No such file or directory\); name a TOML file"):
        read_settings_file(tmp_path / "none.toml", Settings())
    (tmp_path / "bad.toml").write_text("=")
    with pytest.raises(ConfigError, match="is not TOML"):
        read_settings_file(tmp_path / "bad.toml", Settings())


def test_a_key_that_a_file_has_too_much_is_reported(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text("colour = 1\n")
    _, (problem,) = read_settings_file(tmp_path / "s.toml", Settings())
    assert "has the setting 'colour'; there are enabled, languages, confidence" in problem


def test_a_language_is_on_unless_it_or_everything_is_off() -> None:
    assert Settings().is_on("lua")
    assert not Settings(languages={"lua": False}).is_on("lua")
    assert not Settings(enabled=False, languages={"lua": True}).is_on("lua")
