"""`python -m diffgemma_lsp.fitting.ngrams [MODEL] --corpus DIR`: fit how much the n-grams of a document count.

Holes are cut into the validation packages. Each token of a missing text is one observation: the probability that the
encoder gives it, and how often it follows what stands before it elsewhere in the document. The smoothing under which
the missing texts are likeliest is the section `ngrams` of the checkpoint's profile, which is printed, or written into
one. To be run before `training.precedents`, which weighs answers by these likelihoods.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import accumulate
from statistics import mean
from typing import NamedTuple

import torch
from torch import Tensor

from diffgemma_lsp.corpus.modules import Module
from diffgemma_lsp.diffusion.prefixes import prefill
from diffgemma_lsp.diffusion.score import log_likelihoods
from diffgemma_lsp.evaluation.cases import Case
from diffgemma_lsp.evaluation.outcomes import task_of
from diffgemma_lsp.evaluation.repositories import line_cases
from diffgemma_lsp.fitting.command import Command
from diffgemma_lsp.infilling.ngrams import MOST_CONTEXT, Speller
from diffgemma_lsp.models.backend import TransformersBackend
from diffgemma_lsp.models.loading import load_model
from diffgemma_lsp.prompts.smoothing import Smoothing
from diffgemma_lsp.prompts.work import TaskText

_HEAD = "# How much the n-grams of a document count:"
_ROUNDS = 60
_BEGIN = Smoothing(5.0, 1.5)
# What a profile can hold: a handful of tokens may ask for less, or for more.
_LEAST, _MOST = 0.01, Smoothing(1000.0, 10.0)


class Seen(NamedTuple):
    """A context: how many tokens follow it in the document, how many different ones, and how often the missing one."""

    followers: int
    different: int
    right: int


class Missing(NamedTuple):
    """A missing token: the encoder's log-probability, and its contexts, from the shortest to the longest known."""

    chance: float
    contexts: tuple[Seen, ...]


def observe(model: str, cases: Sequence[Case]) -> Iterator[Missing]:
    """Yield the tokens of the missing texts, as they are split beside what stands before and behind them."""
    loaded = load_model(model, lambda _: None)
    tokenizer, backend = loaded.tokenizer, TransformersBackend(loaded.model)
    for case in cases:
        layout, _, surroundings = TaskText(task_of(case, 0), loaded.profile, tokenizer).next_group([], 1)
        assert surroundings is not None, "an only hole is the last one"
        cache = backend.new_cache()
        for _ in prefill(backend, cache, layout.prompt, len(layout.prompt)):
            pass
        row = tokenizer.respelled(layout.text_row([tokenizer.encode(case.middle)]))
        (chances,) = log_likelihoods(backend, cache, [row])
        ngrams = Speller(tokenizer, _BEGIN).ngrams(*surroundings.texts)
        first = len(tokenizer.decode(layout.tail))
        ends = accumulate(map(len, tokenizer.token_texts(row)))
        tokens = [*cache.ids, *row]
        for place, (chance, end) in enumerate(zip(chances, ends, strict=True), len(cache.ids)):
            if end > first:
                known = ngrams.followers(tokens[max(0, place - MOST_CONTEXT) : place])
                seen = (Seen(len(each.places), len(each.counts), each.counts[tokens[place]]) for each in known)
                yield Missing(chance, tuple(seen))
            if end >= first + len(case.middle):
                break


def fit(tokens: Sequence[Missing]) -> Smoothing:
    """Return the smoothing under which at least one token is likeliest, by steps of L-BFGS from a usual one."""
    logs = torch.tensor([_BEGIN.prior, _BEGIN.spread], dtype=torch.float64).log().requires_grad_()
    steps = torch.optim.LBFGS([logs], max_iter=_ROUNDS, line_search_fn="strong_wolfe")
    chances, contexts = _tables(tokens)

    def closure() -> Tensor:
        steps.zero_grad()
        loss = _nats(chances, contexts, *logs.exp())
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    steps.step(closure)  # type: ignore[no-untyped-call]
    prior, spread = logs.detach().exp().clamp(min=_LEAST).tolist()
    return Smoothing(min(round(prior, 2), _MOST.prior), min(round(spread, 2), _MOST.spread))


def nats(tokens: Sequence[Missing], smoothing: Smoothing) -> float:
    """Return what one of at least one token costs, in the mean."""
    return float(_nats(*_tables(tokens), torch.tensor(smoothing.prior), torch.tensor(smoothing.spread)))


def _tables(tokens: Sequence[Missing]) -> tuple[Tensor, Tensor]:
    """Return the encoder's probabilities `(T,)`, and the contexts `(T, 8, 3)`, zeros where there is none."""
    contexts = torch.zeros(len(tokens), MOST_CONTEXT, len(Seen._fields), dtype=torch.float64)
    for row, token in zip(contexts, tokens, strict=True):
        row[: len(token.contexts)] = torch.tensor(token.contexts).reshape(-1, len(Seen._fields))
    return torch.tensor([token.chance for token in tokens], dtype=torch.float64).exp(), contexts


def _nats(chances: Tensor, contexts: Tensor, prior: Tensor, spread: Tensor) -> Tensor:
    """Mix as `NgramCache` does, from the shortest context to the longest, so that gradients reach the smoothing."""
    for length in contexts.unbind(dim=1):
        followers, different, right = length.unbind(dim=-1)
        share = followers / (followers + prior * different.clamp(min=1) ** spread)
        chances = chances * (1 - share) + share * right / followers.clamp(min=1)
    return -chances.log().mean()


def section(tokens: Sequence[Missing], holes: int) -> str:
    """Return a profile's section for the missing tokens of so many holes."""
    found = fit(tokens)
    alone = -mean(token.chance for token in tokens)
    lines = [
        f"{_HEAD} fitted on {len(tokens)} tokens of",
        f"# {holes} validation holes, of which one costs {nats(tokens, found):.3f} nats with them and {alone:.3f}",
        "# without, by diffgemma_lsp.fitting.ngrams.",
        "[ngrams]",
        f"prior = {found.prior}",
        f"spread = {found.spread}",
    ]
    return "\n".join((*lines, ""))


def _fit(model: str, modules: Sequence[Module], count: int) -> str:
    cases = list(line_cases(modules, count, seed=1))
    return section(list(observe(model, cases)), len(cases))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command, and return its exit code."""
    return Command("diffgemma_lsp.fitting.ngrams", __doc__, _HEAD, 250, _fit).run(arguments)


if __name__ == "__main__":
    sys.exit(main())
