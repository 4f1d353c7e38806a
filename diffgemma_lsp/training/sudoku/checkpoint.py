"""From the weights of a run to a folder that loads like any checkpoint, and back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import Tensor

from diffgemma_lsp.errors import ModelError
from diffgemma_lsp.fill import Progress
from diffgemma_lsp.models.loading import LoadedModel, load_model
from diffgemma_lsp.models.source import find_checkpoint
from diffgemma_lsp.prompts.profile import PROFILE
from diffgemma_lsp.training.sudoku.run import Tally
from diffgemma_lsp.training.sudoku.shape import begin
from diffgemma_lsp.training.sudoku.vocabulary import write_tokenizer

RECORD = "sudoku.json"
SUDOKU_PROFILE = Path(__file__).with_name("profile.toml")
"""How a Sudoku checkpoint is denoised: each has a copy of it."""


def export(averages: Mapping[str, Tensor], tally: Tally, folder: Path) -> None:
    """Write weights in bfloat16, configuration, tokenizer, profile and record of a run into a folder.

    Each file is replaced whole; others in the folder are left alone.
    """
    model = begin(0)
    decoder = dict(model.model.decoder.named_parameters())
    with torch.no_grad():
        for name, average in averages.items():
            decoder[name].copy_(average)
    model.to(torch.bfloat16)
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder) as made:
        model.save_pretrained(made)
        write_tokenizer(Path(made) / "tokenizer.json")
        (Path(made) / PROFILE).write_bytes(SUDOKU_PROFILE.read_bytes())
        (Path(made) / RECORD).write_text(json.dumps(asdict(tally)) + "\n", encoding="utf-8")
        for file in sorted(Path(made).iterdir()):
            file.chmod(0o644)  # safetensors writes for its owner alone
            file.replace(folder / file.name)


def load(source: str, report: Callable[[Progress], None]) -> LoadedModel:
    """Return the Sudoku checkpoint that `source` names. Raises what `load_model` raises, and ModelError for another."""
    checkpoint = find_checkpoint(source)
    if not (checkpoint.folder / RECORD).is_file():
        raise ModelError(
            f"{checkpoint.name} has not learned Sudoku: make a checkpoint that has by"
            " diffgemma tune --task sudoku --out DIR"
        )
    return load_model(source, report)
