"""What a user may set: defaults, then a file, then what the editor says. A bad value is reported and left out."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from diffgemma_lsp.errors import ConfigError

Problems = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of a language server.

    `languages` switches single languages off or on, by the identifiers of the language server protocol.
    `confidence` is what each token of an automatic suggestion must have, in [0, 1]. `debounce_milliseconds` pass
    between an automatic request and its start; `budget_milliseconds` bound an automatic fill, 0 does not.
    `candidates` are offered when a suggestion was asked for. Longer documents than `longest_document` characters get
    none. Up to `snippet_characters` of related code from other documents go with a request. At most `precedent_lines`
    of the repository are held, to find places like the cursor's.
    """

    enabled: bool = True
    languages: Mapping[str, bool] = field(default_factory=lambda: MappingProxyType({}))
    confidence: float = 0.5
    debounce_milliseconds: int = 60
    budget_milliseconds: int = 0
    candidates: int = 3
    max_tokens: int = 0
    longest_document: int = 1_000_000
    snippet_characters: int = 6000
    precedent_lines: int = 100_000

    def is_on(self, language: str) -> bool:
        """Say whether documents of `language` get suggestions."""
        return self.enabled and self.languages.get(language, True)


@dataclass(frozen=True, slots=True)
class _Rule:
    """Which values a setting takes, and how a message calls them."""

    accepts: Callable[[Any], bool]
    expected: str


def _is_whole(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _is_share(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _are_switches(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(switch, bool) for switch in value.values())


def _whole(least: int, most: int) -> _Rule:
    return _Rule(lambda value: _is_whole(value, least, most), f"a whole number from {least} to {most}")


_RULES: Mapping[str, _Rule] = {
    "enabled": _Rule(lambda value: isinstance(value, bool), "true or false"),
    "languages": _Rule(_are_switches, "true or false for each language"),
    "confidence": _Rule(_is_share, "a number from 0 to 1"),
    "debounce_milliseconds": _whole(0, 10_000),
    "budget_milliseconds": _whole(0, 600_000),
    "candidates": _whole(1, 8),
    "max_tokens": _whole(0, 4096),
    "longest_document": _whole(1000, 100_000_000),
    "snippet_characters": _whole(0, 100_000),
    "precedent_lines": _whole(0, 1_000_000),
}


def editor_name(name: str) -> str:
    """Return how editors spell a setting: `debounce_milliseconds` is their `debounceMilliseconds`."""
    first, *others = name.split("_")
    return first + "".join(part.capitalize() for part in others)


def read_editor_settings(values: Any, base: Settings, source: str) -> tuple[Settings, Problems]:
    """Return `base` with the settings that an editor sent, and a sentence for each value that cannot be used.

    Keys that are not ours belong to the editor's client and are left alone; null stands for nothing set.
    """
    if values is None:
        return base, ()
    if not isinstance(values, Mapping):
        return base, (f"{source} must be an object, not {values!r}; the settings stay as they were",)
    return _merge({key.name: values.get(editor_name(key.name)) for key in fields(Settings)}, base, source, editor_name)


def read_settings_file(path: Path, base: Settings) -> tuple[Settings, Problems]:
    """Return `base` with the settings of a TOML file. Raises ConfigError where it cannot be read at all."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({error.strerror}); name a TOML file of settings") from error
    except ValueError as error:
        raise ConfigError(f"{path} is not TOML ({error}); correct it") from error
    known = ", ".join(_RULES)
    unknown = tuple(f"{path} has the setting {key!r}; there are {known}" for key in values if key not in _RULES)
    settings, problems = _merge({key: values.get(key) for key in _RULES}, base, str(path), str)
    return settings, unknown + problems


def _merge(
    values: Mapping[str, Any], base: Settings, source: str, spell: Callable[[str], str]
) -> tuple[Settings, Problems]:
    good: dict[str, Any] = {}
    problems: list[str] = []
    for name, value in values.items():
        if value is None:
            continue
        if _RULES[name].accepts(value):
            good[name] = MappingProxyType(dict(value)) if isinstance(value, Mapping) else value
        else:
            problems.append(
                f"{source} sets {spell(name)} to {value!r}, which must be {_RULES[name].expected}; "
                f"{getattr(base, name)!r} is used"
            )
    return replace(base, **good), tuple(problems)
