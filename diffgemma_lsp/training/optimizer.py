"""Muon for the matrices and AdamW for the rest, on float32 copies of the model's weights, shared among processes.

Muon (Keller Jordan, 2024): the momentum of a matrix is replaced by the nearest matrix whose singular values are all
near one, found by a quintic Newton-Schulz iteration, so that every direction of the weights learns at the same pace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

Sum = Callable[[Tensor], None]
"""Adds a tensor up over all processes, in place."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Learning rates at the plateau, and the decay of the averages."""

    matrix: float = 0.02
    other: float = 3e-3
    momentum: float = 0.95
    betas: tuple[float, float] = (0.9, 0.95)
    average: float = 0.995


ADAPTER = ".lora_"
"""Stands in the names of low-rank factors: nearly orthogonal steps are for whole matrices."""


def is_matrix(name: str) -> bool:
    """Say whether Muon trains a parameter of the decoder: projections and experts, not embeddings, norms or routers."""
    return "proj" in name and "router" not in name and ADAPTER not in name


def orthogonalised(matrix: Tensor, steps: int = 5) -> Tensor:
    """Return the matrix `(..., R, C)`, in its own dtype, with singular values between about 0.7 and 1.2."""
    a, b, c = 3.4445, -4.7750, 2.0315
    tall = matrix.shape[-2] > matrix.shape[-1]
    x = matrix.mT if tall else matrix
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    result: Tensor = x.mT if tall else x
    return result


class Optimizer:
    """Holds the float32 weights, their moments and their moving average; writes the model's weights.

    Gradients are averaged over `processes`; each of them orthogonalises its share of the matrices.
    """

    def __init__(self, model: Any, rates: Rates, rank: int = 0, processes: int = 1) -> None:
        """Copy the weights of a model that are not frozen; encoder and decoder share them, and the decoder has all."""
        parameters = model.model.decoder.named_parameters()
        self.parameters: dict[str, Any] = {name: weight for name, weight in parameters if weight.requires_grad}
        self.rates = rates
        self.rank = rank
        self.processes = processes
        self.weights = {name: p.detach().float().clone() for name, p in self.parameters.items()}
        self.averages = {name: weight.clone() for name, weight in self.weights.items()}
        self.first = {name: torch.zeros_like(weight) for name, weight in self.weights.items()}
        self.second = {n: torch.zeros_like(w) for n, w in self.weights.items() if not is_matrix(n)}
        self.steps = 0

    def step(self, scale: float, add_up: Sum) -> None:
        """Update all weights by their gradients, at `scale` times the rates of the plateau."""
        flat = torch.cat([_gradient(p).flatten() for p in self.parameters.values()])
        add_up(flat)
        flat /= self.processes
        gradients = dict(zip(self.parameters, _split(flat, list(self.weights.values())), strict=True))
        self.steps += 1
        self._step_matrices(gradients, scale, add_up)
        self._step_others(gradients, scale)
        keep = min(self.rates.average, (1 + self.steps) / (10 + self.steps))
        for name, parameter in self.parameters.items():
            self.averages[name].lerp_(self.weights[name], 1 - keep)
            parameter.data.copy_(self.weights[name])
            parameter.grad = None

    def _step_matrices(self, gradients: dict[str, Tensor], scale: float, add_up: Sum) -> None:
        names = [name for name in self.weights if is_matrix(name)]
        weights = [self.weights[name] for name in names]
        if not weights:
            return
        updates = weights[0].new_zeros(sum(weight.numel() for weight in weights))
        parts = _split(updates, weights)
        momentum = self.rates.momentum
        for number, (name, part) in enumerate(zip(names, parts, strict=True)):
            self.first[name].lerp_(gradients[name], 1 - momentum)
            if number % self.processes == self.rank:
                direction = gradients[name].lerp(self.first[name], momentum)
                part.copy_(orthogonalised(direction.to(self.parameters[name].dtype)))
        add_up(updates)
        for name, part in zip(names, parts, strict=True):
            rows, columns = part.shape[-2:]
            self.weights[name].sub_(part, alpha=self.rates.matrix * scale * max(1.0, rows / columns) ** 0.5)

    def _step_others(self, gradients: dict[str, Tensor], scale: float) -> None:
        beta1, beta2 = self.rates.betas
        for name, second in self.second.items():
            first, gradient = self.first[name], gradients[name]
            first.lerp_(gradient, 1 - beta1)
            second.lerp_(gradient.square(), 1 - beta2)
            deviation = (second / (1 - beta2**self.steps)).sqrt_().add_(1e-10)
            self.weights[name].sub_(first / deviation, alpha=self.rates.other * scale / (1 - beta1**self.steps))

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Let the model have the averages in the block, and its weights again after it."""
        self._show(self.averages)
        try:
            yield
        finally:
            self._show(self.weights)

    def state(self) -> dict[str, Any]:
        """Return all that a later process needs to go on."""
        return {
            "weights": self.weights,
            "averages": self.averages,
            "first": self.first,
            "second": self.second,
            "steps": self.steps,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a state; the model's weights become the state's."""
        for mine in ("weights", "averages", "first", "second"):
            for name, value in getattr(self, mine).items():
                value.copy_(state[mine][name])
        self.steps = state["steps"]
        self._show(self.weights)

    def _show(self, weights: Mapping[str, Tensor]) -> None:
        for name, parameter in self.parameters.items():
            parameter.data.copy_(weights[name])


def _gradient(parameter: Any) -> Tensor:
    return torch.zeros_like(parameter, dtype=torch.float32) if parameter.grad is None else parameter.grad.float()


def _split(flat: Tensor, like: list[Tensor]) -> list[Tensor]:
    pieces = torch.split(flat, [tensor.numel() for tensor in like])
    return [piece.view(tensor.shape) for piece, tensor in zip(pieces, like, strict=True)]
