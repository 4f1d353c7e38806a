"""One table of a TOML file, read strictly: each reader says what is wrong with a value and what is allowed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diffgemma_lsp.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Section:
    """The table `name` of the file `path`; an empty name is the file's top level.

    Every reader raises ConfigError that names the file, the key, the value and what is allowed.
    """

    path: Path
    name: str
    values: Mapping[str, Any]

    def only(self, keys: Sequence[str]) -> Section:
        """Return the section itself; raise ConfigError for a key that is not among `keys`, such as a misspelt one."""
        for key in self.values:
            if key not in keys:
                raise ConfigError(f"{self.path}: unknown key {self._full(key)}; allowed are {', '.join(keys)}")
        return self

    def section(self, key: str) -> Section:
        """Return the table under `key`."""
        table = self._get(key, "a table")
        if not isinstance(table, dict):
            raise self.error(key, "a table")
        return Section(self.path, self._full(key), table)

    def text(self, key: str) -> str:
        """Return a string that is not empty."""
        wanted = "a string that is not empty"
        value = self._get(key, wanted)
        if not isinstance(value, str) or not value:
            raise self.error(key, wanted)
        return value

    def optional_text(self, key: str) -> str | None:
        """Return a string that is not empty, or None where the key is missing."""
        return self.text(key) if key in self.values else None

    def choice(self, key: str, allowed: Sequence[str]) -> str:
        """Return one of `allowed`."""
        wanted = " or ".join(f'"{word}"' for word in allowed)
        value = self._get(key, wanted)
        if value not in allowed:
            raise self.error(key, wanted)
        return str(value)

    def flag(self, key: str) -> bool:
        """Return true or false."""
        value = self._get(key, "true or false")
        if not isinstance(value, bool):
            raise self.error(key, "true or false")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of strings that are not empty. The list itself may be."""
        wanted = "a list of strings that are not empty"
        values = self._get(key, wanted)
        if not isinstance(values, list) or not all(isinstance(text, str) and text for text in values):
            raise self.error(key, wanted)
        return tuple(values)

    def integer(self, key: str, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`."""
        wanted = f"a whole number from {low} to {high}"
        value = self._get(key, wanted)
        if type(value) is not int or not low <= value <= high:
            raise self.error(key, wanted)
        return value

    def ascending(self, key: str, low: int, high: int) -> tuple[int, ...]:
        """Return one or more whole numbers from `low` to `high`, each larger than the one before."""
        wanted = f"a list of ascending whole numbers from {low} to {high}"
        values = self._get(key, wanted)
        if not isinstance(values, list) or not values or any(type(value) is not int for value in values):
            raise self.error(key, wanted)
        if values != sorted(set(values)) or values[0] < low or values[-1] > high:
            raise self.error(key, wanted)
        return tuple(values)

    def number(self, key: str, high: float) -> float:
        """Return a number above 0 and at most `high`."""
        wanted = f"a number above 0 and at most {high:g}"
        value = self._get(key, wanted)
        if type(value) not in {int, float} or not 0 < value <= high:
            raise self.error(key, wanted)
        return float(value)

    def weight(self, key: str) -> float:
        """Return a number from -1000 to 1000."""
        wanted = "a number from -1000 to 1000"
        value = self._get(key, wanted)
        if type(value) not in {int, float} or not -1000 <= value <= 1000:
            raise self.error(key, wanted)
        return float(value)

    def error(self, key: str, wanted: str) -> ConfigError:
        """Return the error that the value under `key` is not what is `wanted`."""
        value = _toml(self.values.get(key))
        return ConfigError(f"{self.path}: {self._full(key)} is {value}, but it must be {wanted}")

    def _get(self, key: str, wanted: str) -> Any:
        if key not in self.values:
            raise ConfigError(f"{self.path}: {self._full(key)} is missing; it must be {wanted}")
        return self.values[key]

    def _full(self, key: str) -> str:
        return f"{self.name}.{key}" if self.name else key


def _toml(value: object) -> str:
    """Return a value much as TOML spells it, so that it is found again in the file."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a table"
    return f'"{value}"' if isinstance(value, str) else str(value)
