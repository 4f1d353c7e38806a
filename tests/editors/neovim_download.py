"""Neovim 0.12, found on this machine or fetched from Debian into a cache folder; nothing is installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

# The first Debian release whose neovim is 0.12, and an older one, for what the plugin says there.
SUITE = "forky"
OLD_SUITE = "trixie"
_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
# In both ways in which apt is told of its sources.
_SOURCE = re.compile(r"\s*(URIs:|deb\s+(\[[^]]*\])?)\s*(?P<mirror>\w+://\S+/debian/?)(\s|$)")


def find_neovim() -> Path:
    """Return a Neovim of 0.12 or later. Raises LookupError, which says what to do, where there is none to be had."""
    for candidate in (os.environ.get("NVIM"), shutil.which("nvim")):
        if candidate and is_new_enough(Path(candidate)):
            return Path(candidate)
    return fetch_neovim(SUITE)


def is_new_enough(program: Path) -> bool:
    """Say whether a Neovim knows inline completion."""
    test = ["--headless", "--clean", "+execute has('nvim-0.12') ? 'quitall' : 'cquit'"]
    return subprocess.run([program, *test], check=False, capture_output=True, timeout=60).returncode == 0


def fetch_neovim(suite: str) -> Path:
    """Return the Neovim of a Debian suite, unpacked with all its libraries, so that no other libc matters."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "diffgemma-tests"
    program = cache / f"neovim-{suite}" / "nvim"
    if program.exists():
        return program
    if shutil.which("apt-get") is None:
        raise LookupError("there is no Neovim 0.12 here; install one, or name it in the variable NVIM")
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as work:
        root = Path(work) / "root"
        for package in _download(Path(work), suite):
            subprocess.run(["dpkg", "-x", package, root], check=True, timeout=60)
        _write_starter(root, program.parent)
        # Whoever comes second keeps what the first has put there.
        if not program.exists():
            root.rename(program.parent)
    return program


def _download(work: Path, suite: str) -> list[Path]:
    (work / "lists" / "partial").mkdir(parents=True)
    (work / "archives" / "partial").mkdir(parents=True)
    source = work / "debian.sources"
    source.write_text(
        f"Types: deb\nURIs: {_mirror()}\nSuites: {suite}\nComponents: main\nSigned-By: {_KEYRING}\n", encoding="utf-8"
    )
    # With an empty list of installed packages apt brings every library along.
    (work / "status").touch()
    options = {
        "Dir::Etc::sourcelist": source,
        "Dir::Etc::sourceparts": os.devnull,
        "Dir::State::lists": work / "lists",
        "Dir::State::status": work / "status",
        "Dir::Cache::archives": work / "archives",
        "Dir::Cache::pkgcache": "",
        "Dir::Cache::srcpkgcache": "",
        "Debug::NoLocking": "1",
        "APT::Sandbox::User": "root" if os.getuid() == 0 else "",
    }
    apt = ["apt-get", "-qq", *(word for key, value in options.items() for word in ("-o", f"{key}={value}"))]
    for action in (["update"], ["--yes", "--no-install-recommends", "--download-only", "install", "neovim"]):
        done = subprocess.run([*apt, *action], check=False, capture_output=True, text=True, timeout=300)
        if done.returncode:
            raise LookupError(f"Neovim cannot be fetched ({done.stderr.strip()}); name one in the variable NVIM")
    return list((work / "archives").glob("*.deb"))


def _mirror() -> str:
    """Return the mirror of Debian that this machine uses."""
    for file in [*Path("/etc/apt").glob("sources.list"), *Path("/etc/apt/sources.list.d").glob("*")]:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
        for line in lines:
            if found := _SOURCE.match(line):
                return found["mirror"]
    raise LookupError("apt knows no mirror of Debian here; install a Neovim 0.12, or name one in the variable NVIM")


def _write_starter(root: Path, home: Path) -> None:
    """Write what starts it: its own loader, with its own libraries."""
    (loader,) = (path for path in root.glob("usr/lib/*/ld-linux-*.so.*") if path.is_file())
    libraries = home / loader.parent.relative_to(root)
    starter = root / "nvim"
    starter.write_text(
        f'#!/bin/sh\nVIMRUNTIME="{home}/usr/share/nvim/runtime" exec "{libraries}/{loader.name}"'
        f' --library-path "{libraries}" "{home}/usr/bin/nvim" "$@"\n',
        encoding="utf-8",
    )
    starter.chmod(0o755)
