"""What the editor's status line says, by Copilot's notification `didChangeStatus`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

StatusKind = Literal["Normal", "Inactive", "Warning", "Error"]
METHOD = "didChangeStatus"


@dataclass(frozen=True, slots=True)
class Status:
    """`message` says why there are no suggestions, and what to do; empty where there is nothing to say."""

    kind: StatusKind = "Normal"
    message: str = ""
    is_busy: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the notification's parameters."""
        return {"kind": self.kind, "message": self.message, "busy": self.is_busy}


@dataclass(slots=True)
class StatusLine:
    """Says each thing once: a status that is shown already is not sent again.

    `sends_to` is the server to which text leaves this machine; while there is one, every message says so.
    """

    send: Callable[[str, Any], None]
    shown: Status = Status()
    sends_to: str = ""
    _sent: Status = Status()

    def show(self, status: Status) -> None:
        """Send a status that reads otherwise than the last one."""
        self.shown = status
        where = f"text is sent to {self.sends_to}" if self.sends_to else ""
        full = replace(status, message="; ".join(part for part in (status.message, where) if part))
        if full != self._sent:
            self._sent = full
            self.send(METHOD, full.to_json())
