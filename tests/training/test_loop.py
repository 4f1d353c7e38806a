from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
import torch
from transformers import DiffusionGemmaForBlockDiffusion

from diffgemma_lsp.errors import InputError, ModelNotFoundError
from diffgemma_lsp.training import checkpoint
from diffgemma_lsp.training.batch import Batch
from diffgemma_lsp.training.export import FILES, export
from diffgemma_lsp.training.feed import Mix, Source
from diffgemma_lsp.training.history import read_runs
from diffgemma_lsp.training.loop import Settings, train
from diffgemma_lsp.training.schedule import Schedule
from diffgemma_lsp.training.shape import SHAPES, shape_of, starter_config


def steps_of(state: Path, steps: int, processes: int = 1, joint_from: float = 0.5) -> Settings:
    """Return settings whose clock goes on by one second at each look, and whose run ends after some steps."""
    return Settings(
        state=state,
        deadline=steps,
        processes=processes,
        schedule=Schedule(joint_from=joint_from),
        mix=Mix(positions=600, slots=96, joint_prompts=(200,)),
        now=count().__next__,
    )


@pytest.fixture(scope="module")
def trained(state: Path) -> Path:
    """A state folder after a step of each phase."""
    train(steps_of(state, 2))
    return state


@pytest.fixture
def copy(trained: Path, tmp_path: Path) -> Path:
    """That folder, to be changed."""
    return shutil.copytree(trained, tmp_path / "state")


@pytest.fixture(scope="module")
def exported(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is exported from it, into a folder that holds a profile already."""
    folder = tmp_path_factory.mktemp("starter")
    (folder / "profile.toml").write_text("untouched", encoding="utf-8")
    export(trained, folder)
    return folder


def test_a_run_trains_both_phases_and_leaves_a_checkpoint_and_a_log(trained: Path) -> None:
    saved, tally = checkpoint.read(trained)
    assert saved["steps"] == 2
    assert tally.canvas_slots == 2 * 96
    assert tally.encoder_tokens > 2 * 50
    assert tally.share == pytest.approx(1 / 2)
    assert (trained / "log.txt").read_text(encoding="utf-8").startswith("validation next ")


def test_a_stopped_run_resumes_with_the_weights_and_counts_it_had(copy: Path) -> None:
    before, first = checkpoint.read(copy)
    train(steps_of(copy, 2))
    after, second = checkpoint.read(copy)
    assert after["steps"] == 4
    assert second.encoder_tokens > first.encoder_tokens
    assert second.seconds > first.seconds
    assert not torch.equal(before["weights"]["embed_tokens.weight"], after["weights"]["embed_tokens.weight"])


def test_a_run_that_goes_on_from_a_checkpoint_reads_on_where_the_runs_before_it_ended(
    exported: Path, state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shutil.copytree(state, tmp_path / "state")
    checkpoint.checkpoint_path(folder).unlink(missing_ok=True)
    asked: list[int] = []
    batch = Source.batch

    def noted(source: Source, step: int, rank: int, share: float) -> Batch:
        asked.append(step)
        return batch(source, step, rank, share)

    monkeypatch.setattr(Source, "batch", noted)
    train(replace(steps_of(folder, 2), start=exported))
    assert [run.steps for run in read_runs(exported)] == [2]
    assert asked == [2, 3]


@pytest.mark.slow
def test_batches_that_workers_make_are_those_that_the_process_makes_itself(state: Path, tmp_path: Path) -> None:
    saved = []
    for workers in (0, 2):
        folder = shutil.copytree(state, tmp_path / str(workers))
        checkpoint.checkpoint_path(folder).unlink(missing_ok=True)
        train(replace(steps_of(folder, 3, joint_from=0.0), workers=workers))
        saved.append(checkpoint.read(folder)[0])
    assert saved[0]["steps"] == saved[1]["steps"] == 3
    assert all(torch.equal(saved[0]["weights"][name], weight) for name, weight in saved[1]["weights"].items())


@pytest.mark.slow
def test_two_processes_train_the_same_weights(copy: Path) -> None:
    before = checkpoint.read(copy)[1].canvas_slots
    train(steps_of(copy, 2, processes=2))
    saved, tally = checkpoint.read(copy)
    assert saved["steps"] == 4
    assert tally.canvas_slots - before == 2 * 2 * 2 * 96  # steps, processes, rows, slots


def test_processes_that_ignore_interrupts_save_and_end_with_the_one_that_started_them(copy: Path) -> None:
    # As in a shell's background: what torch sends to processes whose starter is gone is not heard there.
    deaf = ["sh", "-c", 'trap "" INT; exec "$@"', "sh"]
    line = [sys.executable, "-m", "diffgemma_lsp.training", "train", "--state", str(copy), "--minutes", "60"]
    line += ["--device", "cpu", "--processes", "2", "--positions", "600"]
    saved = copy / "checkpoint.pt"
    before = saved.stat().st_mtime_ns
    with subprocess.Popen([*deaf, *line], stderr=subprocess.DEVNULL, start_new_session=True) as run:
        try:
            within(120, (copy / "rendezvous").exists)
            assert len(alive_in(run.pid)) >= 3
            run.kill()
            within(60, lambda: not alive_in(run.pid))
        finally:
            for process in alive_in(run.pid):
                with suppress(OSError):
                    os.kill(int(process), signal.SIGKILL)
    assert saved.stat().st_mtime_ns > before


def within(seconds: float, holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def alive_in(session: int) -> list[str]:
    """Return the processes of a session; one that nobody has buried yet is dead all the same."""
    alive = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, _, found, *_ = file.read_text(encoding="utf-8").rpartition(")")[2].split()
            if int(found) == session and state != "Z":
                alive.append(file.parent.name)
    return alive


def test_what_is_exported_loads_without_a_missing_tensor(trained: Path, exported: Path) -> None:
    model, report = DiffusionGemmaForBlockDiffusion.from_pretrained(
        exported, output_loading_info=True, dtype=torch.float32
    )
    assert not any(report.values())
    average = checkpoint.read(trained)[0]["averages"]["layers.0.mlp.up_proj.weight"]
    assert torch.equal(model.model.decoder.layers[0].mlp.up_proj.weight, average.bfloat16().float())


def test_an_export_leaves_other_files_alone(exported: Path) -> None:
    assert {path.name for path in exported.iterdir()} == {*FILES, "profile.toml"}
    assert (exported / "profile.toml").read_text(encoding="utf-8") == "untouched"


def test_the_card_tells_what_the_run_recorded(exported: Path) -> None:
    card = (exported / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "4.5 M parameters" in card
    assert "\n  1. 0.0 h, 2 steps: " in card
    assert "| first token of a hole |" in card
    assert "for the losses below: checked;" in card


def test_a_run_begins_from_a_given_checkpoint(copy: Path, exported: Path) -> None:
    average = checkpoint.read(copy)[0]["averages"]["embed_tokens.weight"]
    checkpoint.checkpoint_path(copy).unlink()
    train(replace(steps_of(copy, 0), start=exported))
    assert torch.equal(checkpoint.read(copy)[0]["weights"]["embed_tokens.weight"], average.bfloat16().float())


def test_a_run_from_a_given_checkpoint_counts_the_runs_behind_it(copy: Path, exported: Path, tmp_path: Path) -> None:
    checkpoint.checkpoint_path(copy).unlink()
    train(replace(steps_of(copy, 1), start=exported))
    export(copy, tmp_path / "made")
    assert [run.steps for run in read_runs(tmp_path / "made")] == [2, 1]
    card = (tmp_path / "made" / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "\n  1. 0.0 h, 2 steps: " in card
    assert "\n  2. 0.0 h, 1 steps: " in card


def test_a_checkpoint_of_another_shape_is_refused(copy: Path, exported: Path) -> None:
    checkpoint.checkpoint_path(copy).unlink()
    with pytest.raises(InputError, match=r"has 4 layers of 256, the shape medium 6 of 384: choose its shape"):
        train(replace(steps_of(copy, 0), start=exported, shape="medium"))


def test_a_checkpoint_grows_into_a_wider_shape(copy: Path, exported: Path, tmp_path: Path) -> None:
    checkpoint.checkpoint_path(copy).unlink()
    train(replace(steps_of(copy, 1), start=exported, shape="wide"))
    export(copy, tmp_path / "made")
    small, wide = (DiffusionGemmaForBlockDiffusion.from_pretrained(path) for path in (exported, tmp_path / "made"))
    weights = [model.model.decoder.layers[0].mlp.up_proj.weight for model in (small, wide)]
    assert [len(weight) for weight in weights] == [512, 1536]
    torch.testing.assert_close(weights[1][:512].float(), weights[0].float(), atol=0.05, rtol=0.05)


def test_a_run_that_is_told_no_shape_has_that_of_its_start() -> None:
    assert [shape_of(starter_config(name)) for name in SHAPES] == list(SHAPES)
    odd = starter_config("small")
    odd.text_config.intermediate_size = 640
    with pytest.raises(InputError, match="have none of the shapes small, wide, medium: say which it is to grow into"):
        shape_of(odd)


def test_a_run_goes_on_in_its_own_shape(state: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(state, tmp_path / "state")
    checkpoint.checkpoint_path(folder).unlink(missing_ok=True)
    train(replace(steps_of(folder, 0), shape="medium"))
    train(steps_of(folder, 1))
    saved, tally = checkpoint.read(folder)
    assert (tally.shape, saved["steps"]) == ("medium", 1)
    export(folder, tmp_path / "made")
    assert 25e6 < (tmp_path / "made" / "model.safetensors").stat().st_size < 30e6


def test_nothing_is_exported_before_the_first_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError, match=r"holds no checkpoint yet: train first, or name another folder"):
        export(tmp_path, tmp_path / "starter")
