from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from diffgemma_lsp.errors import InputError
from diffgemma_lsp.training.sudoku.journal import CASES, Report
from diffgemma_lsp.training.sudoku.loop import Settings, clues_at, plan_at, rate_at, train
from diffgemma_lsp.training.sudoku.run import RunFolder


def settings(folder: Path, steps: int, processes: int = 1) -> Settings:
    return Settings(RunFolder(folder), 60.0, steps=steps, processes=processes, sparse=3, rows=2, ordered=1)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Report]]:
    """A run of two steps in two processes, and what it reported."""
    folder = tmp_path_factory.mktemp("run")
    return folder, list(train(settings(folder, 2, processes=2), lambda: False))


def test_a_run_reports_and_leaves_its_weights(trained: tuple[Path, list[Report]]) -> None:
    folder, reports = trained
    assert [(report.tally.steps, report.tally.puzzles) for report in reports] == [(2, 2 * 2 * 2)]
    assert reports[0].denoised > 1
    assert reports[0].ordered > 1
    score = reports[0].score
    assert score is not None
    assert (score.cases, score.solved, score.steps) == (5 * CASES, 0.0, 48.0)
    found = RunFolder(folder).read(0)
    assert found is not None
    tally, optimizer = found
    assert tally == reports[0].tally
    assert optimizer["steps"] == 2
    (snapshot,) = RunFolder(folder).snapshots()
    assert snapshot.tally == tally
    assert all(weight.equal(optimizer["averages"][name]) for name, weight in snapshot.averages.items())


def test_a_run_goes_on_where_it_stopped(trained: tuple[Path, list[Report]]) -> None:
    folder, _ = trained
    before = RunFolder(folder).snapshots()[-1].averages
    (report,) = train(settings(folder, 3), lambda: False)
    assert (report.tally.steps, report.tally.puzzles) == (3, 10)
    after = RunFolder(folder).snapshots()[-1].averages
    assert any(not torch.equal(after[name], before[name]) for name in before)


def test_a_run_that_is_stopped_saves_first(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    assert list(train(settings(tmp_path, 10**6), lambda: True)) == []
    assert folder.read(0) is not None


def test_a_run_of_another_seed_is_not_gone_on_with(trained: tuple[Path, list[Report]]) -> None:
    folder, _ = trained
    with pytest.raises(InputError) as caught:
        list(train(replace(settings(folder, 4), seed=7), lambda: False))
    assert str(caught.value) == f"{folder} holds a run of seed 0, not 7: ask for that one, or remove it"


def test_a_run_of_another_task_is_not_gone_on_with(tmp_path: Path) -> None:
    torch.save({"order": {}}, tmp_path / "state.pt")
    with pytest.raises(InputError) as caught:
        RunFolder(tmp_path).read(0)
    assert str(caught.value) == f"{tmp_path} holds the run of another task: remove it, or name another --out"


def test_a_state_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state.pt").write_bytes(b"nonsense")
    with pytest.raises(InputError) as caught:
        RunFolder(tmp_path).read(0)
    assert str(caught.value) == (
        f"{tmp_path / 'state.pt'} is no state of a run that can be read: remove the folder to begin anew"
    )


@pytest.mark.parametrize(("share", "bounds"), [(0.0, (40, 60)), (0.1, (32, 55)), (0.2, (24, 50)), (0.9, (24, 50))])
def test_puzzles_become_hard_over_the_first_fifth(share: float, bounds: tuple[int, int]) -> None:
    assert clues_at(share) == bounds


@pytest.mark.parametrize(
    ("steps", "share", "rate"), [(0, 0.0, 0.02), (49, 0.1, 1.0), (500, 0.7, 1.0), (500, 0.85, 0.5), (500, 1.0, 0.0)]
)
def test_the_rates_warm_up_and_fall_in_the_end(steps: int, share: float, rate: float) -> None:
    assert rate_at(steps, share) == pytest.approx(rate)


def test_later_canvases_are_those_that_the_model_comes_to(tmp_path: Path) -> None:
    run = settings(tmp_path, 1)
    early = {plan_at(0.3, run, random.Random(seed)).steps for seed in range(50)}
    late = {plan_at(0.4, run, random.Random(seed)).steps for seed in range(50)}
    assert early == {1}
    assert late == {1, 2, 3, 4}
