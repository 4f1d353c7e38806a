"""How a command ends."""

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes; each command's help says which it has."""

    DONE = 0
    NOTHING = 1
    BAD_INPUT = 2
    BUG = 3
    INTERRUPTED = 130
