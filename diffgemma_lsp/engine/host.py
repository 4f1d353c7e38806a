"""The life of an engine's process: one per engine, from taking the lock to leaving nothing behind."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from collections.abc import Callable

import uvicorn

from diffgemma_lsp.engine.app import Engine, create_app
from diffgemma_lsp.engine.client.address import Address, is_answered, read_address, write_address
from diffgemma_lsp.engine.client.lock import take_lock
from diffgemma_lsp.engine.client.paths import EnginePaths, paths_of, remove_all
from diffgemma_lsp.engine.client.spec import EngineSpec
from diffgemma_lsp.engine.client.version import VERSION
from diffgemma_lsp.engine.leash import end_with_owner
from diffgemma_lsp.engine.listening import bind
from diffgemma_lsp.engine.logs import open_log
from diffgemma_lsp.engine.metrics import Metrics
from diffgemma_lsp.engine.queue import JobQueue
from diffgemma_lsp.engine.residency import Describe, OpenResident, Residency
from diffgemma_lsp.engine.worker import Worker
from diffgemma_lsp.errors import EngineUnavailableError

_ATTACH_SECONDS = 10.0
_ATTACH_POLL_SECONDS = 0.02
_LAST_STEP_SECONDS = 1.0
_DEFAULT_IDLE_MINUTES = 60.0

_log = logging.getLogger(__name__)


def serve(spec: EngineSpec, open_resident: OpenResident, describe: Describe, on_serving: Callable[[], None]) -> bool:
    """Be the engine until it is stopped. Return False at once, or soon, when another process is.

    `on_serving` is called when requests are answered. Raises EngineUnavailableError when the socket cannot be made, or
    when another process holds the lock and answers nothing.
    """
    paths = paths_of(spec)
    lock = _take_lock(paths)
    if lock is None:
        return False
    # Every file that is made from here on, a rotated log for one, is for this user alone.
    os.umask(0o077)
    open_log(paths.log)
    listener, address = bind(paths, uses_tcp=spec.uses_tcp)
    idle_minutes = _DEFAULT_IDLE_MINUTES if spec.idle_minutes is None else spec.idle_minutes
    residency, metrics = Residency(open_resident, describe), Metrics()
    worker = Worker(residency, metrics, JobQueue(), idle_minutes * 60)

    def stop() -> None:
        server.should_exit = True

    engine = Engine(spec, str(paths.log), residency, worker, metrics, time.monotonic(), stop)
    server = _Server(_config(engine, address), paths, lock, address, worker, on_serving)
    if spec.owner:
        end_with_owner(stop)
    try:
        _log.info("engine %s for %s starts, process %d", VERSION, spec.title, os.getpid())
        asyncio.run(server.serve(sockets=[listener]))
    finally:
        _leave(spec, paths, address, worker)
    return True


class _Server(uvicorn.Server):
    """Says when it serves, fails the jobs before it waits for their connections, and ends when its files are gone."""

    def __init__(
        self,
        config: uvicorn.Config,
        paths: EnginePaths,
        lock: int,
        address: Address,
        worker: Worker,
        on_serving: Callable[[], None],
    ) -> None:
        super().__init__(config)
        self._paths = paths
        self._lock = lock
        self._address = address
        self._worker = worker
        self._on_serving = on_serving
        config.callback_notify = self._look_around

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        write_address(self._paths.address, self._address)
        self._worker.start()
        self._on_serving()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._worker.stop()
        await super().shutdown(sockets)

    async def _look_around(self) -> None:
        """End when nobody can find this engine any more, so that another can take its place."""
        try:
            is_found = os.path.samestat(os.fstat(self._lock), self._paths.lock.stat())
        except OSError:
            is_found = False
        has_socket = not self._address.socket or self._paths.socket.exists()
        if not (is_found and has_socket and read_address(self._paths.address) == self._address):
            _log.error("the engine's files in %s are gone, so it ends", self._paths.folder)
            self.should_exit = True


def _take_lock(paths: EnginePaths) -> int | None:
    """Return the lock, None when its holder answers. Its holder may be starting or ending, so wait for either."""
    deadline = time.monotonic() + _ATTACH_SECONDS
    while (lock := take_lock(paths.lock)) is None:
        address = read_address(paths.address)
        if address is not None and is_answered(address):
            return None
        if time.monotonic() > deadline:
            owner = "" if address is None else f", perhaps process {address.pid}"
            raise EngineUnavailableError(
                f"another engine holds {paths.lock} and does not answer; end it{owner}, and try again"
            )
        time.sleep(_ATTACH_POLL_SECONDS)
    return lock


def _config(engine: Engine, address: Address) -> uvicorn.Config:
    return uvicorn.Config(
        create_app(engine, address.token),
        loop="asyncio",
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
        timeout_notify=1,
    )


def _leave(spec: EngineSpec, paths: EnginePaths, address: Address, worker: Worker) -> None:
    """Remove what tells clients of this engine, and end, even in the middle of a step that takes long."""
    worker.stop()
    if read_address(paths.address) == address:
        paths.address.unlink(missing_ok=True)
        paths.socket.unlink(missing_ok=True)
    _log.info("engine ends")
    has_ended = worker.join(_LAST_STEP_SECONDS)
    if spec.owner:
        # Nobody will ever start it again, or look for its log.
        remove_all(paths)
    if not has_ended:
        logging.shutdown()
        os._exit(0)
