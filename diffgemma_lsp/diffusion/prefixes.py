"""The prefix caches of the documents at work, within a bound of bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Generator, Sequence

from diffgemma_lsp.diffusion.backend import Backend
from diffgemma_lsp.diffusion.cache import PrefixCache


class PrefixStore:
    """One cache for each document; the longest unused go first when all together pass `max_bytes`."""

    def __init__(self, new_cache: Callable[[], PrefixCache], max_bytes: int) -> None:
        self._new_cache = new_cache
        self._max_bytes = max_bytes
        self._caches: OrderedDict[str, PrefixCache] = OrderedDict()

    def cache_for(self, document: str) -> PrefixCache:
        """Return the document's cache, a new one if it has none, and count it as used now."""
        cache = self._caches.pop(document, None) or self._new_cache()
        self._caches[document] = cache
        return cache

    def evict(self) -> None:
        """Drop the longest unused caches until the rest fits; the one used last goes only if it alone is too big."""
        while self._caches and self.nbytes > self._max_bytes:
            self._caches.popitem(last=False)

    def clear(self) -> None:
        """Drop all caches."""
        self._caches.clear()

    @property
    def nbytes(self) -> int:
        """Bytes that all caches take."""
        return sum(cache.nbytes for cache in self._caches.values())

    def __len__(self) -> int:
        return len(self._caches)


def prefill(backend: Backend, cache: PrefixCache, ids: Sequence[int], chunk_tokens: int) -> Generator[int, None, None]:
    """Bring `cache` to hold exactly `ids`, reusing their longest common prefix.

    Yields the number of encoded tokens after each chunk. Closed in between, the cache holds whole chunks and the
    next call goes on from there.
    """
    cache.rewind(cache.common_prefix(ids))
    while cache.length < len(ids):
        backend.prefill(ids[cache.length : cache.length + chunk_tokens], cache)
        yield cache.length
