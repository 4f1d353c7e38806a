"""A tuned checkpoint as a folder of its own: its base's files, but for the weights that learned."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from diffgemma_lsp.models.checkpoint import read_config
from diffgemma_lsp.models.conversion import copy_companions
from diffgemma_lsp.models.files import CONFIG, config_values, weight_files
from diffgemma_lsp.models.growing import growing
from diffgemma_lsp.models.loading import model_on_meta
from diffgemma_lsp.models.names import Checkpoint
from diffgemma_lsp.models.packed.schemes import UNPACKED
from diffgemma_lsp.models.shards import ShardWriter
from diffgemma_lsp.models.slots import WHOLE, Slot, find_tensors, parts_of
from diffgemma_lsp.models.weights import nbytes_of, slots_of
from diffgemma_lsp.prompts.profile import PROFILE, profile_path
from diffgemma_lsp.training.tuning.card import tuned_card
from diffgemma_lsp.training.tuning.record import Record, write_record

CARD = "MODEL_CARD.md"
_DECODER = "model.decoder."


@dataclass(frozen=True, slots=True)
class Changes:
    """What was learned, by the decoder's names of weights: values that replace a weight, or are added to it."""

    replaced: Mapping[str, Tensor] = field(default_factory=dict)
    added: Mapping[str, Tensor] = field(default_factory=dict)

    def apply(self, slot: Slot, tensor: Tensor) -> Tensor:
        """Return what a tensor of the base, which stands in a slot, has become, in bfloat16."""
        names = [name.removeprefix(_DECODER) for name in slot.names if name.startswith(_DECODER)]
        for name in names:
            if name in self.replaced:
                return self.replaced[name].to("cpu", torch.bfloat16)
            if name in self.added:
                return (tensor.float() + self.added[name].cpu()).bfloat16()
        return tensor.bfloat16() if slot.is_parameter else tensor


def result_bytes(checkpoint: Checkpoint) -> int:
    """Return what a checkpoint tuned from this one takes on disk."""
    return nbytes_of(model_on_meta(read_config(checkpoint.folder)), UNPACKED, torch.bfloat16)


def write_result(base: Checkpoint, target: Path, changes: Changes, record: Record) -> None:
    """Write the checkpoint into the new folder `target`, tensor by tensor; it appears when everything is in it.

    Raises InputError where it cannot be written.
    """
    folder = base.folder
    slots = slots_of(model_on_meta(read_config(folder)))
    found = find_tensors({slot: parts_of(slot, None) for slot in slots}, weight_files(folder))
    with growing(target, result_bytes(base), "--out") as partial:
        copy_companions(folder, partial)
        shutil.copyfile(profile_path(folder, base.name), partial / PROFILE)
        config = {**config_values(folder), "dtype": "bfloat16"}
        (partial / CONFIG).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
        writer = ShardWriter(partial)
        for slot, stored in found.items():
            writer.add(stored[WHOLE].name, changes.apply(slot, stored[WHOLE].read()))
        writer.finish()
        write_record(partial, record)
        (partial / CARD).write_text(tuned_card(target.name, record), encoding="utf-8")
