"""Numbers on a command line."""

from __future__ import annotations

import argparse
from collections.abc import Callable


def whole(least: int, most: int) -> Callable[[str], int]:
    """Return a reader of whole numbers in these bounds; argparse makes a sentence of its error."""

    def read(value: str) -> int:
        if not value.isdecimal() or len(value) > len(str(most)) or not least <= int(value) <= most:
            raise argparse.ArgumentTypeError(f"must be a whole number from {least} to {most}, not {value!r}")
        return int(value)

    return read
