"""The `diffgemma` command: finds the command that is asked for, and turns every end into an exit code.

This is one of the two places that catch any exception; the other is the engine's worker.
"""

from __future__ import annotations

import argparse
import io
import sys
import traceback
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Any, NoReturn, Protocol, cast

from diffgemma_lsp import __version__
from diffgemma_lsp.cli.exits import Exit
from diffgemma_lsp.cli.interrupts import interruptible
from diffgemma_lsp.cli.streams import flush_streams, note
from diffgemma_lsp.errors import DiffgemmaError, EngineBugError, InputError


class Command(Protocol):
    """A module of this room with the command's name. Its docstring is its help: a summary, a blank line, the rest."""

    __doc__: str | None

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare what the command takes."""
        ...

    def run(self, args: argparse.Namespace) -> Exit:
        """Do it."""
        ...


COMMANDS = ("infill", "engine", "model", "doctor", "eval", "tune", "serve")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line `argv`, the process's own if it is None, and return the exit code."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    try:
        with interruptible():
            return _run(arguments)
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has enough of it.
        return Exit.DONE
    except DiffgemmaError as error:
        note(str(error))
        return Exit.BUG if isinstance(error, EngineBugError) else Exit.BAD_INPUT
    except Exception as error:
        if "--debug" in arguments:
            traceback.print_exc()
        note(f"this is a bug: {type(error).__name__}: {error}; run it with --debug and report the traceback")
        return Exit.BUG
    finally:
        flush_streams()


def find_command(name: str) -> Command:
    """Return a command of `COMMANDS`, whose module is loaded for that."""
    return cast("Command", import_module(f"diffgemma_lsp.cli.{name}"))


def build_parser(names: Iterable[str] = COMMANDS) -> argparse.ArgumentParser:
    """Return the parser of the command line, as far as it is about the commands of these names."""
    parser = _Parser(prog="diffgemma", description="Code infilling with DiffusionGemma.", allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"diffgemma {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", title="commands")
    for name in names:
        command = find_command(name)
        add_command(commands, name, command).set_defaults(run=command.run)
    return parser


def add_command(commands: argparse._SubParsersAction[Any], name: str, command: Command) -> argparse.ArgumentParser:
    """Declare a command among others, with its arguments and its docstring as help; return its parser."""
    summary, _, details = (command.__doc__ or "").partition("\n\n")
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=summary,
        description=summary,
        epilog=details,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.add_arguments(parser)
    parser.add_argument("--debug", action="store_true", help="show the traceback of a bug")
    parser.set_defaults(parser=parser)
    return parser


class _Parser(argparse.ArgumentParser):
    """Turns a wrong command line into an error of the tree, which is one sentence."""

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message}; see {self.prog} --help")


def _run(arguments: Sequence[str]) -> int:
    # What a terminal's encoding lacks is shown escaped, not refused.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    # An editor waits for its server to start, and needs none of the other commands for that.
    parser = build_parser(set(COMMANDS).intersection(arguments[:1]) or COMMANDS)
    args, unknown = parser.parse_known_args(arguments)
    if unknown:
        # The command knows its own help, which argparse would not name.
        getattr(args, "parser", parser).error(f"unrecognized arguments: {' '.join(unknown)}")
    if "run" not in args:
        parser.print_help()
        return Exit.DONE
    code: Exit = args.run(args)
    return code
