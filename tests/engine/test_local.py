"""An engine with a real model: a tiny checkpoint, loaded in a process of its own."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from diffgemma_lsp.engine.client.engine_client import EngineClient
from diffgemma_lsp.engine.client.spec import EngineSpec
from diffgemma_lsp.errors import EngineUnavailableError
from diffgemma_lsp.fill import Fill, FillTask, Hole
from tests.checkpoints import save_checkpoint
from tests.engines import play, status_when

pytestmark = [pytest.mark.usefixtures("engine_folder"), pytest.mark.slow]

TASK = FillTask(("def add(a, b):\n    return ", Hole(), "\n"), path="a.py", seed=0)


async def fill(client: EngineClient) -> Fill:
    events = [event async for event in client.fill(TASK, client_id="test")]
    assert isinstance(events[-1], Fill)
    return events[-1]


def test_a_model_is_loaded_filled_with_and_cached(tmp_path: Path) -> None:
    save_checkpoint(tmp_path)

    async def scene() -> None:
        async with EngineClient(EngineSpec("local", str(tmp_path))) as client:
            first = await fill(client)
            second = await fill(client)
            status = await client.status()
            assert (status.state.name, status.device) == ("ready", "cpu")
            assert first.candidates[0].texts == second.candidates[0].texts
            assert 0 == first.timings.cached_tokens < second.timings.cached_tokens

    play(scene())


def test_an_engine_ends_within_two_seconds_while_its_model_is_loading(tmp_path: Path) -> None:
    save_checkpoint(tmp_path)

    async def scene() -> None:
        async with EngineClient(EngineSpec("local", str(tmp_path))) as client:
            await client.start()
            filling = asyncio.create_task(fill(client))
            status = await status_when(client, lambda status: status.waiting > 0)
            assert status.state.name == "loading"
            start = time.monotonic()
            await client.shutdown()
            assert time.monotonic() - start < 2
            with pytest.raises(EngineUnavailableError, match=r"^the engine was stopped; ask again"):
                await filling

    play(scene())
