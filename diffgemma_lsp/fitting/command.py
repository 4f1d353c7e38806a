"""Sections of a profile that are fitted to measurements, and replaced whenever the weights change."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from diffgemma_lsp.corpus.modules import Module, load
from diffgemma_lsp.corpus.packages import Role
from diffgemma_lsp.errors import DiffgemmaError
from diffgemma_lsp.models.names import STARTER

Fit = Callable[[str, Sequence[Module], int], str]
"""Returns a section for a model, from so many cases of each kind in the validation packages' modules."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command that fits the section which begins with the comment `head`; `cases` of each kind are usual."""

    name: str
    about: str | None
    head: str
    cases: int
    fit: Fit

    def run(self, arguments: Sequence[str] | None) -> int:
        """Fit, and print or write; return the exit code: 2 for what the user has to mend."""
        parser = argparse.ArgumentParser(f"python -m {self.name}", description=self.about)
        parser.add_argument("model", metavar="MODEL", nargs="?", default=STARTER, help="starter, a folder or a hub id")
        parser.add_argument("--corpus", type=Path, required=True, metavar="DIR", help="state folder of the training")
        parser.add_argument("--cases", type=int, default=self.cases, help=f"of each kind (default: {self.cases})")
        parser.add_argument("--profile", type=Path, metavar="FILE", help="write the section into this profile")
        options = parser.parse_args(arguments)
        try:
            fitted = self.fit(options.model, load(options.corpus, Role.VALIDATION), options.cases)
        except DiffgemmaError as error:
            sys.stderr.write(f"{error}\n")
            return 2
        publish(options.profile, self.head, fitted)
        return 0


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
