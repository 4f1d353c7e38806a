from __future__ import annotations

from diffgemma_lsp.diffusion.prefixes import PrefixStore, prefill
from tests.diffusion.parts import backend, encoded, random_ids


def test_typing_on_encodes_the_new_tokens_only() -> None:
    model = backend()
    ids = random_ids(30, seed=1)
    cache = encoded(model, ids)
    assert list(prefill(model, cache, [*ids, 1, 2, 3, 4], chunk_tokens=3)) == [33, 34]
    assert list(prefill(model, cache, ids, chunk_tokens=3)) == []
    assert cache.length == 30


def test_a_closed_prefill_keeps_its_whole_chunks() -> None:
    model = backend()
    ids = random_ids(30, seed=1)
    cache = model.new_cache()
    work = prefill(model, cache, ids, chunk_tokens=10)
    assert next(work) == 10
    work.close()
    assert cache.ids == tuple(ids[:10])
    assert list(prefill(model, cache, ids, chunk_tokens=10)) == [20, 30]


def test_each_document_has_its_own_cache() -> None:
    store = PrefixStore(backend().new_cache, max_bytes=1 << 20)
    assert store.cache_for("a") is store.cache_for("a")
    assert store.cache_for("a") is not store.cache_for("b")


def test_the_longest_unused_cache_goes_first() -> None:
    model = backend()
    one = encoded(model, [1, 2, 3]).nbytes
    store = PrefixStore(model.new_cache, max_bytes=2 * one)
    for name in ("a", "b", "a", "c"):
        list(prefill(model, store.cache_for(name), [1, 2, 3], 8))
    kept = store.cache_for("a")
    store.evict()
    assert len(store) == 2
    assert store.nbytes == 2 * one
    assert store.cache_for("a") is kept
    assert store.cache_for("b").length == 0


def test_a_cache_that_is_too_big_alone_goes_too() -> None:
    model = backend()
    store = PrefixStore(model.new_cache, max_bytes=1)
    list(prefill(model, store.cache_for("a"), [1, 2, 3], 8))
    store.evict()
    assert len(store) == 0


def test_a_cleared_store_holds_nothing() -> None:
    store = PrefixStore(backend().new_cache, max_bytes=1)
    store.cache_for("a")
    store.clear()
    assert len(store) == 0
