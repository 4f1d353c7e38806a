"""What an engine says about itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from diffgemma_lsp.engine.client.facts import ModelFacts
from diffgemma_lsp.fill.plain import Plain

StateName = Literal["loading", "ready", "failed", "unloaded"]
_STATES: Mapping[str, StateName] = {state: state for state in get_args(StateName)}


@dataclass(frozen=True, slots=True)
class EngineState:
    """Whether the model is there: `done` of `total` parts while loading, the `reason` when that failed."""

    name: StateName
    done: int = 0
    total: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """An engine at one moment.

    `model` names the checkpoint as it was asked for; `facts` is None before anything is known of it. `note` is what a
    user should know of whoever fills, empty where there is nothing. `weights` says in which scheme those in memory are
    kept, and why, empty where there are none. `memory_bytes` is what the process holds in main memory, `device_bytes`
    what it holds on an accelerator; both are 0 where the system does not tell. `waiting` counts the tasks in the queue,
    `is_filling` says whether another is being filled.
    """

    state: EngineState
    version: str
    pid: int
    engine: str
    model: str
    facts: ModelFacts | None
    note: str
    device: str
    weights: str
    memory_bytes: int
    device_bytes: int
    uptime_seconds: float
    waiting: int
    is_filling: bool
    log: str


def status_to_plain(status: EngineStatus) -> dict[str, Any]:
    """Return a status as an object."""
    return asdict(status)


def status_from_plain(value: object) -> EngineStatus:
    """Return the status that `value` describes. Raises InputError, naming the key that is wrong."""
    fields = Plain(value, "status").fields(EngineStatus.__slots__)
    state = fields["state"].fields(EngineState.__slots__)
    name = state["name"].text()
    if name not in _STATES:
        raise state["name"].wrong(f"one of {', '.join(_STATES)}")
    return EngineStatus(
        state=EngineState(_STATES[name], state["done"].whole(), state["total"].whole(), state["reason"].text()),
        version=fields["version"].text(),
        pid=fields["pid"].whole(),
        engine=fields["engine"].text(),
        model=fields["model"].text(),
        facts=None if fields["facts"].is_null() else _facts(fields["facts"]),
        note=fields["note"].text(),
        device=fields["device"].text(),
        weights=fields["weights"].text(),
        memory_bytes=fields["memory_bytes"].whole(),
        device_bytes=fields["device_bytes"].whole(),
        uptime_seconds=fields["uptime_seconds"].number(),
        waiting=fields["waiting"].whole(),
        is_filling=fields["is_filling"].flag(),
        log=fields["log"].text(),
    )


def _facts(facts: Plain) -> ModelFacts:
    fields = facts.fields(ModelFacts.__slots__)
    return ModelFacts(
        name=fields["name"].text(),
        follows_instructions=fields["follows_instructions"].flag(),
        prompt_tokens=fields["prompt_tokens"].whole(),
        canvas_tokens=fields["canvas_tokens"].whole(),
        steps=fields["steps"].whole(),
        sends_to=fields["sends_to"].text(),
    )
