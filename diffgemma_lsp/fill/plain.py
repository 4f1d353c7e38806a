"""Plain JSON values, read strictly: whatever is not as it must be is an InputError that names its key."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from diffgemma_lsp.errors import InputError


@dataclass(frozen=True, slots=True)
class Plain:
    """A value as `json.loads` returns it, and the `key` under which it stands, such as "pieces[1].hole".

    Each method reads the value as one kind of thing and raises InputError where it is another.
    """

    value: object
    key: str

    def fields(self, required: Collection[str], optional: Collection[str] = ()) -> dict[str, Plain]:
        """Read an object that has all `required` names and perhaps some `optional` ones, and no others."""
        if not isinstance(self.value, dict):
            raise self.wrong("an object")
        for name in self.value:
            if name not in required and name not in optional:
                known = ", ".join((*required, *optional))
                raise InputError(f"{self.below(name)} is not known; {self.key} may have {known}")
        for name in required:
            if name not in self.value:
                raise InputError(f"{self.below(name)} is missing; give it")
        return {name: Plain(value, self.below(name)) for name, value in self.value.items()}

    def items(self) -> Iterator[Plain]:
        """Read an array."""
        if not isinstance(self.value, list):
            raise self.wrong("an array")
        return (Plain(value, f"{self.key}[{place}]") for place, value in enumerate(self.value))

    def text(self) -> str:
        """Read a string."""
        if not isinstance(self.value, str):
            raise self.wrong("a string")
        return self.value

    def number(self) -> float:
        """Read a finite number."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float) or not math.isfinite(self.value):
            raise self.wrong("a number")
        return float(self.value)

    def whole(self) -> int:
        """Read a whole number."""
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            raise self.wrong("a whole number")
        return self.value

    def flag(self) -> bool:
        """Read true or false."""
        if not isinstance(self.value, bool):
            raise self.wrong("true or false")
        return self.value

    def is_null(self) -> bool:
        """Say whether nothing is given."""
        return self.value is None

    def below(self, name: str) -> str:
        """Return the key of the value called `name` in this object."""
        return f"{self.key}.{name}"

    def wrong(self, form: str) -> InputError:
        """Return the error that says which form the value must have."""
        shown = repr(self.value)
        return InputError(f"{self.key} must be {form}, not {shown if len(shown) <= 40 else f'{shown[:40]}...'}")
