"""Which weights are kept in which format: the table of quantization schemes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import torch

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

# Ada and Hopper; before them, Triton cannot read the type.
_FLOAT8_SINCE = (8, 9)


def scheme_named(name: str) -> Scheme:
    """Return the scheme that a user names. Raises ConfigError with the names there are."""
    if name not in SCHEMES:
        raise ConfigError(f'there is no quantization scheme "{name}": take one of {", ".join(SCHEMES)}')
    return SCHEMES[name]


def require_support(scheme: Scheme, device: torch.device, capability: tuple[int, int] | None) -> None:
    """Raise ConfigError where a card of the CUDA compute `capability` lacks the scheme's types; None is no card."""
    if isinstance(scheme.experts, Float8) and capability is not None and capability < _FLOAT8_SINCE:
        has, wanted = (".".join(map(str, version)) for version in (capability, _FLOAT8_SINCE))
        raise ConfigError(
            f"{scheme.name} needs compute capability {wanted}, and {device} has {has}: take int8, which is as large"
        )
