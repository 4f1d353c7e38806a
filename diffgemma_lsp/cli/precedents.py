"""The precedents of a hole in a file of the user's."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from diffgemma_lsp.repository.files import Repository
from diffgemma_lsp.repository.index import RepositoryIndex, Site
from diffgemma_lsp.text import Place
from diffgemma_lsp.text.precedents import Precedent, PrecedentIndex

_BUDGET_SECONDS = 0.5


def precedents_of(
    file: Path | None, text: str, places: Sequence[Place], clock: Callable[[], float] = time.monotonic
) -> tuple[Precedent, ...]:
    """Return the precedents of the only place in a file's text, best first; none of several, or of standard input.

    They come from the file itself and from others of its language in its repository, as many as can be read in half a
    second; their paths are relative to the repository. What cannot be read is passed over.
    """
    if file is None or len(places) > 1:
        return ()
    (place,) = places
    file = file.resolve()
    site = Site(file, text[: place.span.start] + place.before, place.after + text[place.span.end :])
    index = RepositoryIndex(Repository.around(file), PrecedentIndex())
    index.show({file: site.prefix + site.suffix})
    index.begin(file)
    deadline = clock() + _BUDGET_SECONDS
    while clock() < deadline and index.step():
        pass
    return index.precedents(site)
