"""A fake filler from a TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from diffgemma_lsp.errors import ConfigError, ModelNotFoundError
from diffgemma_lsp.fill.fake import FakeFiller


def _are_answers(value: Any) -> bool:
    texts = value.values() if isinstance(value, dict) else value
    return isinstance(value, list | dict) and all(isinstance(text, str) for text in texts)


def _is_number(value: Any, *kinds: type) -> bool:
    return isinstance(value, kinds) and not isinstance(value, bool)


_KEYS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "answers": (_are_answers, "an array of strings, or a table of them"),
    "steps": (lambda value: _is_number(value, int) and value >= 1, "a whole number from 1"),
    "delay_seconds": (lambda value: _is_number(value, int, float) and value >= 0, "a number from 0"),
    "name": (lambda value: isinstance(value, str), "a string"),
    "follows_instructions": (lambda value: isinstance(value, bool), "true or false"),
    "precedents": (lambda value: isinstance(value, bool), "true or false"),
}


def read_script(path: Path) -> FakeFiller:
    """Return the filler that a script describes; its keys are `FakeFiller`'s fields.

    Raises ModelNotFoundError where there is no such file, ConfigError where it is not a script.
    """
    try:
        keys = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelNotFoundError(
            f"there is no fake script at {path}; name a TOML file, or leave out --model"
        ) from error
    except ValueError as error:
        raise ConfigError(f"{path} is not TOML ({error}); correct it") from error
    for key, value in keys.items():
        if key not in _KEYS:
            raise ConfigError(f"{path} has the key {key!r}; a fake script may have {', '.join(_KEYS)}")
        fits, form = _KEYS[key]
        if not fits(value):
            raise ConfigError(f"{key} in {path} must be {form}, not {value!r}")
    return FakeFiller(**keys)
