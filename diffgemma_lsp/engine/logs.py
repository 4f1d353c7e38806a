"""The engine's log: a file that rotates, and that may fail without anyone noticing."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

_FILE_BYTES = 1 << 20
_KEPT_FILES = 3
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def open_log(file: Path, file_bytes: int = _FILE_BYTES) -> None:
    """Log everything of this process into `file`, which only its user can read.

    Older records move to `file`.1 and so on, up to three files of `file_bytes`. Where that is impossible nothing is
    logged.
    """
    # A full disk or a folder that is gone must not reach whoever logs.
    logging.raiseExceptions = False
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handler: logging.Handler = RotatingFileHandler(
            file, maxBytes=file_bytes, backupCount=_KEPT_FILES, encoding="utf-8"
        )
        file.chmod(0o600)
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(logging.Formatter(_FORMAT))
    root.addHandler(handler)
