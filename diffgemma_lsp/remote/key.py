"""The key of a server: read when it is needed, kept out of every message."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from diffgemma_lsp.errors import ConfigError
from diffgemma_lsp.remote.config import Access


def read_key(access: Access) -> str:
    """Return the key, empty where a server needs none. Raises ConfigError where it is named but cannot be used."""
    if access.key_env is not None:
        source, key = f"the environment variable {access.key_env}", os.environ.get(access.key_env, "")
        if not key:
            raise ConfigError(f"{source} is empty: put the server's key into it where the engine is started")
    elif access.key_file is not None:
        source, key = str(access.key_file), _read_private(access.key_file)
    else:
        return ""
    key = key.strip()
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise ConfigError(f"{source} holds no key: it must be one line of printable ASCII without blanks")
    return key


def _read_private(file: Path) -> str:
    try:
        if os.name != "nt" and stat.S_IMODE(file.stat().st_mode) & 0o077:
            raise ConfigError(f"{file} can be read by others: make it private with `chmod 600`")
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{file} cannot be read ({error.strerror}): write the server's key there") from error
    except UnicodeDecodeError:
        return ""
