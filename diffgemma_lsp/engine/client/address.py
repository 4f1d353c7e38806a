"""How to reach a running engine, in a file that only its user can read."""

from __future__ import annotations

import json
import os
import socket
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from diffgemma_lsp.errors import InputError
from diffgemma_lsp.fill.plain import Plain

LOOPBACK = "127.0.0.1"
_CONNECT_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Address:
    """The process `pid` listens on the Unix socket `socket`, or where that is empty on loopback `port`.

    On loopback every request must carry `token`, because there anyone on the machine can connect.
    """

    pid: int
    socket: str = ""
    port: int = 0
    token: str = ""


def write_address(file: Path, address: Address) -> None:
    """Write an address; whoever reads the file meanwhile sees the old one or the new one."""
    draft = file.with_suffix(f".{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as opened:
        json.dump(asdict(address), opened)
    draft.replace(file)


def read_address(file: Path) -> Address | None:
    """Return the address that stands in a file, None if there is none."""
    try:
        fields = Plain(json.loads(file.read_text(encoding="utf-8")), "address").fields(Address.__slots__)
        numbers = {name: fields[name].whole() for name in ("pid", "port")}
        return Address(**numbers, socket=fields["socket"].text(), token=fields["token"].text())
    except (OSError, ValueError, InputError):
        return None


def is_answered(address: Address) -> bool:
    """Say whether somebody accepts connections at an address."""
    family = socket.AF_UNIX if address.socket else socket.AF_INET
    with socket.socket(family) as connection, suppress(OSError):
        connection.settimeout(_CONNECT_SECONDS)
        connection.connect(address.socket or (LOOPBACK, address.port))
        return True
    return False
