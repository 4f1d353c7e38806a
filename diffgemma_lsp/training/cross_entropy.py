"""Cross-entropy of soft-capped logits that never holds them all: they would take most of the memory and traffic."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

BYTES_AT_ONCE = {"cpu": 1 << 22, "cuda": 1 << 28}
"""Size of the float32 logits of one chunk, by device: what stays in the cache of a core, and what fills a GPU."""


class CappedCrossEntropy(torch.autograd.Function):
    """Cross-entropy per row of the logits `z = cap * tanh(h W^T / cap)`, with its gradients computed on the way.

    For each chunk of rows: 1. logits; 2. losses `logsumexp(z) - z[target]`; 3. the losses' gradient by the logits
    before the cap, `(softmax(z) - onehot(target)) * (1 - (z / cap)^2)`, times the row's weight; 4. from it the
    gradients of `h` and `W`.
    """

    @staticmethod
    def forward(
        ctx: Any, hidden: Tensor, weight: Tensor, targets: Tensor, row_weights: Tensor, cap: float
    ) -> tuple[Tensor, Tensor]:
        """Return the weighted sum of the losses, and each row's loss `(N,)`, for `h` = `hidden` `(N, D)`."""
        losses = row_weights.new_empty(len(hidden))
        grad_hidden = torch.empty_like(hidden)
        # A head that is frozen asks for none, and its gradient would be as large as itself.
        grad_weight = torch.zeros_like(weight, dtype=torch.float32) if ctx.needs_input_grad[1] else None
        chunk = max(1, BYTES_AT_ONCE[hidden.device.type] // (4 * len(weight)))
        for begin in range(0, len(hidden), chunk):
            rows = slice(begin, begin + chunk)
            target = targets[rows, None]
            squashed = torch.tanh((hidden[rows] @ weight.T).float().div_(cap))
            logits = squashed * cap
            log_sum = logits.logsumexp(-1, keepdim=True)
            losses[rows] = (log_sum - logits.gather(1, target)).squeeze(1)
            gradient = logits.sub_(log_sum).exp_().scatter_add_(1, target, torch.full_like(log_sum, -1.0))
            gradient.mul_(squashed.square_().neg_().add_(1.0)).mul_(row_weights[rows, None])
            rounded = gradient.to(hidden.dtype)
            grad_hidden[rows] = rounded @ weight
            if grad_weight is not None:
                grad_weight += rounded.T @ hidden[rows]
        ctx.save_for_backward(grad_hidden, None if grad_weight is None else grad_weight.to(weight.dtype))
        ctx.mark_non_differentiable(losses)
        return (losses * row_weights).sum(), losses

    @staticmethod
    def backward(ctx: Any, grad: Tensor, _: Tensor) -> tuple[Tensor | None, ...]:
        """Scale the gradients that `forward` computed."""
        grad_hidden, grad_weight = ctx.saved_tensors
        scale = grad.to(grad_hidden.dtype)
        return grad_hidden * scale, None if grad_weight is None else grad_weight * scale, None, None, None
