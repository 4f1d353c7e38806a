"""Sections of a profile that are fitted to measurements, and replaced whenever the weights change."""

from __future__ import annotations

import sys
from pathlib import Path


def publish(profile: Path | None, head: str, section: str) -> None:
    """Write a section, which begins with the comment `head`, in place of its old one; print it for no profile."""
    if profile is None:
        sys.stdout.write(section)
    else:
        profile.write_text(with_section(profile.read_text(encoding="utf-8"), head, section), encoding="utf-8")


def with_section(text: str, head: str, section: str) -> str:
    """Return a profile with a section in place of the one that begins with `head`, or at the end where there is none.

    A section goes on up to the next comment that follows an empty line.
    """
    before, found, rest = text.partition(f"\n{head}")
    if not found:
        return f"{text.rstrip()}\n\n{section}"
    _, following, after = rest.partition("\n\n# ")
    return f"{before}\n{section}" + (f"\n# {after}" if following else "")
