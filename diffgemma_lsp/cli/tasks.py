"""What a checkpoint can be tuned to: a task's name, and the module with its `KIND`, loaded when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from diffgemma_lsp.training.tuning.task import Kind

TASKS: Mapping[str, str] = {"code": "diffgemma_lsp.training.tuning.code"}


def kind_of(name: str) -> Kind:
    """Return the task of `TASKS`."""
    return cast("Kind", import_module(TASKS[name]).KIND)
