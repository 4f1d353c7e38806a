"""Errors over the wire: a class of the tree by its name, and its message."""

from __future__ import annotations

from typing import Any

from diffgemma_lsp import errors
from diffgemma_lsp.errors import DiffgemmaError, EngineError
from diffgemma_lsp.fill.plain import Plain


def error_to_plain(error: DiffgemmaError) -> dict[str, Any]:
    """Return an error as an object."""
    return {"type": "error", "error": type(error).__name__, "message": str(error)}


def error_from_plain(value: object) -> DiffgemmaError:
    """Return the error that `value` describes, an EngineError where its class is not known here."""
    fields = Plain(value, "error").fields(("type", "error", "message"))
    kind = getattr(errors, fields["error"].text(), None)
    message = fields["message"].text()
    return kind(message) if isinstance(kind, type) and issubclass(kind, DiffgemmaError) else EngineError(message)
