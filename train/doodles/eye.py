"""Eyes: lids, an iris between them, and at times lashes and a brow."""

import numpy as np

from train.doodles.sketch import Sketch


def draw(s: Sketch) -> None:
    up, down = s.between(0.25, 0.6), s.between(0.2, 0.55)
    match s.whole(0, 9):
        case 0 | 1 | 2:  # lids in two strokes
            s.curve((-1, 0), (-0.5, -0.8 * up), (0, -up), (0.5, -0.8 * up), (1, s.between(-0.1, 0.1)))
            s.curve((-1, 0), (-0.5, 0.8 * down), (0, down), (0.5, 0.8 * down), (1, 0))
        case 3 | 4 | 5:  # lids in one
            s.curve((-1, 0), (-0.5, -0.8 * up), (0, -up), (0.5, -0.8 * up), (1, 0))
            lid = s.strokes.pop()
            s.curve((1, 0), (0.5, 0.8 * down), (0, down), (-0.5, 0.8 * down), (-1, s.between(-0.05, 0.1)))
            s.strokes.append(np.concatenate([lid, s.strokes.pop()]))
        case 6 | 7:
            s.loop(0, 0, 1, (up + down) * s.between(0.5, 0.8))
        case 8:  # a flat lower lid
            lower = (0, 0.1 + s.between(0, 0.2))
            s.curve((-1, 0.1), (-0.5, -0.8 * up), (0, -up), (0.5, -0.8 * up), (1, 0.1), lower, closed=True)
        case _:
            s.loop(0, 0, 0.6, 0.55)
            up = down = 0.5
    _iris(s, s.one_of(0, 0, 0, s.between(-0.3, 0.3)), min(up, down))
    if s.chance(0.25):
        _lashes(s, up, -1)
    if s.chance(0.04):
        _lashes(s, down, 1)
    if s.chance(0.15):  # brow or crease
        lift = up + s.between(0.15, 0.45)
        s.curve((-0.9, 0.3 * up - lift), (0, -lift), (0.95, 0.4 * up - lift))
    s.turn(s.between(-0.03, 0.03))


def _iris(s: Sketch, x: float, opening: float) -> None:
    radius = opening * s.between(0.6, 1.0)
    match s.whole(0, 9):
        case 0:  # cut by the lids
            s.curve((x - radius, -opening), (x - radius * 1.2, 0), (x - radius, opening))
            s.curve((x + radius, -opening), (x + radius * 1.2, 0), (x + radius, opening))
        case 1:
            s.scribble(x, 0, radius * 0.8, radius * 0.8)
            return
        case 2:  # hanging from the upper lid
            s.arc(x, -opening * 0.8, radius, radius * 1.4, 0.0, 0.5)
        case 3:
            s.loop(x, 0, radius * 0.5)
        case _:
            s.loop(x, 0, radius, radius * s.between(0.85, 1.2))
    match s.whole(0, 4):
        case 0:
            s.dot(x, 0)
        case 1:
            s.scribble(x, 0, radius * 0.4, radius * 0.4)
        case 2:
            s.loop(x, 0, radius * s.between(0.25, 0.5))
        case 3 if s.chance(0.5):
            s.loop(x + radius * 0.2, -radius * 0.2, radius * 0.2)
            s.loop(x, 0, radius * 0.5)
        case _:
            pass


def _lashes(s: Sketch, opening: float, side: int) -> None:
    count, long, splay, bend = s.whole(3, 8), s.between(0.2, 0.6), s.between(0.1, 0.5), s.one_of(0, 0, 0.15, -0.15)
    xs = np.linspace(-0.75, 0.85, count) + 0.04 * s.rng.standard_normal(count)
    starts = [(float(x), side * opening * (1 - 0.75 * float(x) ** 2)) for x in xs]
    s.fan(starts, [(x + splay * x, y + side * long * s.between(0.7, 1.2)) for x, y in starts], bend)
