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


def held_back(doubt: float, threshold: float) -> Status:
    """Return that the quiet gate showed nothing: of a token the model was `doubt` sure, less than `threshold`."""
    # Rounded down, so that what is held back never reads as if it were enough.
    return Status(message=f"a suggestion was held back ({int(100 * doubt)} % sure, {round(100 * threshold)} % wanted)")


@dataclass(slots=True)
class StatusLine:
    """Says each thing once: a status that is shown already is not sent again.

    `sends_to` is the server to which text leaves this machine; while there is one, every message says so.
    """

    send: Callable[[str, Any], None]
    shown: Status = Status()
    sends_to: str = ""
    _sent: Status = Status()

    @property
    def is_calm(self) -> bool:
        """Whether all is well, and nothing is waited for."""
        return self.shown.kind == "Normal" and not self.shown.is_busy

    def show(self, status: Status) -> None:
        """Send a status that reads otherwise than the last one."""
        self.shown = status
        where = f"text is sent to {self.sends_to}" if self.sends_to else ""
        full = replace(status, message="; ".join(part for part in (status.message, where) if part))
        if full != self._sent:
            self._sent = full
            self.send(METHOD, full.to_json())
