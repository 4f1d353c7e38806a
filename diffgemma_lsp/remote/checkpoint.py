"""The tokenizer and the profile of the checkpoint that a server was started with; its weights stay there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from diffgemma_lsp.models.names import checkpoint_here
from diffgemma_lsp.prompts.profile import ModelProfile, load_profile
from diffgemma_lsp.prompts.prompt import control_tokens
from diffgemma_lsp.prompts.tokenizer import Tokenizer
from diffgemma_lsp.remote.config import RemoteConfig


def read_profile_of(config: RemoteConfig) -> ModelProfile:
    """Return how the served checkpoint is prompted, for the server's canvas. Raises ConfigError without a profile."""
    here = checkpoint_here(config.checkpoint)
    folder = Path(config.checkpoint) if here is None else here.folder
    profile = load_profile(folder, config.checkpoint if here is None else here.name)
    canvas_tokens = config.limits.canvas_tokens
    return profile if canvas_tokens is None else with_canvas(profile, canvas_tokens)


def read_tokenizer_of(config: RemoteConfig, profile: ModelProfile) -> Tokenizer:
    """Return the served checkpoint's tokenizer; of a hub id only that file is downloaded, once.

    Raises an error of the ModelError kind.
    """
    from diffgemma_lsp.models.source import find_tokenizer  # noqa: PLC0415 - the hub's library is slow to import

    return Tokenizer.from_file(find_tokenizer(config.checkpoint), control_tokens(profile))


def with_canvas(profile: ModelProfile, length: int) -> ModelProfile:
    """Return the profile for a canvas of another length. A shorter one gives up suffix and long holes."""
    canvas = profile.canvas
    tail, head = min(canvas.prefix_tail_tokens, length // 8), min(canvas.suffix_head_tokens, length // 4)
    room = length - tail - head
    return replace(
        profile,
        canvas=replace(
            canvas,
            max_length=length,
            buckets=tuple(size for size in canvas.buckets if size <= room) or (room,),
            prefix_tail_tokens=tail,
            suffix_head_tokens=head,
        ),
    )
