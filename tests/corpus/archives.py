"""Archives as `download` leaves them, so that a test fetches nothing."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from diffgemma_lsp.corpus.packages import Package


def write_wheel(state: Path, package: Package, files: Mapping[str, str], headers: str | None = None) -> Path:
    """Write the package's wheel with text files by path, and with metadata that states its licence."""
    path = _folder(state, package) / f"{package.name}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in files.items():
            wheel.writestr(f"{package.name}/{name}", text)
        metadata = f"License-Expression: {package.licence}\n" if headers is None else headers
        wheel.writestr(f"{package.name}-{package.version}.dist-info/METADATA", metadata)
    return path


def write_sdist(state: Path, package: Package, files: Mapping[str, str]) -> Path:
    """Write the package's source distribution with text files by path, and with metadata that states its licence."""
    path = _folder(state, package) / f"{package.name}-{package.version}.tar.gz"
    with tarfile.open(path, "w:gz") as sdist:
        for name, text in {"PKG-INFO": f"License-Expression: {package.licence}\n", **files}.items():
            entry = tarfile.TarInfo(f"{package.name}-{package.version}/{name}")
            entry.size = len(text.encode())
            sdist.addfile(entry, io.BytesIO(text.encode()))
    return path


def _folder(state: Path, package: Package) -> Path:
    folder = state / "packages" / f"{package.name}-{package.version}"
    folder.mkdir(parents=True)
    return folder
