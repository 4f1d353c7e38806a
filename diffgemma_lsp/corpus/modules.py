"""The corpus on disk: Python modules of pinned, permissively licensed sources, one JSON object a line, by role."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from diffgemma_lsp.corpus.packages import Role
from diffgemma_lsp.errors import InputError


@dataclass(frozen=True, slots=True)
class Module:
    """One source file: its package, its path inside the package, and its text with the line ends of the file."""

    package: str
    path: str
    text: str


def corpus_path(state: Path, role: Role) -> Path:
    """Return where the modules of a role lie."""
    return state / f"corpus-{role.value}.jsonl"


def manifest_path(state: Path) -> Path:
    """Return where the sources lie with version, licence, role and bytes kept, as a JSON list."""
    return state / "licences.json"


def load(state: Path, role: Role) -> list[Module]:
    """Return the modules of a role. Raises InputError where the state folder has none."""
    path = corpus_path(state, role)
    if not path.exists():
        raise InputError(f"{path} is missing: run the stage fetch first, or name another folder")
    with path.open(encoding="utf-8") as lines:
        return [Module(**json.loads(line)) for line in lines]


def save(state: Path, role: Role, modules: Iterable[Module]) -> None:
    """Write the modules of a role, in place of those that were there."""
    with corpus_path(state, role).open("w", encoding="utf-8") as lines:
        lines.writelines(json.dumps(asdict(module)) + "\n" for module in modules)
