"""How a checkpoint is spoken to in training: as it is when it fills, by its tokenizer and its profile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from diffgemma_lsp.models.names import STARTER, starter_folder
from diffgemma_lsp.prompts.profile import ModelProfile, load_profile
from diffgemma_lsp.prompts.prompt import Prompt, control_tokens, document_end, prompt_head
from diffgemma_lsp.prompts.tokenizer import Tokenizer
from diffgemma_lsp.text import language_of
from diffgemma_lsp.training.corruption import SPREAD, STAIRS, Noise


@dataclass(frozen=True, slots=True)
class Dialect:
    """A tokenizer with the profile that says what its special tokens mean, and how large a canvas is."""

    tokenizer: Tokenizer
    profile: ModelProfile

    @property
    def filler(self) -> int | None:
        """The id that fills the slack of a hole, None for a checkpoint whose holes have just the length of the text."""
        filler = self.profile.tokens.filler
        return None if filler is None else self.tokenizer.id(filler)

    @property
    def noise(self) -> Noise:
        """What the checkpoint is trained on: stairs if its holes settle from the left."""
        return SPREAD if self.profile.sampling.settled is None else STAIRS

    @property
    def tells_suffix(self) -> bool:
        """Whether a prompt can tell what follows."""
        return self.profile.prompt == "chat" or self.profile.tokens.suffix is not None

    def head(self, path: str, far_suffix: Sequence[int]) -> list[int]:
        """Return the tokens that come before a document's text."""
        prompt = Prompt(path=path, language=language_of(path), far_suffix=tuple(far_suffix))
        return prompt_head(self.profile, self.tokenizer, prompt)

    def end(self, last_tokens: Sequence[int]) -> list[int]:
        """Return the tokens that say, after a document's `last_tokens`, that it ends there."""
        return document_end(self.profile, self.tokenizer, Prompt(), last_tokens)


def dialect_of(folder: Path, name: str) -> Dialect:
    """Return the dialect of the checkpoint in a folder. Raises ModelError or ConfigError where it lacks a part."""
    return _dialect(load_profile(folder, name), folder / "tokenizer.json")


def starter_dialect(vocabulary: Path) -> Dialect:
    """Return the dialect of a starter checkpoint with the vocabulary in a `tokenizer.json` file."""
    return _dialect(load_profile(starter_folder(), STARTER), vocabulary)


def _dialect(profile: ModelProfile, vocabulary: Path) -> Dialect:
    return Dialect(Tokenizer.from_file(vocabulary, control_tokens(profile)), profile)
