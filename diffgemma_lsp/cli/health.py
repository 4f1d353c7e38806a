"""The status of an engine as lines for people."""

from __future__ import annotations

from diffgemma_lsp.engine.client.facts import ModelFacts
from diffgemma_lsp.engine.client.status import EngineState, EngineStatus


def health_lines(status: EngineStatus) -> list[str]:
    """Return a line for each thing that is worth knowing."""
    queue = f"{status.waiting} waiting, {'one is being filled' if status.is_filling else 'none is being filled'}"
    rows = {
        "state": _state(status.state),
        "model": f"{status.model} ({status.engine})" if status.model else status.engine,
        "profile": "not known yet" if status.facts is None else _profile(status.facts),
        "device": status.device or "none, the model is not in memory",
        "weights": status.weights,
        "memory": _memory(status),
        "uptime": _duration(status.uptime_seconds),
        "queue": queue,
        "process": f"{status.pid}, version {status.version}",
        "log": status.log,
        "sends": _sends(status.facts),
        "note": status.note,
    }
    return [f"{name:<8} {value}" for name, value in rows.items() if value]


def _state(state: EngineState) -> str:
    if state.name == "loading" and state.total:
        return f"loading, {100 * state.done // state.total} %"
    return f"failed: {state.reason}" if state.name == "failed" else state.name


def _sends(facts: ModelFacts | None) -> str:
    return "" if facts is None or not facts.sends_to else f"the text around holes to {facts.sends_to}"


def _profile(facts: ModelFacts) -> str:
    bounds = {"prompt tokens": facts.prompt_tokens, "canvas tokens": facts.canvas_tokens, "steps": facts.steps}
    limits = ", ".join(f"{count} {name}" for name, count in bounds.items() if count)
    obeys = "follows instructions" if facts.follows_instructions else "refills, follows no instructions"
    return f"{obeys}; at most {limits}" if limits else obeys


def _memory(status: EngineStatus) -> str:
    own = f"{status.memory_bytes / 1e6:.0f} MB"
    return f"{own}, and {status.device_bytes / 1e6:.0f} MB on the device" if status.device_bytes else own


def _duration(seconds: float) -> str:
    minutes = int(seconds) // 60
    if minutes < 1:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
