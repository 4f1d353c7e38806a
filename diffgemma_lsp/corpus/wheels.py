"""Wheels of the package index, read without installing them."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Iterator
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from pathlib import Path

from diffgemma_lsp.corpus.licences import stated_licence
from diffgemma_lsp.corpus.packages import Package
from diffgemma_lsp.errors import InputError


def download(package: Package, wheels: Path) -> Path:
    """Return the package's wheel below the folder `wheels`, fetched by pip unless it is there.

    Raises InputError if pip fails, or if the wheel's metadata states another licence than the table.
    """
    folder = wheels / f"{package.name}-{package.version}"
    requirement = f"{package.name}=={package.version}"
    if not list(folder.glob("*.whl")):
        options = ("--quiet", "--no-deps", "--only-binary=:all:", "--dest", str(folder))
        pip = subprocess.run([sys.executable, "-m", "pip", "download", *options, requirement], check=False)
        if pip.returncode:
            raise InputError(f"pip could not download {requirement}: see its message above, and check the network")
    wheel = next(folder.glob("*.whl"))
    licence = stated_licence(read_metadata(wheel))
    if licence != package.licence:
        raise InputError(f"{requirement} states the licence {licence!r}, not {package.licence!r}: correct packages.tsv")
    return wheel


def read_metadata(wheel: Path) -> Message:
    """Return the headers of a wheel's metadata."""
    with zipfile.ZipFile(wheel) as archive:
        named = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA") and name.count("/") == 1)
        return BytesParser(policy=compat32).parsebytes(archive.read(next(named)), headersonly=True)


def read_modules(wheel: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the path and the content of each Python file of a wheel, in the order of their paths."""
    with zipfile.ZipFile(wheel) as archive:
        for name in sorted(archive.namelist()):
            if name.endswith(".py"):
                yield name, archive.read(name)
