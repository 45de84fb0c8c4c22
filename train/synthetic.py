"""Built-in doodles of ten categories, so that everything can be tried without a network: templates, varied by chance.

Each template is a few strokes in units of its own, x to the right and y down; train/augment.py varies them strongly.
"""

import math
import random
from collections.abc import Callable

import numpy as np

from doodle.raster import Strokes
from train.augment import StrokeAugmentation

Point = tuple[float, float]
Stroke = list[Point]
Drawing = list[list[list[int]]]  # strokes [[x, ...], [y, ...]], integers, 0 to 255

HAND = StrokeAugmentation(rotation=5, shear=0.1, aspect=0.2, bend=0.15, shift=0.02, resize=0.06, tremor=0.006, flip=0.2)


def doodles(category: str, count: int, seed: int = 0) -> list[Drawing]:
    """The first `count` doodles of a category under a seed, in the form of Google's simplified drawings."""
    chance, rng = random.Random(f"{category} {seed}"), np.random.default_rng([seed, *category.encode()])
    return [_finish(CATEGORIES[category](chance), rng) for _ in range(count)]


def _finish(strokes: list[Stroke], rng: np.random.Generator) -> Drawing:
    points = np.array([point for stroke in strokes for point in stroke], float).T
    lengths = np.array([len(stroke) for stroke in strokes])
    varied = HAND(Strokes(points, lengths, np.array([len(strokes)])), rng)
    placed = varied.points - varied.points.min(axis=1, keepdims=True)
    placed = np.rint(placed * (255 / placed.max())).astype(int)
    return [piece.tolist() for piece in np.split(placed, np.cumsum(varied.lengths[:-1]), axis=1)]


def _arc(x: float, y: float, rx: float, ry: float, start: float = 0.75, turn: float = 1.03) -> Stroke:
    """A part of an ellipse; angles in turns, 0 to the right, 0.25 down."""
    steps = max(4, round(16 * abs(turn)))
    angles = [2 * math.pi * (start + turn * n / steps) for n in range(steps + 1)]
    return [(x + rx * math.cos(angle), y + ry * math.sin(angle)) for angle in angles]


def _box(left: float, top: float, right: float, bottom: float) -> Stroke:
    return [(left, top), (left, bottom), (right, bottom), (right, top), (left, top)]


def _cannon(chance: random.Random) -> list[Stroke]:
    back, front, wheel = chance.uniform(0.2, 0.4), chance.uniform(0.15, 0.3), chance.uniform(0.3, 0.5)
    barrel = [
        (1.0, -front - 0.4),
        (-1.0, -back),
        (-1.15, 0.05),
        (-0.95, back),
        (1.05, front - 0.4),
        (1.0, -front - 0.4),
    ]
    ball = [_arc(1.5, -0.5, 0.18, 0.18)] if chance.random() < 0.4 else []
    return [barrel, _arc(-0.4, back + 0.15, wheel, wheel), _arc(-0.4, back + 0.15, 0.08, 0.08), *ball]


def _eye(chance: random.Random) -> list[Stroke]:
    height, iris = chance.uniform(0.4, 0.65), chance.uniform(0.28, 0.42)
    lids = _arc(0, 0.15, 1, height + 0.15, 0.5, 0.5)[:-1] + _arc(0, -0.15, 1, height + 0.15, 0, 0.5)
    lashes = [[(0.9 * x, -height - 0.05 + 0.3 * x * x), (1.2 * x, -height - 0.35)] for x in (-0.7, -0.35, 0, 0.35, 0.7)]
    return [lids, _arc(0, 0, iris, iris), _arc(0, 0, 0.12, 0.12), *(lashes if chance.random() < 0.6 else [])]


def _face(chance: random.Random) -> list[Stroke]:
    spread, mouth = chance.uniform(0.25, 0.45), chance.uniform(0.3, 0.55)
    eyes = [_arc(side * spread, -0.25, 0.1, chance.uniform(0.06, 0.16)) for side in (-1, 1)]
    nose = [[(0, -0.1), (0.1, 0.2), (-0.05, 0.2)]] if chance.random() < 0.6 else []
    return [_arc(0, 0, chance.uniform(0.75, 1), 1), *eyes, *nose, _arc(0, 0.3, mouth, 0.3, 0.48, -0.46)]


def _nail(chance: random.Random) -> list[Stroke]:
    width, head = chance.uniform(0.08, 0.16), chance.uniform(0.3, 0.45)
    shaft = [(-width, -0.9), (-width, 0.7), (0, 1.1), (width, 0.7), (width, -0.9)]
    top = _arc(0, -0.95, head, 0.12) if chance.random() < 0.5 else _box(-head, -1.05, head, -0.9)
    return [top, shaft]


def _pear(chance: random.Random) -> list[Stroke]:
    neck, belly = chance.uniform(0.25, 0.4), chance.uniform(0.65, 0.85)
    half = [(0.05, -0.9), (neck, -0.7), (neck + 0.08, -0.2), (belly, 0.3), (belly - 0.05, 0.8), (0.3, 1.05), (0, 1.05)]
    stem = [(0, -0.9), (chance.uniform(-0.1, 0.2), -1.3)]
    leaf = [[(0.05, -1.05), (0.4, -1.3), (0.6, -1.15), (0.05, -1.05)]] if chance.random() < 0.5 else []
    return [[*half, *((-x, y) for x, y in reversed(half))], stem, *leaf]


def _piano(chance: random.Random) -> list[Stroke]:
    keys, top = chance.randint(5, 9), chance.uniform(-0.7, -0.3)
    white = [[(-1 + 2 * n / keys, top), (-1 + 2 * n / keys, 0.6)] for n in range(1, keys)]
    black = [_box(-1.06 + 2 * n / keys, top, -0.94 + 2 * n / keys, 0.2) for n in range(1, keys) if n % 4 != 3]
    return [_box(-1, top, 1, 0.6), *white, *black]


def _radio(chance: random.Random) -> list[Stroke]:
    dial = chance.uniform(0.22, 0.35)
    antenna = [(chance.choice((-0.7, 0.7)), -0.5), (chance.uniform(-1, 1), -1.2)]
    lines = [[(-0.8, y), (-0.1, y)] for y in (-0.1, 0.1, 0.3)]
    speaker = lines if chance.random() < 0.4 else [_arc(-0.5, 0.1, 0.35, 0.35)]
    return [_box(-1, -0.5, 1, 0.6), *speaker, _arc(0.5, 0.15, dial, dial), _box(-0.1, -0.38, 0.8, -0.22), antenna]


def _spider(chance: random.Random) -> list[Stroke]:
    legs = []
    for side in (-1, 1):
        for n in range(4):
            y = -0.3 + 0.2 * n
            knee = (side * chance.uniform(0.6, 0.8), y - 0.35 + 0.2 * n)
            legs.append([(side * 0.3, y), knee, (side * chance.uniform(1, 1.3), y - 0.1 + 0.35 * n)])
    head = [_arc(0, -0.6, 0.22, 0.22)] if chance.random() < 0.6 else []
    return [_arc(0, 0, 0.38, chance.uniform(0.4, 0.55)), *head, *legs]


def _star(chance: random.Random) -> list[Stroke]:
    def at(turns: float, radius: float) -> Point:
        return radius * math.cos(2 * math.pi * turns), radius * math.sin(2 * math.pi * turns)

    if chance.random() < 0.65:
        return [[at(0.75 + 0.4 * n, chance.uniform(0.9, 1.1)) for n in range(6)]]
    inner = chance.uniform(0.35, 0.55)
    return [[at(0.75 + n / 10, inner if n % 2 else chance.uniform(0.9, 1.1)) for n in range(11)]]


def _sword(chance: random.Random) -> list[Stroke]:
    width, guard = chance.uniform(0.07, 0.13), chance.uniform(0.3, 0.45)
    blade = [(-width, 0.5), (-width, -0.9), (0, -1.2), (width, -0.9), (width, 0.5)]
    strokes = [blade, _box(-guard, 0.5, guard, 0.6), _box(-0.07, 0.6, 0.07, 1.0)]
    turn = chance.choice((0.0, 0.125, -0.125))
    cos, sin = math.cos(2 * math.pi * turn), math.sin(2 * math.pi * turn)
    return [[(x * cos - y * sin, x * sin + y * cos) for x, y in stroke] for stroke in strokes]


CATEGORIES: dict[str, Callable[[random.Random], list[Stroke]]] = {
    "cannon": _cannon,
    "eye": _eye,
    "face": _face,
    "nail": _nail,
    "pear": _pear,
    "piano": _piano,
    "radio": _radio,
    "spider": _spider,
    "star": _star,
    "sword": _sword,
}
