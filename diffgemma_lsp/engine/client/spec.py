"""Which engine is meant: who fills, and with which model."""

from __future__ import annotations

import hashlib
import shlex
from dataclasses import dataclass
from pathlib import Path

_LOCAL = "local"
_DEFAULT_MODEL = "starter"


@dataclass(frozen=True, slots=True)
class EngineSpec:
    """The engine that serves `model` by way of `engine`, a name such as "local" or "fake".

    `model` is what `--model` says, `scheme` what `--scheme` says of its weights. An engine with an `owner`, a word that
    nobody else knows, is shared with nobody, and ends with the process that started it. Two specs of one `key` mean the
    same engine. `idle_minutes` and `uses_tcp` say how it is started if it does not run yet: after how long it unloads
    its model (0 is never), and whether it listens on loopback TCP although there are Unix sockets.
    """

    engine: str = _LOCAL
    model: str | None = None
    idle_minutes: float | None = None
    uses_tcp: bool = False
    owner: str = ""
    scheme: str | None = None

    @property
    def full_model(self) -> str:
        """The model's name in full: the default if there is none, the absolute path if it is a file or a folder."""
        if not self.model:
            return _DEFAULT_MODEL if self.engine == _LOCAL else ""
        if self.model == _DEFAULT_MODEL:
            return self.model
        path = Path(self.model)
        return str(path.resolve()) if path.exists() else self.model

    @property
    def title(self) -> str:
        """How messages call this engine."""
        name = self.full_model or self.engine
        return f"{name} in {self.scheme}" if self.scheme else name

    @property
    def key(self) -> str:
        """A short name for files, the same for every way to write the same model."""
        names = [self.engine, self.full_model, *([self.owner] if self.owner else [])]
        names += [f"in {self.scheme}"] if self.scheme else []
        return hashlib.sha256("\0".join(names).encode(errors="surrogateescape")).hexdigest()[:12]

    def options(self) -> list[str]:
        """Return the options of `diffgemma engine` that mean this engine."""
        options = [] if self.engine == _LOCAL else ["--engine", self.engine]
        if self.model:
            options += ["--model", self.full_model]
        if self.scheme:
            options += ["--scheme", self.scheme]
        if self.idle_minutes is not None:
            options += ["--idle-minutes", str(self.idle_minutes)]
        return [*options, "--tcp"] if self.uses_tcp else options

    def command(self, action: str) -> str:
        """Return the command line that does something with this engine, for messages."""
        return shlex.join(["diffgemma", "engine", action, *self.options()])
