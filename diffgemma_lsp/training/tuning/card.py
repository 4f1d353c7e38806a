"""The model card of a tuned checkpoint."""

from __future__ import annotations

from collections.abc import Iterator

from diffgemma_lsp.training.tuning.record import Check, Record


def tuned_card(name: str, record: Record) -> str:
    """Return the card as Markdown."""
    base, kept, first = record.base, record.kept, record.checks[0]
    rows = "\n".join(_rows(record.checks))
    return f"""# {name}

Tuned from `{base.name}` by `diffgemma tune`, task {record.task}, on {record.examples}.
What learned: {record.method}, for {kept.step:,} steps in {kept.seconds / 60:.1f} minutes, seed {record.seed}.

- Base: `{base.name}`, weights with SHA-256 `{base.digest}`; its licence, and what it was made of, hold here, too.
- Loss of held-out examples: {first.loss:.3f} nats before, {kept.loss:.3f} after.
- Nothing of the examples is kept but weights. Weights can give away parts of what they learned from: do not give this
  checkpoint to people who may not read the examples.

| step | minutes | loss of held-out examples | right fills | denoising steps |
| ---: | ---: | ---: | ---: | ---: |
{rows}
"""


def _rows(checks: tuple[Check, ...]) -> Iterator[str]:
    for check in checks:
        filled = check.quality
        fills = f"{filled.exact:.0%} of {filled.cases} | {filled.steps:.1f}" if filled else " | "
        yield f"| {check.step} | {check.seconds / 60:.1f} | {check.loss:.3f} | {fills} |"
