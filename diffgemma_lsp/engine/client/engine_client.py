"""Asks the resident engine, and starts it when it does not run."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import Self

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, SocketTimeoutError

from diffgemma_lsp.engine.client.address import Address, address_of
from diffgemma_lsp.engine.client.answer import read_events
from diffgemma_lsp.engine.client.connection import connect
from diffgemma_lsp.engine.client.failure import error_from_plain
from diffgemma_lsp.engine.client.launcher import Launcher
from diffgemma_lsp.engine.client.lock import is_locked
from diffgemma_lsp.engine.client.paths import paths_of
from diffgemma_lsp.engine.client.request import FillRequest, JobKind, request_to_plain
from diffgemma_lsp.engine.client.spec import EngineSpec
from diffgemma_lsp.engine.client.status import EngineStatus, status_from_plain
from diffgemma_lsp.engine.client.version import VERSION_HEADER, require_same_version
from diffgemma_lsp.errors import EngineError, EngineUnavailableError
from diffgemma_lsp.fill import Event, Fill, FillTask

_ATTEMPTS = 3
# It takes a second after its last step, but on a busy machine longer.
_STOP_SECONDS = 15.0
_STOP_POLL_SECONDS = 0.01


class EngineClient:
    """A client of the engine that `spec` means; it belongs to one event loop.

    `starts` says whether a request starts the engine when it does not run. `notify` is told in a sentence when one was
    started, on the event loop. `command` replaces the command line that runs an engine. What needs no denoising is
    answered within `answer_seconds`, and a fill is not silent for `silence_seconds` (the engine lets us hear every five
    seconds that it is there), or that is an EngineError. Raises EngineUnavailableError when the folder of the
    engine's files is not private.
    """

    def __init__(
        self,
        spec: EngineSpec,
        *,
        starts: bool = True,
        notify: Callable[[str], None] = lambda _: None,
        command: Sequence[str] | None = None,
        answer_seconds: float = 10.0,
        silence_seconds: float = 60.0,
    ) -> None:
        self.spec = spec
        self._paths = paths_of(spec)
        self._starts = starts
        self._notify = notify
        self._launcher = Launcher(spec, self._paths, command)
        self._answer_seconds = answer_seconds
        self._silence_seconds = silence_seconds
        self._starting: asyncio.Task[bool] | None = None
        self._address: Address | None = None
        self._http: ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Hang up, and let an engine of this process's own end. Fills that still run are cancelled."""
        await self._hang_up()
        self._launcher.let_go()

    async def _hang_up(self) -> None:
        if self._http is not None:
            await self._http.close()
            self._http = self._address = None

    async def fill(self, task: FillTask, *, kind: JobKind = "explicit", client_id: str) -> AsyncGenerator[Event, None]:
        """Yield what the engine answers to a task, up to its fill. Closing the generator cancels the task.

        After an automatic task was overtaken by an explicit one its drafts begin again from step 0. Raises what the
        engine's filler raises, SupersededError, EngineBusyError, EngineVersionError, or EngineUnavailableError when
        the engine cannot be started or ends meanwhile.
        """
        body = json.dumps(request_to_plain(FillRequest(task, kind, client_id))).encode("ascii")
        response = await self._send("POST", "/fill", body)
        try:
            async with aclosing(read_events(aiter(response.content))) as events:
                async for event in events:
                    if isinstance(event, Fill):
                        self._launcher.trust()
                    yield event
        except SocketTimeoutError as error:
            raise self._hangs() from error
        except ClientError as error:
            raise EngineUnavailableError(
                "the engine ended in the middle of a fill; ask again, and it is started again"
            ) from error
        finally:
            response.close()

    async def status(self) -> EngineStatus:
        """Return what the engine says about itself. Raises EngineUnavailableError when it does not run."""
        return status_from_plain(json.loads(await self._read("/status")))

    async def metrics(self) -> str:
        """Return what the engine counts, as Prometheus reads it. Raises as `status` does."""
        return (await self._read("/metrics")).decode()

    async def start(self) -> None:
        """Start the engine unless it runs. Its model may still be loading when this returns."""
        response = await self._send("GET", "/status")
        response.close()

    async def shutdown(self) -> bool:
        """End the engine and wait until it is gone; say whether one ran. An engine of any version obeys.

        Raises EngineError when it does not end within five seconds.
        """
        try:
            response = await self._send("POST", "/shutdown", starts=False, checks_version=False)
        except EngineUnavailableError:
            return False
        response.close()
        self._launcher.forgive()
        deadline = time.monotonic() + _STOP_SECONDS
        # The lock outlives the socket: it is free when the process and its memory are gone.
        while is_locked(self._paths.lock):
            if time.monotonic() > deadline:
                raise EngineError(
                    f"the engine for {self.spec.title} did not end within {_STOP_SECONDS:.0f} s;"
                    f" end process {self._pid}"
                )
            await asyncio.sleep(_STOP_POLL_SECONDS)
        return True

    async def restart(self) -> None:
        """End the engine, whatever its version, and start ours."""
        await self.shutdown()
        await self.start()

    async def _read(self, path: str) -> bytes:
        """Return what an engine that runs answers."""
        response = await self._send("GET", path, starts=False)
        try:
            return await response.read()
        except SocketTimeoutError as error:
            raise self._hangs() from error
        except ClientError as error:
            raise EngineUnavailableError("the engine ended while it answered; the next fill starts it") from error

    async def _send(
        self, method: str, path: str, body: bytes = b"", *, starts: bool = True, checks_version: bool = True
    ) -> ClientResponse:
        """Return a response whose body has not been read yet, of an engine that is started if need be."""
        for _ in range(_ATTEMPTS):
            http = await self._connection()
            if http is not None:
                # The events of a fill come as slowly as its steps are taken, but it begins to be answered at once.
                seconds = self._silence_seconds if body else self._answer_seconds
                timeout = ClientTimeout(total=None, sock_read=seconds)
                try:
                    async with asyncio.timeout(self._answer_seconds):
                        response = await http.request(method, path, data=body or None, timeout=timeout)
                except TimeoutError as error:
                    raise self._hangs() from error
                except ClientError:
                    pass  # It ended without removing its address, or just now.
                else:
                    return await _accepted(response, self.spec if checks_version else None)
            if not (starts and self._starts):
                how = "the next fill starts it" if self._starts else f"start it with `{self.spec.command('start')}`"
                raise EngineUnavailableError(f"no engine runs for {self.spec.title}; {how}")
            await self._start()
        raise EngineUnavailableError(
            f"the engine for {self.spec.title} was started {_ATTEMPTS} times and hung up each time;"
            f" look into {self._paths.log}"
        )

    def _hangs(self) -> EngineError:
        return EngineError(f"the engine for {self.spec.title} does not answer; end process {self._pid}, and try again")

    @property
    def _pid(self) -> int:
        """The engine's process, as its address had it last."""
        return self._address.pid if self._address else 0

    async def _connection(self) -> ClientSession | None:
        """Return the HTTP client for the engine's present address, None if it has none."""
        address = address_of(self._paths)
        if address != self._address:
            await self._hang_up()
            self._address = address
            self._http = None if address is None else connect(address)
        return self._http

    async def _start(self) -> None:
        """Start the engine once for all who wait for it; a waiter that is cancelled does not end the start."""
        if self._starting is None:
            self._starting = asyncio.create_task(asyncio.to_thread(self._launcher.launch))
            self._starting.add_done_callback(self._on_start)
        await asyncio.shield(self._starting)

    def _on_start(self, starting: asyncio.Task[bool]) -> None:
        self._starting = None
        # Asked here, because all who waited for the start may be gone.
        if not starting.cancelled() and starting.exception() is None and starting.result():
            self._notify(f"the engine for {self.spec.title} did not run and was started")


async def _accepted(response: ClientResponse, spec: EngineSpec | None) -> ClientResponse:
    """Return a response of an engine that does what was asked, and of our version if `spec` is given.

    Raises the error that it sent otherwise.
    """
    try:
        if spec is not None:
            require_same_version(response.headers.get(VERSION_HEADER), spec)
        error = None if response.ok else error_from_plain(json.loads(await response.read()))
    except BaseException:
        response.close()
        raise
    if error is not None:
        raise error
    return response
