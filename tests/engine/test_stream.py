"""The answer to one task, for a listener that is slow."""

from __future__ import annotations

import asyncio
import json
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest

from diffgemma_lsp.engine.client.engine_client import EngineClient
from diffgemma_lsp.engine.client.paths import paths_of
from diffgemma_lsp.engine.client.request import FillRequest, request_to_plain
from diffgemma_lsp.engine.client.spec import EngineSpec
from diffgemma_lsp.engine.stream import EventStream
from diffgemma_lsp.errors import InputError
from tests.engines import TASK, play, status_when, write_script

pytestmark = pytest.mark.usefixtures("engine_folder")


def test_a_listener_that_reads_nothing_makes_the_engine_hold_no_drafts(tmp_path: Path) -> None:
    """The drafts of this task have some 60 MB; a socket takes less than one."""
    answer, steps = "word " * 4_000, 300
    spec = EngineSpec("fake", write_script(tmp_path, answers=[answer], steps=steps))
    body = json.dumps(request_to_plain(FillRequest(TASK, "explicit", "slow"))).encode()
    head = f"POST /fill HTTP/1.1\r\nhost: engine\r\nconnection: close\r\ncontent-length: {len(body)}\r\n\r\n"

    async def scene() -> None:
        async with EngineClient(spec) as client:
            await client.start()
            before = (await status_when(client, lambda status: status.state.name == "ready")).memory_bytes
            reader, writer = await asyncio.open_unix_connection(paths_of(spec).socket, limit=1 << 16)
            writer.write(head.encode() + body)
            await status_when(client, lambda status: status.is_filling)
            after = (await status_when(client, lambda status: not status.is_filling)).memory_bytes
            assert after - before < 25 << 20
            stream = await reader.read()
            writer.close()
            kinds = [line.removeprefix(b"event: ") for line in stream.split(b"\n") if line.startswith(b"event: ")]
            assert kinds[-1] == b"fill"
            assert 0 < kinds.count(b"draft") < steps / 4

    play(scene())


def test_a_listener_hears_that_the_engine_is_there_while_it_has_nothing_to_say() -> None:
    async def scene() -> list[bytes]:
        closed = asyncio.Event()
        stream = EventStream(closed.set, pulse_seconds=0.01)
        sent: list[bytes] = []

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message.get("body", b""))
            # The error ends the stream, after what was heard before it.
            if len(sent) == 4:
                stream.emit(InputError("no"))

        async def receive() -> MutableMapping[str, Any]:
            await closed.wait()
            return {"type": "http.disconnect"}

        await stream({}, receive, send)
        return sent

    start, *pulses, end = play(scene())
    assert start == b""
    assert len(pulses) >= 3
    assert set(pulses) == {b": alive\n\n"}
    assert b'"type": "error"' in end
