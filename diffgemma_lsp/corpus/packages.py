"""The packages whose text the starter checkpoint learns from, and those that it must never see."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

TABLE = Path(__file__).with_name("packages.tsv")


class Role(Enum):
    """What a package's text is used for."""

    TRAIN = "train"
    VALIDATION = "validation"
    """The loss is logged on it while training."""
    HELD_OUT = "held-out"
    """Only the evaluation reads it: neither the vocabulary nor the weights ever see it."""


class Form(Enum):
    """Where a package's text is read from."""

    WHEEL = "wheel"
    SDIST = "sdist"
    """A source distribution: for those that carry their notebooks and examples only there."""
    INTERPRETER = "interpreter"
    """The Python that runs: its standard library."""


@dataclass(frozen=True, slots=True)
class Package:
    """One pinned source, with the licence that its metadata states."""

    name: str
    version: str
    licence: str
    role: Role = Role.TRAIN
    form: Form = Form.WHEEL

    @property
    def requirement(self) -> str:
        """What an installer calls it."""
        return f"{self.name}=={self.version}"


def read_packages() -> tuple[Package, ...]:
    """Return the packages of `packages.tsv`: a line each with name, version, licence, role and form."""
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines)
    return tuple(Package(name, version, licence, Role(role), Form(form)) for name, version, licence, role, form in rows)
