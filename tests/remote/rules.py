"""What vLLM refuses of a request for a diffusion model: the rules of its `SamplingParams.verify` and `utils.diffusion`.

`test_vllm_itself.py` holds them to the package where that is installed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

NOT_SUPPORTED = ("temperature", "min_p", "seed", "min_tokens", "logit_bias", "bad_words", "allowed_token_ids")
_NEUTRAL = {"temperature": 1.0, "min_p": 0.0, "min_tokens": 0}


def why_refused(body: dict[str, Any], canvas_length: int, vocabulary: int) -> str | None:
    """Return the sentence with which a request is refused, None where it is not."""
    for name in NOT_SUPPORTED:
        if body.get(name) not in (None, _NEUTRAL.get(name)):
            return f"The {name} sampling parameter is not yet supported with diffusion models."
    if body.get("structured_outputs") or body.get("response_format"):
        return "Structured outputs are not yet supported for diffusion language models."
    return _why_arguments(body.get("vllm_xargs") or {}, canvas_length, vocabulary)


def _why_arguments(given: dict[str, Any], canvas_length: int, vocabulary: int) -> str | None:
    width, seed, pins = (given.get(f"diffusion_{name}") for name in ("canvas_length", "seed_canvas", "pinned"))
    expected = width or canvas_length
    cap, read_only = given.get("diffusion_max_steps"), given.get("diffusion_read_only")
    # In the order in which vLLM looks, each only where those above hold.
    rules: tuple[tuple[Callable[[], bool], str], ...] = (
        (
            lambda: width is None or (_is_whole(width) and 0 < width <= canvas_length),
            "diffusion_canvas_length must be a positive integer no larger than the served canvas.",
        ),
        (lambda: seed is None or _are_whole(seed), "diffusion_seed_canvas must be a list of token ids."),
        (
            lambda: all(0 <= id_ < vocabulary for id_ in seed or ()),
            f"diffusion_seed_canvas ids must be in [0, {vocabulary}).",
        ),
        (lambda: seed is None or len(seed) == expected, f"diffusion_seed_canvas must hold exactly {expected} ids"),
        (lambda: pins is None or _are_whole(pins), "diffusion_pinned must be a list of canvas positions."),
        (lambda: pins is None or seed is not None, "diffusion_pinned needs a diffusion_seed_canvas to hold."),
        (
            lambda: all(0 <= pin < expected for pin in pins or ()),
            "diffusion_pinned positions must lie inside the canvas.",
        ),
        (lambda: cap is None or (_is_whole(cap) and cap > 0), "diffusion_max_steps must be a positive integer."),
        (
            lambda: read_only is None or (isinstance(read_only, int) and read_only in (0, 1)),
            "diffusion_read_only must be a boolean (or 0/1).",
        ),
    )
    return next((message for holds, message in rules if not holds()), None)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _are_whole(values: Any) -> bool:
    return isinstance(values, list) and all(map(_is_whole, values))
