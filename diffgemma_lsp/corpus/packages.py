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


@dataclass(frozen=True, slots=True)
class Package:
    """One pinned distribution of the package index, with the licence that its metadata states."""

    name: str
    version: str
    licence: str
    role: Role = Role.TRAIN


def read_packages() -> tuple[Package, ...]:
    """Return the packages of `packages.tsv`: a line each with name, version, licence and role."""
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines)
    return tuple(Package(name, version, licence, Role(role)) for name, version, licence, role in rows)
