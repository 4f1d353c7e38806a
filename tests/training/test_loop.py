from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest
import torch
from transformers import DiffusionGemmaForBlockDiffusion

from diffgemma_lsp.errors import ModelNotFoundError
from diffgemma_lsp.training import checkpoint
from diffgemma_lsp.training.export import FILES, export
from diffgemma_lsp.training.loop import Settings, train
from diffgemma_lsp.training.schedule import Schedule


def steps_of(state: Path, steps: int, processes: int = 1, joint_from: float = 0.5) -> Settings:
    """Return settings whose clock goes on by one second at each look, and whose run ends after some steps."""
    return Settings(
        state=state,
        deadline=steps,
        processes=processes,
        schedule=Schedule(joint_from=joint_from),
        text_rows=1,
        joint_rows=2,
        slots=96,
        now=count().__next__,
    )


def test_a_run_trains_both_phases_and_leaves_a_checkpoint_and_a_log(state: Path) -> None:
    train(steps_of(state, 4))
    saved, progress = checkpoint.read(state)
    assert saved["steps"] == 4
    assert progress.canvas_slots == 2 * 2 * 96
    assert progress.encoder_tokens > 4 * 50
    assert progress.share == pytest.approx(3 / 4)
    assert (state / "log.txt").read_text(encoding="utf-8").startswith("validation next ")


def test_a_stopped_run_resumes_with_the_weights_and_counts_it_had(state: Path) -> None:
    train(steps_of(state, 2))
    before, first = checkpoint.read(state)
    train(steps_of(state, 2))
    after, second = checkpoint.read(state)
    assert after["steps"] == 4
    assert second.encoder_tokens > first.encoder_tokens
    assert second.seconds > first.seconds
    assert not torch.equal(before["weights"]["embed_tokens.weight"], after["weights"]["embed_tokens.weight"])


@pytest.mark.slow
def test_two_processes_train_the_same_weights(state: Path) -> None:
    train(steps_of(state, 3, processes=2))
    saved, progress = checkpoint.read(state)
    assert saved["steps"] == 3
    assert progress.canvas_slots == 2 * 2 * 96


def test_what_is_exported_loads_without_a_missing_tensor(state: Path, tmp_path: Path) -> None:
    train(steps_of(state, 2))
    folder = tmp_path / "starter"
    folder.mkdir()
    (folder / "profile.toml").write_text("untouched", encoding="utf-8")
    export(state, folder)
    assert {path.name for path in folder.iterdir()} == {*FILES, "profile.toml"}
    model, report = DiffusionGemmaForBlockDiffusion.from_pretrained(
        folder, output_loading_info=True, dtype=torch.float32
    )
    assert not any(report.values())
    average = checkpoint.read(state)[0]["averages"]["layers.0.mlp.up_proj.weight"]
    assert torch.equal(model.model.decoder.layers[0].mlp.up_proj.weight, average.bfloat16().float())


def test_the_card_tells_what_the_run_recorded(state: Path, tmp_path: Path) -> None:
    train(steps_of(state, 2))
    export(state, tmp_path / "starter")
    card = (tmp_path / "starter" / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "4.5 M parameters" in card
    assert "2 steps" in card
    assert "| first token of a hole |" in card
    assert "checked (for the losses below)" in card


def test_a_run_begins_from_a_given_checkpoint(state: Path, tmp_path: Path) -> None:
    train(steps_of(state, 2))
    export(state, tmp_path / "starter")
    weights = checkpoint.read(state)[0]["averages"]["embed_tokens.weight"]
    checkpoint.checkpoint_path(state).unlink()
    begun = steps_of(state, 0)
    train(Settings(state=state, deadline=0, start=tmp_path / "starter", processes=1, now=begun.now))
    again = checkpoint.read(state)[0]["weights"]["embed_tokens.weight"]
    assert torch.equal(again, weights.bfloat16().float())


def test_nothing_is_exported_before_the_first_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError, match=r"holds no checkpoint yet: train first, or name another folder"):
        export(tmp_path, tmp_path / "starter")
