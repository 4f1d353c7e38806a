"""What can go wrong around a fill, over a Unix socket and over loopback: it is said, and the next fill works."""

from __future__ import annotations

import asyncio
import os
import signal
import statistics
import sys
import time
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from diffgemma_lsp.engine.client.address import Address, read_address, write_address
from diffgemma_lsp.engine.client.connection import connect
from diffgemma_lsp.engine.client.engine_client import EngineClient
from diffgemma_lsp.engine.client.paths import paths_of
from diffgemma_lsp.engine.client.spec import EngineSpec
from diffgemma_lsp.errors import EngineBugError, EngineError, EngineUnavailableError, OutOfMemoryError
from diffgemma_lsp.fill import Draft, Fill, FillTask, Progress
from tests.engines import TASK, play, status_when, write_script

pytestmark = pytest.mark.usefixtures("engine_folder")

FAKE = EngineSpec("fake")
SPECS = pytest.mark.parametrize("spec", [FAKE, replace(FAKE, uses_tcp=True)], ids=["socket", "loopback"])
SEVERAL = replace(TASK, candidates=2)


def engine_with(fill: str) -> list[str]:
    """Return a command line that runs an engine whose filler is the fake one with another `fill`."""
    code = (
        "import sys\n"
        "from diffgemma_lsp.cli import fillers\n"
        "from diffgemma_lsp.cli.main import main\n"
        "from diffgemma_lsp.fill import Progress\n"
        "from diffgemma_lsp.fill.fake import FakeFiller\n"
        "class Filler(FakeFiller):\n"
        "    def fill(self, task):\n"
        f"        {fill}\n"
        "        yield from FakeFiller.fill(self, task)\n"
        "kind = fillers.FillerKind(fillers.FILLERS['fake'].describe, lambda model, report: Filler())\n"
        "fillers.FILLERS['fake'] = kind\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    return [sys.executable, "-c", code, "engine", "run", "--detach"]


async def fill(client: EngineClient, task: FillTask = TASK) -> Fill:
    events = [event async for event in client.fill(task, client_id="test")]
    assert isinstance(events[-1], Fill)
    return events[-1]


async def metric(client: EngineClient, name: str) -> float:
    lines = (await client.metrics()).splitlines()
    return next(float(line.split()[-1]) for line in lines if line.startswith(name))


def slow(folder: Path, spec: EngineSpec = FAKE, delay_seconds: float = 0.05) -> EngineSpec:
    return replace(spec, model=write_script(folder, delay_seconds=delay_seconds, steps=1000))


@SPECS
def test_a_task_that_takes_all_memory_fails_alone(spec: EngineSpec) -> None:
    command = engine_with("yield Progress('prefill', 1, 1); bytearray(1 << 60) if task.candidates > 1 else None")

    async def scene() -> None:
        async with EngineClient(spec, command=command) as client:
            await fill(client)
            before = (await client.status()).pid
            message = "^the engine ran out of memory; free some, or ask for fewer candidates, and try again$"
            with pytest.raises(OutOfMemoryError, match=message):
                await fill(client, SEVERAL)
            await fill(client)
            status = await client.status()
            assert (status.pid, status.state.name) == (before, "ready")
            assert await metric(client, 'diffgemma_tasks_total{end="failed"}') == 1

    play(scene())


@SPECS
def test_a_bug_in_a_filler_fails_its_task_alone(spec: EngineSpec) -> None:
    async def scene() -> None:
        async with EngineClient(spec, command=engine_with("1 / (2 - task.candidates)")) as client:
            with pytest.raises(
                EngineBugError, match=r"which is a bug: ZeroDivisionError: division by zero; report the "
            ):
                await fill(client, SEVERAL)
            await fill(client)

    play(scene())
    assert "ZeroDivisionError" in paths_of(spec).log.read_text()


@SPECS
def test_who_hangs_up_during_the_prefill_ends_it(spec: EngineSpec) -> None:
    endless = "while task.candidates > 1: yield Progress('prefill', 1, 2)"

    async def scene() -> None:
        async with EngineClient(spec, command=engine_with(endless)) as client:
            async with aclosing(client.fill(SEVERAL, client_id="test")) as events:
                assert isinstance(await anext(events), Progress)
            await fill(client)
            assert await metric(client, 'diffgemma_tasks_total{end="cancelled"}') == 1

    play(scene())


@SPECS
def test_an_engine_that_is_killed_in_the_middle_of_a_fill_is_missed_and_replaced(
    tmp_path: Path, spec: EngineSpec
) -> None:
    spec = slow(tmp_path, spec)

    async def scene() -> None:
        async with EngineClient(spec) as client:
            async with aclosing(client.fill(TASK, client_id="test")) as events:
                await anext(events)
                os.kill((await client.status()).pid, signal.SIGKILL)
                with pytest.raises(
                    EngineUnavailableError, match=r"^the engine ended in the middle of a fill; ask agai"
                ):
                    [event async for event in events]
            async with aclosing(client.fill(TASK, client_id="test")) as events:
                assert await anext(events)

    play(scene())


@SPECS
def test_an_engine_that_hangs_in_the_middle_of_a_fill_is_named(tmp_path: Path, spec: EngineSpec) -> None:
    spec = slow(tmp_path, spec)

    async def scene() -> None:
        client = EngineClient(spec, silence_seconds=2)
        async with client, aclosing(client.fill(TASK, client_id="test")) as events:
            await anext(events)
            pid = (await client.status()).pid
            os.kill(pid, signal.SIGSTOP)
            try:
                with pytest.raises(EngineError, match=f"^the engine for .* does not answer; end process {pid}, and"):
                    [event async for event in events]
            finally:
                os.kill(pid, signal.SIGCONT)

    play(scene())


@SPECS
def test_files_that_are_removed_in_the_middle_of_a_fill_end_the_engine_and_leave_one(
    tmp_path: Path, spec: EngineSpec
) -> None:
    spec = slow(tmp_path, spec)

    async def scene() -> None:
        async with EngineClient(spec) as client:
            async with aclosing(client.fill(TASK, client_id="test")) as events:
                await anext(events)
                before = (await client.status()).pid
                paths_of(spec).address.unlink()
                paths_of(spec).socket.unlink(missing_ok=True)
                with pytest.raises(
                    EngineUnavailableError, match=r"^the engine was stopped; ask again, and it is start"
                ):
                    [event async for event in events]
            async with aclosing(client.fill(TASK, client_id="test")) as events:
                assert await anext(events)
            assert (await client.status()).pid != before

    play(scene())


@SPECS
def test_an_engine_answers_at_once_while_it_takes_slow_steps(tmp_path: Path, spec: EngineSpec) -> None:
    spec = slow(tmp_path, spec, delay_seconds=0.25)

    async def scene() -> None:
        async with EngineClient(spec) as client:
            async with aclosing(client.fill(TASK, client_id="test")) as events:
                while not isinstance(await anext(events), Draft):
                    pass
                seconds = []
                for _ in range(20):
                    start = time.monotonic()
                    assert (await client.status()).is_filling
                    seconds.append(time.monotonic() - start)
                assert statistics.median(seconds) < 0.1
                start = time.monotonic()
            await status_when(client, lambda status: not status.is_filling)
            assert time.monotonic() - start < 2, "hanging up ends a task within a step"

    play(scene())


@SPECS
def test_processes_that_need_the_engine_at_the_same_instant_share_one(spec: EngineSpec) -> None:
    code = (
        "import asyncio, sys\n"
        "from diffgemma_lsp.engine.client.engine_client import EngineClient\n"
        "from diffgemma_lsp.engine.client.spec import EngineSpec\n"
        "from diffgemma_lsp.fill import FillTask, Hole\n"
        "async def main():\n"
        "    started = []\n"
        "    spec = EngineSpec('fake', uses_tcp=sys.argv[1] == 'True')\n"
        "    async with EngineClient(spec, notify=started.append) as client:\n"
        "        events = [event async for event in client.fill(FillTask((Hole(),)), client_id=sys.argv[2])]\n"
        "        print(type(events[-1]).__name__, (await client.status()).pid, len(started))\n"
        "asyncio.run(main())\n"
    )

    async def run(name: str) -> list[str]:
        line = [sys.executable, "-c", code, str(spec.uses_tcp), name]
        process = await asyncio.create_subprocess_exec(*line, stdout=asyncio.subprocess.PIPE)
        printed, _ = await process.communicate()
        return printed.decode().split()

    async def scene() -> None:
        answers = await asyncio.gather(*[run(name) for name in "abc"])
        kinds, pids, starts = zip(*answers, strict=True)
        assert set(kinds) == {"Fill"}
        assert len(set(pids)) == 1
        assert sorted(starts) == ["0", "0", "1"]

    play(scene())


def test_loopback_answers_nothing_to_who_has_no_token() -> None:
    spec = replace(FAKE, uses_tcp=True)

    async def scene() -> None:
        async with EngineClient(spec) as client:
            await client.start()
            address = read_address(paths_of(spec).address)
            assert address is not None
            for token in ("", "wrong", address.token[:-1]):
                async with connect(replace(address, token=token)) as stranger:
                    for method, path in (
                        ("GET", "/status"),
                        ("GET", "/metrics"),
                        ("POST", "/shutdown"),
                        ("POST", "/fill"),
                    ):
                        response = await stranger.request(method, path)
                        assert response.status == 401
                        assert "pid" not in await response.text()
            await fill(client)

    play(scene())


def test_who_listens_now_where_a_dead_engine_did_hears_nothing_of_us() -> None:
    spec = replace(FAKE, uses_tcp=True)
    heard: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(1))
        writer.close()

    async def scene() -> None:
        stranger = await asyncio.start_server(listen, "127.0.0.1")
        port = stranger.sockets[0].getsockname()[1]
        write_address(paths_of(spec).address, Address(os.getpid(), port=port, token="secret"))
        async with EngineClient(spec) as client:
            await fill(client)
        stranger.close()
        assert heard == []

    play(scene())


def test_no_proxy_of_the_environment_comes_between(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "all_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    async def scene() -> None:
        async with EngineClient(replace(FAKE, uses_tcp=True)) as client:
            await fill(client)

    play(scene())
