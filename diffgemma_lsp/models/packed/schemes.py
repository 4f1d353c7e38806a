"""Which weights are kept in which format: the table of quantization schemes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from diffgemma_lsp.errors import ConfigError
from diffgemma_lsp.models.packed.formats import Float8, Format, Int4, Int8, Nf4


class Role(Enum):
    """What a weight does in the model, which decides how few bits it bears."""

    EXPERTS = "experts"  # 90 % of the 26B model, and the most forgiving: a token meets few of them
    LINEARS = "linears"  # attention, dense feed-forward, self-conditioning: each token meets all
    EMBEDDINGS = "embeddings"  # the tied head too: an error there is an error in a logit
    REST = "rest"  # norms, router, scalars: never packed


@dataclass(frozen=True, slots=True)
class Scheme:
    """A format for each role, None to keep the model's own type."""

    name: str
    experts: Format | None = None
    linears: Format | None = None
    embeddings: Format | None = None

    def format_of(self, role: Role, shape: tuple[int, ...]) -> Format | None:
        """Return the format for a weight, None where it stays as it is: by its role, or because it does not fit."""
        formats = {Role.EXPERTS: self.experts, Role.LINEARS: self.linears, Role.EMBEDDINGS: self.embeddings}
        chosen = formats.get(role)
        return chosen if chosen is not None and chosen.nbytes(shape) is not None else None


UNPACKED = Scheme("bf16")

SCHEMES = {
    scheme.name: scheme
    for scheme in (
        UNPACKED,
        Scheme("int8", experts=Int8(), linears=Int8(), embeddings=Int8()),
        Scheme("fp8", experts=Float8(), linears=Float8(), embeddings=Int8()),
        Scheme("int4", experts=Int4(), linears=Int8(), embeddings=Int8()),
        Scheme("nf4", experts=Nf4(), linears=Nf4(), embeddings=Int8()),
    )
}

# What is tried in turn until one fits the device: more bits first, and no type that a device may lack.
_BY_QUALITY = ("bf16", "int8", "int4")


def scheme_named(name: str) -> Scheme:
    """Return the scheme that a user names. Raises ConfigError with the names there are."""
    if name not in SCHEMES:
        raise ConfigError(f'there is no quantization scheme "{name}": take one of {", ".join(SCHEMES)}')
    return SCHEMES[name]


def best_that_fits(nbytes: Callable[[Scheme], int], free: int | None) -> Scheme:
    """Return the scheme of most bits whose weights take less than `free` bytes; the smallest where none does.

    Where the free memory is not known, nothing is packed.
    """
    for name in _BY_QUALITY:
        if free is None or nbytes(SCHEMES[name]) <= free:
            return SCHEMES[name]
    return SCHEMES[_BY_QUALITY[-1]]
