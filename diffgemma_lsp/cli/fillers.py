"""Who may fill: the kinds of fillers that a command line can name. A new kind is a row and its two functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from diffgemma_lsp.engine.client.facts import ModelFacts
from diffgemma_lsp.fill import Filler, Progress

if TYPE_CHECKING:
    from diffgemma_lsp.fill.fake import FakeFiller

Report = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class FillerKind:
    """A way to fill; the functions take what --model says, None where it says nothing.

    `describe` returns at once what is known of the model, None while it is not on this machine; it refuses a name that
    can mean nothing. `open` loads it, telling how that goes, and `open_in` keeps its weights in a scheme, None where
    there are none. All raise errors of the ModelError or ConfigError kind.
    """

    describe: Callable[[str | None], ModelFacts | None]
    open: Callable[[str | None, Report], Filler]
    open_in: Callable[[str | None, Report, str], Filler] | None = None

    def opened(self, model: str | None, report: Report, scheme: str | None) -> Filler:
        """Load the model, with its weights in `scheme` where one is named."""
        if scheme is None:
            return self.open(model, report)
        assert self.open_in is not None, "the command line was checked"
        return self.open_in(model, report, scheme)


def _describe_local(model: str | None) -> ModelFacts | None:
    from diffgemma_lsp.models.files import config_values, weight_files
    from diffgemma_lsp.models.names import STARTER, checkpoint_here
    from diffgemma_lsp.prompts.profile import load_profile

    name = model or STARTER
    checkpoint = checkpoint_here(name)
    if checkpoint is None:
        # The hub's library is asked only about names of the hub.
        from diffgemma_lsp.models.source import find_downloaded

        checkpoint = find_downloaded(name)
    if checkpoint is None:
        return None
    config_values(checkpoint.folder)
    weight_files(checkpoint.folder)
    profile = load_profile(checkpoint.folder, checkpoint.name)
    return ModelFacts(
        name=checkpoint.name,
        follows_instructions=profile.follows_instructions,
        prompt_tokens=profile.context.prompt_tokens,
        canvas_tokens=profile.canvas.max_length,
        steps=profile.sampling.steps,
    )


def _open_local(model: str | None, report: Report, scheme: str | None = None) -> Filler:
    report(Progress("loading", 0, 1))
    from diffgemma_lsp.models.names import STARTER, checkpoint_here

    name = model or STARTER
    if checkpoint_here(name) is None:
        from diffgemma_lsp.models.source import find_checkpoint

        # A download that fails is told before torch is imported, which takes seconds.
        find_checkpoint(name)
    from diffgemma_lsp.infilling.filler import DiffusionFiller
    from diffgemma_lsp.models.backend import TransformersBackend
    from diffgemma_lsp.models.graphs import capture_on
    from diffgemma_lsp.models.loading import load_model

    loaded = load_model(name, report, scheme)
    backend = TransformersBackend(loaded.model, capture_on(loaded.device))
    return DiffusionFiller(backend, loaded.tokenizer, loaded.profile, loaded.name, weights=loaded.weights)


def _describe_fake(model: str | None) -> ModelFacts:
    fake = open_fake(model)
    return ModelFacts(fake.name, fake.follows_instructions, steps=fake.steps)


def open_fake(model: str | None, _: Report | None = None) -> FakeFiller:
    """Return the fake filler of a script, or the one without."""
    from diffgemma_lsp.cli.fake_script import read_script
    from diffgemma_lsp.fill.fake import FakeFiller

    return FakeFiller() if model is None else read_script(Path(model))


def _describe_vllm(model: str | None) -> ModelFacts:
    from diffgemma_lsp.remote.checkpoint import read_profile_of
    from diffgemma_lsp.remote.config import config_file, read_config

    config = read_config(config_file(model))
    profile = read_profile_of(config)
    return ModelFacts(
        name=config.model,
        follows_instructions=profile.follows_instructions,
        prompt_tokens=profile.context.prompt_tokens,
        canvas_tokens=profile.canvas.max_length,
        steps=profile.sampling.steps,
        sends_to=config.origin,
    )


def _open_vllm(model: str | None, report: Report) -> Filler:
    report(Progress("loading", 0, 1))
    from diffgemma_lsp.errors import NotSentError, RemoteError
    from diffgemma_lsp.fill.fallback import FallbackFiller
    from diffgemma_lsp.remote.checkpoint import read_profile_of, read_tokenizer_of
    from diffgemma_lsp.remote.config import config_file, read_config
    from diffgemma_lsp.remote.filler import RemoteFiller
    from diffgemma_lsp.remote.key import read_key

    config = read_config(config_file(model))
    profile = read_profile_of(config)
    remote = RemoteFiller(config, read_key(config.access), read_tokenizer_of(config, profile), profile)
    if config.fallback is None:
        return remote
    return FallbackFiller(remote, partial(_open_local, config.fallback), lost=RemoteError, denied=NotSentError)


FILLERS: Mapping[str, FillerKind] = {
    "local": FillerKind(_describe_local, _open_local, _open_local),
    "fake": FillerKind(_describe_fake, open_fake),
    "vllm": FillerKind(_describe_vllm, _open_vllm),
}
