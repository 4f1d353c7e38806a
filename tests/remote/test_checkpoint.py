"""How the served checkpoint is prompted."""

from __future__ import annotations

from pathlib import Path

import pytest

from diffgemma_lsp.errors import ConfigError
from diffgemma_lsp.prompts.profile import load_profile
from diffgemma_lsp.remote.checkpoint import read_profile_of, with_canvas
from diffgemma_lsp.remote.config import Limits
from diffgemma_lsp.remote.filler import fitted
from tests.remote.fillers import config_for

BIG = "google/diffusiongemma-26B-A4B-it"


def test_a_hub_id_has_its_preset_and_needs_no_download() -> None:
    config = config_for("http://127.0.0.1:1", checkpoint=BIG)
    assert read_profile_of(config) == load_profile(Path(), BIG)


def test_a_checkpoint_without_a_profile_is_named() -> None:
    with pytest.raises(ConfigError, match=r"^no profile says how to prompt someone/odd: write "):
        read_profile_of(config_for("http://127.0.0.1:1", checkpoint="someone/odd"))


@pytest.mark.parametrize("length", [8, 16, 64, 100, 255, 256, 512])
def test_a_canvas_of_another_length_has_room_for_all_that_may_stand_in_it(length: int) -> None:
    config = config_for("http://127.0.0.1:1", checkpoint=BIG, limits=Limits(canvas_tokens=length))
    canvas = read_profile_of(config).canvas
    assert canvas.max_length == length
    assert canvas.prefix_tail_tokens + canvas.buckets[-1] + canvas.suffix_head_tokens <= length
    assert canvas.buckets[0] >= 1


def test_the_usual_canvas_is_as_the_profile_says() -> None:
    profile = load_profile(Path(), BIG)
    assert with_canvas(profile, profile.canvas.max_length) == profile


def test_prompts_are_shortened_to_what_a_server_takes_and_never_lengthened() -> None:
    profile = load_profile(Path(), BIG)
    assert fitted(profile, 262_144) == profile
    context = fitted(profile, 2304).context
    assert (context.prompt_tokens, context.suffix_tokens, context.snippet_tokens) == (2048, 1024, 512)
