"""What a slow listener hears."""

from __future__ import annotations

import asyncio
from random import Random

import pytest

from diffgemma_lsp.engine.backlog import Backlog, Item
from diffgemma_lsp.errors import SupersededError
from diffgemma_lsp.fill import Draft, Fill, Progress
from tests.engine.jobs import FILL


def draft(step: int) -> Draft:
    return Draft(step, 100, ((),))


def heard(*items: Item) -> list[Item | None]:
    """Return what somebody hears who listens only after all of this has happened."""

    async def scene() -> list[Item | None]:
        backlog = Backlog()
        for item in items:
            backlog.put(item)
        return [await backlog.take() for _ in range(len(backlog))]

    return asyncio.run(scene())


def test_everything_is_heard_by_who_listens_all_the_time() -> None:
    items: list[Item] = [Progress("prefill", 1, 2), Progress("prefill", 2, 2), draft(0), draft(1), FILL]

    async def scene() -> list[Item | None]:
        backlog = Backlog()
        taken: list[Item | None] = []
        for item in items:
            backlog.put(item)
            taken.append(await backlog.take())
        return taken

    assert asyncio.run(scene()) == items


def test_of_drafts_the_newest_is_heard() -> None:
    assert heard(draft(0), draft(1), draft(2)) == [draft(2)]


def test_the_end_of_each_stage_is_heard() -> None:
    loading, prefill = [[Progress(stage, done, 9) for done in range(10)] for stage in ("loading", "prefill")]
    assert heard(*loading, *prefill, draft(0)) == [loading[-1], prefill[-1], draft(0)]


@pytest.mark.parametrize("end", [FILL, SupersededError("a newer one came; wait for it")])
def test_the_end_is_heard_and_nothing_after_it(end: Item) -> None:
    assert heard(draft(0), end, draft(1), FILL, SupersededError("again; and again")) == [draft(0), end]


def test_it_never_holds_more_than_one_of_each_kind() -> None:
    random = Random(0)
    kinds: list[Item] = [draft(0), Progress("loading", 1, 2), Progress("prefill", 1, 2), Progress("denoising", 1, 2)]
    assert len(heard(*random.choices(kinds, k=10_000))) == len(kinds)


def test_who_waits_is_woken_by_news_and_by_the_close() -> None:
    async def scene() -> None:
        backlog = Backlog()
        waiting = asyncio.create_task(backlog.take())
        await asyncio.sleep(0)
        backlog.put(FILL)
        assert isinstance(await waiting, Fill)
        waiting = asyncio.create_task(backlog.take())
        await asyncio.sleep(0)
        backlog.close()
        assert await waiting is None

    asyncio.run(scene())
