"""A run of tuning as its user watches it: a line for each check, and one that is rewritten in between."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from diffgemma_lsp.cli.status import StatusLine

if TYPE_CHECKING:
    from diffgemma_lsp.training.tuning.record import Check, Record
    from diffgemma_lsp.training.tuning.run import Stepped
    from diffgemma_lsp.training.tuning.session import Session
    from diffgemma_lsp.training.tuning.state import Progress

_SMOOTHING = 0.1


class View:
    """Writes to `stream`; what changes all the time goes to the status line."""

    def __init__(self, stream: TextIO, status: StatusLine) -> None:
        self._stream = stream
        self._status = status
        self._loss: float | None = None

    def begins(self, session: Session) -> None:
        """Say what will be done."""
        self._say(f"learning from {session.task.summary}, by {session.plan.words} of {session.base.name}")

    def goes_on(self, progress: Progress) -> None:
        """Say where a run that was interrupted stands."""
        if progress.checks:
            self._say(f"going on after {progress.seconds / 60:.1f} minutes; so far:")
            for check in progress.checks:
                self.show(check)

    def show(self, event: Stepped | Check) -> None:
        """Show a step in passing, or a check for good."""
        from diffgemma_lsp.training.tuning.run import Stepped

        if isinstance(event, Stepped):
            self._loss = event.loss if self._loss is None else self._loss + _SMOOTHING * (event.loss - self._loss)
            self._status.tell("learning", f"step {event.steps}, {event.share:.0%}, loss {self._loss:.3f}")
            return
        learning = "" if self._loss is None else f"  loss {self._loss:.3f}"
        fills = ""
        if event.quality is not None:
            right = round(event.quality.exact * event.quality.cases)
            fills = f"  right {right} of {event.quality.cases} in {event.quality.steps:.1f} steps"
        self._say(f"step {event.step:>6}  {_clock(event.seconds)}{learning}  held out {event.loss:.3f}{fills}")

    def ends(self, record: Record, out: Path) -> None:
        """Draw how the loss fell, and say where the result is."""
        from diffgemma_lsp.training.plot import draw

        points = [(float(check.step), check.loss) for check in record.checks]
        self._say(draw({"held out": points}, "loss of held-out examples in nats, by steps"))
        gained = record.checks[0].loss - record.kept.loss
        self._say(
            f"{out} holds the weights of step {record.kept.step}, whose held-out loss is {gained:.3f} less than that of"
            f" {record.base.name}: use it by --model {out}"
        )

    def _say(self, line: str) -> None:
        self._status.clear()
        print(line, file=self._stream, flush=True)


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60:>3}:{int(seconds) % 60:02}"
