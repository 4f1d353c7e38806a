"""How to reach a running engine, in a file that only its user can read."""

from __future__ import annotations

import json
import os
import socket
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from diffgemma_lsp.engine.client.lock import is_locked
from diffgemma_lsp.engine.client.paths import EnginePaths, files_of_an_engine
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
    """Write an address; whoever reads the file meanwhile sees the old one or the new one.

    Raises EngineUnavailableError when that is impossible.
    """
    draft = file.with_suffix(f".{os.getpid()}")
    with files_of_an_engine(file.parent):
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


def address_of(paths: EnginePaths) -> Address | None:
    """Return where the engine of these files is, None if it is nowhere.

    Behind a port that a dead engine left in its file anyone may listen now, and would get documents and the token; so a
    port counts only while the engine's lock is held. A Unix socket stands in a folder that nobody else can write to.
    """
    address = read_address(paths.address)
    return None if address is None or (address.port and not is_locked(paths.lock)) else address


def is_answered(address: Address) -> bool:
    """Say whether somebody accepts connections at an address."""
    family = socket.AF_UNIX if address.socket else socket.AF_INET
    with socket.socket(family) as connection, suppress(OSError):
        connection.settimeout(_CONNECT_SECONDS)
        connection.connect(address.socket or (LOOPBACK, address.port))
        return True
    return False
