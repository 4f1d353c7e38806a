"""Real engines in processes of their own, asked by real clients."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from diffgemma_lsp.engine.client.engine_client import EngineClient
from diffgemma_lsp.engine.client.paths import paths_of
from diffgemma_lsp.engine.client.spec import EngineSpec
from diffgemma_lsp.errors import (
    EngineBusyError,
    EngineError,
    EngineUnavailableError,
    EngineVersionError,
    InputError,
    ModelNotFoundError,
    SupersededError,
)
from diffgemma_lsp.fill import Draft, Event, Fill, FillTask, Hole, Progress
from diffgemma_lsp.fill.wire import PROTOCOL
from tests.engines import TASK, older_engine, play, status_when, write_script

pytestmark = pytest.mark.usefixtures("engine_folder")

FAKE = EngineSpec("fake")
AUTOMATIC = FillTask(("x = ", Hole()), path="a.py")


async def fill(client: EngineClient, task: FillTask = TASK) -> list[Event]:
    return [event async for event in client.fill(task, client_id="test")]


async def last(events: AsyncIterator[Event]) -> Event:
    return [event async for event in events][-1]


def slow(folder: Path, *, delay_seconds: float = 0.05, steps: int = 1000) -> EngineSpec:
    return EngineSpec("fake", write_script(folder, delay_seconds=delay_seconds, steps=steps))


async def metric(client: EngineClient, name: str) -> float:
    lines = (await client.metrics()).splitlines()
    return next(float(line.split()[-1]) for line in lines if line.startswith(name))


def test_a_request_starts_the_engine_and_hears_how_it_goes() -> None:
    async def scene() -> None:
        started: list[str] = []
        async with EngineClient(FAKE, notify=started.append) as client:
            events = await fill(client)
            assert [*dict.fromkeys(type(event) for event in events)] == [Progress, Draft, Fill]
            await fill(client)
            assert started == ["the engine for fake did not run and was started"]

    play(scene())


def test_two_starts_at_the_same_instant_make_one_engine() -> None:
    async def scene() -> None:
        started: list[str] = []
        async with EngineClient(FAKE, notify=started.append) as one, EngineClient(FAKE, notify=started.append) as two:
            await asyncio.gather(one.start(), two.start())
            assert (await one.status()).pid == (await two.status()).pid
            assert len(started) == 1

    play(scene())


def test_many_requests_at_once_start_one_engine() -> None:
    async def scene() -> None:
        started: list[str] = []
        async with EngineClient(FAKE, notify=started.append) as client:
            await asyncio.gather(*[fill(client) for _ in range(5)])
        assert len(started) == 1

    play(scene())


def test_a_request_that_is_cancelled_does_not_end_the_start_for_others() -> None:
    async def scene() -> None:
        async with EngineClient(FAKE) as client:
            hasty, patient = asyncio.create_task(fill(client)), asyncio.create_task(fill(client))
            await asyncio.sleep(0)
            hasty.cancel()
            assert isinstance((await patient)[-1], Fill)

    play(scene())


def test_an_engine_that_is_killed_in_the_middle_of_a_fill_is_started_again(tmp_path: Path) -> None:
    async def scene() -> None:
        started: list[str] = []
        async with EngineClient(slow(tmp_path), notify=started.append) as client:
            async with aclosing(client.fill(TASK, client_id="test")) as events:
                await anext(events)
                os.kill((await client.status()).pid, signal.SIGKILL)
                with pytest.raises(
                    EngineUnavailableError,
                    match=r"^the engine ended in the middle of a fill; ask again, and it is started again$",
                ):
                    await last(events)
            async with aclosing(client.fill(TASK, client_id="test")) as events:
                assert await anext(events)
            assert len(started) == 2

    play(scene())


def test_a_fill_that_is_hung_up_on_stops_within_one_step(tmp_path: Path) -> None:
    async def scene() -> None:
        async with EngineClient(slow(tmp_path)) as client:
            async with aclosing(client.fill(TASK, client_id="test")) as events:
                await anext(events)
                draft = await anext(events)
                assert isinstance(draft, Draft)
            await status_when(client, lambda status: not status.is_filling)
            assert await metric(client, "diffgemma_steps_total") <= draft.step + 2
            assert await metric(client, 'diffgemma_tasks_total{end="cancelled"}') == 1

    play(scene())


def test_a_client_that_is_killed_hangs_up(tmp_path: Path) -> None:
    spec = slow(tmp_path)
    path = tmp_path / "a.py"
    path.write_text("x = <|fill|>\n")

    async def scene() -> None:
        async with EngineClient(spec) as client:
            await client.start()
            line = ["infill", str(path), "--engine", "fake", "--model", str(spec.model)]
            command = await asyncio.create_subprocess_exec(sys.executable, "-m", "diffgemma_lsp", *line)
            await status_when(client, lambda status: status.is_filling)
            command.kill()
            await command.wait()
            await status_when(client, lambda status: not status.is_filling)

    play(scene())


def test_the_newest_request_for_a_document_wins(tmp_path: Path) -> None:
    async def scene() -> None:
        async with (
            EngineClient(slow(tmp_path)) as client,
            aclosing(client.fill(AUTOMATIC, kind="automatic", client_id="test")) as older,
            aclosing(client.fill(AUTOMATIC, kind="automatic", client_id="test")) as newer,
        ):
            await anext(older)
            await anext(newer)
            with pytest.raises(SupersededError):
                await last(older)

    play(scene())


def test_a_full_queue_is_an_error_of_the_request_that_finds_it_full(tmp_path: Path) -> None:
    async def scene() -> None:
        async with EngineClient(slow(tmp_path)) as client:
            await client.start()
            waiting = [asyncio.create_task(fill(client))]
            await status_when(client, lambda status: status.is_filling)  # else it would take a place in the queue
            waiting += [asyncio.create_task(fill(client)) for _ in range(16)]
            await status_when(client, lambda status: status.waiting == 16)
            with pytest.raises(EngineBusyError, match=r"^16 tasks of this client wait already; wait for one, or "):
                await fill(client)
            for task in waiting:
                task.cancel()
            await asyncio.wait(waiting)
            await status_when(client, lambda status: status.waiting == 0 and not status.is_filling)

    play(scene())


def test_only_the_user_can_reach_an_engine(engine_folder: Path) -> None:
    async def scene() -> None:
        async with EngineClient(FAKE) as client:
            await client.start()

    play(scene())
    paths = paths_of(FAKE)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (engine_folder, paths.socket, paths.address, paths.log)]
    assert [oct(mode) for mode in modes] == ["0o700", "0o600", "0o600", "0o600"]


def test_an_engine_of_another_version_is_named_and_can_be_restarted() -> None:
    async def scene() -> None:
        async with EngineClient(FAKE, command=older_engine()) as older:
            with pytest.raises(
                EngineVersionError,
                match=rf"^the engine that runs is of version 0\.0\.1/{PROTOCOL}, and this is [\d.]+/{PROTOCOL}:"
                r" restart it with `diffgemma engine restart --engine fake`$",
            ):
                await older.start()
        async with EngineClient(FAKE) as client:
            with pytest.raises(EngineVersionError):
                await fill(client)
            await client.restart()
            assert isinstance((await fill(client))[-1], Fill)

    play(scene())


def test_an_idle_model_is_unloaded_and_comes_back() -> None:
    async def scene() -> None:
        async with EngineClient(EngineSpec("fake", idle_minutes=0.001)) as client:
            await client.start()
            unloaded = await status_when(client, lambda status: status.state.name == "unloaded")
            assert unloaded.device == ""
            assert isinstance((await fill(client))[-1], Fill)

    play(scene())


def test_a_model_that_cannot_be_loaded_is_a_state_with_its_reason(tmp_path: Path) -> None:
    missing = str(tmp_path / "missing.toml")
    reason = f"there is no fake script at {missing}; name a TOML file, or leave out --model"

    async def scene() -> None:
        async with EngineClient(EngineSpec("fake", missing)) as client:
            await client.start()
            status = await status_when(client, lambda status: status.state.name == "failed")
            assert status.state.reason == reason
            with pytest.raises(ModelNotFoundError) as error:
                await fill(client)
            assert str(error.value) == reason

    play(scene())


def test_an_engine_ends_within_two_seconds_in_the_middle_of_a_long_step(tmp_path: Path) -> None:
    async def scene() -> None:
        async with EngineClient(slow(tmp_path, delay_seconds=600.0)) as client:
            async with aclosing(client.fill(TASK, client_id="test")) as events:
                await anext(events)
                await status_when(client, lambda status: status.is_filling)
                start = time.monotonic()
                assert await client.shutdown()
                assert time.monotonic() - start < 2
                with pytest.raises(
                    EngineUnavailableError, match=r"^the engine was stopped; ask again, and it is started again$"
                ):
                    await anext(events)
            assert not await client.shutdown()

    play(scene())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_an_engine_which_leaves_nothing_behind(engine_folder: Path, number: signal.Signals) -> None:
    async def scene() -> None:
        async with EngineClient(FAKE) as client:
            await client.start()
            os.kill((await client.status()).pid, number)
            with pytest.raises(EngineUnavailableError):
                await status_when(client, lambda _: False)
            while list(engine_folder.glob("*.json")):
                pass

    play(scene())
    assert {path.suffix for path in engine_folder.iterdir()} == {".lock", ".err"}


def test_an_engine_whose_socket_is_removed_makes_room_for_another() -> None:
    async def scene() -> None:
        async with EngineClient(FAKE) as client:
            await client.start()
            before = (await client.status()).pid
            await client.close()
            paths_of(FAKE).socket.unlink()
            assert isinstance((await fill(client))[-1], Fill)
            assert (await client.status()).pid != before

    play(scene())


def test_an_engine_that_hangs_is_named_with_its_process() -> None:
    async def scene() -> None:
        async with EngineClient(FAKE, answer_seconds=1.0) as client:
            await client.start()
            pid = (await client.status()).pid
            os.kill(pid, signal.SIGSTOP)
            message = f"^the engine for fake does not answer; end process {pid}, and try again$"
            with pytest.raises(EngineError, match=message):
                await client.status()
            with pytest.raises(EngineError, match=message):
                await fill(client)
            with pytest.raises(EngineError, match=message):
                await client.shutdown()

    play(scene())


def test_loopback_serves_who_knows_the_token() -> None:
    spec = EngineSpec("fake", uses_tcp=True)

    async def scene() -> None:
        async with EngineClient(spec) as client:
            assert isinstance((await fill(client))[-1], Fill)
        paths = paths_of(spec)
        assert not paths.socket.exists()
        assert stat.S_IMODE(paths.address.stat().st_mode) == 0o600
        paths.address.write_text(paths.address.read_text().replace('"token": "', '"token": "x'))
        async with EngineClient(spec) as stranger:
            with pytest.raises(EngineUnavailableError, match=r"^the token is not this engine's; read it from the "):
                await stranger.status()

    play(scene())


def test_a_log_that_cannot_be_written_hurts_nothing() -> None:
    log = paths_of(FAKE).log
    log.parent.mkdir(parents=True)
    log.symlink_to("/dev/full")

    async def scene() -> None:
        async with EngineClient(FAKE) as client:
            assert isinstance((await fill(client))[-1], Fill)

    play(scene())


def test_an_engine_that_dies_at_its_start_gives_its_last_words() -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('diffgemma: there is no room; make some')"]

    async def scene() -> None:
        async with EngineClient(FAKE, command=command) as client:
            with pytest.raises(
                EngineUnavailableError, match=r"^the engine for fake ended at its start: there is no room;"
            ):
                await fill(client)

    play(scene())


def test_an_engine_that_is_not_to_be_started_is_missed_in_a_sentence() -> None:
    async def scene() -> None:
        async with EngineClient(FAKE, starts=False) as client:
            with pytest.raises(
                EngineUnavailableError,
                match=r"^no engine runs for fake; start it with `diffgemma engine start --engine fake`$",
            ):
                await fill(client)
        async with EngineClient(FAKE) as client:
            with pytest.raises(EngineUnavailableError, match=r"^no engine runs for fake; the next fill starts it$"):
                await client.status()

    play(scene())


def test_each_model_has_its_own_engine(tmp_path: Path) -> None:
    async def scene() -> None:
        async with EngineClient(FAKE) as one, EngineClient(EngineSpec("fake", write_script(tmp_path, steps=1))) as two:
            await one.start()
            await two.start()
            assert (await one.status()).pid != (await two.status()).pid

    play(scene())


def test_a_task_that_the_engine_cannot_read_is_bad_input() -> None:
    async def scene() -> None:
        async with EngineClient(FAKE) as client:
            with pytest.raises(InputError, match=r"^request.kind must be one of explicit, automatic, ahead, not 'x'$"):
                await last(client.fill(TASK, kind="x", client_id="test"))  # type: ignore[arg-type]

    play(scene())


def test_the_client_loads_no_model_code_and_no_server_code() -> None:
    code = "import sys, diffgemma_lsp.engine.client.engine_client; print(*{n.split('.')[0] for n in sys.modules})"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"torch", "transformers", "numpy", "starlette", "uvicorn", "httptools", "rich"} & set(ran.stdout.split())


def test_the_metrics_can_be_read_over_the_socket() -> None:
    async def scene() -> None:
        async with EngineClient(FAKE) as client:
            await fill(client)
            assert await metric(client, "diffgemma_steps_total") == 4
            assert await metric(client, "diffgemma_memory_bytes") > 1_000_000

    play(scene())
