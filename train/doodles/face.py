"""Faces: an outline with eyes and mouth, often a nose, at times hair, ears and brows."""

import numpy as np

from train.doodles.sketch import Sketch, at, mirrored


def draw(s: Sketch) -> None:
    wide, chin = s.between(0.7, 1.0), s.between(0.0, 0.3)
    match s.whole(0, 7):
        case 0:  # a pointed chin
            s.curve((0, -1), *mirrored((wide, -0.7), (0.95 * wide, 0.1), (0.5, 0.8), (0.05, 1 + chin)), closed=True)
        case 1:  # a square jaw
            s.curve(*mirrored((-0.8 * wide, 0.9), (-wide, 0), (-0.8 * wide, -0.9)), closed=True)
        case 2:  # open under the hair
            s.arc(0, 0, wide, 1, s.between(-0.15, -0.05), s.between(0.6, 0.8))
        case _:
            s.loop(0, 0, wide, s.between(0.9, 1.1))
    gap, level = s.between(0.28, 0.42), s.between(-0.4, -0.15)
    _eyes(s, gap, level)
    _nose(s)
    _mouth(s, s.between(0.35, 0.6))
    if s.chance(0.2):
        _hair(s, wide)
    if s.chance(0.15):
        s.arc(-wide, 0, 0.15, 0.22, 0.25, 0.5)
        s.arc(wide, 0, 0.15, 0.22, -0.25, 0.5)
    if s.chance(0.12):
        lift = level - s.between(0.18, 0.3)
        tilt = s.between(-0.1, 0.1)
        s.path((-gap - 0.15, lift + tilt), (-gap + 0.15, lift - tilt))
        s.path((gap - 0.15, lift - tilt), (gap + 0.15, lift + tilt))
    s.turn(s.one_of(0, 0, s.between(-0.06, 0.06)))


def _eyes(s: Sketch, gap: float, level: float) -> None:
    kind, size = s.whole(0, 8), s.between(0.08, 0.19)
    for x in (-gap, gap):
        match kind:
            case 0 | 1 | 2:
                s.dot(x, level, 0.05)
            case 3:
                s.loop(x, level, size)
            case 4:
                s.loop(x, level, size, size * 0.8)
                s.dot(x, level, 0.03)
            case 5:
                s.path((x, level - size), (x, level + size))
            case 6:
                s.path((x - size, level), (x + size, level))
            case 7:
                s.arc(x, level, size, size, 0.5, 0.5)
            case _:
                s.scribble(x, level, size * 0.7, size * 0.7)


def _nose(s: Sketch) -> None:
    long, side = s.between(0.15, 0.35), s.one_of(-1, 1)
    match s.whole(0, 8):
        case 0 | 1:
            s.path((0, -0.15), (0, -0.15 + long))
        case 2:
            s.path((0, -0.15), (-side * 0.12, long - 0.05), (side * 0.05, long - 0.05))
        case 3:
            s.arc(0, 0.1, 0.12, 0.12, 0.0, 0.5)
        case 4:
            s.loop(0, 0.08, 0.1)
        case 5:
            s.dot(0, 0.08, 0.04)
        case _:
            pass


def _mouth(s: Sketch, y: float) -> None:
    half, deep = s.between(0.2, 0.5), s.between(0.1, 0.35)
    match s.whole(0, 9):
        case 0 | 1 | 2 | 3 | 4:
            s.arc(0, y - deep * 0.6, half, deep, 0.5, -0.5)
        case 5:
            s.path((-half, y), (half, y + s.between(-0.05, 0.05)))
        case 6:
            s.arc(0, y - deep * 0.6, half, deep, 0.5, -0.5)
            s.path((-half, y - deep * 0.6), (half, y - deep * 0.6))
        case 7:
            s.loop(0, y, half * 0.7, deep * 0.6)
        case 8:
            s.arc(0, y + deep * 0.5, half, deep, 0.5, 0.5)
        case _:
            s.loop(0, y, half, deep * 0.5)
            s.path((-half, y), (half, y))


def _hair(s: Sketch, wide: float) -> None:
    match s.whole(0, 3):
        case 0:  # strands on top
            turns = np.linspace(0.6, 0.9, s.whole(4, 10))
            roots = [at(float(t), 0.97) for t in turns]
            s.fan([(wide * x, y) for x, y in roots], [(wide * x * 1.15, y * s.between(1.15, 1.45)) for x, y in roots])
        case 1:  # long, down both sides
            fall, out = s.between(0.6, 1.3), s.between(0.0, 0.3)
            s.curve((0, -1.05), (-0.8 * wide, -0.8), (-wide - 0.1, 0), (-wide - out, fall))
            s.curve((0, -1.05), (0.8 * wide, -0.8), (wide + 0.1, 0), (wide + out, fall))
        case 2:  # curls
            for t in np.linspace(0.55, 0.95, s.whole(4, 7)):
                x, y = at(float(t), 1.05)
                s.loop(x * wide, y, 0.17)
        case _:  # a fringe
            xs = np.linspace(-0.75, 0.75, s.whole(6, 12)) * wide
            s.path(*[(float(x), -0.95 + 0.35 * (n % 2)) for n, x in enumerate(xs)])
