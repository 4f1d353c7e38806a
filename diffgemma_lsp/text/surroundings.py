"""What a trimming rule may know about a hole."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from diffgemma_lsp.text.brackets import Evenness
from diffgemma_lsp.text.indentation import Indentation


@dataclass(frozen=True)
class Surroundings:
    """A hole's neighbourhood: all text before it and after it, and `today`, the text that a fill would replace.

    `given` is all of the document that no fill wrote. `ends_file_with_newline` says that the file ended with a line
    end, so that a fill at its very end has to. What takes a look at a whole document is found out when it is asked for.
    """

    prefix: str
    suffix: str
    today: str = ""
    given: str = ""
    ends_file_with_newline: bool = False

    @cached_property
    def indentation(self) -> Indentation:
        """How the file is indented."""
        return Indentation.of(self.given)

    @cached_property
    def evenness(self) -> Evenness:
        """What brackets and quotes around the hole say about it."""
        return Evenness.around(self.prefix, self.suffix)

    @property
    def line_before(self) -> str:
        """The part of the hole's first line that stands before the hole."""
        return self.prefix[self.prefix.rfind("\n") + 1 :]

    @property
    def line_after(self) -> str:
        """The part of the hole's last line that stands after the hole."""
        return self.suffix.partition("\n")[0]
