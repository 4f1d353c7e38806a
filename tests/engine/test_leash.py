"""Engines that belong to one process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from diffgemma_lsp.engine.client.engine_client import EngineClient
from diffgemma_lsp.engine.client.paths import paths_of
from diffgemma_lsp.engine.client.spec import EngineSpec
from diffgemma_lsp.fill import Fill
from tests.engines import TASK, play

pytestmark = pytest.mark.usefixtures("engine_folder")

OWN = EngineSpec("fake", owner="me")
OWNER = """
import asyncio, sys
from diffgemma_lsp.engine.client.engine_client import EngineClient
from diffgemma_lsp.engine.client.spec import EngineSpec

async def main():
    async with EngineClient(EngineSpec("fake", owner="me")) as client:
        await client.start()
        print("started", flush=True)
        await asyncio.to_thread(sys.stdin.read)

asyncio.run(main())
"""


async def fill(client: EngineClient) -> Fill:
    events = [event async for event in client.fill(TASK, client_id="test")]
    assert isinstance(events[-1], Fill)
    return events[-1]


def wait_until_gone() -> None:
    """Wait until an engine has removed its files, which is the last that it does."""
    paths = paths_of(OWN)
    while paths.lock.exists() or paths.log.exists():
        pass


def test_an_engine_of_one_s_own_is_shared_with_nobody_and_ends_with_its_client(engine_folder: Path) -> None:
    async def scene() -> None:
        async with EngineClient(EngineSpec("fake")) as shared:
            await shared.start()
            async with EngineClient(OWN) as own:
                await fill(own)
                assert (await own.status()).pid != (await shared.status()).pid
                assert paths_of(OWN).log.exists()
            wait_until_gone()
            assert {file.stem for file in engine_folder.iterdir()} == {paths_of(EngineSpec("fake")).lock.stem}

    play(scene())


def test_an_engine_ends_with_an_owner_that_is_killed(engine_folder: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", OWNER], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as owner:
        assert owner.stdout
        assert owner.stdout.readline() == b"started\n"
        assert paths_of(OWN).socket.exists()
        owner.kill()
    wait_until_gone()
    assert list(engine_folder.iterdir()) == []


def test_an_engine_of_one_s_own_that_is_killed_is_started_again_and_still_ends() -> None:
    async def scene() -> None:
        async with EngineClient(OWN) as client:
            await fill(client)
            os.kill((await client.status()).pid, signal.SIGKILL)
            await fill(client)
            await client.restart()
            await fill(client)

    play(scene())
    wait_until_gone()


def test_an_owner_does_not_show_in_what_a_user_is_told_to_run() -> None:
    assert OWN.command("run") == "diffgemma engine run --engine fake"
