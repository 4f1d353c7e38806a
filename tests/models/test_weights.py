from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import DiffusionGemmaForBlockDiffusion

from diffgemma_lsp.errors import ModelError
from diffgemma_lsp.fill import Progress
from diffgemma_lsp.models.packed.schemes import SCHEMES
from diffgemma_lsp.models.weights import load_weights, slots_of
from tests.tiny import tiny_config, tiny_model

CPU = torch.device("cpu")
LAST_NORM = "model.decoder.norm.weight"


def on_meta() -> Any:
    with torch.device("meta"):
        model = DiffusionGemmaForBlockDiffusion(tiny_config())
    model.model.encoder.vision_tower = None
    model.model.encoder.embed_vision = None
    return model


def saved(folder: Path, change: Callable[[dict[str, Tensor]], object] = lambda tensors: None) -> Path:
    """Save the tiny model's tensors after `change`, and return the file."""
    tiny_model().save_pretrained(folder)
    path = folder / "model.safetensors"
    tensors = load_file(path)
    change(tensors)
    save_file(tensors, path)
    return path


def load(path: Path, report: Callable[[Progress], None] = lambda progress: None) -> Any:
    model = on_meta()
    load_weights(model, [path], torch.float32, CPU, report)
    return model


def test_tied_places_are_one_slot_and_layer_scalars_are_not_tied() -> None:
    slots = {name: slot for slot in slots_of(on_meta()) for name in slot.names}
    assert slots["lm_head.weight"] is slots["model.decoder.embed_tokens.weight"]
    assert slots["lm_head.weight"] is slots["model.encoder.language_model.embed_tokens.weight"]
    scalars = [name for name in slots if name.endswith("layer_scalar")]
    assert len(scalars) == 4
    assert len({slots[name] for name in scalars}) == 4


def test_every_tensor_has_its_value_and_tied_places_share_storage(tmp_path: Path) -> None:
    wanted = tiny_model().state_dict()
    got = load(saved(tmp_path)).state_dict()
    assert not [name for name, tensor in got.items() if not torch.equal(tensor, wanted[name])]
    assert got["lm_head.weight"].data_ptr() == got["model.decoder.embed_tokens.weight"].data_ptr()
    experts = "layers.1.experts.gate_up_proj"
    in_encoder, in_decoder = got[f"model.encoder.language_model.{experts}"], got[f"model.decoder.{experts}"]
    assert in_encoder.data_ptr() == in_decoder.data_ptr()


def test_a_tied_tensor_may_stand_in_the_file_under_any_of_its_names(tmp_path: Path) -> None:
    def rename(tensors: dict[str, Tensor]) -> None:
        tensors["lm_head.weight"] = tensors.pop("model.decoder.embed_tokens.weight")
        tensors["model.encoder.language_model.norm.weight"] = tensors[LAST_NORM].clone()

    wanted = tiny_model().state_dict()
    got = load(saved(tmp_path, rename)).state_dict()
    assert all(torch.equal(got[name], wanted[name]) for name in got)


def test_a_loaded_tensor_does_not_depend_on_its_file(tmp_path: Path) -> None:
    path = saved(tmp_path)
    model = load(path)
    before = model.lm_head.weight.clone()
    with path.open("r+b") as file:
        file.seek(0)
        file.write(b"\xff" * path.stat().st_size)
    assert torch.equal(model.lm_head.weight, before)


def test_progress_counts_up_to_the_number_of_elements(tmp_path: Path) -> None:
    events: list[Progress] = []
    model = load(saved(tmp_path), events.append)
    total = sum(parameter.numel() for parameter in model.parameters()) + 4
    assert events[0] == Progress("loading", 0, total)
    assert events[-1] == Progress("loading", total, total)
    assert [event.done for event in events] == sorted({event.done for event in events})


def test_a_missing_tensor_is_named(tmp_path: Path) -> None:
    path = saved(tmp_path, lambda tensors: tensors.pop(LAST_NORM))
    with pytest.raises(
        ModelError, match=r" lacks the tensor model\.decoder\.norm\.weight: download the weights again$"
    ):
        load(path)


def test_the_scalars_of_both_stacks_are_needed(tmp_path: Path) -> None:
    path = saved(tmp_path, lambda tensors: tensors.pop("model.encoder.language_model.layers.1.layer_scalar"))
    with pytest.raises(
        ModelError, match=r" lacks the tensor model\.encoder\.language_model\.layers\.1\.layer_scalar: "
    ):
        load(path)


def test_many_missing_tensors_are_counted(tmp_path: Path) -> None:
    def drop(tensors: dict[str, Tensor]) -> None:
        for name in [name for name in tensors if "self_attn" in name]:
            del tensors[name]

    with pytest.raises(ModelError, match=r" lacks the tensor .*self_attn.* and 10 more: download the weights again$"):
        load(saved(tmp_path, drop))


def test_an_unexpected_tensor_is_named(tmp_path: Path) -> None:
    path = saved(tmp_path, lambda tensors: tensors.update({"model.decoder.layers.9.extra": torch.zeros(1)}))
    message = (
        r"model\.safetensors holds model\.decoder\.layers\.9\.extra, which a model of its config\.json has no place "
    )
    with pytest.raises(ModelError, match=message):
        load(path)


def test_a_tensor_of_another_shape_is_named(tmp_path: Path) -> None:
    path = saved(tmp_path, lambda tensors: tensors.update({LAST_NORM: torch.ones(31)}))
    message = r"model\.decoder\.norm\.weight has the shape \(31,\), but its config\.json says \(32,\)$"
    with pytest.raises(ModelError, match=message):
        load(path)


@pytest.mark.parametrize("keep", [0, 4, 200, -100], ids=["empty", "half a length", "half a header", "half the data"])
def test_a_file_cut_short_is_named(tmp_path: Path, keep: int) -> None:
    path = saved(tmp_path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ModelError, match=r"model\.safetensors is damaged or cut short \(.+\): download it again$"):
        load(path)


def test_a_tensor_of_integers_is_named(tmp_path: Path) -> None:
    path = saved(tmp_path, lambda tensors: tensors.update({LAST_NORM: torch.ones(32, dtype=torch.int32)}))
    message = (
        r"model\.decoder\.norm\.weight is of type I32, not BF16 or F16 or F32 or F64: download or convert it again$"
    )
    with pytest.raises(ModelError, match=message):
        load(path)


@pytest.mark.parametrize("scheme", ["bf16", "int8", "fp8", "int4", "nf4"])
@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_a_tensor_that_holds_no_numbers_is_named(tmp_path: Path, scheme: str, value: float) -> None:
    name = "model.decoder.layers.1.mlp.up_proj.weight"

    def spoil(tensors: dict[str, Tensor]) -> None:
        tensors[name][5, 3] = value

    model, path = on_meta(), saved(tmp_path, spoil)
    with pytest.raises(ModelError, match=rf"{re.escape(name)} holds values that are no numbers: download it again$"):
        load_weights(model, [path], torch.float32, CPU, lambda progress: None, SCHEMES[scheme])


def test_nothing_is_read_before_all_names_are_right(tmp_path: Path) -> None:
    events: list[Progress] = []
    path = saved(tmp_path, lambda tensors: tensors.pop(LAST_NORM))
    with pytest.raises(ModelError):
        load(path, events.append)
    assert not [event for event in events if event.done]
