"""A second filler that fills while the first cannot."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field

import pytest

from diffgemma_lsp.errors import ModelError, NotSentError, RemoteError, RemoteUnavailableError
from diffgemma_lsp.fill import Event, Fill, FillTask, Hole, Progress
from diffgemma_lsp.fill.fake import FakeFiller
from diffgemma_lsp.fill.fallback import FallbackFiller, Report

TASK = FillTask(("x = ", Hole()))


@dataclass
class Remote:
    """Fails with what is put into `errors`, once each, and fills otherwise."""

    errors: list[Exception] = field(default_factory=list)
    asked: int = 0
    name: str = "remote"
    follows_instructions: bool = True
    place: str = "elsewhere"
    note: str = "all is well"

    def fill(self, task: FillTask) -> Generator[Event, None, None]:
        self.asked += 1
        yield Progress("denoising", 0, 1)
        if self.errors:
            raise self.errors.pop(0)
        yield from FakeFiller(name="remote").fill(task)


@dataclass
class Pair:
    remote: Remote = field(default_factory=Remote)
    now: float = 0.0
    opened: int = 0

    def __post_init__(self) -> None:
        self.filler = FallbackFiller(
            self.remote, self.open_local, lost=RemoteError, denied=NotSentError, clock=lambda: self.now
        )

    def open_local(self, report: Report) -> FakeFiller:
        self.opened += 1
        return FakeFiller(name="local")

    def who_fills(self) -> str:
        *_, fill = self.filler.fill(TASK)
        assert isinstance(fill, Fill)
        return fill.model


def test_the_first_fills_as_long_as_it_can() -> None:
    pair = Pair()
    assert pair.who_fills() == pair.who_fills() == "remote"
    assert (pair.opened, pair.filler.note, pair.filler.place) == (0, "all is well", "elsewhere")
    assert (pair.filler.name, pair.filler.follows_instructions) == ("remote", True)


def test_the_second_fills_while_the_first_is_lost_and_says_why() -> None:
    pair = Pair()
    pair.remote.errors = [RemoteUnavailableError("the server is gone"), RemoteUnavailableError("still gone")]
    assert pair.who_fills() == "local"
    assert pair.filler.note == "local fills on this machine instead: the server is gone"
    assert pair.who_fills() == "local"
    assert pair.remote.asked == 1, "it is not waited for with every fill"
    pair.now += 30
    assert pair.who_fills() == "local"
    assert pair.filler.note.endswith("still gone")
    pair.now += 30
    assert pair.who_fills() == "remote"
    assert (pair.filler.note, pair.opened) == ("all is well", 1)


def test_a_document_that_may_not_be_sent_is_filled_by_the_second_alone() -> None:
    pair = Pair()
    pair.remote.errors = [NotSentError("not this one")]
    assert [pair.who_fills(), pair.who_fills()] == ["local", "remote"]
    assert pair.filler.note == "all is well"


def test_another_error_is_the_users_to_mend() -> None:
    pair = Pair()
    pair.remote.errors = [ModelError("another tokenizer")]
    with pytest.raises(ModelError, match="another tokenizer"):
        pair.who_fills()
    assert pair.opened == 0
