"""What a client posts: a task, how urgent it is, and who asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from diffgemma_lsp.fill import FillTask
from diffgemma_lsp.fill.plain import Plain
from diffgemma_lsp.fill.wire import task_from_plain, task_to_plain

JobKind = Literal["explicit", "automatic", "ahead"]
_KINDS: Mapping[str, JobKind] = {kind: kind for kind in get_args(JobKind)}


@dataclass(frozen=True, slots=True)
class FillRequest:
    """A task that somebody asked for (explicit), that an editor guesses to be wanted (automatic), or may want (ahead).

    What is ahead is filled only while the engine has nothing else to do, and superseded by anything that comes.
    `client_id` names the window or the command that asks; turns are shared between clients.
    """

    task: FillTask
    kind: JobKind
    client_id: str


def request_to_plain(request: FillRequest) -> dict[str, Any]:
    """Return a request as an object."""
    return {"kind": request.kind, "client_id": request.client_id, "task": task_to_plain(request.task)}


def request_from_plain(value: object) -> FillRequest:
    """Return the request that `value` describes. Raises InputError, naming the key that is wrong."""
    fields = Plain(value, "request").fields(("kind", "client_id", "task"))
    kind = fields["kind"].text()
    if kind not in _KINDS:
        raise fields["kind"].wrong(f"one of {', '.join(_KINDS)}")
    return FillRequest(task_from_plain(fields["task"].value), _KINDS[kind], fields["client_id"].text())
