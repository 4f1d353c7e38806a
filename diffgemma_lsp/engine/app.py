"""The engine's HTTP: one function for each thing that can be asked."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from diffgemma_lsp import __version__
from diffgemma_lsp.engine.client.failure import error_to_plain
from diffgemma_lsp.engine.client.request import request_from_plain
from diffgemma_lsp.engine.client.spec import EngineSpec
from diffgemma_lsp.engine.client.status import EngineStatus, status_to_plain
from diffgemma_lsp.engine.guard import Guard
from diffgemma_lsp.engine.job import Job
from diffgemma_lsp.engine.memory import resident_bytes
from diffgemma_lsp.engine.metrics import Metrics
from diffgemma_lsp.engine.residency import Residency
from diffgemma_lsp.engine.stream import EventStream
from diffgemma_lsp.engine.worker import Worker
from diffgemma_lsp.errors import DiffgemmaError, EngineBusyError, EngineUnavailableError, InputError

_LARGEST_REQUEST = 32 << 20
_CODES = ((InputError, 400), (EngineBusyError, 503), (EngineUnavailableError, 503), (DiffgemmaError, 500))


@dataclass(frozen=True, slots=True)
class Engine:
    """The parts that a request may need. `started_at` is in seconds of the monotonic clock; `stop` ends the engine."""

    spec: EngineSpec
    log: str
    residency: Residency
    worker: Worker
    metrics: Metrics
    started_at: float
    stop: Callable[[], None]

    async def fill(self, request: Request) -> EventStream:
        """Fill a task. The listener's end is the task's end."""
        asked = request_from_plain(await _read_json(request))
        stream = EventStream(lambda: self.worker.cancel(job))
        job = Job(asked, stream.emit, time.monotonic())
        self.worker.submit(job)
        return stream

    async def status(self, _: Request) -> Response:
        """Say how the engine is."""
        status = EngineStatus(
            state=self.residency.state,
            version=__version__,
            pid=os.getpid(),
            engine=self.spec.engine,
            model=self.spec.full_model,
            facts=self.residency.facts,
            note=self.residency.note,
            device=self.residency.device,
            weights=self.residency.weights,
            memory_bytes=resident_bytes(),
            device_bytes=self.residency.device_bytes,
            uptime_seconds=time.monotonic() - self.started_at,
            waiting=self.worker.waiting,
            is_filling=self.worker.is_filling,
            log=self.log,
        )
        return JSONResponse(status_to_plain(status))

    async def shut_down(self, _: Request) -> Response:
        """End the engine."""
        self.stop()
        return JSONResponse({"is_stopping": True})

    async def show_metrics(self, _: Request) -> Response:
        """Show what was counted."""
        gauges = {
            "diffgemma_waiting_tasks": ("Tasks in the queue.", self.worker.waiting),
            "diffgemma_is_ready": ("Whether the model is in memory.", self.residency.state.name == "ready"),
            "diffgemma_memory_bytes": ("Main memory of the process.", resident_bytes()),
            "diffgemma_device_memory_bytes": ("Memory on the accelerator.", self.residency.device_bytes),
            "diffgemma_uptime_seconds": ("Since the start.", time.monotonic() - self.started_at),
        }
        text = self.metrics.render({name: (description, float(value)) for name, (description, value) in gauges.items()})
        return PlainTextResponse(text, media_type="text/plain; version=0.0.4")


def create_app(engine: Engine, token: str) -> ASGIApp:
    """Return the ASGI app of an engine; `token` is empty where the socket itself is private."""
    routes = [
        Route("/fill", engine.fill, methods=["POST"]),
        Route("/status", engine.status),
        Route("/shutdown", engine.shut_down, methods=["POST"]),
        Route("/metrics", engine.show_metrics),
    ]
    return Guard(Starlette(routes=routes, exception_handlers={DiffgemmaError: _refuse}), token)


async def _refuse(_: Request, error: Exception) -> Response:
    assert isinstance(error, DiffgemmaError)
    code = next(code for kind, code in _CODES if isinstance(error, kind))
    return JSONResponse(error_to_plain(error), status_code=code)


async def _read_json(request: Request) -> object:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > _LARGEST_REQUEST:
            raise InputError(f"the request is larger than {_LARGEST_REQUEST >> 20} MiB; send less of the document")
    try:
        return json.loads(body)
    except ValueError as error:
        raise InputError(f"the request is not JSON ({error}); correct it") from error
