"""Serve an editor by the language server protocol.

Editors start this themselves, over standard input and output; `diffgemma-lsp`
is the same command under a name of its own. What it logs goes to standard
error, or to --log-file.

exit codes:
  0    the editor said shutdown and exit
  1    the editor hung up without a word
  2    a wrong command line, or a settings file that cannot be read
  3    a bug in this program; --debug shows the traceback
"""

from __future__ import annotations

import argparse
import gc
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from diffgemma_lsp import __version__
from diffgemma_lsp.cli.exits import Exit
from diffgemma_lsp.cli.idle import add_idle_minutes
from diffgemma_lsp.cli.scheme import add_scheme, scheme_for
from diffgemma_lsp.errors import InputError

if TYPE_CHECKING:
    from diffgemma_lsp.engine.client.engine_client import EngineClient
    from diffgemma_lsp.engine.client.facts import ModelFacts
    from diffgemma_lsp.lsp.engine import Engine

_LEVELS = ("debug", "info", "warning", "error")


def _open_fake(args: argparse.Namespace) -> Engine:
    from diffgemma_lsp.cli.fillers import open_fake
    from diffgemma_lsp.lsp.threaded import ThreadedEngine

    return ThreadedEngine(open_fake(args.model))


def _open_shared(args: argparse.Namespace) -> Engine:
    return _open_resident("local", args)


def _open_vllm(args: argparse.Namespace) -> Engine:
    return _open_resident("vllm", args)


def _open_own(args: argparse.Namespace) -> Engine:
    import secrets

    return _open_resident("local", args, owner=secrets.token_hex(16))


def _open_resident(kind: str, args: argparse.Namespace, owner: str = "") -> Engine:
    from diffgemma_lsp.lsp.resident import ResidentEngine

    def connect(notify: Callable[[str], None]) -> EngineClient:
        from diffgemma_lsp.engine.client.engine_client import EngineClient
        from diffgemma_lsp.engine.client.spec import EngineSpec

        spec = EngineSpec(kind, args.model, args.idle_minutes, owner=owner, scheme=args.scheme)
        return EngineClient(spec, notify=notify)

    def describe() -> ModelFacts | None:
        from diffgemma_lsp.cli.fillers import FILLERS

        return FILLERS[kind].describe(args.model)

    return ResidentEngine(connect, describe)


ENGINES: Mapping[str, Callable[[argparse.Namespace], Engine]] = {
    "auto": _open_shared,
    "local": _open_own,
    "fake": _open_fake,
    "vllm": _open_vllm,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `diffgemma serve`."""
    parser.add_argument("--version", action="version", version=f"diffgemma-lsp {__version__}")
    way = parser.add_argument_group("how the editor is connected")
    way.add_argument("--stdio", action="store_true", help="over standard input and output (default)")
    way.add_argument("--tcp", action="store_true", help="over the first connection to --host and --port")
    way.add_argument("--host", default="127.0.0.1", help="where --tcp listens (default: 127.0.0.1)")
    way.add_argument("--port", type=int, default=0, help="where --tcp listens (default: 0, any free port)")
    # Clients of Microsoft's library add it by themselves; the initialize request says the same.
    way.add_argument("--clientProcessId", help=argparse.SUPPRESS)
    who = parser.add_argument_group("who fills")
    who.add_argument(
        "--engine",
        choices=ENGINES,
        default="auto",
        help="who fills: the engine that all windows share, started when needed (auto, default); one of this server"
        " alone, which ends with it (local); a script (fake); or a vLLM server, to which text is sent (vllm)",
    )
    who.add_argument(
        "--model",
        metavar="NAME",
        help="starter (default), a folder (such as /models/mine, ~/mine or ./mine) or a hub id; with --engine fake a"
        " script, with --engine vllm its settings (default: ~/.config/diffgemma/vllm.toml), both in TOML",
    )
    add_scheme(who)
    add_idle_minutes(who)
    parser.add_argument("--config", metavar="FILE", type=Path, help="settings in TOML, below those of the editor")
    log = parser.add_argument_group("what is logged")
    log.add_argument("--log-file", metavar="FILE", type=Path, help="where to (default: standard error)")
    log.add_argument("--log-level", choices=_LEVELS, default="warning", help="how much (default: warning)")


def run(args: argparse.Namespace) -> Exit:
    """Serve one editor to its end. Raises an error of the tree where it cannot begin."""
    # What is imported stays, so looking for garbage among it only keeps the editor waiting.
    gc.disable()
    from diffgemma_lsp.lsp.features import build_server
    from diffgemma_lsp.lsp.stdio import serve_stdio
    from diffgemma_lsp.lsp.tcp import serve_tcp
    from diffgemma_lsp.settings import Settings, read_settings_file

    gc.freeze()
    gc.enable()
    if args.tcp and args.stdio:
        raise InputError("--tcp and --stdio do not go together; use one of them")
    args.scheme = scheme_for(args.engine, args.scheme)
    _start_log(args.log_file, args.log_level)
    leave_workspace(args)
    settings, problems = read_settings_file(args.config, Settings()) if args.config else (Settings(), ())
    server = build_server(ENGINES[args.engine](args), settings, problems)
    return Exit(serve_tcp(server, args.host, args.port) if args.tcp else serve_stdio(server))


def main(argv: Sequence[str] | None = None) -> int:
    """Run `diffgemma-lsp`, which is `diffgemma serve`."""
    import sys

    from diffgemma_lsp.cli.main import main as run_command

    return run_command(["serve", *(sys.argv[1:] if argv is None else argv)])


def leave_workspace(args: argparse.Namespace) -> None:
    """Go to the user's own folder, so that no name of a model means what somebody put into a workspace.

    Editors start a server in the folder that they show. What `args` clearly mean as a path there becomes absolute.
    """
    home = Path.home()
    if not home.is_dir():
        return
    is_file = args.engine in ("fake", "vllm")
    if args.model and (is_file or args.model.startswith((".", "~"))):
        args.model = str(Path(args.model).expanduser().absolute())
    args.config = args.config and args.config.expanduser().absolute()
    os.chdir(home)


def _start_log(path: Path | None, level: str) -> None:
    try:
        handler = logging.FileHandler(path, encoding="utf-8") if path else logging.StreamHandler()
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror}); name another --log-file") from error
    # A disk that is full later on must not reach whoever logs, nor fill the editor's log in its place.
    logging.raiseExceptions = False
    logging.basicConfig(
        level=level.upper(), handlers=[handler], format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    # The library logs whole messages, which hold the user's documents.
    logging.getLogger("pygls").setLevel("DEBUG" if level == "debug" else "WARNING")
