from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from diffgemma_lsp.models.checkpoint import read_config
from diffgemma_lsp.models.loading import load_checkpoint, model_on_meta
from diffgemma_lsp.models.names import Checkpoint
from diffgemma_lsp.models.packed.modules import PackedWeight, unpacked_product
from diffgemma_lsp.models.packed.schemes import UNPACKED
from diffgemma_lsp.training import speed
from diffgemma_lsp.training.batch import Batch
from diffgemma_lsp.training.dialect import Dialect
from diffgemma_lsp.training.learning import alone
from diffgemma_lsp.training.objective import losses
from diffgemma_lsp.training.optimizer import Optimizer, Rates, is_matrix
from diffgemma_lsp.training.tuning.adapters import adapt, adapters_of, learned_changes
from diffgemma_lsp.training.tuning.code import KIND
from diffgemma_lsp.training.tuning.room import adapter_room
from diffgemma_lsp.training.tuning.task import Request
from tests.training.tuning.conftest import write_code

EVERY_SCHEME = pytest.mark.parametrize("scheme", ["bf16", "int8", "int4", "nf4"])


@pytest.fixture(scope="module")
def batch(tiny_dialect: Dialect, tmp_path_factory: pytest.TempPathFactory) -> Batch:
    code = write_code(tmp_path_factory.mktemp("data") / "code")
    return KIND.open(Request(code, 0, positions=600), tiny_dialect).batch(0)


def loaded(tiny: Path, scheme: str) -> Any:
    checkpoint = Checkpoint(tiny, "tiny")
    return load_checkpoint(
        checkpoint, torch.device("cpu"), lambda _: None, torch.float32, free=lambda _: None, scheme=scheme
    ).model


def adapted(tiny: Path, scheme: str) -> Any:
    model = loaded(tiny, scheme)
    adapt(model, rank=4, seed=1)
    return model


def loss_of(model: Any, batch: Batch) -> Tensor:
    return losses(model, batch, 1).total


@EVERY_SCHEME
def test_adapters_that_learned_nothing_change_nothing(tiny: Path, batch: Batch, scheme: str) -> None:
    with torch.no_grad():
        assert torch.allclose(loss_of(adapted(tiny, scheme), batch), loss_of(loaded(tiny, scheme), batch))


@EVERY_SCHEME
def test_both_stacks_learn_by_the_same_adapters(tiny: Path, scheme: str) -> None:
    model = adapted(tiny, scheme)
    encoder, decoder = (adapters_of(stack) for stack in (model.model.encoder.language_model, model.model.decoder))
    assert encoder == decoder
    names = {name.rpartition(".")[2] for name in decoder}
    assert names == {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}
    assert not [name for name in decoder if "experts" in name or "self_conditioning" in name]


@EVERY_SCHEME
def test_adapters_learn_and_nothing_else_does(tiny: Path, batch: Batch, scheme: str) -> None:
    model, untouched = adapted(tiny, scheme), loaded(tiny, scheme)
    optimizer = Optimizer(model, Rates())
    assert all(".lora_" in name and not is_matrix(name) for name in optimizer.parameters)
    before = float(loss_of(model, batch).detach())
    for _ in range(12):
        loss_of(model, batch).backward()  # type: ignore[no-untyped-call]
        optimizer.step(0.5, alone)
    assert float(loss_of(model, batch).detach()) < before - 0.05
    names = {f"{name}.weight" for name in adapters_of(model.model.decoder)}
    assert set(learned_changes(model)) == names
    frozen = dict(untouched.model.decoder.state_dict())
    for name, tensor in model.model.decoder.state_dict().items():
        if ".lora_" not in name:
            assert torch.equal(tensor, frozen[name.replace(".base_layer", "")])


@pytest.mark.parametrize("scheme", ["int8", "nf4"])
def test_weights_that_are_unpacked_again_give_the_same_gradients(tiny: Path, batch: Batch, scheme: str) -> None:
    def gradients(model: Any) -> dict[str, Tensor]:
        torch.manual_seed(0)
        loss_of(model, batch).backward()  # type: ignore[no-untyped-call]
        return {name: p.grad for name, p in model.named_parameters() if p.grad is not None}

    again, kept = adapted(tiny, scheme), adapted(tiny, scheme)
    for module in kept.modules():
        if isinstance(module, PackedWeight):
            module.product = unpacked_product
    kept.set_experts_implementation("eager")
    first, second = gradients(again), gradients(kept)
    assert first.keys() == second.keys() != set()
    assert all(torch.allclose(first[name], second[name], atol=1e-6) for name in first)


@pytest.mark.parametrize(("is_fast", "bytes_each"), [(True, 32), (False, 36)])
def test_the_room_of_adapters_is_that_of_their_weights(
    tiny: Path, is_fast: bool, bytes_each: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speed, "has_fast_bfloat16", lambda: is_fast)
    model = adapted(tiny, "bf16")
    learning = sum(p.numel() for p in model.model.decoder.parameters() if p.requires_grad)
    room = adapter_room(model_on_meta(read_config(tiny)), UNPACKED, 4, 100, "cpu")
    assert room.learning == bytes_each * learning
