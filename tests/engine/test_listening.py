"""The socket of an engine."""

from __future__ import annotations

import socket

import pytest

from diffgemma_lsp.engine.client.paths import paths_of
from diffgemma_lsp.engine.client.spec import EngineSpec
from diffgemma_lsp.engine.listening import bind

pytestmark = pytest.mark.usefixtures("engine_folder")


def test_where_there_are_no_unix_sockets_it_is_loopback_with_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(socket, "AF_UNIX")
    listener, address = bind(paths_of(EngineSpec("fake")), uses_tcp=False)
    with listener:
        assert listener.getsockname() == ("127.0.0.1", address.port)
        assert (address.socket, len(address.token)) == ("", 43)


def test_each_engine_has_a_token_of_its_own() -> None:
    bound = [bind(paths_of(EngineSpec("fake")), uses_tcp=True) for _ in range(2)]
    for listener, _ in bound:
        listener.close()
    assert len({address.token for _, address in bound}) == 2
