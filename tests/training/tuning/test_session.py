from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from diffgemma_lsp.errors import ConfigError, DiffgemmaError, InputError, ModelError, OutOfMemoryError
from diffgemma_lsp.models.conversion import convert
from diffgemma_lsp.models.loading import load_checkpoint
from diffgemma_lsp.models.names import Checkpoint
from diffgemma_lsp.models.packed.schemes import scheme_named
from diffgemma_lsp.training.batch import Batch
from diffgemma_lsp.training.objective import losses
from diffgemma_lsp.training.tuning import state
from diffgemma_lsp.training.tuning.code import KIND
from diffgemma_lsp.training.tuning.plan import Wish
from diffgemma_lsp.training.tuning.record import Record, base_of
from diffgemma_lsp.training.tuning.run import Budget, tune
from diffgemma_lsp.training.tuning.session import Asked, begin, finish, open_session
from diffgemma_lsp.training.tuning.task import Kind
from tests.checkpoints import save_checkpoint
from tests.training.tuning.opposite import KIND as OPPOSITE
from tests.training.tuning.opposite import Opposite

WISH = Wish(positions=600)


def asked(tiny: Path, code: Path, out: Path, steps: int = 4, wish: Wish = WISH) -> Asked:
    return Asked(str(tiny), "code", code, out, Budget(steps=steps), seed=0, wish=wish)


def stop_after(calls: int) -> Callable[[], bool]:
    left = iter(range(calls))
    return lambda: next(left, None) is None


def run_to_end(order: Asked, kind: Kind = KIND, stop: Callable[[], bool] = lambda: False) -> Record | None:
    session = open_session(order, kind)
    run, optimizer, progress = begin(session, lambda _: None, stop)
    list(tune(run, optimizer, progress))
    return finish(session, run, optimizer, progress) if state.state_folder(order.out).exists() else None


def stopped(order: Asked, steps: int) -> None:
    session = open_session(order, KIND)
    run, optimizer, progress = begin(session, lambda _: None, lambda: False)
    # It is asked before each step, and once at the end.
    list(tune(replace(run, is_stopped=stop_after(steps)), optimizer, progress))
    assert optimizer.steps == steps


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return {name: value for path in folder.glob("*.safetensors") for name, value in load_file(path).items()}


@pytest.mark.parametrize("method", ["full", "lora"])
def test_a_tuned_checkpoint_loads_with_the_least_loss_that_was_seen(
    tiny: Path, code: Path, tmp_path: Path, method: str
) -> None:
    wish = Wish("full" if method == "full" else "lora", rank=4, positions=600)
    order = asked(tiny, code, tmp_path / "mine", 6, wish)
    held_out = open_session(order, KIND).task.held_out()
    record = run_to_end(order)
    assert record is not None
    assert record.kept.loss == min(check.loss for check in record.checks) < record.checks[0].loss
    checkpoint = Checkpoint(tmp_path / "mine", "mine")
    model = load_checkpoint(checkpoint, torch.device("cpu"), lambda _: None, torch.bfloat16).model
    with torch.no_grad():
        found = sum(float(losses(model, batch, 0).total) for batch in held_out) / len(held_out)
    assert found == pytest.approx(record.kept.loss, abs=0.02)


def test_a_tuned_checkpoint_remembers_its_base_and_nothing_of_the_data(tiny: Path, code: Path, tmp_path: Path) -> None:
    run_to_end(asked(tiny, code, tmp_path / "mine"))
    content = json.loads((tmp_path / "mine" / "tuning.json").read_text(encoding="utf-8"))
    assert content["base"] == {"name": "tiny", "digest": base_of(Checkpoint(tiny, "tiny")).digest, "tuning": None}
    card = (tmp_path / "mine" / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert content["base"]["digest"] in card
    assert "Tuned from `tiny`" in card
    for path in (tmp_path / "mine").iterdir():
        raw = path.read_bytes()
        assert not [word for word in (b"module_", b"second_", str(tmp_path).encode()) if word in raw], path
    assert sorted(path.name for path in tmp_path.iterdir()) == ["code", "mine"]


def test_what_was_tuned_can_be_tuned_again_and_remembers_both(tiny: Path, code: Path, tmp_path: Path) -> None:
    run_to_end(asked(tiny, code, tmp_path / "once"))
    run_to_end(asked(tmp_path / "once", code, tmp_path / "twice"))
    base = json.loads((tmp_path / "twice" / "tuning.json").read_text(encoding="utf-8"))["base"]
    assert base["name"] == "once"
    assert base["tuning"]["base"]["name"] == "tiny"


def test_a_run_that_was_stopped_goes_on_to_the_same_weights(tiny: Path, code: Path, tmp_path: Path) -> None:
    run_to_end(asked(tiny, code, tmp_path / "whole"))
    stopped(asked(tiny, code, tmp_path / "parts"), 2)
    assert not (tmp_path / "parts").exists()
    run_to_end(asked(tiny, code, tmp_path / "parts"))
    whole, parts = weights(tmp_path / "whole"), weights(tmp_path / "parts")
    assert whole.keys() == parts.keys()
    assert all(torch.equal(whole[name], parts[name]) for name in whole)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"seed": 1}, r"holds a run with another (seed \(0, now 1\)|content of --data)"),
        (
            {"wish": Wish(positions=500)},
            r"holds a run with another number of positions \(600, now 500\): ask for the sa",
        ),
        ({"wish": Wish("lora", positions=600)}, r"another method \(all weights, now adapters of rank 16\)"),
    ],
)
def test_a_run_goes_on_under_the_same_order_only(
    tiny: Path, code: Path, tmp_path: Path, change: dict[str, object], says: str
) -> None:
    order = asked(tiny, code, tmp_path / "mine")
    stopped(order, 1)
    with pytest.raises(InputError, match=says):
        begin(open_session(replace(order, **change), KIND), lambda _: None, lambda: False)  # type: ignore[arg-type]


def test_a_run_does_not_go_on_with_other_weights_or_files(tiny: Path, code: Path, tmp_path: Path) -> None:
    order = asked(tiny, code, tmp_path / "mine")
    stopped(order, 1)
    save_checkpoint(tmp_path / "other", seed=5)
    with pytest.raises(
        InputError, match=r"holds a run with another base \(.*\): ask for the same as then, or remove it"
    ):
        begin(open_session(replace(order, source=str(tmp_path / "other")), KIND), lambda _: None, lambda: False)
    (code / "new.py").write_text("def new():\n    return 1\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"holds a run with another content of --data"):
        begin(open_session(order, KIND), lambda _: None, lambda: False)


def test_a_state_that_cannot_be_read_is_named(tiny: Path, code: Path, tmp_path: Path) -> None:
    folder = state.state_folder(tmp_path / "mine")
    folder.mkdir()
    (folder / "state.pt").write_bytes(b"nonsense")
    session = open_session(asked(tiny, code, tmp_path / "mine"), KIND)
    with pytest.raises(
        InputError, match=r"is no state of a run that can be read: remove .*\.mine\.tuning to begin anew$"
    ):
        begin(session, lambda _: None, lambda: False)


def refused(order: Asked, error: type[DiffgemmaError], says: str, kind: Kind = KIND) -> None:
    with pytest.raises(error, match=says):
        open_session(order, kind)
    assert not state.state_folder(order.out).exists()


def test_what_is_there_is_not_written_over(tiny: Path, code: Path, tmp_path: Path) -> None:
    refused(asked(tiny, code, code), InputError, r"code is there already: remove it, or name another --out$")


def test_a_folder_that_cannot_be_made_is_refused_at_once(tiny: Path, code: Path, tmp_path: Path) -> None:
    order = asked(tiny, code, tmp_path / "missing" / "mine")
    refused(order, InputError, r"cannot be made \(No such file or directory\): name --out in a folder of yours$")


def test_a_checkpoint_of_another_class_is_refused(code: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "config.json").write_text('{"model_type": "gemma3"}', encoding="utf-8")
    says = r'has the model_type "gemma3": only "diffusion_gemma" checkpoints'
    refused(asked(tmp_path / "other", code, tmp_path / "mine"), ModelError, says)


def test_weights_of_another_shape_than_their_configuration_are_refused(code: Path, tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "one")
    save_checkpoint(tmp_path / "two", hidden_size=48)
    (tmp_path / "two" / "config.json").replace(tmp_path / "one" / "config.json")
    session = open_session(asked(tmp_path / "one", code, tmp_path / "mine"), KIND)
    with pytest.raises(ModelError, match=r"shape"):
        begin(session, lambda _: None, lambda: False)


def test_a_packed_checkpoint_is_refused(tiny: Path, code: Path, tmp_path: Path) -> None:
    convert(Checkpoint(tiny, "tiny"), tmp_path / "packed", scheme_named("nf4"), torch.device("cpu"), lambda _: None)
    says = r"packed is packed in nf4, and learns nothing exactly: name the checkpoint that it was made from"
    refused(asked(tmp_path / "packed", code, tmp_path / "mine"), ConfigError, says)


def test_tuning_ends_early_and_writes_nothing_where_the_base_was_the_best(
    tiny: Path, code: Path, tmp_path: Path
) -> None:
    order = asked(tiny, code, tmp_path / "mine", steps=100)
    session = open_session(order, OPPOSITE)
    run, optimizer, progress = begin(session, lambda _: None, lambda: False)
    list(tune(run, optimizer, progress))
    assert optimizer.steps < 50
    assert finish(session, run, optimizer, progress) is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["code"]


def test_a_refused_task_leaves_nothing_behind(tiny: Path, tmp_path: Path) -> None:
    refused(asked(tiny, tmp_path / "missing", tmp_path / "mine"), InputError, r"is neither a folder nor a file")
    assert list(tmp_path.iterdir()) == []


def test_a_budget_of_time_ends_a_run(tiny: Path, code: Path, tmp_path: Path) -> None:
    session = open_session(replace(asked(tiny, code, tmp_path / "mine"), budget=Budget(seconds=5.0)), KIND)
    run, optimizer, progress = begin(session, lambda _: None, lambda: False)
    clock = iter(range(100))
    list(tune(replace(run, now=lambda: float(next(clock))), optimizer, progress))
    assert optimizer.steps == 5
    assert progress.seconds == 5.0


@pytest.mark.parametrize("error", [torch.OutOfMemoryError, MemoryError])
def test_memory_that_runs_out_after_all_is_no_bug(
    tiny: Path, code: Path, tmp_path: Path, error: type[Exception]
) -> None:
    @dataclass(frozen=True, slots=True)
    class Huge(Opposite):
        def batch(self, step: int) -> Batch:
            raise error

    session = open_session(asked(tiny, code, tmp_path / "mine"), Kind(lambda request, dialect: Huge()))
    run, optimizer, progress = begin(session, lambda _: None, lambda: False)
    with pytest.raises(OutOfMemoryError, match=r"^step 1 needs more memory than there is: lower --positions, or take"):
        list(tune(run, optimizer, progress))
