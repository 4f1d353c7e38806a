"""The losses of a run, drawn in the terminal."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from uniplot import plot_to_string

from diffgemma_lsp.errors import InputError
from diffgemma_lsp.training.journal import log_path

_LINE = re.compile(r"tokens (?P<tokens>[\d.]+)M .* next (?P<next>[\d.]+)(?: slots (?P<slots>[\d.]+))?$")
_NAMES = {"next": "next token", "slots": "canvas slots"}
_WIDTH, _HEIGHT = 70, 16


def plot(state: Path) -> str:
    """Return the training losses of the log in a state folder over the tokens seen, in nats, as lines of text.

    Raises InputError where there is no log, or where it is too short to draw.
    """
    path = log_path(state)
    if not path.exists():
        raise InputError(f"{path} is missing: train first, or name another folder by --state")
    points = [
        found.groupdict() for line in path.read_text(encoding="utf-8").splitlines() if (found := _LINE.search(line))
    ]
    curves = {
        label: [(float(point["tokens"]), float(point[name])) for point in points if point[name] is not None]
        for name, label in _NAMES.items()
    }
    drawn = {label: curve for label, curve in curves.items() if len(curve) > 1}
    if not drawn:
        raise InputError(f"{path} has too few lines to draw yet, one is written every half a minute: train on")
    return draw(drawn, "losses in nats, by tokens and slots seen", " M")


def draw(curves: Mapping[str, Sequence[tuple[float, float]]], title: str, unit: str = "") -> str:
    """Return curves of points with their names as lines of text; `unit` follows the numbers below them."""
    drawing = plot_to_string(
        xs=[[x for x, _ in curve] for curve in curves.values()],
        ys=[[y for _, y in curve] for curve in curves.values()],
        legend_labels=list(curves),
        title=title,
        x_unit=unit,
        lines=True,
        color=False,
        width=_WIDTH,
        height=_HEIGHT,
    )
    return f"{drawing}\n"
