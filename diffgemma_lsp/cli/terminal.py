"""What a terminal can show."""

from __future__ import annotations

import os
from typing import TextIO

# A file or a model may hold control characters, and a terminal would obey them: show their pictures instead.
_PICTURES = {code: 0x2400 + code for code in range(32) if chr(code) not in "\n\t"} | {127: 0x2421}
_PICTURES |= dict.fromkeys(range(128, 160), 0xFFFD)


def is_terminal(stream: TextIO) -> bool:
    """Say whether lines of `stream` can be rewritten in place."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def wants_color(stream: TextIO) -> bool:
    """Say whether `stream` is a terminal whose user did not forbid colours (https://no-color.org)."""
    return is_terminal(stream) and not os.environ.get("NO_COLOR")


def visible(text: str) -> str:
    """Return `text` with its control characters, but for tabs and line ends, as pictures."""
    return text.translate(_PICTURES)
