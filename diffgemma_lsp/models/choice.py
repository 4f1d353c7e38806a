"""Which quantization scheme a checkpoint is loaded in: what is asked for, or what fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from diffgemma_lsp.errors import ConfigError, OutOfMemoryError
from diffgemma_lsp.models.files import packed_scheme, published_form
from diffgemma_lsp.models.foreign import scheme_of
from diffgemma_lsp.models.packed.schemes import UNPACKED, Scheme, require_support, scheme_named
from diffgemma_lsp.models.room import Room
from diffgemma_lsp.models.sizes import size

# What is tried in turn until one fits the device: more bits first, and no type that a device may lack.
_BY_QUALITY = ("bf16", "int8", "int4", "nf4")


@dataclass(frozen=True, slots=True)
class Wishes:
    """Schemes, None where nothing is said: `asked` by the user and `profile` by the profile, both by name, `stored` by
    a checkpoint that is packed already. The first two follow each other; the last allows no other."""

    asked: str | None
    profile: str | None
    stored: Scheme | None

    @property
    def first(self) -> str | None:
        """The one that counts."""
        return self.asked or (self.stored.name if self.stored else self.profile)

    def explain(self, chosen: Scheme, dtype: torch.dtype) -> str:
        """Return how weights are kept in a model that computes in `dtype`, and why."""
        reason = "the most bits that fit"
        if self.asked:
            reason = "asked for by --scheme"
        elif self.stored:
            reason = "which the checkpoint is packed in"
        elif self.profile:
            reason = "which its profile says"
        kind = str(dtype).removeprefix("torch.")
        return f"{kind}, {reason}" if chosen is UNPACKED else f"{chosen.name}, {reason}, computed in {kind}"


def stored_scheme(values: Mapping[str, Any]) -> Scheme | None:
    """Return the scheme that the weights of a configuration's checkpoint are packed in, None where they are not."""
    published, name = published_form(values), packed_scheme(values)
    if published is not None:
        return scheme_of(published)
    return None if name is None else scheme_named(name)


def choose(name: str, wishes: Wishes, rooms: Mapping[str, Room], free: int | None, device: torch.device) -> Scheme:
    """Return the scheme for the checkpoint `name`, which takes `rooms` by scheme on `device` with `free` bytes.

    Where the free memory is not known, nothing is packed. Raises ConfigError where what is wished cannot be had,
    OutOfMemoryError where it, or anything, does not fit.
    """
    if wishes.asked and wishes.stored and wishes.asked != wishes.stored.name:
        raise ConfigError(
            f"{name} is packed in {wishes.stored.name} and cannot be had in {wishes.asked}: leave out --scheme, or take"
            " the checkpoint that it was made from"
        )
    fitting = [key for key in _BY_QUALITY if key in rooms and (free is None or rooms[key].total <= free)]
    scheme = wishes.stored or scheme_named(wishes.first or next(iter(fitting), _BY_QUALITY[-1]))
    capability = torch.cuda.get_device_capability(device) if device.type == "cuda" else None
    require_support(scheme, device, capability)
    needed = rooms[scheme.name].total
    if free is not None and needed > free:
        where = f"{device}" if device.type == "cuda" else f"{device} (torch sees no CUDA card)"
        raise OutOfMemoryError(
            f"{name} in {scheme.name} needs {size(needed)} on {where}, {size(needed - free)} more than the"
            f" {size(free)} that are free: {_way_out([] if wishes.stored else fitting, rooms)}"
        )
    return scheme


def _way_out(fitting: Sequence[str], rooms: Mapping[str, Room]) -> str:
    if fitting:
        return f"take --scheme {fitting[0]}, which needs {size(rooms[fitting[0]].total)}"
    return "close what holds memory there, lower prompt_tokens in its profile, or choose a smaller checkpoint"
