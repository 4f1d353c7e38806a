"""A checkpoint packed once and for all: a folder that loads again without packing."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import torch

from diffgemma_lsp.errors import ConfigError
from diffgemma_lsp.fill import Progress
from diffgemma_lsp.models.checkpoint import read_config
from diffgemma_lsp.models.disk import free_disk
from diffgemma_lsp.models.files import CONFIG, INDEX, config_values, packed_scheme, packed_values, weight_files
from diffgemma_lsp.models.growing import growing
from diffgemma_lsp.models.loading import model_on_meta
from diffgemma_lsp.models.names import Checkpoint
from diffgemma_lsp.models.packed.placing import packed_on, role_of
from diffgemma_lsp.models.packed.schemes import UNPACKED, Scheme
from diffgemma_lsp.models.shards import ShardWriter
from diffgemma_lsp.models.slots import PACKED_PARTS, WHOLE, find_tensors, parts_of
from diffgemma_lsp.models.weights import nbytes_of, require_numbers, slots_of
from diffgemma_lsp.prompts.profile import PROFILE, profile_path, read_profile
from diffgemma_lsp.prompts.prompt import control_tokens
from diffgemma_lsp.prompts.tokenizer import Tokenizer

_COMPANIONS = ("*.json", "*.md", "LICEN[CS]E*", "NOTICE*")


def convert(
    checkpoint: Checkpoint,
    target: Path,
    scheme: Scheme,
    device: torch.device,
    report: Callable[[Progress], None],
    free: Callable[[Path], int] = free_disk,
) -> None:
    """Write the checkpoint into the new folder `target`, packed on `device` as loading it in `scheme` packs it.

    `free` tells the free bytes of a folder's disk. Tensors are read one by one, and written some at a time. The folder
    gets its name when everything is in it; until then it has another, hidden one, and what an ended process left there
    the next conversion to `target` removes.
    Raises InputError where `target` is there or cannot be written, ConfigError or ModelError where there is nothing to
    pack; nothing is left behind then.
    """
    folder = checkpoint.folder
    values = config_values(folder)
    _require_convertible(checkpoint.name, packed_scheme(values), scheme)
    files = weight_files(folder)
    profile = profile_path(folder, checkpoint.name)
    # What could not be used later is refused now.
    Tokenizer.from_file(folder / "tokenizer.json", control_tokens(read_profile(profile)))
    model = model_on_meta(read_config(folder))
    slots = slots_of(model)
    found = find_tensors({slot: parts_of(slot, None) for slot in slots}, files)
    with growing(target, nbytes_of(model, scheme, torch.bfloat16), "DEST", free) as partial:
        writer = ShardWriter(partial)
        total = sum(slot.count for slot in slots)
        done = 0
        for slot, stored in found.items():
            report(Progress("loading", done, total))
            tensor = stored[WHOLE].read()
            layout = scheme.format_of(role_of(model, slot.names[0]), slot.shape)
            if layout is None:
                require_numbers(tensor, stored[WHOLE])
                writer.add(stored[WHOLE].name, tensor)
            else:
                packed = packed_on(tensor, layout, device)
                require_numbers(packed.scales, stored[WHOLE])
                for part, content in zip(PACKED_PARTS, (packed.codes, packed.scales), strict=True):
                    writer.add(stored[WHOLE].name + part, content)
            done += slot.count
        writer.finish()
        copy_companions(folder, partial)
        shutil.copyfile(profile, partial / PROFILE)
        config = json.dumps(packed_values(values, scheme.name), indent=2)
        (partial / CONFIG).write_text(config + "\n", encoding="utf-8")
        report(Progress("loading", total, total))


def copy_companions(folder: Path, target: Path) -> None:
    """Copy what else a checkpoint consists of, its tokenizer, licence and card, but neither config nor index."""
    for path in sorted({path for pattern in _COMPANIONS for path in folder.glob(pattern)}):
        if path.name not in {CONFIG, INDEX} and path.is_file():
            shutil.copyfile(path, target / path.name)


def _require_convertible(name: str, stored: str | None, scheme: Scheme) -> None:
    if stored is not None:
        raise ConfigError(f"{name} is packed in {stored} already: name the checkpoint that it was made from")
    if scheme is UNPACKED:
        raise ConfigError(f"{scheme.name} packs nothing: use {name} as it is, or take another --scheme")
