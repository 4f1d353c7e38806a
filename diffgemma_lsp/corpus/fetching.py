"""From names of packages to a corpus: downloads, selection, and what is left without duplicates."""

from __future__ import annotations

import json
import platform
import sysconfig
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from itertools import chain
from pathlib import Path

from diffgemma_lsp.corpus.archives import read_sources
from diffgemma_lsp.corpus.digests import digest
from diffgemma_lsp.corpus.downloads import download
from diffgemma_lsp.corpus.duplicates import distinct, runs_of
from diffgemma_lsp.corpus.modules import Module, corpus_path, load, manifest_path, save
from diffgemma_lsp.corpus.notebooks import code_of
from diffgemma_lsp.corpus.packages import Form, Package, Role, read_packages
from diffgemma_lsp.corpus.selection import is_worth_reading

STANDARD_LIBRARY = Package("python-standard-library", platform.python_version(), "PSF-2.0", form=Form.INTERPRETER)
CHARACTERS_PER_PACKAGE = 3_000_000
"""No package gives more, so that the style of none prevails."""
DOWNLOADS_AT_ONCE = 3


def held_out_modules(folder: Path) -> list[Module]:
    """Return the modules to evaluate on, fetched into `folder` unless they are there.

    Raises InputError if one cannot be had.
    """
    if not corpus_path(folder, Role.HELD_OUT).exists():
        fetch(folder, [package for package in read_packages() if package.role is Role.HELD_OUT])
    return load(folder, Role.HELD_OUT)


def fetch(state: Path, packages: Sequence[Package] | None = None) -> None:
    """Download packages, and write a corpus file for each of their roles and the manifest.

    Raises InputError if one cannot be had or its licence is not the one expected.
    """
    packages = (STANDARD_LIBRARY, *read_packages()) if packages is None else packages
    distributed = [package for package in packages if package.form is not Form.INTERPRETER]
    with ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as pool:
        archives = pool.map(lambda package: download(package, state / "packages"), distributed)
        files = dict(zip(distributed, archives, strict=True))
    manifest = []
    seen: set[int] = set()
    secret: frozenset[int] = frozenset()
    reserved: set[str] = set()
    # Held-out modules go first: a training module that repeats one of them is then the duplicate, and is dropped.
    named = {package.role for package in packages}
    for role in (role for role in (Role.HELD_OUT, Role.VALIDATION, Role.TRAIN) if role in named):
        modules: list[Module] = []
        for package in (package for package in packages if package.role is role):
            read = (
                module for module in _read(package, files.get(package)) if reserved.isdisjoint(module.path.split("/"))
            )
            kept = list(_within(CHARACTERS_PER_PACKAGE, distinct(read, seen, secret)))
            modules.extend(kept)
            size = sum(len(module.text.encode()) for module in kept)
            manifest.append({**asdict(package), "role": role.value, "form": package.form.value, "bytes": size})
        save(state, role, modules)
        if role is not Role.TRAIN:
            secret = secret.union(chain.from_iterable(runs_of(module.text) for module in modules))
            # An older version that some package carries along differs too much for its lines to give it away.
            reserved |= {package.name.replace("-", "_") for package in packages if package.role is role}
    manifest_path(state).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def _within(limit: int, modules: Iterable[Module]) -> Iterator[Module]:
    # In an order that is fixed but not alphabetical, so that the cut is a sample of the whole package.
    total = 0
    for module in sorted(modules, key=lambda module: digest([module.path])):
        total += len(module.text)
        if total > limit:
            return
        yield module


def _read(package: Package, archive: Path | None) -> Iterator[Module]:
    for path, data in _standard_library() if archive is None else read_sources(archive):
        try:
            text = data.decode("utf-8")
            code = code_of(text) if path.endswith(".ipynb") else text
        except ValueError:  # not UTF-8, or no notebook
            continue
        if is_worth_reading(path, code):
            yield Module(package.name, path, code)


def _standard_library() -> Iterator[tuple[str, bytes]]:
    root = Path(sysconfig.get_paths()["stdlib"])
    for path in sorted(root.rglob("*.py")):
        yield path.relative_to(root).as_posix(), path.read_bytes()
