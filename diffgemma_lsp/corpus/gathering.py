"""A corpus from any folder of Python code: to see how training goes without a download, or on code of one's own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from diffgemma_lsp.corpus.digests import digest
from diffgemma_lsp.corpus.duplicates import distinct
from diffgemma_lsp.corpus.folder import modules_of
from diffgemma_lsp.corpus.modules import Module, manifest_path, save
from diffgemma_lsp.corpus.packages import Role
from diffgemma_lsp.corpus.selection import is_worth_reading
from diffgemma_lsp.errors import InputError

UNKNOWN_LICENCE = ""
_PARTS = 20
"""Of so many modules one is validated on, and one is held out."""
_FEWEST = 3


def gather(state: Path, folder: Path) -> None:
    """Write a corpus of the modules in a folder into the state folder, and a manifest that knows no licence.

    Raises InputError where fewer modules are worth reading than there are roles.
    """
    found = distinct((module for module in modules_of(folder) if is_worth_reading(module.path, module.text)), set())
    modules = sorted(found, key=lambda module: digest([module.path]))
    if len(modules) < _FEWEST:
        raise InputError(
            f"{folder} holds {len(modules)} Python files of hand-written code, and training takes {_FEWEST} at least:"
            " name a folder with more"
        )
    state.mkdir(parents=True, exist_ok=True)
    roles = _roles(modules)
    for role, chosen in roles.items():
        save(state, role, chosen)
    manifest = [
        {
            "name": folder.resolve().name,
            "version": "",
            "licence": UNKNOWN_LICENCE,
            "role": role.value,
            "bytes": sum(len(module.text.encode()) for module in chosen),
        }
        for role, chosen in roles.items()
    ]
    manifest_path(state).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def _roles(modules: list[Module]) -> Mapping[Role, list[Module]]:
    each = max(1, len(modules) // _PARTS)
    return {
        Role.HELD_OUT: modules[:each],
        Role.VALIDATION: modules[each : 2 * each],
        Role.TRAIN: modules[2 * each :],
    }
