"""What a checkpoint consists of, told from its configuration alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import DiffusionGemmaConfig

from diffgemma_lsp.models.checkpoint import read_config
from diffgemma_lsp.models.choice import stored_scheme
from diffgemma_lsp.models.files import config_values
from diffgemma_lsp.models.loading import model_on_meta
from diffgemma_lsp.models.packed.placing import role_of
from diffgemma_lsp.models.packed.schemes import SCHEMES, Role
from diffgemma_lsp.models.room import Room, rooms_for
from diffgemma_lsp.models.tuned import tuned_from
from diffgemma_lsp.models.weights import nbytes_by_role, slots_of
from diffgemma_lsp.prompts.profile import ModelProfile, load_profile


@dataclass(frozen=True, slots=True)
class Anatomy:
    """A checkpoint's shape in words, its parameters by role, their bytes by scheme and role, and the room it takes.

    `stored` is the only scheme that it can be had in, None where its weights are as they were trained; `base` is what
    it was tuned from, empty where it was not. Bytes are those of a model that computes in bfloat16; the vision tower is
    left out.
    """

    shape: str
    parameters: dict[str, int]
    nbytes: dict[str, dict[str, int]]
    rooms: dict[str, Room]
    stored: str | None
    profile: ModelProfile
    base: str


def anatomy_of(folder: Path, name: str) -> Anatomy:
    """Return the anatomy of the checkpoint in `folder`, which needs no weights for that.

    Raises ModelError or ConfigError where its configuration or its profile is missing or wrong.
    """
    profile = load_profile(folder, name)
    config = read_config(folder)
    model = model_on_meta(config)
    parameters = dict.fromkeys((role.value for role in Role), 0)
    for slot in slots_of(model):
        parameters[role_of(model, slot.names[0]).value] += slot.count
    stored = stored_scheme(config_values(folder))
    nbytes = {
        scheme.name: {role.value: count for role, count in nbytes_by_role(model, scheme, torch.bfloat16).items()}
        for scheme in (SCHEMES.values() if stored is None else (stored,))
    }
    return Anatomy(
        shape=_shape(config),
        parameters=parameters,
        nbytes=nbytes,
        rooms=rooms_for(model, torch.bfloat16, profile, stored),
        stored=None if stored is None else stored.name,
        profile=profile,
        base=tuned_from(folder),
    )


def _shape(config: DiffusionGemmaConfig) -> str:
    text = config.get_text_config()
    kinds = Counter(kind.partition("_")[0] for kind in text.layer_types)
    layers = " + ".join(f"{count} {kind}" for kind, count in kinds.items())
    return (
        f"{text.num_hidden_layers} layers ({layers}, window {text.sliding_window}), hidden {text.hidden_size},"
        f" experts {text.num_experts} x {text.moe_intermediate_size} (top {text.top_k_experts}), dense"
        f" {text.intermediate_size}, vocabulary {text.vocab_size}"
    )
