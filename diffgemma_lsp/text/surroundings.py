"""What a trimming rule may know about a hole."""

from __future__ import annotations

from dataclasses import dataclass

from diffgemma_lsp.text.indentation import UNKNOWN, Indentation


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A hole's neighbourhood: all text before it and after it, and `today`, the text that a fill would replace.

    `indentation` is the file's. `ends_file_with_newline` says that the file ended with a line end, so that a fill at
    its very end has to.
    """

    prefix: str
    suffix: str
    today: str = ""
    indentation: Indentation = UNKNOWN
    ends_file_with_newline: bool = False

    @property
    def line_before(self) -> str:
        """The part of the hole's first line that stands before the hole."""
        return self.prefix[self.prefix.rfind("\n") + 1 :]

    @property
    def line_after(self) -> str:
        """The part of the hole's last line that stands after the hole."""
        return self.suffix.partition("\n")[0]
