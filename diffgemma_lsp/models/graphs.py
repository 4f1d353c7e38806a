"""The decoder's pass as CUDA graphs: its two thousand small kernels cost a host more to launch than a card to run.

A graph replays the same kernels on the same memory. So what changes from pass to pass (the canvas, its positions, what
there is of the prompt) is copied to where the graph reads it, behind masks that hide the rest, and sizes are rounded
up, so that a few graphs serve all canvases.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from diffgemma_lsp.diffusion.cache import CacheView, LayerView, PrefixCache, capacity_for
from diffgemma_lsp.models.forward import decode

SLOTS_STEP = 32
MOST_GRAPHS = 32
# What two runs of the same kernels on the same numbers may differ by, beside the largest of them.
_TOLERANCE = 0.01

_log = logging.getLogger(__name__)

Run = Callable[[], Tensor]

Capture = Callable[[Run], Run]
"""Takes work on a device, and returns what repeats it with one launch: on the tensors that it reads now, into the
output that it returned. Raises RuntimeError where it does what cannot be repeated, such as waiting for the device.
"""


class CudaCapture:
    """A `Capture` of CUDA graphs that share a pool of memory: what one returns is read before the next is replayed."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._pool: Any = torch.cuda.graph_pool_handle()

    def __call__(self, run: Run) -> Run:
        """Return the graph of what `run` launches. It runs once before, since its first run may compile kernels."""
        with torch.cuda.device(self._device):
            beside = torch.cuda.Stream()  # type: ignore[no-untyped-call]
            beside.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(beside):
                run()
            torch.cuda.current_stream().wait_stream(beside)
            graph = torch.cuda.CUDAGraph()
            # Other threads may ask the device something meanwhile.
            with torch.cuda.graph(graph, pool=self._pool, capture_error_mode="thread_local"):
                output = run()

        def replay() -> Tensor:
            graph.replay()
            return output

        return replay


def capture_on(device: torch.device) -> Capture | None:
    """Return what captures graphs on a device, None where launches are no matter."""
    return CudaCapture(device) if device.type == "cuda" else None


@dataclass(frozen=True, slots=True)
class Size:
    """What a graph is captured for: rows, slots of a row, and tokens of the prompt that there is room for."""

    rows: int
    slots: int
    room: int


class Stage:
    """The prompt's keys and values where graphs read them: for each layer the first `room` tokens, or a window."""

    def __init__(self, cache: PrefixCache, room: int) -> None:
        self.room = room
        self._layers = [
            LayerView(*(part.new_zeros(1, part.shape[1], count, part.shape[3]) for part in (layer.keys, layer.values)))
            for layer, count in zip(
                cache.view(1).layers, (columns(window, room) for window in cache.windows), strict=True
            )
        ]
        self._held: object = None

    @property
    def nbytes(self) -> int:
        """Bytes that it takes."""
        return sum(layer.keys.nbytes + layer.values.nbytes for layer in self._layers)

    def hold(self, cache: PrefixCache) -> None:
        """Copy what a canvas sees of the cache, unless it stands here already."""
        if self._held is cache.stamp:
            return
        for mine, theirs in zip(self._layers, cache.view(1).layers, strict=True):
            seen = theirs.keys.shape[2]
            mine.keys[:, :, :seen] = theirs.keys
            mine.values[:, :, :seen] = theirs.values
        self._held = cache.stamp

    def view(self, windows: Sequence[int | None], size: Size) -> CacheView:
        """Return what the rows of a graph see, the part that masks will hide included."""
        layers = []
        for layer, window in zip(self._layers, windows, strict=True):
            seen = slice(columns(window, size.room))
            rows = size.rows, -1, -1, -1
            layers.append(LayerView(layer.keys[:, :, seen].expand(rows), layer.values[:, :, seen].expand(rows)))
        return CacheView(layers)


class GraphedDecoder:
    """Passes through a decoder, replayed once their size has come up before. One thread at a time.

    `windows` gives the sliding window of each kind of layer, None for full attention. What cannot be captured, or does
    not repeat itself, is said in the log once, and nothing is captured from then on.
    """

    def __init__(self, decoder: Any, windows: Mapping[str, int | None], capture: Capture) -> None:
        self._decoder = decoder
        self._windows = windows
        self._capture: Capture | None = capture
        self._stage: Stage | None = None
        self._met: set[Size] = set()
        self._graphs: OrderedDict[Size, _Graph] = OrderedDict()

    def __call__(self, inputs: Tensor, valid: Tensor | None, cache: PrefixCache) -> Tensor | None:
        """Return the last hidden states `(B, C, D)` of a canvas right after the cache, to be read before the next pass.

        None for a size that comes up for the first time, and where nothing is captured any more.
        """
        rows, slots, _ = inputs.shape
        size = Size(rows, -(-slots // SLOTS_STEP) * SLOTS_STEP, capacity_for(cache.length))
        if self._capture is None or size not in self._met:
            self._met.add(size)
            return None
        try:
            stage = self._stage_for(cache, size)
            graph = self._graphs.get(size)
            if graph is None:
                graph = self._graphs[size] = _Graph(self._decoder, self._windows, stage, cache, size, inputs)
            graph.take(inputs, valid, cache.length)
            if graph.replay is None:
                graph.replay = _captured(self._capture, graph.run)
        except RuntimeError as error:
            self._give_up(error)
            return None
        self._graphs.move_to_end(size)
        if len(self._graphs) > MOST_GRAPHS:
            self._graphs.popitem(last=False)
        return graph.replay()[:, :slots]

    def _stage_for(self, cache: PrefixCache, size: Size) -> Stage:
        if self._stage is None or self._stage.room < size.room:
            self._graphs.clear()  # they read the old one
            self._stage = None
            self._stage = Stage(cache, size.room)
        self._stage.hold(cache)
        return self._stage

    def _give_up(self, error: RuntimeError) -> None:
        _log.warning("steps go on without CUDA graphs, which is slower: %s", str(error).partition("\n")[0])
        self._capture = None
        self._stage = None
        self._graphs.clear()


class _Graph:
    """A pass of one size: the tensors that it reads, and what replays it once it is captured."""

    def __init__(
        self,
        decoder: Any,
        windows: Mapping[str, int | None],
        stage: Stage,
        cache: PrefixCache,
        size: Size,
        like: Tensor,
    ) -> None:
        self._decoder = decoder
        self._windows = windows
        self._room = size.room
        self._view = stage.view(cache.windows, size)
        self._inputs = like.new_zeros(size.rows, size.slots, like.shape[-1])
        self._positions = torch.zeros(1, size.slots, dtype=torch.long, device=like.device)
        self._masks = {
            kind: torch.zeros(
                size.rows, 1, 1, columns(window, size.room) + size.slots, dtype=torch.bool, device=like.device
            )
            for kind, window in windows.items()
        }
        self.replay: Run | None = None

    def take(self, inputs: Tensor, valid: Tensor | None, length: int) -> None:
        """Copy a canvas that stands after `length` tokens to where the pass reads it."""
        slots = inputs.shape[1]
        self._inputs[:, :slots] = inputs
        size = self._positions.shape[1]
        self._positions.copy_(torch.arange(length, length + size, device=inputs.device)[None])
        for kind, window in self._windows.items():
            mask, first = self._masks[kind], columns(window, self._room)
            mask.fill_(False)
            mask[..., : length if window is None else min(length, window - 1)] = True
            mask[..., first : first + slots] = True if valid is None else valid[:, None, None]

    def run(self) -> Tensor:
        """Return the hidden states of all slots, of what is padded too."""
        return decode(self._decoder, self._inputs, self._view, self._positions, dict(self._masks))


def columns(window: int | None, room: int) -> int:
    """Return how many keys of the prompt a layer's graph reads; a window is rounded up, as kernels like it."""
    return room if window is None else min(room, -(-window // 64) * 64)


def _captured(capture: Capture, run: Run) -> Run:
    """Return the replay of `run`, once it has been seen to repeat it."""
    expected = run().clone()
    replay = capture(run)
    found = replay()
    difference, largest = (found - expected).abs().max(), expected.abs().max()
    if not bool(difference <= _TOLERANCE * largest):
        raise RuntimeError(f"a replayed pass differs by {float(difference):.3g} of {float(largest):.3g}")
    return replay
