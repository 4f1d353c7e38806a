"""From the newest checkpoint of a run to the files that the package ships."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from diffgemma_lsp.corpus.modules import load, manifest_path
from diffgemma_lsp.corpus.packages import Role
from diffgemma_lsp.models.names import starter_folder
from diffgemma_lsp.prompts.profile import PROFILE
from diffgemma_lsp.training.card import Facts, model_card
from diffgemma_lsp.training.checkpoint import read
from diffgemma_lsp.training.dialect import starter_dialect
from diffgemma_lsp.training.history import FILE, Run, write_runs
from diffgemma_lsp.training.shape import PROMPT_TOKENS, build, starter_config
from diffgemma_lsp.training.speed import training_dtype
from diffgemma_lsp.training.validation import validate, validation_batches
from diffgemma_lsp.training.vocabulary import tokenizer_path

VALIDATION_SLOTS = 256
FILES = ("model.safetensors", "config.json", "tokenizer.json", "licences.json", "MODEL_CARD.md", FILE)


def export(state: Path, folder: Path) -> None:
    """Write weights, configuration, tokenizer, licences and model card of the newest checkpoint into a folder.

    A folder without a profile gets the starter's. What an evaluation finds joins the card by `training.quality`. The
    weights are the moving averages, in bfloat16. Each file is replaced whole; others in the folder are left alone.
    Raises ModelNotFoundError if the run has not saved a checkpoint yet.
    """
    saved, tally = read(state)
    model = build(starter_config(tally.shape))
    decoder = dict(model.model.decoder.named_parameters())
    with torch.no_grad():
        for name, average in saved["averages"].items():
            decoder[name].copy_(average)
    model.to(torch.bfloat16).to(training_dtype("cpu"))  # rounded as they are written, and validated in what is fast
    dialect = starter_dialect(tokenizer_path(state))
    batches = validation_batches(load(state, Role.VALIDATION), dialect, PROMPT_TOKENS, VALIDATION_SLOTS)
    newest = Run(round(tally.seconds), saved["steps"], tally.encoder_tokens, tally.canvas_slots)
    facts = Facts(
        parameters=sum(parameter.numel() for parameter in decoder.values()),
        runs=(*tally.earlier, newest),
        share=tally.share,
        losses=validate(model, batches),
        sources=tuple(json.loads(manifest_path(state).read_text(encoding="utf-8"))),
    )
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent) as made:
        model.to(torch.bfloat16).save_pretrained(made)
        shutil.copy(tokenizer_path(state), made)
        shutil.copy(manifest_path(state), made)
        write_runs(Path(made), facts.runs)
        (Path(made) / "MODEL_CARD.md").write_text(model_card(facts), encoding="utf-8")
        for name in FILES:
            (Path(made) / name).chmod(0o644)  # safetensors writes for its owner alone
            (Path(made) / name).replace(folder / name)
    if not (folder / PROFILE).exists():
        shutil.copy(starter_folder() / PROFILE, folder)
