"""Two curves against training, as a small SVG: the share of puzzles solved, and the steps that they took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Points = Sequence[tuple[float, float]]

WIDTH, HEIGHT = 640, 220
LEFT, RIGHT, TOP, BOTTOM = 48, 130, 28, 34
COLORS = ("#1a7f37", "#0969da", "#bf8700", "#bc4c00", "#cf222e", "#24292f", "#8c959f")


@dataclass(frozen=True, slots=True)
class Chart:
    """Curves by name over one axis; `highest` is where the vertical axis ends, `unit` follows its numbers."""

    title: str
    curves: Mapping[str, Points]
    highest: float
    unit: str = ""


def draw(charts: Sequence[Chart], across: str) -> str:
    """Return the charts one below the other as SVG; `across` says what the horizontal axis counts."""
    most = max((x for chart in charts for points in chart.curves.values() for x, _ in points), default=1.0) or 1.0
    parts = [_chart(chart, index * HEIGHT, most) for index, chart in enumerate(charts)]
    total = HEIGHT * len(charts) + 16
    foot = _text(WIDTH / 2, total - 6, across, "middle")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {total}" font-family="sans-serif"'
        f' font-size="11" fill="#57606a">\n<rect width="{WIDTH}" height="{total}" fill="#ffffff"/>\n'
        + "\n".join([*parts, foot])
        + "\n</svg>\n"
    )


def _chart(chart: Chart, top: float, most: float) -> str:
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    floor = top + TOP + high

    def place(point: tuple[float, float]) -> str:
        x, y = point
        return f"{LEFT + wide * x / most:.1f},{floor - high * min(y / chart.highest, 1):.1f}"

    lines = [_text(LEFT, top + 18, chart.title, "start")]
    for quarter in range(5):
        y = floor - high * quarter / 4
        lines.append(f'<path d="M{LEFT} {y:.1f}h{wide}" stroke="#d8dee4"/>')
        lines.append(_text(LEFT - 6, y + 4, f"{chart.highest * quarter / 4:g}{chart.unit}", "end"))
        lines.append(_text(LEFT + wide * quarter / 4, floor + 16, f"{most * quarter / 4:.3g}", "middle"))
    for index, (name, points) in enumerate(chart.curves.items()):
        color = COLORS[index % len(COLORS)]
        lines.append(
            f'<polyline points="{" ".join(map(place, points))}" fill="none" stroke="{color}" stroke-width="2"/>'
        )
        y = top + TOP + 10 + 15 * index
        lines.append(f'<path d="M{WIDTH - RIGHT + 10} {y - 4}h14" stroke="{color}" stroke-width="2"/>')
        lines.append(_text(WIDTH - RIGHT + 28, y, name, "start"))
    return "\n".join(lines)


def _text(x: float, y: float, text: str, anchor: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escaped}</text>'
