"""The `diffgemma` command: finds the command that is asked for, and turns every end into an exit code.

This is one of the two places that catch any exception; the other is the engine's worker.
"""

from __future__ import annotations

import argparse
import io
import sys
import traceback
from collections.abc import Mapping, Sequence
from typing import NoReturn, Protocol

from diffgemma_lsp import __version__
from diffgemma_lsp.cli import engine, infill, serve
from diffgemma_lsp.cli import eval as evaluation
from diffgemma_lsp.cli.exits import Exit
from diffgemma_lsp.cli.interrupts import interruptible
from diffgemma_lsp.cli.streams import flush_streams, note
from diffgemma_lsp.errors import DiffgemmaError, EngineBugError, InputError


class Command(Protocol):
    """A module of this room. Its docstring is its help: a summary, a blank line, everything else."""

    __doc__: str | None

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare what the command takes."""
        ...

    def run(self, args: argparse.Namespace) -> Exit:
        """Do it."""
        ...


COMMANDS: Mapping[str, Command] = {"infill": infill, "engine": engine, "eval": evaluation, "serve": serve}


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


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser = _Parser(prog="diffgemma", description="Code infilling with DiffusionGemma.", allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"diffgemma {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", title="commands")
    for name, command in COMMANDS.items():
        summary, _, details = (command.__doc__ or "").partition("\n\n")
        subparser = commands.add_parser(
            name,
            help=summary,
            description=summary,
            epilog=details,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        command.add_arguments(subparser)
        subparser.add_argument("--debug", action="store_true", help="show the traceback of a bug")
        subparser.set_defaults(run=command.run, parser=subparser)
    return parser


class _Parser(argparse.ArgumentParser):
    """Turns a wrong command line into an error of the tree, which is one sentence."""

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message}; see {self.prog} --help")


def _run(arguments: Sequence[str]) -> int:
    # What a terminal's encoding lacks is shown escaped, not refused.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    parser = build_parser()
    args, unknown = parser.parse_known_args(arguments)
    if unknown:
        # The command knows its own help, which argparse would not name.
        getattr(args, "parser", parser).error(f"unrecognized arguments: {' '.join(unknown)}")
    if "run" not in args:
        parser.print_help()
        return Exit.DONE
    code: Exit = args.run(args)
    return code
