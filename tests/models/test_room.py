from __future__ import annotations

from pathlib import Path

import torch

from benchmarks.random_weights import FULL_SIZE, config_of
from diffgemma_lsp.diffusion.prefixes import prefill
from diffgemma_lsp.models.backend import TransformersBackend
from diffgemma_lsp.models.graphs import Stage
from diffgemma_lsp.models.loading import model_on_meta
from diffgemma_lsp.models.room import rooms_for
from diffgemma_lsp.prompts.profile import configs_folder, read_profile
from tests.tiny import tiny_config, tiny_model

PROFILE = read_profile(configs_folder() / "diffusiongemma-26B-A4B-it.toml")


def test_the_context_is_what_a_cache_of_the_longest_prompt_takes() -> None:
    rooms = rooms_for(model_on_meta(tiny_config()), torch.float32, PROFILE)
    backend = TransformersBackend(tiny_model())
    cache = backend.new_cache()
    for _ in prefill(backend, cache, [1] * 8192, 8192):
        pass
    assert rooms["bf16"].context == cache.nbytes


def test_graphs_read_a_copy_of_the_longest_prompt_with_windows_cut_short() -> None:
    rooms = rooms_for(model_on_meta(tiny_config()), torch.float32, PROFILE)
    backend = TransformersBackend(tiny_model())
    cache = backend.new_cache()
    for _ in prefill(backend, cache, [1] * 8192, 8192):
        pass
    assert rooms["bf16"].graphs == Stage(cache, 8192).nbytes


def test_the_26b_model_takes_what_the_readme_says() -> None:
    rooms = rooms_for(model_on_meta(config_of(FULL_SIZE)), torch.bfloat16, PROFILE)
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    for name, room in rooms.items():
        sizes = (room.weights, room.context + room.graphs + room.canvas, room.total)
        assert f"| {name} | " + " | ".join(f"{size / 1e9:.1f} GB" for size in sizes) + " |" in readme
