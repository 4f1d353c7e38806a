"""The checks of a checkpoint that need torch, in the order in which each needs those before it."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch

from diffgemma_lsp.checkup.cases import KNOWN_CASES, fill_known_cases
from diffgemma_lsp.checkup.pace import DeviceClock, copy_bandwidth, step_seconds
from diffgemma_lsp.checkup.parity import compare
from diffgemma_lsp.checkup.result import Result
from diffgemma_lsp.checkup.tensors import check_tensors
from diffgemma_lsp.diffusion.prefixes import prefill
from diffgemma_lsp.diffusion.segments import Slots
from diffgemma_lsp.errors import ModelError
from diffgemma_lsp.fill import Progress
from diffgemma_lsp.infilling.filler import DiffusionFiller
from diffgemma_lsp.models.backend import TransformersBackend
from diffgemma_lsp.models.graphs import capture_on
from diffgemma_lsp.models.loading import LoadedModel, load_model
from diffgemma_lsp.models.packed.schemes import UNPACKED
from diffgemma_lsp.models.sizes import size

Report = Callable[[Progress], None]

_PROMPT = "def add(first, second):\n    return first + second\n"

# Rounding in bfloat16 stays well below; a tensor in the wrong place does not.
_MOST_DEVIATION = 0.1

# What a card should reach; small models on a processor are bound by the calls, not by memory.
_MOST_FLOORS = 4.0


class Examination:
    """Examines `model`, in `scheme` if one is named. Each check is a `Check`; `load` comes first."""

    def __init__(self, model: str, scheme: str | None) -> None:
        self._model = model
        self._scheme = scheme
        self._loaded: LoadedModel | None = None

    def load(self, report: Report) -> Result:
        """Load the checkpoint."""
        start = time.perf_counter()
        self._loaded = load_model(self._model, report, self._scheme)
        seconds = time.perf_counter() - start
        is_packed = self._loaded.scheme != UNPACKED.name
        kind = self._loaded.scheme if is_packed else str(self._loaded.model.dtype).removeprefix("torch.")
        return Result(f"{seconds:.2f} s, {size(weight_bytes(self._ready.model))} of weights in {kind}")

    def tensors(self, _: Report) -> Result:
        """Check ties and values."""
        return Result(check_tensors(self._ready.model))

    def parity(self, _: Report) -> Result:
        """Compare our loop with the class's own."""
        found = compare(self._ready.model, TransformersBackend(self._ready.model), self._prompt())
        text = f"{found.equal} of {found.tokens} tokens as generate() writes them, logits {found.deviation:.1%} apart"
        if found.deviation > _MOST_DEVIATION:
            raise ModelError(f"{text}: report this, with the version of transformers")
        if self._ready.model.dtype != torch.float32:
            return Result(f"{text}; in 16 bits only the first step can be equal")
        return Result(text, verdict="ok" if found.equal == found.tokens else "note")

    def pace(self, _: Report) -> Result:
        """Time a step."""
        backend = TransformersBackend(self._ready.model, capture_on(self._ready.device))
        cache = backend.new_cache()
        prompt = self._prompt()
        for _chunk in prefill(backend, cache, prompt, len(prompt)):
            pass
        length = self._ready.profile.canvas.max_length
        step = step_seconds(backend, cache, [[Slots(length)]], DeviceClock(self._ready.device))
        bandwidth = copy_bandwidth(self._ready.device)
        floor = weight_bytes(self._ready.model) / bandwidth
        text = (
            f"{1000 * step:.1f} ms a step with {length} free positions, {step / floor:.1f} times the"
            f" {1000 * floor:.1f} ms of reading the weights at {bandwidth / 1e9:.0f} GB/s"
        )
        is_slow = self._ready.device.type == "cuda" and step > _MOST_FLOORS * floor
        return Result(text, verdict="note" if is_slow else "ok")

    def cases(self, report: Report) -> Result:
        """Fill holes whose answers are known."""
        loaded = self._ready
        filler = DiffusionFiller(TransformersBackend(loaded.model), loaded.tokenizer, loaded.profile, loaded.name)
        right = 0
        for done, is_right in enumerate(fill_known_cases(filler), start=1):
            right += is_right
            report(Progress("denoising", done, len(KNOWN_CASES)))
        text = f"{right} of {len(KNOWN_CASES)} known answers"
        if 2 * right < len(KNOWN_CASES):
            return Result(
                f"{text}; a small model such as the starter knows few, a large one should know most", (), "note"
            )
        return Result(text)

    @property
    def _ready(self) -> LoadedModel:
        assert self._loaded is not None, "load comes first"
        return self._loaded

    def _prompt(self) -> list[int]:
        tokenizer = self._ready.tokenizer
        return [tokenizer.id(self._ready.profile.tokens.bos), *tokenizer.encode(_PROMPT)]


def weight_bytes(model: torch.nn.Module) -> int:
    """Return what a loaded model's tensors take, ties once."""
    tensors = {tensor.data_ptr(): tensor.nbytes for tensor in model.state_dict().values()}
    return sum(tensors.values())
