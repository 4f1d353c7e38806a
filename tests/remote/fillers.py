"""Fillers that ask the double of a server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from diffgemma_lsp.prompts.profile import ModelProfile
from diffgemma_lsp.prompts.tokenizer import Tokenizer
from diffgemma_lsp.remote.config import Access, Limits, RemoteConfig
from diffgemma_lsp.remote.filler import RemoteFiller
from tests.checkpoints import PROFILE
from tests.prompts.profiles import chat_profile, raw_profile
from tests.remote.vllm_server import VllmDouble, serving
from tests.vocabularies import gemma_tokenizer, starter_tokenizer

RAW, CHAT = starter_tokenizer(), gemma_tokenizer()


def config_for(url: str, **changes: Any) -> RemoteConfig:
    """Return the configuration of a server that is asked about everything, without pauses worth waiting for."""
    usual = RemoteConfig(
        file=Path("vllm.toml"),
        url=url,
        checkpoint="google/diffusiongemma",
        model="diffusiongemma",
        folders=(Path("/src"),),
        sends_unnamed=True,
        fallback=None,
        access=Access(),
        limits=Limits(connect_seconds=2.0, answer_seconds=10.0, requests=8, retries=1),
    )
    return replace(usual, **changes)


def profile_for(tokenizer: Tokenizer, **budgets: int) -> ModelProfile:
    """Return the small profile of a tokenizer."""
    return raw_profile(**budgets) if tokenizer is RAW else chat_profile(**budgets)


@contextmanager
def asking(double: VllmDouble, *, key: str = "", **changes: Any) -> Iterator[RemoteFiller]:
    """Serve the double, and give a filler that asks it."""
    with serving(double):
        filler = RemoteFiller(config_for(double.url, **changes), key, double.tokenizer, profile_for(double.tokenizer))
        try:
            yield filler
        finally:
            filler.close()


def write_config(folder: Path, double: VllmDouble, *lines: str) -> Path:
    """Write a checkpoint's tokenizer and profile, and the file that has the double serve it; return that file."""
    checkpoint = folder / "checkpoint"
    checkpoint.mkdir()
    double.tokenizer._inner.save(str(checkpoint / "tokenizer.json"))
    (checkpoint / "profile.toml").write_text(PROFILE, encoding="utf-8")
    file = folder / "vllm.toml"
    given = (f'url = "{double.url}"', f'checkpoint = "{checkpoint}"', f'model = "{double.model}"', *lines)
    file.write_text("\n".join(given), encoding="utf-8")
    return file
