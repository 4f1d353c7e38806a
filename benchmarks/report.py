"""Rows of figures, as a table on the terminal and as JSON."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import torch
import transformers


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `goal` is what it was hoped to be, as text; `reached` says whether it is, None without a goal."""

    section: str
    what: str
    value: float
    unit: str
    goal: str = ""
    reached: bool | None = None


def at_least(section: str, what: str, value: float, goal: float, unit: str = "x") -> Row:
    """Return a row whose goal is a least value."""
    return Row(section, what, value, unit, f"at least {goal:g}", value >= goal)


def at_most(section: str, what: str, value: float, goal: float, unit: str) -> Row:
    """Return a row whose goal is a greatest value."""
    return Row(section, what, value, unit, f"at most {goal:g}", value <= goal)


def under(section: str, what: str, value: float, goal: float, unit: str) -> Row:
    """Return a row whose goal is to stay under a value."""
    return Row(section, what, value, unit, f"under {goal:g}", value < goal)


def table(rows: Iterable[Row]) -> str:
    """Return the rows as a Markdown table."""
    lines = ["| section | what | value | goal |", "| --- | --- | ---: | --- |"]
    for row in rows:
        verdict = {None: "", True: " (reached)", False: " (missed)"}[row.reached]
        lines.append(f"| {row.section} | {row.what} | {row.value:.4g} {row.unit} | {row.goal}{verdict} |")
    return "\n".join(lines)


def write(suite: str, rows: Iterable[Row], model: str, path: Path) -> None:
    """Write the rows of a suite with the circumstances of the run; what the file holds of others stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    values = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    values[suite] = {"circumstances": circumstances(model), "rows": [asdict(row) for row in rows]}
    path.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")


def circumstances(model: str) -> dict[str, str | int]:
    """Return what the figures depend on."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "commit": commit.stdout.strip(),
        "model": model,
        "processor": _processor(),
        "cores": os.cpu_count() or 0,
        "threads": torch.get_num_threads(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())
