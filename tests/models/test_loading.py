from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from transformers import DiffusionGemmaForBlockDiffusion

from diffgemma_lsp.errors import ConfigError, ModelError, OutOfMemoryError
from diffgemma_lsp.fill import Progress
from diffgemma_lsp.models.checkpoint import read_config
from diffgemma_lsp.models.loading import LoadedModel, load_checkpoint, load_model, model_on_meta
from diffgemma_lsp.models.names import Checkpoint
from diffgemma_lsp.models.room import rooms_for
from diffgemma_lsp.prompts.profile import load_profile
from tests.checkpoints import save_checkpoint
from tests.vocabularies import train_gemma

CPU = torch.device("cpu")
THREE_LAYERS = ("sliding_attention", "sliding_attention", "full_attention")


def load(folder: Path, **options: Any) -> LoadedModel:
    return load_checkpoint(Checkpoint(folder, "tiny"), CPU, lambda progress: None, **options)


def logits(model: Any) -> list[torch.Tensor]:
    """Return the logits of two denoising steps after a prompt longer than the sliding window."""
    generator = torch.Generator().manual_seed(3)
    vocab_size = model.config.get_text_config().vocab_size
    prompt = torch.randint(vocab_size, (2, 40), generator=generator)
    canvas = torch.randint(vocab_size, (2, 16), generator=generator)
    with torch.no_grad():
        first = model(input_ids=prompt, decoder_input_ids=canvas).logits
        second = model(input_ids=prompt, decoder_input_ids=canvas, self_conditioning_logits=first).logits
    return [first, second]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("shard_size", ["50GB", "60KB"], ids=["one file", "shards"])
def test_a_loaded_checkpoint_equals_the_library_s_own(tmp_path: Path, shard_size: str, dtype: torch.dtype) -> None:
    save_checkpoint(tmp_path, shard_size, layer_types=THREE_LAYERS, experts=4, top_k=2)
    assert len(list(tmp_path.glob("*.safetensors"))) == (1 if shard_size == "50GB" else 6)
    reference = DiffusionGemmaForBlockDiffusion.from_pretrained(tmp_path, dtype=dtype)
    ours = load(tmp_path, dtype=dtype).model
    for got, wanted in zip(logits(ours), logits(reference), strict=True):
        assert torch.equal(got, wanted)
    assert wanted.std() > 1
    theirs = reference.state_dict()
    for name, tensor in ours.state_dict().items():
        assert tensor.dtype == theirs[name].dtype, name
        assert torch.equal(tensor, theirs[name]), name


def test_a_checkpoint_of_bfloat16_is_loaded_as_float32_on_the_cpu(tmp_path: Path) -> None:
    save_checkpoint(tmp_path).to(torch.bfloat16).save_pretrained(tmp_path)
    model = load(tmp_path).model
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}


def test_the_model_is_ready_to_run(tmp_path: Path) -> None:
    save_checkpoint(tmp_path)
    loaded = load(tmp_path)
    model = loaded.model
    assert not model.training
    assert not any(module.training for module in model.modules())
    assert not any(parameter.requires_grad for parameter in model.parameters())
    assert model.model.encoder.vision_tower is None
    assert model.model.encoder.embed_vision is None
    assert model.config._attn_implementation == "sdpa"
    assert (loaded.name, loaded.device, loaded.profile.name) == ("tiny", CPU, "tiny")
    assert loaded.tokenizer.id("<|eos|>") == 1


def test_a_folder_is_loaded_by_its_path(tmp_path: Path) -> None:
    folder = tmp_path / "my-model"
    save_checkpoint(folder)
    events: list[Progress] = []
    loaded = load_model(str(folder), events.append)
    assert loaded.name == "my-model"
    assert events[-1].done == events[-1].total > 0
    assert {event.stage for event in events} == {"loading"}


def test_named_tokens_never_come_out_of_ordinary_text(tmp_path: Path) -> None:
    save_checkpoint(tmp_path)
    saved = json.loads((tmp_path / "tokenizer.json").read_text(encoding="utf-8"))
    for token in saved["added_tokens"]:
        token["special"] = False
    (tmp_path / "tokenizer.json").write_text(json.dumps(saved), encoding="utf-8")
    tokenizer = load(tmp_path).tokenizer
    assert tokenizer.id("<|filler|>") not in tokenizer.encode("<|filler|>")


def needed_by(folder: Path, scheme: str, dtype: torch.dtype) -> int:
    config = read_config(folder)
    return rooms_for(model_on_meta(config), dtype, load_profile(folder, "tiny"))[scheme].total


def test_too_little_memory_is_noticed_before_any_weight_is_read(tmp_path: Path) -> None:
    save_checkpoint(tmp_path)
    needed = needed_by(tmp_path, "bf16", torch.float32)
    load(tmp_path, free=lambda device: needed, scheme="bf16", dtype=torch.float32)
    save_file({"x": torch.ones(1)}, tmp_path / "model.safetensors")
    with pytest.raises(ModelError, match=r"model\.safetensors holds x, which a model of its config\.json has no place"):
        load(tmp_path, free=lambda device: needed, scheme="bf16", dtype=torch.float32)
    with pytest.raises(OutOfMemoryError, match=r"^tiny in bf16 needs \d\.\d MB on cpu \(torch sees no CUDA card\), "):
        load(tmp_path, free=lambda device: needed - 1, scheme="bf16", dtype=torch.float32)


def test_a_checkpoint_is_kept_as_its_profile_says(tmp_path: Path) -> None:
    save_checkpoint(tmp_path)
    profile = tmp_path / "profile.toml"
    profile.write_text(f'scheme = "nf4"\n{profile.read_text()}')
    assert load(tmp_path).scheme == "nf4"
    assert load(tmp_path, scheme="int8").scheme == "int8"


def test_bfloat16_on_a_processor_is_for_those_who_ask_for_it(tmp_path: Path) -> None:
    save_checkpoint(tmp_path)
    assert load(tmp_path).model.dtype == torch.float32
    assert load(tmp_path, scheme="bf16").model.dtype == torch.bfloat16


def test_a_tokenizer_of_another_checkpoint_is_refused(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, vocab_size=97)
    message = r"tokenizer\.json has \d+ tokens, but the model knows 97: take both from the same checkpoint$"
    with pytest.raises(ModelError, match=message):
        load(tmp_path)


def test_a_profile_that_names_other_tokens_is_refused(tmp_path: Path) -> None:
    save_checkpoint(tmp_path)
    train_gemma().save(str(tmp_path / "tokenizer.json"))
    with pytest.raises(
        ModelError, match=r'^the tokenizer has no token "<\|bos\|>": correct the \[tokens\] of the model'
    ):
        load(tmp_path)


@pytest.mark.parametrize(
    ("lost", "error", "message"),
    [
        ("config.json", ModelError, r" holds no config\.json: "),
        ("model.safetensors", ModelError, r" holds no model\.safetensors and no "),
        ("tokenizer.json", ModelError, r"tokenizer\.json is missing: "),
        ("profile.toml", ConfigError, r"^no profile says how to prompt tiny: "),
    ],
)
def test_each_file_of_a_checkpoint_is_needed(tmp_path: Path, lost: str, error: type[Exception], message: str) -> None:
    save_checkpoint(tmp_path)
    (tmp_path / lost).unlink()
    with pytest.raises(error, match=message):
        load(tmp_path)


def test_a_checkpoint_of_ten_megabytes_loads_well_under_a_second(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, vocab_size=4096, hidden_size=256, layer_types=(*THREE_LAYERS, "full_attention"))
    size = (tmp_path / "model.safetensors").stat().st_size
    assert size > 10_000_000
    start = time.perf_counter()
    load(tmp_path)
    assert time.perf_counter() - start < 1.0
