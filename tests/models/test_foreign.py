"""Weights that others packed, against the same ones as they read back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from diffgemma_lsp.checkup.examination import weight_bytes
from diffgemma_lsp.checkup.tensors import check_tensors
from diffgemma_lsp.errors import ConfigError, ModelError
from diffgemma_lsp.models.anatomy import anatomy_of
from diffgemma_lsp.models.foreign import scheme_of
from diffgemma_lsp.models.loading import LoadedModel, load_checkpoint
from diffgemma_lsp.models.names import Checkpoint
from diffgemma_lsp.models.packed.modules import PackedWeight
from diffgemma_lsp.models.published import read_published
from tests.models.packed.test_packed_model import two_steps
from tests.published import FORMS, publish, quantization_config

CPU = torch.device("cpu")
SCHEME = {form: form.partition(" ")[0] for form in FORMS}
# A scale for all experts together is nothing that anybody writes.
LAYOUTS = [(form, is_fused) for form in FORMS for is_fused in (False, True) if not (is_fused and "tensor" in form)]
LINEAR = "model.decoder.layers.1.mlp.up_proj.weight"
EXPERT = "model.decoder.layers.1.experts.2.up_proj.weight"


def load(folder: Path, scheme: str | None = None, dtype: torch.dtype = torch.float32) -> LoadedModel:
    return load_checkpoint(Checkpoint(folder, folder.name), CPU, lambda _: None, dtype, scheme=scheme)


def change(folder: Path, edit: Callable[[dict[str, Tensor]], object]) -> None:
    path = folder / "model.safetensors"
    tensors = load_file(path)
    edit(tensors)
    save_file(tensors, path)


@pytest.fixture
def published(tmp_path: Path) -> Path:
    publish(tmp_path / "plain", tmp_path / "published", "int4")
    return tmp_path / "published"


@pytest.mark.parametrize(("form", "fused"), LAYOUTS)
def test_a_published_checkpoint_computes_what_its_weights_read_back_as(tmp_path: Path, form: str, fused: bool) -> None:
    publish(tmp_path / "plain", tmp_path / "published", form, fused=fused)
    loaded, plain = load(tmp_path / "published"), load(tmp_path / "plain", "bf16")
    assert loaded.scheme == SCHEME[form]
    experts = loaded.model.model.decoder.layers[0].experts
    assert isinstance(experts.gate_up_proj, PackedWeight)
    for ours, wanted in zip(two_steps(loaded.model), two_steps(plain.model), strict=True):
        torch.testing.assert_close(ours, wanted, atol=1e-4, rtol=1e-3)
    check_tensors(loaded.model)


@pytest.mark.parametrize("form", FORMS)
def test_it_takes_what_was_announced(tmp_path: Path, form: str) -> None:
    publish(tmp_path / "plain", tmp_path / "published", form)
    anatomy = anatomy_of(tmp_path / "published", "published")
    assert (anatomy.stored, list(anatomy.nbytes)) == (SCHEME[form], [SCHEME[form]])
    model = load(tmp_path / "published", dtype=torch.bfloat16).model
    layout = scheme_of(read_published(tmp_path, quantization_config(form))).linears
    assert layout is not None
    # The author left these out, which a configuration does not tell by names of the class.
    unpacked = [
        model.model.decoder.self_conditioning.get_parameter(f"{part}_proj.weight") for part in ("gate", "up", "down")
    ]
    more = sum(2 * weight.numel() - (layout.nbytes(tuple(weight.shape)) or 0) for weight in unpacked)
    assert weight_bytes(model) == anatomy.rooms[SCHEME[form]].weights + more


def test_a_checkpoint_that_others_packed_cannot_be_had_in_another_scheme(published: Path) -> None:
    message = (
        r"^published is packed in int4 and cannot be had in nf4: leave out --scheme, or take the checkpoint that it"
    )
    with pytest.raises(ConfigError, match=message):
        load(published, "nf4")


def test_scales_in_sixteen_bits_stay_as_they_are(published: Path) -> None:
    change(published, lambda tensors: tensors.update({LINEAR + "_scale": tensors[LINEAR + "_scale"].half()}))
    scales = load(published).model.get_submodule(LINEAR.rpartition(".")[0]).weight.scales
    assert scales.dtype == torch.float16


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (
            lambda tensors: tensors.pop(EXPERT + "_packed"),
            rf" lacks the tensor .*{EXPERT}_packed: download the weights a",
        ),
        (
            lambda tensors: tensors.pop(EXPERT + "_scale"),
            rf" lacks the tensor .*{EXPERT}_scale: download the weights a",
        ),
        (
            lambda tensors: tensors.update({EXPERT + "_zero_point": torch.zeros(1)}),
            rf" holds {EXPERT}_zero_point, which a model of its config\.json has no place for$",
        ),
        (
            lambda tensors: tensors.update({EXPERT + "_scale": tensors[EXPERT + "_scale"][:, :1].clone()}),
            rf"{EXPERT}_scale has the shape \(32, 1\), but its config\.json says \(32, 4\)$",
        ),
        (
            lambda tensors: tensors.update({EXPERT + "_packed": tensors[EXPERT + "_packed"].float()}),
            rf"{EXPERT}_packed is of type F32, not I32: download or convert it again$",
        ),
        (
            lambda tensors: tensors.update({EXPERT + "_scale": tensors[EXPERT + "_scale"] * torch.nan}),
            rf"{EXPERT}_scale holds values that are no numbers: download it again$",
        ),
    ],
    ids=["no codes", "no scales", "a zero point", "another shape", "another type", "no numbers"],
)
def test_what_is_wrong_with_a_tensor_is_told(
    published: Path, edit: Callable[[dict[str, Tensor]], object], message: str
) -> None:
    change(published, edit)
    with pytest.raises(ModelError, match=message):
        load(published)


def test_experts_that_nobody_packed_are_refused(published: Path) -> None:
    def unpack(tensors: dict[str, Tensor]) -> None:
        for name in [name for name in tensors if ".experts." in name]:
            del tensors[name]
        plain = load_file(published.parent / "plain" / "model.safetensors")
        tensors.update({name: tensor for name, tensor in plain.items() if ".experts." in name})

    change(published, unpack)
    message = (
        r"published holds \S+experts\.gate_up_proj unpacked, and experts are nine tenths of a model: use the checkpoint"
        r" that it was made from, which --scheme packs$"
    )
    with pytest.raises(ModelError, match=message):
        load(published)


def test_groups_that_do_not_divide_a_row_are_refused(published: Path) -> None:
    path = published / "config.json"
    config = json.loads(path.read_text())
    config["quantization_config"]["config_groups"]["group_0"]["weights"]["group_size"] = 48
    path.write_text(json.dumps(config))
    message = r"published has a scale for 48 columns, which do not divide the 64 of \S+: use the checkpoint that it was"
    with pytest.raises(ModelError, match=message):
        load(published)
