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


def decimal(least: float, most: float) -> Callable[[str], float]:
    """Return a reader of numbers in these bounds; argparse makes a sentence of its error."""

    def read(value: str) -> float:
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if not least <= number <= most:
            raise argparse.ArgumentTypeError(f"must be a number from {least:g} to {most:g}, not {value!r}")
        return number

    return read
