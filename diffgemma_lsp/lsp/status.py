"""What the editor's status line says, by Copilot's notification `didChangeStatus`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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
    """Says each thing once: a status that is shown already is not sent again."""

    send: Callable[[str, Any], None]
    shown: Status = Status()

    def show(self, status: Status) -> None:
        """Send a status that differs from the last one."""
        if status != self.shown:
            self.shown = status
            self.send(METHOD, status.to_json())
