"""A run on another machine, from here: corpus and code go there, calls follow each other, and weights come back.

All that is asked of the other machine is a shell with tar, and a `python3` that has torch and transformers.
"""

from __future__ import annotations

import shlex
import subprocess
import tarfile
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO

import diffgemma_lsp
from diffgemma_lsp.errors import InputError
from diffgemma_lsp.training.call import CALL_AGAIN, CHECKPOINT, FOLDER

PACKAGE = Path(diffgemma_lsp.__file__).parent
PLACE = "diffgemma-training"
"""The folder there, below the one in which the shell begins: it outlasts a call, and is removed after the run."""


def away(over: str, pack: Path, arguments: Sequence[str], folder: Path) -> None:
    """Train over there on the packed corpus, and write the checkpoint into a folder here after each call.

    `over` is a command whose last argument is a line of shell, as `ssh HOST` is; `arguments` are for each call. Begun
    again, it goes on where a run that broke off had stopped. Raises InputError where a line fails there.
    """
    with pack.open("rb") as corpus, TemporaryFile() as code:
        _write_code(code)
        _run(over, f"mkdir -p {PLACE} && cat > {PLACE}/corpus.tar.xz", corpus)
        _run(over, f"cd {PLACE} && rm -rf {PACKAGE.name} && tar -xzf -", code)
    line = shlex.join(["--state", "state", "--corpus", "corpus.tar.xz", "--out", "out", *arguments])
    goes_on = True
    while goes_on:
        goes_on = _run(over, f"cd {PLACE} && python3 -m diffgemma_lsp.training call {line}") == CALL_AGAIN
        with TemporaryFile() as joined:
            _run(over, f"cat {PLACE}/out/{CHECKPOINT}.??", output=joined)
            joined.seek(0)
            _replace(folder, joined)
    _run(over, f"rm -r {PLACE}")


def _write_code(file: IO[bytes]) -> None:
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        archive.add(PACKAGE, PACKAGE.name, filter=_without_weights)
    file.seek(0)


def _without_weights(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if entry.name.endswith((".safetensors", "__pycache__")) else entry


def _run(over: str, line: str, source: IO[bytes] | None = None, output: IO[bytes] | None = None) -> int:
    command = [*shlex.split(over), line]
    try:
        ran = subprocess.run(command, stdin=source or subprocess.DEVNULL, stdout=output, check=False)
    except OSError as error:
        raise InputError(f"{over} cannot be run ({error}): say --over by a command of this machine") from error
    if ran.returncode not in (0, CALL_AGAIN):
        raise InputError(f'"{line}" failed over there with exit code {ran.returncode}: see its message above')
    return ran.returncode


def _replace(folder: Path, archive: IO[bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent) as made, tarfile.open(fileobj=archive) as content:
        content.extractall(made, filter="data")
        for file in (Path(made) / FOLDER).iterdir():
            file.replace(folder / file.name)
