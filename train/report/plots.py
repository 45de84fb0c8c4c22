"""Charts as inline SVG and heatmaps as small PNGs, which the page's stylesheet colours for light and dark.

Drawn here rather than by a plotting library, so that their text stays text, sharp and large enough on a phone.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np
from PIL import Image

INK = (29, 43, 112)
WIDTH, HEIGHT = 360, 236  # of a chart, in CSS pixels at its natural size
LEFT, TOP, RIGHT, BOTTOM = 42, 26, 344, 198  # of the space that its axes span
CHARACTER = 5.9  # pixels, about, of the text in a chart


@dataclass(frozen=True)
class Axis:
    """What is measured along it, from where to where, and how its numbers are written ("d" for whole ones)."""

    label: str
    low: float
    high: float
    form: str = ".0%"

    def ticks(self) -> list[float]:
        """Round numbers along the axis: four or so."""
        span = (self.high - self.low) or 1.0
        power = 10.0 ** math.floor(math.log10(span / 4))
        step = min((power * m for m in (1, 2, 5, 10)), key=lambda step: abs(span / step - 4.5))
        if self.form == "d":
            step = max(1.0, round(step))
        first, last = math.ceil(self.low / step - 1e-6), math.floor(self.high / step + 1e-6)
        return [number * step for number in range(first, last + 1)]

    def share(self, value: float) -> float:
        """Where a value stands on the axis, 0 to 1; beyond that where the axis doesn't reach it."""
        return (value - self.low) / ((self.high - self.low) or 1.0)

    def text(self, value: float) -> str:
        return format(round(value) if self.form == "d" else value, self.form)


class Chart:
    """Axes and what is drawn on them. `kind` is always a class that the stylesheet gives a colour."""

    def __init__(self, title: str, x: Axis, y: Axis) -> None:
        self.title, self.x, self.y = title, x, y
        self.shapes: list[str] = []
        self.legend: list[tuple[str, str]] = []

    def line(self, xs: Sequence[float], ys: Sequence[float], kind: str, label: str = "") -> "Chart":
        points = " ".join(f"{self._across(x):.1f},{self._up(y):.1f}" for x, y in zip(xs, ys, strict=True))
        # an inner picture cuts off what lies outside of the axes
        box = f"{LEFT} {TOP - 2} {RIGHT - LEFT} {BOTTOM - TOP + 2}"
        place = 'x="{}" y="{}" width="{}" height="{}"'.format(*box.split())
        self.shapes.append(f'<svg {place} viewBox="{box}"><polyline class="line {kind}" points="{points}"/></svg>')
        return self._name(label, kind)

    def dots(self, xs: Sequence[float], ys: Sequence[float], shares: Sequence[float], kind: str) -> "Chart":
        """Dots whose areas grow with their share of what there is."""
        for x, y, share in zip(xs, ys, shares, strict=True):
            place = f'cx="{self._across(x):.1f}" cy="{self._up(y):.1f}" r="{1.5 + 9 * math.sqrt(share):.1f}"'
            self.shapes.append(f'<circle class="dot {kind}" {place}/>')
        return self

    def rule(self, x: float, label: str) -> "Chart":
        """An upright, dashed line."""
        self.shapes.append(f'<path class="rule" d="M{self._across(x):.1f} {TOP}V{BOTTOM}"/>')
        return self._name(label, "rule")

    def svg(self) -> str:
        """The chart as HTML."""
        label = escape(f"{self.title}: {self.y.label} by {self.x.label}")
        parts = [f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">']
        for value in self.y.ticks():
            up = self._up(value)
            parts.append(f'<path class="grid" d="M{LEFT} {up:.1f}H{RIGHT}"/>')
            parts.append(_text(LEFT - 6, up + 4, self.y.text(value), "end"))
        parts += [_text(self._across(value), BOTTOM + 15, self.x.text(value), "middle") for value in self.x.ticks()]
        parts.append(f'<path class="axis" d="M{LEFT} {BOTTOM}H{RIGHT}"/>')
        parts.append(_text((LEFT + RIGHT) / 2, HEIGHT - 6, self.x.label, "middle"))
        at = float(LEFT)
        for name, kind in self.legend:
            parts.append(f'<path class="line {kind}" d="M{at:.0f} 10h14"/>')
            parts.append(_text(at + 19, 14, name, "start"))
            at += 19 + len(name) * CHARACTER + 14
        return "\n".join([*parts, *self.shapes, "</svg>"])

    def _across(self, x: float) -> float:
        return LEFT + self.x.share(x) * (RIGHT - LEFT)

    def _up(self, y: float) -> float:
        return BOTTOM - self.y.share(y) * (BOTTOM - TOP)

    def _name(self, label: str, kind: str) -> "Chart":
        if label:
            self.legend.append((label, kind))
        return self


def matrix(shares: np.ndarray, labels: Sequence[str], image: str, title: str) -> str:
    """The picture file `image`, with a pixel for each cell of `shares` (K, K), between the names of rows and columns.

    Where cells are large enough, each says its share in percent.
    """
    small = len(labels) <= 20
    cell, size = (30, 11) if small else (9, 8)
    margin = round(max(map(len, labels)) * size * 0.56 + 8)
    side = cell * len(labels)
    total = margin + side
    parts = [
        f'<svg class="matrix{" small" if small else ""}" viewBox="0 0 {total} {total}" width="{total}" height="{total}"'
        f' role="img" aria-label="{escape(title)}" font-size="{size}">',
        f'<rect class="paper" x="{margin}" y="{margin}" width="{side}" height="{side}"/>',
        f'<image href="{image}" x="{margin}" y="{margin}" width="{side}" height="{side}"/>',
    ]
    for number, label in enumerate(labels):
        at = margin + (number + 0.5) * cell
        parts.append(_text(margin - 4, at + size * 0.35, label, "end"))
        parts.append(_text(0, 0, label, "start", f"translate({at + size * 0.35:.1f} {margin - 4}) rotate(-90)"))
    if small:
        for row, column in np.argwhere(shares >= 0.005):
            share = shares[row, column]
            x, y = margin + (column + 0.5) * cell, margin + (row + 0.5) * cell + 4
            parts.append(_text(x, y, f"{share * 100:.0f}", "middle", kind="on-ink" if share > 0.25 else "on-paper"))
    return "\n".join([*parts, "</svg>"])


def bar(share: float) -> str:
    """A bar that is full at 1."""
    return f'<svg class="bar" aria-hidden="true"><rect width="{share:.1%}" height="100%"/></svg>'


def write_ink(file: Path, amounts: np.ndarray) -> None:
    """Amounts (height, width) of 0 to 1 as a PNG: ink of one colour, more or less of it, on nothing."""
    picture = Image.fromarray((amounts * 255).round().astype(np.uint8))
    picture.putpalette(INK * 256)
    picture.save(file, transparency=bytes(range(256)), optimize=True)


def _text(x: float, y: float, text: str, anchor: str, transform: str = "", kind: str = "") -> str:
    place = f'transform="{transform}"' if transform else f'x="{x:.1f}" y="{y:.1f}"'
    named = f' class="{kind}"' if kind else ""
    return f'<text{named} {place} text-anchor="{anchor}">{escape(text)}</text>'
