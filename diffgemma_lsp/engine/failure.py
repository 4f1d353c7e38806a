"""Any exception in the worker as an error of the tree."""

from __future__ import annotations

import logging

from diffgemma_lsp.errors import DiffgemmaError, EngineBugError, OutOfMemoryError

_log = logging.getLogger(__name__)


def as_error(error: Exception) -> DiffgemmaError:
    """Return an error that can be shown, and log what only its traceback explains."""
    if isinstance(error, DiffgemmaError):
        return error
    if isinstance(error, MemoryError):
        return OutOfMemoryError("the engine ran out of memory; free some, or ask for fewer candidates, and try again")
    _log.error("this is a bug", exc_info=error)
    return EngineBugError(
        f"the engine failed, which is a bug: {type(error).__name__}: {error}; report the traceback in its log"
    )
