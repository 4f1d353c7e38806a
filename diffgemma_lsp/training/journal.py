"""What the first process does beside training, by the clock: it logs, validates and saves."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from torch import Tensor

from diffgemma_lsp.training.batch import Batch
from diffgemma_lsp.training.checkpoint import Tally, save
from diffgemma_lsp.training.optimizer import Optimizer
from diffgemma_lsp.training.validation import validate

LOG_SECONDS = 30.0
SAVE_SECONDS = 120.0
VALIDATE_SECONDS = 300.0


def log_path(state: Path) -> Path:
    """Return where the losses of a run are written."""
    return state / "log.txt"


class Journal:
    """Writes `log.txt` and the checkpoint of a state folder. Closing it saves and validates once more."""

    def __init__(self, state: Path, model: Any, optimizer: Optimizer, tally: Tally, batches: list[Batch]) -> None:
        """Open the log at its end; `batches` are those to validate on, on the model's device."""
        self._state, self._model, self._optimizer, self._tally = state, model, optimizer, tally
        self._batches = batches
        self._file = log_path(state).open("a", encoding="utf-8")
        self._logged_at = self._saved_at = self._validated_at = time.monotonic()
        self._logged_tokens = tally.tokens
        self._next_token: list[float] = []
        self._hole: list[float] = []

    def after_step(self, next_token: Tensor, hole: Tensor | None) -> None:
        """Note the losses of a step, and do what is due."""
        self._next_token.append(float(next_token.mean()))
        if hole is not None:
            self._hole.append(float(hole.mean()))
        now = time.monotonic()
        if now - self._logged_at >= LOG_SECONDS:
            self._log(now)
        if now - self._saved_at >= SAVE_SECONDS:
            self._saved_at = now
            save(self._state, self._optimizer, self._tally)
        if now - self._validated_at >= VALIDATE_SECONDS:
            self._validated_at = now
            self._validate()

    def close(self) -> None:
        """Save the last state and validate it."""
        save(self._state, self._optimizer, self._tally)
        self._validate()
        self._file.close()

    def _log(self, now: float) -> None:
        tally = self._tally
        speed = (tally.tokens - self._logged_tokens) / (now - self._logged_at)
        parts = [
            f"{time.strftime('%H:%M:%S')} {tally.share:6.2%} step {self._optimizer.steps}",
            f"tokens {tally.tokens / 1e6:.2f}M {speed:.0f}/s next {_mean(self._next_token):.3f}",
        ]
        if self._hole:
            parts.append(f"slots {_mean(self._hole):.3f}")
        self._write(" ".join(parts))
        self._logged_at, self._logged_tokens = now, tally.tokens
        self._next_token.clear()
        self._hole.clear()

    def _validate(self) -> None:
        values = validate(self._model, self._batches)
        self._write("validation " + " ".join(f"{name} {value:.3f}" for name, value in values.items()))

    def _write(self, line: str) -> None:
        self._file.write(line + "\n")
        self._file.flush()


def _mean(values: list[float]) -> float:
    return sum(values) / max(1, len(values))
