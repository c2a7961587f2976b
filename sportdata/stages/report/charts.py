"""Charts as inline SVG, drawn for a width of 360 so that their words can still be read on a phone. All texts are escaped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sportdata.stages.report.typography import escape

WIDTH = 360
_ROW, _LABEL = 34, 13
_PLOT_TOP, _PLOT_HEIGHT = 16, 150
_GLYPH = 6  # about the width of a small bold digit


class Bar(NamedTuple):
    """`shown` is the value in words; `is_marked` sets it apart."""

    label: str
    value: float
    shown: str
    is_marked: bool = False


def bars(key: str, title: str, description: str, drawn: Sequence[Bar]) -> str:
    """One bar a line, its label above it."""
    greatest = max((bar.value for bar in drawn), default=0) or 1
    parts = []
    for number, bar in enumerate(drawn):
        top = number * _ROW
        width = max(1.0, bar.value / greatest * WIDTH)
        parts.append(
            f'<text x="0" y="{top + _LABEL}">{escape(_short(bar.label, 30))}</text>'
            f'<text class="valeur" x="{WIDTH}" y="{top + _LABEL}" text-anchor="end">{escape(bar.shown)}</text>'
            f'<rect class="fond" x="0" y="{top + 18}" width="{WIDTH}" height="9" rx="2"/>'
            f'<rect class="{_class(bar)}" x="0" y="{top + 18}" width="{width:.1f}" height="9" rx="2"/>'
        )
    return _svg(key, title, description, len(drawn) * _ROW, "".join(parts))


def columns(key: str, title: str, description: str, drawn: Sequence[Bar]) -> str:
    """One column a value, its label below, its value above."""
    greatest = max((bar.value for bar in drawn), default=0) or 1
    step = WIDTH / max(len(drawn), 1)
    base = _PLOT_TOP + _PLOT_HEIGHT
    parts = [f'<line class="axe" x1="0" x2="{WIDTH}" y1="{base}" y2="{base}"/>']
    for number, bar in enumerate(drawn):
        height, middle = max(1.0, bar.value / greatest * (_PLOT_HEIGHT - 8)), (number + 0.5) * step
        parts.append(
            f'<rect class="{_class(bar)}" x="{middle - step * 0.36:.1f}" y="{base - height:.1f}" width="{step * 0.72:.1f}" '
            f'height="{height:.1f}" rx="2"/>'
            f'<text class="valeur petit" x="{middle:.1f}" y="{base - height - 4:.1f}" text-anchor="middle"{_fitted(bar.shown, step - 3)}>'
            f"{escape(bar.shown)}</text>"
            f'<text class="petit" x="{middle:.1f}" y="{base + 16}" text-anchor="middle">{escape(bar.label)}</text>'
        )
    return _svg(key, title, description, base + 24, "".join(parts))


class Curve(NamedTuple):
    """Values at even steps; `low` and `high` are the words beside the bottom and the top of the axis."""

    values: Sequence[float]
    low: str
    high: str
    first: str
    last: str


def curve(key: str, title: str, description: str, drawn: Curve) -> str:
    """A line over time. The axis reaches from 0 to the greatest value."""
    greatest = max(drawn.values, default=0) or 1
    base = _PLOT_TOP + _PLOT_HEIGHT
    step = WIDTH / max(len(drawn.values) - 1, 1)
    points = [(number * step, base - value / greatest * (_PLOT_HEIGHT - 8)) for number, value in enumerate(drawn.values)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    area = f"0,{base} {line} {WIDTH},{base}"
    body = (
        f'<line class="grille" x1="0" x2="{WIDTH}" y1="{_PLOT_TOP + 8}" y2="{_PLOT_TOP + 8}"/>'
        f'<line class="axe" x1="0" x2="{WIDTH}" y1="{base}" y2="{base}"/>'
        f'<polygon class="aire" points="{area}"/><polyline class="courbe" points="{line}"/>'
        f'<text class="valeur" x="0" y="{_PLOT_TOP}">{escape(drawn.high)}</text>'
        f'<text x="0" y="{base + 16}">{escape(drawn.first)}</text>'
        f'<text x="{WIDTH}" y="{base + 16}" text-anchor="end">{escape(drawn.last)}</text>'
        f'<text x="{WIDTH}" y="{base - 4}" text-anchor="end">{escape(drawn.low)}</text>'
    )
    return _svg(key, title, description, base + 24, body)


def _svg(key: str, title: str, description: str, height: float, body: str) -> str:
    return (
        f'<svg role="img" viewBox="0 0 {WIDTH} {height:.0f}" aria-labelledby="{key}-titre {key}-desc">'
        f'<title id="{key}-titre">{escape(title)}</title><desc id="{key}-desc">{escape(description)}</desc>{body}</svg>'
    )


def _fitted(text: str, width: float) -> str:
    """Narrower glyphs for a text that would reach into its neighbour."""
    return f' textLength="{width:.1f}" lengthAdjust="spacingAndGlyphs"' if len(text) * _GLYPH > width else ""


def _class(bar: Bar) -> str:
    return "barre marquee" if bar.is_marked else "barre"


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
