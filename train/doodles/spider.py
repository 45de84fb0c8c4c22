"""Spiders: a body, mostly eight legs, at times a head, eyes and a thread."""

import numpy as np

from train.doodles.sketch import Sketch


def draw(s: Sketch) -> None:
    rx, ry = s.between(0.22, 0.6), s.between(0.22, 0.55)
    body = s.whole(0, 9)
    if body == 0:
        s.scribble(0, 0, rx, ry)
    elif body > 1 or s.chance(0.5):
        s.loop(0, 0, rx, ry)
    else:  # legs that meet in a point
        rx = ry = 0.03
    if s.chance(0.4):  # head
        size, (x, y) = s.between(0.1, 0.25), s.one_of((1, 0), (-1, 0), (0, -1), (0, 1))
        (s.scribble if s.chance(0.15) else s.loop)(x * (rx + size * 0.9), y * (ry + size * 0.9), size, size)
    _legs(s, rx, ry)
    if s.chance(0.25):
        s.dot(-0.3 * rx, -0.3 * ry)
        s.dot(0.3 * rx, -0.3 * ry)
        if s.chance(0.4):
            s.arc(0, 0, 0.5 * rx, 0.5 * ry, 0.1, 0.3)
    if s.chance(0.08):
        s.path((-0.5 * rx, 0), (0.5 * rx, 0))
        s.path((0, -0.5 * ry), (0, 0.5 * ry))
    if s.chance(0.1):  # thread
        s.path((0, -ry), (s.between(-0.1, 0.1), -ry - s.between(0.7, 1.5)))
    s.turn(s.one_of(0, 0, 0, s.between(-0.5, 0.5)))
    s.scale(s.between(0.8, 1.6), 1)


def _legs(s: Sketch, rx: float, ry: float) -> None:
    """The same kind of leg all around, mostly four a side, mostly to the left and right."""
    kind, reach, spread = s.whole(0, 3), s.between(0.4, 0.9), s.between(0.12, 0.4)
    droop, knee = s.between(-0.1, 0.35), s.between(0.2, 0.45)
    for side in s.one_of((-1, 1), (-1, 1), (-1, 1), (1, -1), (1, -1), (1,)):
        count = s.one_of(4, 4, 4, 4, 3, 5)
        for t in np.linspace(-1, 1, count):
            angle = spread * np.pi * float(t) + s.between(-0.1, 0.1)
            cos, sin = float(np.cos(angle)), float(np.sin(angle))
            length = reach * s.between(0.75, 1.2)
            start = (side * rx * cos, ry * sin)
            end = (start[0] + side * length * max(cos, 0.35), start[1] + length * sin)
            middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
            if kind == 0:
                s.path(start, end)
            elif kind == 1:  # knees up, feet down
                s.path(start, (middle[0], middle[1] - knee * length), (end[0], end[1] + droop))
            elif kind == 2:
                s.curve(start, (middle[0], middle[1] - knee * length), (end[0], end[1] + droop))
            else:  # bent away from the middle
                bow = knee * length * (1 if sin >= 0 else -1)
                s.curve(start, (middle[0], middle[1] + bow * 0.5), (end[0], end[1] + bow * 0.2))
