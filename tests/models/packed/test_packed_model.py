"""A checkpoint that is packed while it is loaded, against the same one with its weights rounded as packing rounds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from diffgemma_lsp.checkup.examination import weight_bytes
from diffgemma_lsp.errors import ConfigError, OutOfMemoryError
from diffgemma_lsp.models.backend import TransformersBackend
from diffgemma_lsp.models.checkpoint import read_config
from diffgemma_lsp.models.loading import LoadedModel, load_checkpoint, load_model, model_on_meta
from diffgemma_lsp.models.names import Checkpoint
from diffgemma_lsp.models.packed.placing import role_of
from diffgemma_lsp.models.packed.schemes import SCHEMES, Role, Scheme
from diffgemma_lsp.models.room import Room, rooms_for
from diffgemma_lsp.models.weights import slots_of
from diffgemma_lsp.prompts.profile import load_profile
from tests.checkpoints import save_checkpoint

CPU = torch.device("cpu")
PACKING = ["int8", "fp8", "int4", "nf4"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checkpoint")
    layers = ("sliding_attention", "full_attention")
    save_checkpoint(folder, layer_types=layers, experts=4, top_k=2, hidden_size=64)
    return folder


def load(folder: Path, scheme: str | None = None, **options: Any) -> LoadedModel:
    options.setdefault("dtype", torch.float32)
    return load_checkpoint(Checkpoint(folder, "tiny"), CPU, lambda _: None, scheme=scheme, **options)


def rooms(folder: Path) -> dict[str, Room]:
    return rooms_for(model_on_meta(read_config(folder)), torch.float32, load_profile(folder, "tiny"))


def round_weights(model: Any, scheme: Scheme) -> None:
    weights = dict(model.named_parameters())
    for slot in slots_of(model):
        layout = scheme.format_of(role_of(model, slot.names[0]), slot.shape)
        if layout is not None:
            weight = next(weights[name] for name in slot.names if name in weights)
            weight.copy_(layout.unpack(layout.pack(weight), torch.float32))


def two_steps(model: Any) -> list[torch.Tensor]:
    """Return the logits of two denoising steps, the second self-conditioned."""
    backend = TransformersBackend(model)
    cache = backend.new_cache()
    generator = torch.Generator().manual_seed(3)
    backend.prefill(torch.randint(90, (30,), generator=generator).tolist(), cache)
    canvas = torch.randint(90, (2, 12), generator=generator)
    everywhere = torch.ones_like(canvas, dtype=torch.bool)
    first = backend.head(backend.forward(backend.condition(canvas, None), everywhere, None, cache))
    soft = backend.soft_embed(first.softmax(dim=-1)).view(2, 12, -1)
    return [first, backend.head(backend.forward(backend.condition(canvas, soft), everywhere, None, cache))]


@pytest.mark.parametrize("scheme", PACKING)
def test_a_packed_model_computes_what_its_weights_read_back_as(folder: Path, scheme: str) -> None:
    rounded = load(folder).model
    whole = two_steps(rounded)
    round_weights(rounded, SCHEMES[scheme])
    for ours, wanted, before in zip(two_steps(load(folder, scheme).model), two_steps(rounded), whole, strict=True):
        torch.testing.assert_close(ours, wanted, atol=1e-4, rtol=1e-3)
        assert (wanted - before).abs().max() > 1e-3


@pytest.mark.parametrize("scheme", PACKING)
def test_tied_places_share_what_is_packed(folder: Path, scheme: str) -> None:
    model = load(folder, scheme).model
    encoder, decoder = model.model.encoder.language_model, model.model.decoder
    assert model.lm_head.weight is decoder.embed_tokens.weight
    assert encoder.embed_tokens.weight is decoder.embed_tokens.weight
    for ours, theirs in zip(encoder.layers, decoder.layers, strict=True):
        assert ours.experts.gate_up_proj is theirs.experts.gate_up_proj
        assert ours.self_attn.q_proj.weight is theirs.self_attn.q_proj.weight
        assert ours.layer_scalar is not theirs.layer_scalar


def test_norms_router_and_scalars_are_never_packed(folder: Path) -> None:
    model = load(folder).model
    rest = {name for name in model.state_dict() if role_of(model, name) is Role.REST}
    assert all("norm" in name or "router" in name or "scalar" in name for name in rest)
    assert any(name.endswith("router.proj.weight") for name in rest)
    assert {role_of(model, name) for name in model.state_dict()} == set(Role)


@pytest.mark.parametrize("scheme", ["bf16", *PACKING])
def test_a_packed_model_takes_what_was_announced(folder: Path, scheme: str) -> None:
    assert weight_bytes(load(folder, scheme).model) == rooms(folder)[scheme].weights


def test_without_a_wish_the_scheme_of_most_bits_that_fits_is_taken(folder: Path) -> None:
    sizes = {scheme: rooms(folder)[scheme].total for scheme in ("bf16", "int8", "int4", "nf4")}
    assert sorted(sizes.values(), reverse=True) == list(sizes.values())
    for scheme, size in sizes.items():
        assert load(folder, free=lambda device, size=size: size).scheme == scheme
    with pytest.raises(OutOfMemoryError, match=r"^tiny in nf4 needs "):
        load(folder, free=lambda device: sizes["nf4"] - 1)


@pytest.mark.parametrize("scheme", PACKING)
def test_the_class_s_own_code_runs_on_packed_weights(folder: Path, scheme: str) -> None:
    model = load(folder, scheme).model
    backend = TransformersBackend(model)
    generator = torch.Generator().manual_seed(3)
    prompt, canvas = (torch.randint(90, (1, length), generator=generator) for length in (30, 12))
    with torch.no_grad():
        first = model(input_ids=prompt, decoder_input_ids=canvas).logits
        second = model(input_ids=prompt, decoder_input_ids=canvas, self_conditioning_logits=first).logits
    cache = backend.new_cache()
    backend.prefill(prompt[0].tolist(), cache)
    soft = backend.soft_embed(first[0].softmax(dim=-1))[None]
    everywhere = torch.ones_like(canvas, dtype=torch.bool)
    ours = backend.head(backend.forward(backend.condition(canvas, soft), everywhere, None, cache))
    torch.testing.assert_close(ours, second[0], atol=1e-4, rtol=1e-3)


def test_a_scheme_that_there_is_not_is_refused_with_those_there_are(folder: Path) -> None:
    message = r'^there is no quantization scheme "q2": take one of bf16, int8, fp8, int4, nf4$'
    with pytest.raises(ConfigError, match=message):
        load_model(str(folder), lambda _: None, "q2")
