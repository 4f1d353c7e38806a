"""Pinned distributions from the package index: pip fetches wheels, and source distributions come as they are.

pip would run a source distribution's build to learn its metadata, and so install what the build asks for.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from diffgemma_lsp.corpus.archives import read_metadata
from diffgemma_lsp.corpus.licences import stated_licence
from diffgemma_lsp.corpus.packages import Form, Package
from diffgemma_lsp.errors import InputError

TIMEOUT_SECONDS = 60.0
_SUFFIX = {Form.WHEEL: ".whl", Form.SDIST: ".tar.gz"}


def download(package: Package, folder: Path) -> Path:
    """Return the package's archive below a folder, fetched unless it is there.

    Raises InputError if it cannot be had, or if its metadata states another licence than the table.
    """
    own = folder / f"{package.name}-{package.version}"
    pattern = f"*{_SUFFIX[package.form]}"
    if not list(own.glob(pattern)):
        own.mkdir(parents=True, exist_ok=True)
        (_fetch_wheel if package.form is Form.WHEEL else _fetch_sdist)(package, own)
    archive = next(own.glob(pattern))
    licence = stated_licence(read_metadata(archive))
    if licence != package.licence:
        raise InputError(
            f"{package.requirement} states the licence {licence!r}, not {package.licence!r}: correct packages.tsv"
        )
    return archive


def _fetch_wheel(package: Package, folder: Path) -> None:
    options = ("--quiet", "--no-deps", "--only-binary=:all:", "--dest", str(folder))
    pip = subprocess.run([sys.executable, "-m", "pip", "download", *options, package.requirement], check=False)
    if pip.returncode:
        raise InputError(f"pip could not download {package.requirement}: see its message above, and check the network")


def _fetch_sdist(package: Package, folder: Path) -> None:
    try:
        from pypi_simple import PYPI_SIMPLE_ENDPOINT, DigestMismatchError, NoSuchProjectError, PyPISimple
        from requests import RequestException
    except ModuleNotFoundError as error:
        raise InputError(f"fetching needs {error.name}: run pip install 'diffgemma-lsp[train]'") from error

    index = os.environ.get("PIP_INDEX_URL", PYPI_SIMPLE_ENDPOINT)
    suffix = _SUFFIX[Form.SDIST]
    partial = folder / "partial"
    try:
        with PyPISimple(index) as client:
            released = [
                file
                for file in client.get_project_page(package.name, timeout=TIMEOUT_SECONDS).packages
                if file.version == package.version
            ]
            for file in (file for file in released if file.package_type == "sdist" and file.filename.endswith(suffix)):
                client.download_package(file, partial, timeout=TIMEOUT_SECONDS)
                partial.replace(folder / file.filename)
                return
    except (RequestException, NoSuchProjectError, DigestMismatchError) as error:
        raise InputError(f"{package.requirement} could not be downloaded ({error}): check the network") from error
    raise InputError(f"{index} has no source distribution (.tar.gz) of {package.requirement}: correct packages.tsv")
