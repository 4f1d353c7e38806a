"""The engine's log, in processes of its own, because it takes over a process's logging."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

CODE = """
import logging, os, pathlib, sys
from diffgemma_lsp.engine.logs import open_log
os.umask(0o077)
open_log(pathlib.Path(sys.argv[1]), 2000)
for number in range(200):
    logging.getLogger("a").info("record %d", number)
logging.shutdown()
print("done")
"""


def log_into(path: Path) -> None:
    ran = subprocess.run([sys.executable, "-c", CODE, path], capture_output=True, text=True, check=True)
    assert (ran.stdout, ran.stderr) == ("done\n", "")


def test_a_log_rotates_and_only_its_user_can_read_it(tmp_path: Path) -> None:
    log_into(tmp_path / "state" / "a.log")
    files = sorted((tmp_path / "state").iterdir())
    assert [file.name for file in files] == ["a.log", "a.log.1", "a.log.2", "a.log.3"]
    assert "record 199" in files[0].read_text()
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files)
    assert all(file.stat().st_size <= 2000 for file in files)


def test_a_full_disk_loses_records_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "a.log").symlink_to("/dev/full")
    log_into(tmp_path / "a.log")


def test_a_folder_that_cannot_be_made_loses_records_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    log_into(tmp_path / "state" / "a.log")
