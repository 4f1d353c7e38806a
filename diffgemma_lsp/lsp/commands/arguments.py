"""The arguments of a command, read strictly: whoever wrote the client should learn what was wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lsprotocol import types

from diffgemma_lsp.errors import InputError


@dataclass(frozen=True, slots=True)
class Arguments:
    """The object that a command was given; `command` is its name, for messages."""

    command: str
    values: Mapping[str, Any]

    @classmethod
    def of(cls, command: str, arguments: Sequence[Any]) -> Arguments:
        """Read a command's arguments. Raises InputError where they are not one object or none."""
        if len(arguments) > 1 or not all(isinstance(argument, Mapping) for argument in arguments):
            raise InputError(f"{command} takes one object as its argument, not {list(arguments)!r}")
        return cls(command, arguments[0] if arguments else {})

    def text(self, key: str) -> str | None:
        """Return a string, None where it is left out. Raises InputError for anything else."""
        value = self.values.get(key)
        if not isinstance(value, str | None):
            raise self._wrong(key, "a string", value)
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        """Return true or false. Raises InputError for anything else."""
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            raise self._wrong(key, "true or false", value)
        return value

    @property
    def needed_document_uri(self) -> str:
        """The document, which this command cannot do without. Raises InputError."""
        if (uri := self.document_uri) is None:
            raise InputError(f"{self.command} needs textDocument, an object with a uri")
        return uri

    @property
    def needed_range(self) -> types.Range:
        """The range or position, which this command cannot do without. Raises InputError."""
        if (meant := self.range) is None:
            raise InputError(f"{self.command} needs a range or a position")
        return meant

    @property
    def document_uri(self) -> str | None:
        """The document that is meant, None where none is named. Raises InputError."""
        value = self.values.get("textDocument")
        if value is None:
            return None
        if not isinstance(value, Mapping) or not isinstance(value.get("uri"), str):
            raise self._wrong("textDocument", "an object with a uri", value)
        return str(value["uri"])

    @property
    def document_version(self) -> int | None:
        """The version that the client speaks of, None where it leaves that open. Raises InputError."""
        value = self.values.get("textDocument")
        version = value.get("version") if isinstance(value, Mapping) else None
        if not isinstance(version, int | None):
            raise self._wrong("textDocument.version", "a whole number", version)
        return version

    @property
    def range(self) -> types.Range | None:
        """The range that is meant: `range`, or `position` as an empty one; None without both. Raises InputError."""
        if (value := self.values.get("range")) is not None:
            if not isinstance(value, Mapping):
                raise self._wrong("range", "an object with start and end", value)
            return types.Range(*(self._position(f"range.{key}", value.get(key)) for key in ("start", "end")))
        if (value := self.values.get("position")) is not None:
            position = self._position("position", value)
            return types.Range(position, position)
        return None

    def _position(self, key: str, value: Any) -> types.Position:
        fields = value if isinstance(value, Mapping) else {}
        match fields.get("line"), fields.get("character"):
            case int(line), int(character) if line >= 0 and character >= 0:
                return types.Position(line, character)
        raise self._wrong(key, "line and character, whole numbers from 0", value)

    def _wrong(self, key: str, expected: str, value: Any) -> InputError:
        return InputError(f"{self.command}: {key} must be {expected}, not {value!r}")
