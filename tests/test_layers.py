"""Which room may import which, read from the imports themselves: those inside functions count, too."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "diffgemma_lsp"
FILES = sorted(PACKAGE.rglob("*.py"))

# A room is the first name below the package. The engine's client has none of the engine's weight, and syntax trees are
# known to one folder of the texts only, so these are rooms of their own; `package` is the package's own file, which
# holds the version.
INNER_ROOMS = ("engine.client", "text.syntax")
BELOW_PROMPTS = {"package", "errors", "text", "text.syntax", "fill", "diffusion"}
MAY_IMPORT = {
    "package": set[str](),
    "errors": set[str](),
    "settings": {"package", "errors"},
    "text": {"package", "errors", "text.syntax"},
    "text.syntax": {"package", "errors", "text"},
    "sudoku": {"package", "errors"},
    "repository": {"package", "errors", "text", "text.syntax"},
    "fill": {"package", "errors", "text"},
    "diffusion": {"package", "errors", "text", "fill"},
    "prompts": BELOW_PROMPTS,
    "infilling": BELOW_PROMPTS | {"prompts"},
    "models": {"package", "errors", "fill", "diffusion", "prompts"},
    "checkup": {"package", "errors", "fill", "diffusion", "prompts", "infilling", "models"},
    "corpus": {"package", "errors"},
    "evaluation": BELOW_PROMPTS | {"prompts", "models", "corpus"},
    "fitting": BELOW_PROMPTS | {"prompts", "infilling", "models", "corpus", "evaluation"},
    "training": BELOW_PROMPTS | {"prompts", "infilling", "models", "repository", "corpus", "evaluation", "sudoku"},
    "remote": BELOW_PROMPTS | {"prompts", "models"},
    "engine.client": {"package", "errors", "settings", "text", "fill"},
    "engine": {"package", "errors", "fill", "engine.client"},
    "lsp": {"package", "errors", "settings", "text", "text.syntax", "repository", "fill", "engine.client"},
    "__main__": {"cli"},
}
MAY_IMPORT["cli"] = {*MAY_IMPORT, "cli"} - {"__main__"}
LIBRARY_ROOMS = {
    "torch": {"diffusion", "infilling", "models", "checkup", "evaluation", "fitting", "training"},
    "transformers": {"models", "checkup", "training"},
    "tokenizers": {"prompts", "training"},
    "safetensors": {"models", "training"},
    "huggingface_hub": {"models"},
    "bitsandbytes": {"models", "training"},
    "triton": {"models", "training"},
    "numpy": {"training"},
    "uniplot": {"training"},
    "peft": {"training"},
    "pypi_simple": {"corpus"},
    "requests": {"corpus"},
    "pygls": {"lsp"},
    "lsprotocol": {"lsp"},
    "pathspec": {"text"},
    "starlette": {"engine"},
    "uvicorn": {"engine"},
    "aiohttp": {"engine.client", "remote"},
    "tree_sitter": {"text.syntax"},
    "rich": {"cli"},
}


def module_name(file: Path) -> str:
    parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(module: str) -> str:
    _, *parts = module.split(".")
    inner = ".".join(parts[:2])
    if inner in INNER_ROOMS:
        return inner
    return parts[0] if parts else "package"


def imports_of(source: str) -> Iterator[str]:
    """Yield the modules that a source imports; `from a import b` may import the module `a.b`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name the package, so that they can be read here"
            assert node.module is not None
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room_that_exists(module: str) -> str:
    """Return the room of an imported name, which is a module or stands in one."""
    names = {path.stem for path in PACKAGE.iterdir()}
    room = room_of(module)
    return room if room.split(".")[0] in names else "package"


def violations(module: str, source: str) -> list[str]:
    room = room_of(module)
    found = []
    for name in imports_of(source):
        top = name.split(".")[0]
        if top == PACKAGE.name:
            target = room_that_exists(name)
            is_allowed = target == room or target in MAY_IMPORT[room]
        else:
            is_allowed = top in sys.stdlib_module_names or room in LIBRARY_ROOMS.get(top, set())
        if not is_allowed:
            found.append(f"{module} imports {name}")
    return found


@pytest.mark.parametrize("file", FILES, ids=module_name)
def test_a_module_imports_only_what_its_room_may(file: Path) -> None:
    assert violations(module_name(file), file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("diffgemma_lsp.text.a", "import torch"),
        ("diffgemma_lsp.text.a", "import tree_sitter"),
        ("diffgemma_lsp.text.a", "from diffgemma_lsp.fill import FillTask"),
        ("diffgemma_lsp.fill.a", "def f():\n    from diffgemma_lsp.infilling.filler import DiffusionFiller"),
        ("diffgemma_lsp.prompts.a", "import torch"),
        ("diffgemma_lsp.infilling.a", "from diffgemma_lsp.models import loading"),
        ("diffgemma_lsp.models.a", "from diffgemma_lsp.infilling import filler"),
        ("diffgemma_lsp.engine.a", "from diffgemma_lsp.infilling import filler"),
        ("diffgemma_lsp.evaluation.a", "from diffgemma_lsp.training import loop"),
        ("diffgemma_lsp.diffusion.a", "import diffgemma_lsp.models.loading"),
        ("diffgemma_lsp.diffusion.a", "from transformers import AutoModel"),
        ("diffgemma_lsp.models.a", "from diffgemma_lsp import cli"),
        ("diffgemma_lsp.models.a", "from rich.text import Text"),
        ("diffgemma_lsp.lsp.a", "from diffgemma_lsp.models import loading"),
        ("diffgemma_lsp.engine.client", "from diffgemma_lsp.models import loading"),
        ("diffgemma_lsp.engine.client", "import torch"),
        ("diffgemma_lsp.remote.a", "import torch"),
        ("diffgemma_lsp.remote.a", "from diffgemma_lsp.engine.client import spec"),
        ("diffgemma_lsp.models.a", "from diffgemma_lsp.remote import filler"),
        ("diffgemma_lsp.cli.a", "import torch"),
        ("diffgemma_lsp.cli.a", "import some_library_without_a_room"),
    ],
)
def test_a_wrong_import_is_noticed(module: str, source: str) -> None:
    assert len(violations(module, source)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("diffgemma_lsp.cli.a", "from diffgemma_lsp import __version__"),
        ("diffgemma_lsp.cli.a", "from diffgemma_lsp.infilling.filler import DiffusionFiller"),
        ("diffgemma_lsp.training.a", "import numpy as np, torch.nn"),
        ("diffgemma_lsp.fill.a", "from diffgemma_lsp import text"),
        ("diffgemma_lsp.text.a", "from collections.abc import Iterator"),
        ("diffgemma_lsp.text.syntax.a", "from tree_sitter import Parser"),
    ],
)
def test_a_right_import_is_let_through(module: str, source: str) -> None:
    assert violations(module, source) == []


@pytest.mark.parametrize(
    "module",
    [
        "diffgemma_lsp",
        "diffgemma_lsp.cli.main",
        "diffgemma_lsp.text",
        "diffgemma_lsp.fill",
        "diffgemma_lsp.sudoku.symmetry",
        "diffgemma_lsp.corpus.fetching",
        "diffgemma_lsp.repository.index",
        "diffgemma_lsp.lsp.features",
        "diffgemma_lsp.prompts.work",
        "diffgemma_lsp.engine.worker",
        "diffgemma_lsp.remote.filler",
        "diffgemma_lsp.remote.checkpoint",
    ],
)
def test_an_import_of_a_light_room_loads_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print(*{{name.split('.')[0] for name in sys.modules}})"
    line = [sys.executable, "-c", code]
    ran = subprocess.run(line, cwd=PACKAGE.parent, capture_output=True, text=True, check=True)
    assert not {"torch", "transformers", "numpy", "rich", "tree_sitter"} & set(ran.stdout.split())
