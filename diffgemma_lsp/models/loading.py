"""A checkpoint into memory: the class that transformers has for it, filled by our own reading of its files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from transformers import DiffusionGemmaConfig, DiffusionGemmaForBlockDiffusion

from diffgemma_lsp.errors import ModelError
from diffgemma_lsp.fill import Progress
from diffgemma_lsp.models.checkpoint import read_config
from diffgemma_lsp.models.choice import Wishes, choose, stored_scheme
from diffgemma_lsp.models.files import config_values, published_form, weight_files
from diffgemma_lsp.models.foreign import load_foreign
from diffgemma_lsp.models.fused import fuse
from diffgemma_lsp.models.joined import join
from diffgemma_lsp.models.memory import free_bytes
from diffgemma_lsp.models.names import Checkpoint
from diffgemma_lsp.models.packed.integers import use_integers
from diffgemma_lsp.models.packed.placing import EXPERTS_ONE_BY_ONE
from diffgemma_lsp.models.packed.schemes import UNPACKED, Scheme
from diffgemma_lsp.models.room import rooms_for
from diffgemma_lsp.models.source import find_checkpoint
from diffgemma_lsp.models.timing import has_fast_bfloat16
from diffgemma_lsp.models.weights import load_weights, slots_of
from diffgemma_lsp.prompts.profile import ModelProfile, load_profile
from diffgemma_lsp.prompts.prompt import control_tokens
from diffgemma_lsp.prompts.tokenizer import Tokenizer

# On the CPU float32 is fastest, but only small checkpoints leave room for it.
_MOST_FLOAT32_PARAMETERS = 1_000_000_000

# Products of small matrices gain little from a second thread, and wait for it whenever the machine is busy; each call
# costs as much as a product does.
_MOST_SMALL_ELEMENTS = 50_000_000


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A checkpoint that is ready to run.

    `model` is a `DiffusionGemmaForBlockDiffusion` in eval mode, without gradients and without its vision tower;
    `scheme` names its quantization, and `weights` says in words how they are kept, and why.
    """

    model: Any
    tokenizer: Tokenizer
    profile: ModelProfile
    name: str
    device: torch.device
    scheme: str
    weights: str


def load_model(source: str, report: Callable[[Progress], None], scheme: str | None = None) -> LoadedModel:
    """Load the checkpoint that `source` names: "starter", a folder, or a hub id.

    It goes to the first CUDA device where there is one, and its slow parts are replaced by exact ones. `scheme` names
    the quantization; without, the checkpoint's own counts, then its profile's, then the one of most bits that fits.
    For a small checkpoint on the CPU, torch is set to one thread.
    Raises ModelNotFoundError, OutOfMemoryError, ModelError or ConfigError, if possible before any weight is read.
    """
    device = usual_device()
    loaded = load_checkpoint(find_checkpoint(source), device, report, scheme=scheme)
    fuse(loaded.model)
    settle_threads(loaded.model, device)  # before it is measured which products are faster
    if device.type == "cpu":
        if _is_small(loaded.model):
            join(loaded.model)
        use_integers(loaded.model)
    return loaded


def settle_threads(model: Any, device: torch.device) -> None:
    """Set torch to one thread where that is best: for a small model on the CPU."""
    if device.type == "cpu" and _is_small(model):
        torch.set_num_threads(1)


def _is_small(model: Any) -> bool:
    return sum(slot.count for slot in slots_of(model)) < _MOST_SMALL_ELEMENTS


def usual_device() -> torch.device:
    """Return the first CUDA device, the CPU where there is none."""
    return torch.device("cuda:0" if torch.cuda.is_available() else "cpu")


def load_checkpoint(
    checkpoint: Checkpoint,
    device: torch.device,
    report: Callable[[Progress], None],
    dtype: torch.dtype | None = None,
    free: Callable[[torch.device], int | None] = free_bytes,
    scheme: str | None = None,
) -> LoadedModel:
    """Load a checkpoint onto `device`, in the `dtype` and with the quantization that suit both unless they are given.

    `free` tells the free bytes of a device. Raises what `load_model` raises.
    """
    folder = checkpoint.folder
    config = read_config(folder)
    files = weight_files(folder)
    profile = load_profile(folder, checkpoint.name)
    tokenizer = Tokenizer.from_file(folder / "tokenizer.json", control_tokens(profile))
    if tokenizer.size > config.get_text_config().vocab_size:
        raise ModelError(
            f"{folder / 'tokenizer.json'} has {tokenizer.size} tokens, but the model knows"
            f" {config.get_text_config().vocab_size}: take both from the same checkpoint"
        )

    model = model_on_meta(config)
    values = config_values(folder)
    wishes = Wishes(scheme, profile.scheme, stored_scheme(values))
    dtype = dtype or usual_dtype(model, device, wishes)
    chosen = choose(checkpoint.name, wishes, rooms_for(model, dtype, profile, wishes.stored), free(device), device)
    published = published_form(values)
    if published is None:
        load_weights(model, files, dtype, device, report, chosen, is_packed=wishes.stored is not None)
    else:
        load_foreign(model, files, dtype, device, report, published)
    return LoadedModel(
        model=finish_model(model, chosen, device),
        tokenizer=tokenizer,
        profile=profile,
        name=checkpoint.name,
        device=device,
        scheme=chosen.name,
        weights=wishes.explain(chosen, dtype),
    )


def usual_dtype(model: Any, device: torch.device, wishes: Wishes) -> torch.dtype:
    """Return what a model computes in: bfloat16 on a card, or where that is asked for.

    On a processor it is float32 for a small model, and for any where the processor is slow at bfloat16.
    """
    if device.type != "cpu" or wishes.first == UNPACKED.name:
        return torch.bfloat16
    is_small = sum(slot.count for slot in slots_of(model)) < _MOST_FLOAT32_PARAMETERS
    return torch.float32 if is_small or not has_fast_bfloat16() else torch.bfloat16


def finish_model(model: Any, scheme: Scheme, device: torch.device) -> Any:
    """Make a model ready to run whose weights have all been placed on `device`, and return it."""
    _restore_buffers(model, device)
    if scheme.experts:
        _compute_packed(model, device)
    return model.eval().requires_grad_(False)


def _compute_packed(model: Any, device: torch.device) -> None:
    if device.type == "cuda":
        from diffgemma_lsp.models.packed.grouped import use_kernels  # noqa: PLC0415 - Triton comes with CUDA alone

        use_kernels(model)
    else:
        model.set_experts_implementation(EXPERTS_ONE_BY_ONE)


def model_on_meta(config: DiffusionGemmaConfig) -> Any:
    """Return a model without memory behind its tensors, and without the vision tower: no image ever comes."""
    with torch.device("meta"):
        model = DiffusionGemmaForBlockDiffusion(config)
    model.model.encoder.vision_tower = None
    model.model.encoder.embed_vision = None
    return model


def _restore_buffers(model: Any, device: torch.device) -> None:
    """Make what the class computes when it is built and no file holds: rotary frequencies, embedding scales."""
    for stack in (model.model.encoder.language_model, model.model.decoder):
        stack.rotary_emb = type(stack.rotary_emb)(model.config.get_text_config()).to(device)
        stack.embed_tokens.embed_scale = torch.tensor(stack.embed_tokens.scalar_embed_scale, device=device)
    assert not any(tensor.is_meta for tensor in (*model.parameters(), *model.buffers()))
