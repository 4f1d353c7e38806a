"""An end with the editor, also where it died without a word and something else keeps our input open."""

from __future__ import annotations

import asyncio
import os
import sys

_SECONDS_BETWEEN_LOOKS = 1.0


async def watch_parent(process_id: int) -> None:
    """Look after the process that started this one; raises SystemExit once it is gone."""
    # On Windows a signal of 0 ends the process that it is sent to; there the end of our input has to do.
    if sys.platform == "win32":
        return
    while is_alive(process_id):
        await asyncio.sleep(_SECONDS_BETWEEN_LOOKS)
    sys.exit(1)


def is_alive(process_id: int) -> bool:
    """Say whether there is such a process."""
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
