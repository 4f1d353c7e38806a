"""Check that a checkpoint works here, and print a report to paste.

The checks, in this order: access and disk; device and memory for each scheme;
load; ties and values of all tensors; our loop against generate() of
transformers; the time of a step against the least that reading the weights
takes; twenty holes with known answers. Nothing is downloaded but a missing
config.json and profile. The report calls your home ~.

examples:
  diffgemma doctor
  diffgemma doctor --model google/diffusiongemma-26B-A4B-it --scheme int4

exit codes:
  0    every check passed; a note is worth reading
  1    one failed, and says what to do
  2    a wrong command line
  3    a bug in this program; --debug shows the traceback
  130  interrupted
"""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from diffgemma_lsp import __version__
from diffgemma_lsp.cli.exits import Exit
from diffgemma_lsp.cli.scheme import add_scheme
from diffgemma_lsp.cli.status import StatusLine
from diffgemma_lsp.errors import DiffgemmaError

if TYPE_CHECKING:
    from diffgemma_lsp.checkup.result import Check

_LIBRARIES = ("torch", "transformers", "triton", "safetensors", "huggingface-hub")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `diffgemma doctor`."""
    parser.add_argument("--model", metavar="NAME", default="starter", help="starter (default), a folder or a hub id")
    add_scheme(parser)


def run(args: argparse.Namespace) -> Exit:
    """Print what each check finds, as soon as it does."""
    print("\n".join(_circumstances(args)), flush=True)
    # Both are made, because a card may be too small for what is not even downloaded yet.
    passed = [_passes(name, check) for name, check in _outer_checks(args)]
    is_well = all(passed) and all(_passes(name, check) for name, check in _inner_checks(args))
    print("every check passed" if is_well else "a check failed; those after it were not made")
    return Exit.DONE if is_well else Exit.NOTHING


def _outer_checks(args: argparse.Namespace) -> Iterator[tuple[str, Check]]:
    from diffgemma_lsp.checkup.access import check_access

    yield "access", lambda _: check_access(args.model)
    from diffgemma_lsp.checkup.memory import check_memory

    yield "memory", lambda _: check_memory(args.model, args.scheme)


def _inner_checks(args: argparse.Namespace) -> Iterator[tuple[str, Check]]:
    from diffgemma_lsp.checkup.examination import Examination

    examination = Examination(args.model, args.scheme)
    yield "load", examination.load
    yield "tensors", examination.tensors
    yield "parity", examination.parity
    yield "pace", examination.pace
    yield "cases", examination.cases


def _passes(name: str, check: Check) -> bool:
    """Make a check, print what it finds, and say whether it did not fail."""
    from diffgemma_lsp.checkup.result import Result

    with StatusLine(sys.stderr) as status:
        try:
            result = check(status.progress)
        except DiffgemmaError as error:
            result = Result(str(error), verdict="FAIL")
    print(_shown(f"{result.verdict:<5} {name:<8} {result.text}"), flush=True)
    for line in result.lines:
        print(f"{'':<15}{line}", flush=True)
    return result.verdict != "FAIL"


def _circumstances(args: argparse.Namespace) -> Iterator[str]:
    scheme = f" in {args.scheme}" if args.scheme else ""
    yield _shown(f"diffgemma doctor for {args.model}{scheme}")
    yield f"diffgemma-lsp {__version__}, Python {platform.python_version()}, {platform.platform()}"
    yield ", ".join(f"{name} {_version(name)}" for name in _LIBRARIES)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"


def _shown(line: str) -> str:
    """Return a line without the name of whose home a folder is in."""
    return line.replace(str(Path.home()), "~")
