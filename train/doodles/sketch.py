"""A hand that draws: straight paths, curves, loops, dots and scribbles, each a little off, as people's are.

Doodles are composed in any units, x to the right and y down; they leave in the form of Google's simplified drawings.
"""

import math
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

Point = tuple[float, float]
Drawing = list[list[list[int]]]  # strokes [[x, ...], [y, ...]], whole numbers, 0 to 255
Choice = TypeVar("Choice")

STEPS = 4  # pieces that an edge is drawn in, so that it can bend


def mirrored(*half: Point) -> list[Point]:
    """The points of the left side or the right, then those of the other on the way back."""
    return [*half, *((-x, y) for x, y in reversed(half))]


def at(turns: float, radius: float) -> Point:
    """A point around the origin; 0 turns is to the right, 0.25 down."""
    return radius * math.cos(2 * math.pi * turns), radius * math.sin(2 * math.pi * turns)


class Sketch:
    """The strokes so far, the random numbers that vary them, and how careless this hand is."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.strokes: list[np.ndarray] = []  # (n, 2) float64 each
        self.careless = float(rng.lognormal(-0.2, 0.5))  # 1 is usual

    def chance(self, probability: float) -> bool:
        return bool(self.rng.random() < probability)

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * float(self.rng.random())

    def whole(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return int(self.rng.integers(low, high + 1))

    def one_of(self, *choices: Choice) -> Choice:
        return choices[self.whole(0, len(choices) - 1)]

    def path(self, *points: Point, closed: bool = False) -> None:
        """A stroke with corners at the points."""
        corners = np.array([*points, points[0]] if closed else points, float)
        at = np.arange((len(corners) - 1) * STEPS + 1) / STEPS
        knots = np.arange(len(corners))
        self.strokes.append(
            np.stack([np.interp(at, knots, corners[:, 0]), np.interp(at, knots, corners[:, 1])], axis=1)
        )

    def curve(self, *points: Point, closed: bool = False) -> None:
        """A smooth stroke through the points (a Catmull-Rom spline)."""
        p = np.array(points, float)
        p = np.concatenate([p[-1:], p, p[:2]] if closed else [2 * p[:1] - p[1:2], p, 2 * p[-1:] - p[-2:-1]])
        t = (np.arange(STEPS) / STEPS)[None, :, None]
        a, b, c, d = p[:-3, None], p[1:-2, None], p[2:-1, None], p[3:, None]
        spline = b + t / 2 * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))  # (pieces, STEPS, 2)
        self.strokes.append(np.concatenate([spline.reshape(-1, 2), p[-2:-1]]))

    def arc(self, x: float, y: float, rx: float, ry: float, start: float, turn: float) -> None:
        """A part of an ellipse; angles in turns, 0 to the right, 0.25 down."""
        angle = 2 * math.pi * np.linspace(start, start + turn, max(4, round(16 * abs(turn)) + 1))
        self.strokes.append(np.stack([x + rx * np.cos(angle), y + ry * np.sin(angle)], axis=1))

    def loop(self, x: float, y: float, rx: float, ry: float | None = None) -> None:
        """A round outline as it is drawn in one go: not quite an ellipse, not quite closed."""
        ry = rx if ry is None else ry
        turn = self.one_of(-1, 1) * (1 + 0.05 * self.careless * self.between(-1, 1.4))
        self.arc(x, y, rx, ry, self.one_of(0.75, 0.75, self.between(0, 1)), turn)
        stroke, middle = self.strokes[-1], np.array((x, y))
        angle = np.arctan2(stroke[:, 1] - y, stroke[:, 0] - x)
        swell = sum(
            self.between(-0.09, 0.09) * self.careless**0.5 * np.sin(n * angle + self.between(0, 6.3)) for n in (2, 3)
        )
        stroke += (stroke - middle) * np.asarray(swell)[:, None]

    def dot(self, x: float, y: float, size: float = 0.03) -> None:
        """A touch of the pen, or a very small ring."""
        if self.chance(0.4):
            self.loop(x, y, size)
        else:
            self.path((x, y), (x + self.between(-size, size), y + self.between(-size, size)))

    def scribble(self, x: float, y: float, rx: float, ry: float) -> None:
        """An ellipse filled by going to and fro."""
        lines = self.whole(6, 12)
        heights = np.linspace(-0.95, 0.95, lines)
        reach = np.sqrt(1 - heights**2) * np.where(np.arange(lines) % 2, 1, -1)
        slant = self.between(-0.3, 0.3)
        self.path(*zip(x + rx * (reach + slant * heights), y + ry * heights, strict=True))

    def box(self, left: float, right: float, top: float, bottom: float) -> None:
        """A rectangle in one stroke, or in two or four."""
        match self.whole(0, 5):
            case 0:
                self.path((left, top), (left, bottom), (right, bottom))
                self.path((left, top), (right, top), (right, bottom))
            case 1:
                self.fan([(left, top), (right, top)], [(left, bottom), (right, bottom)])
                self.fan([(left, top), (left, bottom)], [(right, top), (right, bottom)])
            case 2:
                self.path((right, top), (left, top), (left, bottom), (right, bottom), closed=True)
            case _:
                self.path((left, top), (left, bottom), (right, bottom), (right, top), closed=True)

    def fan(self, starts: Sequence[Point], ends: Sequence[Point], bend: float = 0.0) -> None:
        """Strokes side by side, such as lashes or legs; `bend` moves their middles sideways, in their own lengths."""
        for (x, y), (u, v) in zip(starts, ends, strict=True):
            if bend:
                self.curve((x, y), ((x + u) / 2 + bend * (v - y), (y + v) / 2 - bend * (u - x)), (u, v))
            else:
                self.path((x, y), (u, v))

    def turn(self, turns: float, first: int = 0) -> None:
        """Rotate the strokes from number `first` on about the origin, clockwise."""
        cos, sin = math.cos(2 * math.pi * turns), math.sin(2 * math.pi * turns)
        self.strokes[first:] = [stroke @ np.array(((cos, sin), (-sin, cos))) for stroke in self.strokes[first:]]

    def scale(self, x: float, y: float) -> None:
        """Stretch all strokes; a negative number mirrors."""
        self.strokes = [stroke * (x, y) for stroke in self.strokes]

    def finish(self) -> Drawing:
        """The drawing as this hand made it, at times without its last strokes."""
        if len(self.strokes) > 4 and self.chance(0.1):
            del self.strokes[-self.whole(1, len(self.strokes) // 4) :]
        lengths = [len(stroke) for stroke in self.strokes]
        stroke = np.repeat(np.arange(len(lengths)), lengths)  # of each point
        points = np.concatenate(self.strokes)
        points = (points - points.min(axis=0)) / np.ptp(points, axis=0).max() - 0.5
        points = self._bend(self._misplace(points, stroke) + self._shake(points, stroke))
        points -= points.min(axis=0)
        whole = np.rint(points * (255 / points.max())).astype(int)
        return [piece.T.tolist() for piece in np.split(whole, np.cumsum(lengths[:-1]))]

    def _misplace(self, points: np.ndarray, stroke: np.ndarray) -> np.ndarray:
        """Each stroke a little beside its place, and too long or too short to meet the others."""
        count = int(stroke[-1]) + 1
        shift = 0.011 * self.careless * self.rng.standard_normal((count, 2))
        size = 1 + 0.025 * self.careless * self.rng.standard_normal((count, 2))
        middle = np.stack([np.bincount(stroke, axis) for axis in points.T], axis=1) / np.bincount(stroke)[:, None]
        moved: np.ndarray = (middle + shift)[stroke] + (points - middle[stroke]) * size[stroke]
        return moved

    def _shake(self, points: np.ndarray, stroke: np.ndarray) -> np.ndarray:
        """How far an unsteady hand leaves the way at each point: slow waves, quick ones and chance."""
        way = np.cumsum(np.hypot(*np.diff(points, axis=0, prepend=points[:1]).T))[:, None]
        phase = self.rng.uniform(0, 2 * math.pi, (int(stroke[-1]) + 1, 4))[stroke]
        waves = 0.010 * np.sin(9 * way + phase[:, :2]) + 0.006 * np.sin(23 * way + phase[:, 2:])
        shaken: np.ndarray = self.careless * (waves + 0.003 * self.rng.standard_normal(points.shape))
        return shaken

    def _bend(self, points: np.ndarray) -> np.ndarray:
        """The whole drawing a little sheared, bent and stretched."""
        shear, bend = 0.06 * self.careless * self.rng.standard_normal(2), 0.12 * self.rng.standard_normal((2, 2))
        x, y = points.T
        bent = np.stack(
            [x + shear[0] * y + bend[0] @ (x * y, y * y), y + shear[1] * x + bend[1] @ (x * y, x * x)], axis=1
        )
        return bent * np.exp(0.08 * self.rng.standard_normal(2))
