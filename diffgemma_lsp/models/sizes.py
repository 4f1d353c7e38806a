"""Numbers of bytes and of parameters as people read them."""

from __future__ import annotations


def size(count: int) -> str:
    """Return a number of bytes in megabytes or gigabytes."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"


def amount(count: int) -> str:
    """Return a number of parameters in millions or billions."""
    return f"{count / 1e9:.2f} B" if count >= 1e9 else f"{count / 1e6:.2f} M"
