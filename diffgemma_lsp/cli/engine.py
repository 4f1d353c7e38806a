"""Keep a model in memory for editors and commands.

There is one engine for each user and model, and scheme where one is named.
Editors and `diffgemma infill --keep` start it when they need it; nobody but its
user can reach it.

actions:
  start    start it, unless it runs; its model goes on loading after that
  stop     end it, if it runs
  restart  end it, whatever its version, and start it
  status   show its state, weights, memory, device, uptime, queue and log
  run      be it, until Ctrl-C

examples:
  diffgemma engine start
  diffgemma engine start --model ~/models/diffusiongemma-26B --idle-minutes 20
  diffgemma engine status --json

exit codes:
  0    done; with status, it runs
  1    with stop and status, none runs; with run, another one runs already
  2    bad input, or an engine that cannot run; one sentence says what to do
  3    a bug in this program; --debug shows the traceback
  130  interrupted

status --json prints one object: is_running, and where that is true
  state            name is loading, ready, failed or unloaded; done of total
                   parts are loaded; reason says why it failed
  version, pid     of the engine
  engine, model    what it was started with
  facts            of the model, null while nothing is known of it: name,
                   follows_instructions, and at most prompt_tokens,
                   canvas_tokens and steps (0 is no bound); sends_to is the
                   server to which text leaves this machine, or empty
  note             what to know of whoever fills by now, or empty
  device           where it computes
  weights          the scheme that those in memory are kept in, and why
  memory_bytes     of the process; device_bytes on an accelerator
  uptime_seconds   since its start
  waiting          tasks in its queue; is_filling is one more
  log              the file of its log
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from functools import partial

from diffgemma_lsp.cli.exits import Exit
from diffgemma_lsp.cli.fillers import FILLERS
from diffgemma_lsp.cli.health import health_lines
from diffgemma_lsp.cli.idle import add_idle_minutes
from diffgemma_lsp.cli.scheme import add_scheme, scheme_for
from diffgemma_lsp.engine.client.launcher import ATTACHED, STARTED
from diffgemma_lsp.engine.client.spec import EngineSpec
from diffgemma_lsp.errors import EngineUnavailableError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `diffgemma engine`."""
    parser.add_argument("action", metavar="ACTION", choices=_ACTIONS, help="start, stop, restart, status or run")
    parser.add_argument("--engine", choices=FILLERS, default="local", help="who fills (default: local)")
    parser.add_argument(
        "--model",
        metavar="NAME",
        help="starter (default), a folder or a hub id; with --engine fake a script, with --engine vllm its settings"
        " (default: ~/.config/diffgemma/vllm.toml), both in TOML",
    )
    add_scheme(parser)
    add_idle_minutes(parser)
    parser.add_argument("--json", action="store_true", help="print the status as an object, described below")
    parser.add_argument("--tcp", action="store_true", help="listen on loopback, as where there are no Unix sockets")
    # How an engine is started by others: it leaves its parent, and tells it when it serves. One with an owner ends with
    # its standard input.
    parser.add_argument("--detach", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--owner", default="", help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> Exit:
    """Start, stop, restart, show or be an engine. Raises an error of the tree when that is impossible."""
    spec = EngineSpec(
        args.engine, args.model, args.idle_minutes, args.tcp, args.owner, scheme_for(args.engine, args.scheme)
    )
    return _ACTIONS[args.action](spec, args)


def _start(spec: EngineSpec, _: argparse.Namespace) -> Exit:
    import asyncio

    from diffgemma_lsp.cli.asking import is_running
    from diffgemma_lsp.engine.client.engine_client import EngineClient

    if not is_running(spec):
        # What cannot be loaded is refused here, where somebody reads it.
        FILLERS[spec.engine].describe(spec.model)

    async def start() -> bool:
        started: list[str] = []
        async with EngineClient(spec, notify=started.append) as client:
            await client.start()
        return bool(started)

    is_new = asyncio.run(start())
    print(f"the engine for {spec.title} {'is started' if is_new else 'runs already'}")
    return Exit.DONE


def _stop(spec: EngineSpec, _: argparse.Namespace) -> Exit:
    import asyncio

    from diffgemma_lsp.engine.client.engine_client import EngineClient

    async def stop() -> bool:
        async with EngineClient(spec) as client:
            return await client.shutdown()

    was_running = asyncio.run(stop())
    print(f"the engine for {spec.title} {'is stopped' if was_running else 'does not run'}")
    return Exit.DONE if was_running else Exit.NOTHING


def _restart(spec: EngineSpec, args: argparse.Namespace) -> Exit:
    _stop(spec, args)
    return _start(spec, args)


def _status(spec: EngineSpec, args: argparse.Namespace) -> Exit:
    import asyncio

    from diffgemma_lsp.engine.client.engine_client import EngineClient
    from diffgemma_lsp.engine.client.status import EngineStatus, status_to_plain

    async def ask() -> EngineStatus | None:
        async with EngineClient(spec) as client:
            try:
                return await client.status()
            except EngineUnavailableError:
                return None

    status = asyncio.run(ask())
    if args.json:
        print(json.dumps({"is_running": status is not None} | ({} if status is None else status_to_plain(status))))
    elif status is None:
        print(f"the engine for {spec.title} does not run")
    else:
        print("\n".join(health_lines(status)))
    return Exit.NOTHING if status is None else Exit.DONE


def _run(spec: EngineSpec, args: argparse.Namespace) -> Exit:
    from diffgemma_lsp.engine.detachment import answer, detach

    if args.detach:
        detach()
    # After the process is on its own: these imports take a while, and no thread may run before.
    from diffgemma_lsp.cli.residents import open_resident
    from diffgemma_lsp.engine.host import serve

    say = answer if args.detach else partial(_tell, spec)
    if serve(
        spec, partial(open_resident, spec), partial(FILLERS[spec.engine].describe, spec.model), partial(say, STARTED)
    ):
        return Exit.DONE
    say(ATTACHED)
    return Exit.NOTHING


_ACTIONS: Mapping[str, Callable[[EngineSpec, argparse.Namespace], Exit]] = {
    "start": _start,
    "stop": _stop,
    "restart": _restart,
    "status": _status,
    "run": _run,
}


def _tell(spec: EngineSpec, word: str) -> None:
    how = "serves; Ctrl-C ends it" if word == STARTED else "runs already"
    print(f"diffgemma: the engine for {spec.title} {how}", file=sys.stderr)
