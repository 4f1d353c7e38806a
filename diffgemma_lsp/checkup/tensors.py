"""Whether the tensors of a loaded model are tied as they must be, and hold numbers."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from diffgemma_lsp.errors import ModelError

_OWN = "layer_scalar"
_ELEMENTS_AT_ONCE = 1 << 24


def check_tensors(model: Any) -> str:
    """Return what was found to be right: encoder and decoder share every tensor but the scalars, and all are finite.

    Raises ModelError naming the first tensor that is not so.
    """
    encoder = model.model.encoder.language_model.state_dict()
    decoder = model.model.decoder.state_dict()
    own = tied = 0
    for name in encoder.keys() & decoder.keys():
        is_tied = encoder[name].data_ptr() == decoder[name].data_ptr()
        if is_tied is name.endswith(_OWN):
            what = (
                "shared by encoder and decoder, which have their own"
                if is_tied
                else "not shared by encoder and decoder"
            )
            raise ModelError(f"{name} is {what}: load the checkpoint again, and report this if it stays")
        own, tied = own + (not is_tied), tied + is_tied
    head = model.lm_head.state_dict()
    if any(tensor.data_ptr() != decoder[f"embed_tokens.{name}"].data_ptr() for name, tensor in head.items()):
        raise ModelError(
            "the head is not tied to the embeddings: load the checkpoint again, and report this if it stays"
        )
    tensors = {tensor.data_ptr(): (name, tensor) for name, tensor in model.state_dict().items()}
    for name, tensor in tensors.values():
        if not _is_finite(tensor):
            raise ModelError(f"{name} holds values that are no numbers: download the checkpoint again")
    return f"{len(tensors)} tensors, all finite; {tied} shared by encoder and decoder, {own} scalars of each"


def _is_finite(tensor: Tensor) -> bool:
    if not tensor.is_floating_point():
        return True
    # Few operations know 8-bit floating-point types.
    wide = torch.bfloat16 if tensor.itemsize == 1 else tensor.dtype
    return all(bool(part.to(wide).isfinite().all()) for part in torch.split(tensor.flatten(), _ELEMENTS_AT_ONCE))
