"""Wheels (zip) and source distributions (tar.gz), read without unpacking or installing them."""

from __future__ import annotations

import tarfile
import zipfile
from collections.abc import Callable, Iterator
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from pathlib import Path

SOURCES = (".py", ".ipynb")


def read_metadata(archive: Path) -> Message:
    """Return the headers of a distribution's metadata."""
    content = next(data for name, data in _files(archive, _is_metadata))
    return BytesParser(policy=compat32).parsebytes(content, headersonly=True)


def read_sources(archive: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the path and the content of each Python file and notebook of a distribution, in the order of their paths.

    Paths begin at the package, not at the folder that a source distribution wraps it in.
    """
    return _files(archive, lambda name: name.endswith(SOURCES))


def _is_metadata(name: str) -> bool:
    return name == "PKG-INFO" or (name.endswith(".dist-info/METADATA") and name.count("/") == 1)


def _files(archive: Path, wanted: Callable[[str], bool]) -> Iterator[tuple[str, bytes]]:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            for name in sorted(filter(wanted, wheel.namelist())):
                yield name, wheel.read(name)
        return
    with tarfile.open(archive, "r:gz") as sources:
        inner = {member.name.partition("/")[2]: member for member in sources.getmembers() if member.isreg()}
        for name in sorted(filter(wanted, inner)):
            member = sources.extractfile(inner[name])
            assert member is not None  # it is a regular file
            yield name, member.read()
